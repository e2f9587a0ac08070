// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Waveforms of a run on harvested energy, read back as a viewer would.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "tests/mram/mram_runs.h"
#include "tests/support/temp_dir.h"
#include "tests/traces/vcd_file.h"

namespace pimvp::test {
namespace {

class MramWaveform : public ::testing::Test {
  protected:
    void run(const std::string& variant, const std::vector<std::string>& settings = {}) {
        auto options = run_options(shipped("fmnist_w1a4"), 1, 3);
        options.check = false;
        const auto config = mram_config(variant, settings);
        without = run_apart(config, options);
        options.trace.file = file();
        with = run_apart(config, options);
        ASSERT_EQ(with.error, "");
        vcd = read_vcd(file());
    }
    std::string file() const { return dir.path("run.vcd"); }

    TempDir dir;
    MramRun with, without;
    VcdFile vcd;
};

double value(const std::pair<std::int64_t, std::string>& change) {
    return std::stod(change.second);
}

TEST_F(MramWaveform, VoltageAndGoodTellOfTheOutages) {
    run("harvested", {"power.capacitance=4 uF"});
    EXPECT_EQ(with.report, without.report);
    EXPECT_EQ(with.scores, without.scores);

    const auto& good = vcd.changes.at("mram.supply.good");
    std::vector<std::int64_t> falls, rises;
    for (const auto& [time, text] : good) (text == "0" ? falls : rises).push_back(time);
    EXPECT_GE(with.outages, 3u);
    EXPECT_EQ(falls.size(), with.outages);

    const auto& voltage = vcd.changes.at("mram.supply.voltage");
    const auto start =
        std::find_if(voltage.begin(), voltage.end(), [](const auto& change) { return value(change) > 0; });
    ASSERT_NE(start, voltage.end());
    EXPECT_NEAR(value(*start), 3.3, 1e-6);
    double lowest = 10, highest = 0;
    for (auto change = start; change != voltage.end(); ++change) {
        lowest = std::min(lowest, value(*change));
        highest = std::max(highest, value(*change));
    }
    // Off, nothing draws but the capacitor's own leakage of 0.1 uW.
    EXPECT_GT(lowest, 1.79);
    EXPECT_LE(highest, 3.6 + 1e-9);
    const auto voltage_at = [&](std::int64_t time) {
        double last = 0;
        for (const auto& change : voltage) {
            if (change.first > time) break;
            last = value(change);
        }
        return last;
    };
    for (const auto time : falls) EXPECT_NEAR(voltage_at(time), 1.8, 1e-3) << time;
    for (const auto time : rises)
        if (time > falls.front()) {
            EXPECT_NEAR(voltage_at(time), 3.3, 1e-3) << time;
        }
    // On, it never falls below brown-out.
    bool on = true;
    std::size_t next = 0;
    for (auto change = start; change != voltage.end(); ++change) {
        while (next < good.size() && good[next].first <= change->first) on = good[next++].second != "0";
        if (on) {
            EXPECT_GE(value(*change), 1.8 - 1e-6) << change->first;
        }
    }
    // Nothing works while it is off.
    for (const auto time : vcd.rises("mram.mram0.busy"))
        for (std::size_t i = 0; i < falls.size(); ++i) {
            const auto back = std::upper_bound(rises.begin(), rises.end(), falls[i]);
            EXPECT_FALSE(time > falls[i] && back != rises.end() && time < *back) << time;
        }
}

TEST_F(MramWaveform, ChangesNothingAlwaysOn) {
    run("default");
    EXPECT_EQ(with.report, without.report);
    EXPECT_EQ(with.scores, without.scores);
    EXPECT_EQ(vcd.changes.count("mram.supply.good"), 0u);
    EXPECT_FALSE(vcd.rises("mram.mram31.busy").empty());
}

TEST_F(MramWaveform, IsAcceptedByTheConverterOfGtkWave) {
    if (std::system("command -v vcd2fst > /dev/null 2>&1") != 0)
        GTEST_SKIP() << "vcd2fst (package gtkwave) is not installed";
    run("harvested", {"power.capacitance=4 uF"});
    const auto fst = dir.path("run.fst");
    EXPECT_EQ(std::system(("vcd2fst " + file() + " " + fst + " > /dev/null 2>&1").c_str()), 0);
    EXPECT_GT(std::filesystem::file_size(fst), 1000u);
}

}  // namespace
}  // namespace pimvp::test
