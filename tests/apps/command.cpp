// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/apps/command.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <iterator>

extern char** environ;

namespace pimvp::test {

Outcome pimvp(const std::vector<std::string>& arguments) {
    const TempDir dir;
    const std::string out = dir.path("out"), err = dir.path("err");
    std::vector<std::string> words = {PIMVP_EXECUTABLE};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_CREAT, 0600);
    posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), O_WRONLY | O_CREAT, 0600);
    pid_t child = 0;
    const int refused = posix_spawn(&child, PIMVP_EXECUTABLE, &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    Outcome outcome;
    int status = 0;
    if (refused == 0 && waitpid(child, &status, 0) == child && WIFEXITED(status))
        outcome.status = WEXITSTATUS(status);
    outcome.out = slurp(out);
    outcome.err = slurp(err);
    return outcome;
}

std::string slurp(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    EXPECT_TRUE(in.good()) << file;
    return {std::istreambuf_iterator<char>(in), {}};
}

nlohmann::json run_json(const std::string& platform, std::vector<std::string> arguments) {
    std::vector<std::string> all = {"run", platform, "--json", "-"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const Outcome outcome = pimvp(all);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    auto json = nlohmann::json::parse(outcome.out, nullptr, false);
    EXPECT_FALSE(json.is_discarded()) << outcome.out;
    return json;
}

void CommandTest::SetUp() {
    if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist"))
        GTEST_SKIP() << "Debian's package dataset-fashion-mnist is not installed";
}

}  // namespace pimvp::test
