// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Supplies that run out by themselves; what a campaign does not depend on, and what it must notice.
#include <gtest/gtest.h>

#include <sstream>

#include "platforms/common/report_json.h"
#include "platforms/mram/platform.h"
#include "testbenches/cut_network.h"
#include "tests/mram/mram_runs.h"
#include "tests/power_cuts/cut_cases.h"
#include "tests/support/in_child.h"

namespace pimvp::test {
namespace {

using Settings = std::vector<std::string>;

RunOptions frames(int count) {
    return run_options(cut_network(1), count, 1);
}

Settings with(const CutPolicy& policy, Settings settings) {
    settings.push_back(std::string("resumable.policy=") + policy.policy);
    settings.push_back("resumable.commit_every=" + std::to_string(policy.commit_every));
    return settings;
}

/// A charge for a part of a frame, from a harvester with outages.
Settings small_charges(const char* capacitance) {
    return {"power.source=generated", std::string("power.capacitance=") + capacitance,
            "power.outages_per_second=300 Hz", "power.capacitor_leakage=0 W"};
}

TEST(HarvestedSupply, GivesTheSameOutputs) {
    const auto options = frames(4);
    const auto expected = expected_scores(options);
    for (const auto& policy : cut_policies) {
        SCOPED_TRACE(policy.name);
        const auto run = run_apart(mram_config("harvested", with(policy, small_charges("120 nF"))), options);
        ASSERT_EQ(run.error, "");
        EXPECT_EQ(run.no_progress, "-");
        EXPECT_GE(run.outages, 2u);
        EXPECT_TRUE(run.exact);
        EXPECT_EQ(run.scores, expected);
    }
}

TEST(HarvestedSupply, ChargesTooShortForWhatIsCommittedSaySo) {
    const auto options = frames(2);
    for (const CutPolicy& policy :
         {CutPolicy{"volatile", "volatile", 0}, CutPolicy{"layers", "checkpoint", 0}}) {
        SCOPED_TRACE(policy.name);
        const auto run = run_apart(mram_config("harvested", with(policy, small_charges("25 nF"))), options);
        ASSERT_EQ(run.error, "");
        EXPECT_NE(run.no_progress.find("no_progress"), std::string::npos) << run.no_progress;
        EXPECT_EQ(run.scores.size(), 0u);
        EXPECT_GE(run.outages, 3u) << "power.give_up_after is 3";
    }
    // What commits each step lives on the same charges.
    const auto run =
        run_apart(mram_config("harvested", with(cut_policies[2], small_charges("25 nF"))), options);
    EXPECT_EQ(run.scores, expected_scores(options));
}

TEST(HarvestedSupply, PaysWhatTheBlocksBooked) {
    for (const auto& policy : cut_policies) {
        SCOPED_TRACE(policy.name);
        for (const bool injected : {false, true}) {
            SCOPED_TRACE(injected);
            auto settings = with(policy, small_charges(injected ? "10 uF" : "120 nF"));
            if (injected)
                for (const char* setting :
                     {"power.inject=uniform", "power.inject_interval=30 us", "power.give_up_after=1000"})
                    settings.push_back(setting);
            const auto text = in_child([&] {
                const auto result = mram::run(mram_config("harvested", settings), frames(3));
                const auto& power = *result.power;
                // The supply's own block holds the torn steps; the host is on external power.
                const Zeptojoules booked = result.energy - result.load_energy;
                const auto initial =
                    static_cast<Zeptojoules>((injected ? 10e-6 : 120e-9) * 3.3 * 3.3 / 2 * 1e21);
                std::string all = power.outages > 0 ? "" : "no outage";
                if (power.taken + power.unpaid != booked)
                    all += " taken and booked differ by " + decimal_text(power.taken + power.unpaid - booked);
                if (!injected) {
                    const auto gap =
                        initial + power.harvested - power.taken - power.leaked - power.wasted - power.stored;
                    if (gap > 1 || gap < -1)
                        all += " stored, harvested and taken differ by " + decimal_text(gap);
                }
                return all.empty() ? std::string("good") : all;
            });
            EXPECT_EQ(text, "good");
        }
    }
}

std::string text_of(const CutResult& r) {
    std::ostringstream out;
    out << r.cuts << ' ' << r.other_cuts << ' ' << r.outages << ' ' << r.restores << ' ' << r.commits << ' '
        << r.torn_backups << ' ' << r.frames << ' ' << r.steps << ' ' << r.steps_lost << ' '
        << r.work_lost_max << ' ' << r.taken_j << ' ' << r.backup_j << ' ' << r.restore_j << ' '
        << r.powered_s << ' ' << r.dead_s;
    return out.str();
}

TEST(Campaign, SeedDecidesAndQuantumDoesNot) {
    for (const auto& policy : cut_policies) {
        SCOPED_TRACE(policy.name);
        CutOptions o;
        o.policy = policy.policy;
        o.commit_every = policy.commit_every;
        o.cuts = 20;
        const auto one = text_of(campaign(o));
        EXPECT_EQ(text_of(campaign(o)), one);
        o.quantum_ps = 1000000;
        EXPECT_EQ(text_of(campaign(o)), one);
        o.quantum_ps = 0;
        o.seed = 2;
        EXPECT_NE(text_of(campaign(o)), one);
    }
}

TEST(Campaign, VolatileNeverGetsOn) {
    CutOptions o;
    o.policy = "volatile";
    const auto r = campaign(o);
    EXPECT_NE(r.no_progress.find("no_progress"), std::string::npos);
    EXPECT_EQ(r.frames, 0);
    EXPECT_EQ(r.faults(), std::vector<std::string>{});
    EXPECT_EQ(r.forward_progress(), 0);
}

TEST(Campaign, NoticesWrongSums) {
    CutOptions o;
    o.cuts = 20;
    o.settings = {"mram_subarray.read_error_rate=0.01"};
    const auto r = campaign(o);
    EXPECT_GT(r.outputs_differ, 0);
    EXPECT_FALSE(r.faults().empty());
}

}  // namespace
}  // namespace pimvp::test
