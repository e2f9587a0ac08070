// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/testbenches/bench_command.h"

#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "tests/support/temp_dir.h"

namespace pimvp::test {

Outcome bench(const std::string& name, const std::string& arguments) {
    const TempDir dir;
    const std::string out = dir.path("out"), err = dir.path("err");
    const int status =
        std::system(("'" PIMVP_TESTBENCHES "/" + name + "' " + arguments + " >" + out + " 2>" + err).c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, slurp(out), slurp(err)};
}

nlohmann::json bench_json(const std::string& name, const std::string& arguments, int status) {
    const Outcome outcome = bench(name, arguments + " --json -");
    EXPECT_EQ(outcome.status, status) << name << " " << arguments << "\n" << outcome.err;
    EXPECT_EQ(outcome.err, "");
    auto json = nlohmann::json::parse(outcome.out, nullptr, false);
    EXPECT_FALSE(json.is_discarded()) << outcome.out;
    return json;
}

std::string slurp(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    EXPECT_TRUE(in.good()) << file;
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace pimvp::test
