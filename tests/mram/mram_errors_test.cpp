// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the platform refuses, in words that say what is wrong; and errors of its own that it owns up to.
#include <gtest/gtest.h>

#include "modules/core/error.h"
#include "platforms/mram/platform.h"
#include "tests/mram/mram_runs.h"
#include "tests/support/expect_error.h"
#include "tests/support/sc_test_main.h"
#include "tests/support/temp_dir.h"

namespace pimvp::test {
namespace {

const auto bipolar = net::test::integer_type(1, net::Kind::bipolar);
using Settings = std::vector<std::string>;

/// Of the message of a run that must fail.
template <class... Parts>
void expect_refused(const std::string& variant, const Settings& settings, const net::Graph& graph,
                    const Parts&... parts) {
    const auto run = run_apart(mram_config(variant, settings), run_options(graph, 1, 3));
    EXPECT_NE(run.error, "");
    for (const std::string& part : {std::string(parts)...})
        EXPECT_NE(run.error.find(part), std::string::npos) << "'" << part << "' is not in: " << run.error;
}

TEST(MramErrors, PixelsOfOddBitsOnHarvestedEnergy) {
    net::test::Random random(3);
    net::test::GraphBuilder b({3, 4, 4});
    auto node = net::test::random_conv(random, b.graph, b.graph.input, 5, 1, 1, bipolar);
    const auto type = net::test::integer_type(3, net::Kind::unsigned_integer);
    net::test::random_requant(random, node, 5, 0.01, type);
    b.append(node, {5, 4, 4}, type);
    expect_refused("harvested", {}, b.graph, "layer node0", "5 output channels of 3 bits",
                   "expected pixels of whole bytes, found 15 bits");
    EXPECT_TRUE(run_apart(mram_config("default"), run_options(b.graph, 1, 3)).exact);
}

TEST(MramErrors, TooFewSubArrays) {
    const auto graph = shipped("fmnist_w1a4");
    expect_refused("harvested", {"platform.sub_arrays=1"}, graph, "1 sub-arrays are too few",
                   "harvested supply");
    // Always on, weights are loaded again for every image instead.
    EXPECT_TRUE(run_apart(mram_config("default", {"platform.sub_arrays=1"}), run_options(graph, 1, 3)).exact);
    expect_refused("default",
                   {"platform.sub_arrays=9", "h_tree.groups=1", "h_tree.bank_rows=1", "h_tree.bank_columns=1",
                    "h_tree.mat_rows=2", "h_tree.mat_columns=2"},
                   graph, "platform.sub_arrays: the chip has 4, found 9");
    expect_refused("default", {"mram_subarray[0].rows=128"}, graph, "mram_subarray[0].rows",
                   "expected 256 as in all of the path, found 128");
    expect_error(
        [] {
            mram_config("default", {"mram_subarray[40].seed=2"});
            mram::machine(mram_config("default", {"platform.sub_arrays=40", "mram_subarray[40].seed=2"}),
                          dense(bipolar));
        },
        "mram_subarray[40].seed", "expected an instance below 40, found 40");
}

TEST(MramErrors, BadPowerTraces) {
    const TempDir dir;
    const auto trace = [&](const std::string& name, const std::string& text) {
        return Settings{"power.source=trace", "power.trace=" + dir.write(name, text)};
    };
    const auto graph = dense(bipolar);
    expect_refused("harvested", trace("a.csv", "time,power\n0,1\n"), graph, "a.csv:1: expected the header");
    expect_refused("harvested", trace("b.csv", "time_s,power_w\n0,1e-3\n0.5,much\n"), graph,
                   "b.csv:3: ", "much");
    expect_refused("harvested", trace("c.csv", "time_s,power_w\n1,1e-3\n0.5,1e-3\n"), graph,
                   "c.csv:3: expected a later time");
    expect_refused("harvested", trace("d.csv", "time_s,power_w\n"), graph,
                   "d.csv: expected at least one row");
    expect_refused("harvested", {"power.source=trace", "power.trace=" + dir.path("none.csv")}, graph,
                   "none.csv: expected a power trace, found no such file");
    expect_refused("harvested", {"power.source=trace"}, graph, "power.trace", "expected a file");
}

TEST(MramErrors, AMemoryTooSmall) {
    expect_refused("default", {"memory.bytes=8192"}, shipped("fmnist_w1a4"), "8192");
}

TEST(MramErrors, SettingsOutOfTheirChoices) {
    const auto set = [](const std::string& setting) { return [=] { mram_config("harvested", {setting}); }; };
    expect_error(set("resumable.policy=brave"), "resumable.policy", "brave", "nv-accumulator", "warned");
    expect_error(set("platform.supply=solar"), "platform.supply", "solar", "always-on", "harvested");
    expect_error(set("power.inject=now"), "power.inject", "now", "uniform");
    expect_error(set("mram_subarray.sensing=charge"), "mram_subarray.sensing", "charge", "voltage");
    expect_error(set("platform.sub_arrays=881"), "platform.sub_arrays", "880", "881");
    expect_refused("harvested", {"power.turn_on=1.5 V"}, dense(bipolar), "power.turn_on",
                   "more than warning");
    expect_refused("default", {"mram_subarray.reserved_rows=16"}, dense(bipolar),
                   "mram_subarray.reserved_rows", "expected at least 17", "found 16");
}

/// A harvest that cannot charge, and a charge too small for a frame, end the run in words of their own.
TEST(MramErrors, NoProgressIsAResult) {
    const auto options = run_options(shipped("fmnist_w1a4"), 1, 3);
    const auto dead =
        run_apart(mram_config("harvested", {"power.source=constant", "power.mean_power=0 W"}), options);
    EXPECT_EQ(dead.error, "");
    EXPECT_EQ(dead.no_progress, "no_progress: the harvest never turns the supply on again");
    EXPECT_TRUE(dead.scores.empty());
    EXPECT_TRUE(dead.conserved);
    const auto frames =
        run_apart(mram_config("harvested", {"resumable.policy=volatile", "power.capacitance=2 uF"}), options);
    EXPECT_EQ(frames.error, "");
    EXPECT_NE(frames.no_progress.find("the frame needs more than one charge"), std::string::npos)
        << frames.no_progress;
    EXPECT_TRUE(frames.scores.empty());
}

/// Charges that are spent on what a loss took, or before anything of the layer could be kept.
TEST(MramErrors, NoProgressWhenAChargeIsSpentOnRestoring) {
    const auto options = run_options(shipped("fmnist_w1a4"), 1, 3);
    for (const std::string policy : {"nv-accumulator", "warned", "checkpoint", "volatile"}) {
        for (const char* nanofarads : {"5", "11"}) {
            const auto run =
                run_apart(mram_config("harvested", {"resumable.policy=" + policy, "resumable.commit_every=40",
                                                    "power.source=constant", "power.mean_power=20 uW",
                                                    std::string("power.capacitance=") + nanofarads + " nF"}),
                          options);
            ASSERT_EQ(run.error, "") << policy << " " << nanofarads;
            if (run.no_progress == "-")
                EXPECT_EQ(run.scores, expected_scores(options));
            else
                EXPECT_EQ(run.no_progress.find("no_progress: "), 0u) << run.no_progress;
        }
    }
}

using MramBitErrors = SimTest;
TEST_F(MramBitErrors, OfReadsChangeOutputsAndAreNamed) {
    const auto options = run_options(dense(bipolar), 4, 3);
    const auto result = mram::run(mram_config("default", {"mram_subarray.read_error_rate=0.02"}), options);
    EXPECT_EQ(result.bit_exact, false);
    EXPECT_NE(result.scores, expected_scores(options));
    EXPECT_EQ(result.non_ideal, std::vector<std::string>{"mram_subarray.read_error_rate"});
}
TEST_F(MramBitErrors, OfWritesChangeOutputsAndAreNamed) {
    const auto options = run_options(dense(bipolar), 4, 3);
    const auto result = mram::run(mram_config("harvested", {"mram_subarray.write_error_rate=0.1"}), options);
    EXPECT_EQ(result.bit_exact, false);
    EXPECT_NE(result.scores, expected_scores(options));
    EXPECT_EQ(result.non_ideal, std::vector<std::string>{"mram_subarray.write_error_rate"});
}

}  // namespace
}  // namespace pimvp::test
