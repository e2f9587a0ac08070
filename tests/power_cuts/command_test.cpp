// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The campaign as a user runs it.
#include "tests/testbenches/bench_command.h"

namespace pimvp::test {
namespace {

TEST(PowerCutsCommand, SaysWhatWasCutAndWhatWasLost) {
    const auto r = bench_json("power_cuts", "--cuts 40 --policy warned --target backup --seed 3");
    EXPECT_EQ(r["cuts"], 40);
    EXPECT_EQ(r["outputs_differ"], 0);
    EXPECT_LE(r["work_lost_max"], r["work_lost_allowed"]);
    EXPECT_GE(r["torn_backups"], 20);
    EXPECT_GE(r["restores"], 40);
    EXPECT_TRUE(r["no_progress"].is_null());
    EXPECT_EQ(r["policy"], "warned");
    EXPECT_EQ(r["target"], "backup");
}

TEST(PowerCutsCommand, StatusTellsGoodFromBad) {
    EXPECT_FALSE(bench_json("power_cuts", "--policy volatile")["no_progress"].is_null());
    const auto wrong = bench_json("power_cuts", "--cuts 10 --set mram_subarray.read_error_rate=0.01", 1);
    EXPECT_FALSE(wrong["faults"].empty());
    for (const char* bad : {"--policy none", "--cuts 0", "--set foo=1", "--network nothing"}) {
        const auto outcome = bench("power_cuts", bad);
        EXPECT_EQ(outcome.status, 2) << bad;
        EXPECT_NE(outcome.err.find("power_cuts: error: "), std::string::npos) << outcome.err;
    }
}

}  // namespace
}  // namespace pimvp::test
