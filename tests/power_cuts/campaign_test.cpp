// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Cuts at random instants and in the middle of backups, restores and writes, under every policy.
#include <gtest/gtest.h>

#include "testbenches/cut_network.h"
#include "tests/mram/mram_runs.h"
#include "tests/power_cuts/cut_cases.h"

namespace pimvp::test {
namespace {

#ifdef PIMVP_ALL_CUTS
constexpr std::int64_t cuts_of_a_target = 2500;
#else
constexpr std::int64_t cuts_of_a_target = 50;
#endif

class PowerCuts : public ::testing::TestWithParam<std::tuple<CutPolicy, const char*>> {
  protected:
    CutOptions options() const {
        CutOptions o;
        o.policy = policy().policy;
        o.commit_every = policy().commit_every;
        o.target = std::get<1>(GetParam());
        o.cuts = cuts_of_a_target;
        return o;
    }
    const CutPolicy& policy() const { return std::get<0>(GetParam()); }
    std::int64_t allowed() const {
        if (options().policy == "nv-accumulator") return 1;
        if (options().commit_every != 0) return options().commit_every;
        return most_steps_of_a_layer(cut_network(1), mram_config("harvested"));
    }
};

TEST_P(PowerCuts, NothingIsLost) {
    const auto o = options();
    const auto r = campaign(o);
    EXPECT_EQ(r.faults(), std::vector<std::string>{});
    EXPECT_EQ(r.no_progress, "");
    EXPECT_EQ(r.cuts, static_cast<std::uint64_t>(o.cuts));
    EXPECT_EQ(r.outages, r.cuts + r.other_cuts);
    EXPECT_GT(r.frames, 0);
    EXPECT_EQ(r.outputs_differ, 0) << r.first_difference;
    EXPECT_EQ(r.went_back, 0u);
    EXPECT_LE(r.work_lost_max, allowed());
    EXPECT_EQ(r.work_lost_allowed, allowed());
    EXPECT_EQ(r.steps, r.frames * r.frame_steps + r.steps_lost);
    // The cuts hit what they aim at.
    if (o.target == "backup") {
        EXPECT_GE(r.torn_backups, r.cuts / 4);
    }
    if (o.target == "restore") {
        EXPECT_LE(r.restores, r.outages);
    }
    if (o.target == "uniform" && o.policy != "warned") {
        EXPECT_GT(r.steps_lost, 0);
    }
    EXPECT_EQ(r.warnings > 0, o.policy == "warned");
}
INSTANTIATE_TEST_SUITE_P(Each, PowerCuts,
                         ::testing::Combine(::testing::ValuesIn(cut_policies),
                                            ::testing::Values("uniform", "backup", "restore", "write")),
                         [](const auto& info) {
                             return std::string(std::get<0>(info.param).name) + "_" + std::get<1>(info.param);
                         });

}  // namespace
}  // namespace pimvp::test
