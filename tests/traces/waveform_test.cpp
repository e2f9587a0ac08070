// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Waveforms of the real system, read back as a viewer would.
#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "tests/apps/command.h"
#include "tests/traces/saved_view.h"
#include "tests/traces/vcd_file.h"

namespace pimvp::test {

namespace {

constexpr std::int64_t ps_per_us = 1000000;

struct WaveformTest : CommandTest {
    /// Runs ten images with a waveform.
    VcdFile run(const std::vector<std::string>& settings) {
        file_ = dir.path("run.vcd");
        std::vector<std::string> arguments = {"--images", "0..9", "--no-check", "--vcd", file_};
        for (const auto& setting : settings) arguments.insert(arguments.end(), {"--set", setting});
        json_ = run_json("dualpim", arguments);
        return read_vcd(file_);
    }
    std::string file_;
    nlohmann::json json_;
};

/// Starts of bursts: rises that come more than `gap` after the one before.
std::vector<std::int64_t> bursts(const std::vector<std::int64_t>& rises, std::int64_t gap) {
    std::vector<std::int64_t> starts;
    for (std::size_t i = 0; i < rises.size(); ++i)
        if (i == 0 || rises[i] - rises[i - 1] > gap) starts.push_back(rises[i]);
    return starts;
}

}  // namespace

TEST_F(WaveformTest, BurstsOfRefreshComeAtThePeriod) {
    const auto vcd = run({"refresh.policy=burst", "refresh.period=50 us"});
    const auto starts = bursts(vcd.rises("dualpim.edram0.refresh"), 10 * ps_per_us);
    ASSERT_GE(starts.size(), 10u);
    // A burst may wait for accesses, by no more than the postponement of 1 us.
    for (std::size_t i = 1; i < starts.size(); ++i)
        EXPECT_NEAR(static_cast<double>(starts[i] - starts[i - 1]), 50e6, 1e6) << "burst " << i;
}

TEST_F(WaveformTest, DistributedRefreshTouchesTheSameRowsInEveryPeriod) {
    const auto vcd = run({"refresh.policy=distributed", "refresh.period=50 us"});
    const auto rises = vcd.rises("dualpim.edram0.refresh");
    ASSERT_FALSE(rises.empty());
    // From the second period on, all weights are in place: each window of one period has as many refreshes,
    // give or take those that the postponement moves across its ends.
    std::vector<std::int64_t> counts;
    for (std::int64_t from = 150 * ps_per_us; from + 50 * ps_per_us <= rises.back(); from += 50 * ps_per_us)
        counts.push_back(std::count_if(rises.begin(), rises.end(),
                                       [&](auto t) { return t >= from && t < from + 50 * ps_per_us; }));
    ASSERT_GE(counts.size(), 10u);
    const auto rows = counts[counts.size() / 2];
    EXPECT_GT(rows, 0);
    for (const auto count : counts) EXPECT_NEAR(static_cast<double>(count), static_cast<double>(rows), 3.0);
}

TEST_F(WaveformTest, EnergyGrowsToWhatTheReportSays) {
    const auto vcd = run({});
    double reported = 0;
    for (const auto& [block, joules] : json_["energy_j"]["by_block"].items())
        if (block.find("dualpim.edram") == 0) reported += joules.get<double>();
    for (const auto& [event, joules] : json_["energy_j"]["by_event"].items())
        if (event.find("dualpim.edram") == 0 && event.find(".leakage") != std::string::npos)
            reported -= joules.get<double>();
    const auto& steps = vcd.changes.at("dualpim.edram_energy_j");
    for (std::size_t i = 1; i < steps.size(); ++i)
        EXPECT_LE(std::stod(steps[i - 1].second), std::stod(steps[i].second));
    // What comes after the last layer, fetching END and the last idle refreshes, is less than a thousandth.
    EXPECT_NEAR(std::stod(steps.back().second), reported, 1e-3 * reported);
}

TEST_F(WaveformTest, LayersAreShownWhileArraysWork) {
    const auto vcd = run({});
    std::size_t layers = 0;
    for (const auto& layer : json_["layers"]) layers += layer["path"] == "sram" ? 1 : 0;
    // Ten images of that many layers, each another index than the one before.
    EXPECT_GE(vcd.changes.at("dualpim.sram_sequencer.layer").size(), 10 * layers);
    EXPECT_FALSE(vcd.rises("dualpim.sram0.busy").empty());
    EXPECT_EQ(vcd.rises("dualpim.sram_sequencer.busy").size(), 11u);  // load and ten images
}

TEST_F(WaveformTest, ChangesNothing) {
    auto with = (run({}), json_);
    auto without = run_json("dualpim", {"--images", "0..9", "--no-check"});
    with.erase("simulation");
    without.erase("simulation");
    EXPECT_EQ(with, without);
}

TEST_F(WaveformTest, IsTheSameTwice) {
    run({});
    const auto first = slurp(file_);
    run({});
    EXPECT_EQ(first, slurp(file_));
}

struct SavedViews : CommandTest, ::testing::WithParamInterface<const char*> {};

TEST_P(SavedViews, HaveSignalsOfTheWaveformAndEveryArray) {
    const std::string platform = GetParam(), file = dir.path("run.vcd");
    const SavedView view = read_saved_view(platform);
    EXPECT_EQ(view.command.front().substr(0, view.command.front().find(':')), platform);
    std::vector<std::string> options(view.command.begin() + 1, view.command.end());
    options.insert(options.end(), {"--no-check", "--vcd", file});
    run_json(view.command.front(), options);
    const auto vcd = read_vcd(file);
    for (const auto& signal : view.signals) EXPECT_EQ(vcd.changes.count(signal), 1u) << signal;
    int layers = 0, energies = 0;
    for (const auto& [name, changes] : vcd.changes)
        if (const auto end = name.rfind(".busy"); end != std::string::npos && std::isdigit(name[end - 1])) {
            EXPECT_EQ(view.signals.count(name), 1u) << name << " is not in the view";
        }
    for (const auto& signal : view.signals) {
        layers += signal.find(".layer") != std::string::npos ? 1 : 0;
        energies += signal.find("_energy_j") != std::string::npos ? 1 : 0;
        if (signal.find("_energy_j") != std::string::npos || signal.find(".voltage") != std::string::npos) {
            EXPECT_EQ(view.analog.count(signal), 1u) << signal << " is not a curve";
            EXPECT_GT(vcd.changes.at(signal).size(), 5u) << signal << " hardly moves";
        }
    }
    EXPECT_GT(layers, 0);
    EXPECT_GT(energies, 0);
    // Where arrays are refreshed, or banks open, the view shows it.
    for (const std::string what : {".refresh", ".bank_0", ".voltage", ".reads"}) {
        const auto shows = [&](const auto& names, const auto& name_of) {
            return std::any_of(names.begin(), names.end(), [&](const auto& entry) {
                const std::string& name = name_of(entry);
                return name.size() > what.size() &&
                       name.compare(name.size() - what.size(), what.size(), what) == 0;
            });
        };
        const bool there = shows(vcd.changes, [](const auto& e) -> const std::string& { return e.first; });
        EXPECT_EQ(shows(view.signals, [](const auto& e) -> const std::string& { return e; }), there) << what;
    }
    EXPECT_GT(view.signals.size(), 15u);
}

/// Views of a part: the host with firmware, an array in RTL.
struct PartialViews : CommandTest, ::testing::WithParamInterface<const char*> {};

TEST_P(PartialViews, HaveSignalsOfTheWaveformThatMove) {
    const SavedView view = read_saved_view(GetParam());
    const std::string file = dir.path("run.vcd");
    std::vector<std::string> options(view.command.begin() + 1, view.command.end());
    options.insert(options.end(), {"--no-check", "--vcd", file});
    run_json(view.command.front(), options);
    const auto vcd = read_vcd(file);
    EXPECT_GT(view.signals.size(), 8u);
    int still = 0;
    for (const auto& signal : view.signals) {
        ASSERT_EQ(vcd.changes.count(signal), 1u) << signal;
        still += vcd.changes.at(signal).size() < 3;
    }
    EXPECT_LE(still, 2);  // one group, nothing clipped
}

INSTANTIATE_TEST_SUITE_P(Parts, PartialViews, ::testing::Values("firmware", "rtl"),
                         [](const auto& info) { return std::string(info.param); });

INSTANTIATE_TEST_SUITE_P(Platforms, SavedViews,
                         ::testing::Values("cmos", "dualpim", "mram", "quantpim", "reram", "sun"),
                         [](const auto& info) { return std::string(info.param); });

TEST_F(WaveformTest, IsAcceptedByTheConverterOfGtkWave) {
    if (std::system("command -v vcd2fst > /dev/null 2>&1") != 0)
        GTEST_SKIP() << "vcd2fst (package gtkwave) is not installed";
    run({});
    const auto fst = dir.path("run.fst");
    EXPECT_EQ(std::system(("vcd2fst " + file_ + " " + fst + " > /dev/null 2>&1").c_str()), 0);
    EXPECT_GT(slurp(fst).size(), 1000u);
}

}  // namespace pimvp::test
