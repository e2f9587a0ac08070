// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a user sees of RTL that is not what the model is, with a pimvp whose RTL has a stuck column.
#include "tests/apps/command.h"

namespace pimvp::test {
namespace {

using nlohmann::json;

struct RtlDifference : CommandTest {
    Outcome run(const std::vector<std::string>& more) const {
        std::vector<std::string> all = {"run", "dualpim", "--images", "0..0"};
        all.insert(all.end(), more.begin(), more.end());
        return pimvp(all);
    }
};

TEST_F(RtlDifference, EndsTheRunWithStatus1) {
    const std::string file = (dir.folder() / "out.json").string();
    for (const char* check : {"--check", "--no-check"}) {
        std::vector<std::string> more = {"--set", "sram_macro[5].implementation=rtl", "--json", file};
        if (std::string(check) == "--no-check") more.emplace_back(check);
        const Outcome outcome = run(more);
        EXPECT_EQ(outcome.status, 1) << outcome.err;
        for (const char* part :
             {"pimvp: error: dualpim.sram5: RTL and model differ in ", " operations, first in access ",
              " ps, region ", ": sum of filter ", ": expected ", ", found "})
            EXPECT_NE(outcome.err.find(part), std::string::npos) << part << " is not in " << outcome.err;
        // The run went to its end.
        const json score = json::parse(slurp(file))["rtl"]["dualpim.sram5"];
        EXPECT_GT(score["differences"], 0);
        EXPECT_GE(score["operations"], score["differences"]);
        EXPECT_NE(outcome.err.find(score["first_difference"].get<std::string>()), std::string::npos);
        EXPECT_NE(outcome.out.find("differ, first access "), std::string::npos) << outcome.out;
    }
}

TEST_F(RtlDifference, IsNoneWithoutRtl) {
    const Outcome outcome = run({});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
}

}  // namespace
}  // namespace pimvp::test
