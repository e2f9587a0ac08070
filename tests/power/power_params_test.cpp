// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/power/power_params.h"

#include <gtest/gtest.h>

#include "modules/power/harvest.h"
#include "tests/support/expect_error.h"

namespace pimvp {
namespace {

Config defaults() {
    return Config::load(std::string(PIMVP_SOURCE_DIR) + "/modules/power/power.toml", PowerParams::schema());
}

TEST(PowerParamsTest, TheFileHoldsTheDefaults) {
    const Config config = defaults();
    const PowerParams p = PowerParams::from(config), q;
    EXPECT_EQ(p.harvest.source, HarvestSource::generated);
    EXPECT_EQ(p.harvest.mean_power, q.harvest.mean_power);
    EXPECT_EQ(p.harvest.on_share, q.harvest.on_share);
    EXPECT_EQ(p.harvest.outages, q.harvest.outages);
    EXPECT_EQ(p.capacitance, q.capacitance);
    EXPECT_EQ(p.turn_on, q.turn_on);
    EXPECT_EQ(p.warning, q.warning);
    EXPECT_EQ(p.brown_out, q.brown_out);
    EXPECT_EQ(p.maximum, q.maximum);
    EXPECT_EQ(p.initial, q.initial);
    EXPECT_EQ(p.longest_charge, q.longest_charge);
    EXPECT_EQ(p.give_up_after, q.give_up_after);
    EXPECT_EQ(p.inject.target, CutTarget::none);
    EXPECT_DOUBLE_EQ(p.inject.warning_lead.si(), q.inject.warning_lead.si());
}

TEST(PowerParamsTest, EveryKeyArrives) {
    Config config = defaults();
    for (const char* assignment : {"power.source=trace",
                                   "power.trace=sun.csv",
                                   "power.mean_power=5 mW",
                                   "power.on_share=0.5",
                                   "power.outages_per_second=3 Hz",
                                   "power.seed=9",
                                   "power.capacitance=0.6 mF",
                                   "power.turn_on=3 V",
                                   "power.warning=1.5 V",
                                   "power.brown_out=1 V",
                                   "power.maximum=4 V",
                                   "power.initial=2 V",
                                   "power.capacitor_leakage=1 uW",
                                   "power.longest_charge=100 s",
                                   "power.give_up_after=7",
                                   "power.inject=restore",
                                   "power.inject_count=5",
                                   "power.inject_interval=1 ms",
                                   "power.inject_every=4",
                                   "power.inject_warning=true",
                                   "power.inject_warning_lead=3 us",
                                   "power.inject_seed=8"})
        config.set(assignment);
    const PowerParams p = PowerParams::from(config);
    EXPECT_EQ(p.harvest.source, HarvestSource::trace);
    EXPECT_EQ(p.harvest.trace, "sun.csv");
    EXPECT_EQ(p.harvest.mean_power.si(), 5e-3);
    EXPECT_EQ(p.harvest.on_share, 0.5);
    EXPECT_EQ(p.harvest.outages.si(), 3);
    EXPECT_EQ(p.harvest.seed, 9u);
    EXPECT_EQ(p.capacitance.si(), 0.6e-3);
    EXPECT_EQ(p.turn_on.si(), 3);
    EXPECT_EQ(p.warning.si(), 1.5);
    EXPECT_EQ(p.brown_out.si(), 1);
    EXPECT_EQ(p.maximum.si(), 4);
    EXPECT_EQ(p.initial.si(), 2);
    EXPECT_EQ(p.capacitor_leakage.si(), 1e-6);
    EXPECT_EQ(p.longest_charge.si(), 100);
    EXPECT_EQ(p.give_up_after, 7);
    EXPECT_EQ(p.inject.target, CutTarget::restore);
    EXPECT_EQ(p.inject.count, 5);
    EXPECT_EQ(p.inject.interval.si(), 1e-3);
    EXPECT_EQ(p.inject.every, 4);
    EXPECT_TRUE(p.inject.warning);
    EXPECT_EQ(p.inject.warning_lead.si(), 3e-6);
    EXPECT_EQ(p.inject.seed, 8u);
}

TEST(PowerParamsTest, ImpossibleValuesNameTheKey) {
    const auto refuse = [](std::vector<const char*> assignments, const char* key, const char* found) {
        Config config = defaults();
        for (const char* assignment : assignments) config.set(assignment);
        test::expect_error([&] { PowerParams::from(config); }, std::string("power.") + key, "expected",
                           found);
    };
    refuse({"power.source=trace"}, "trace", "none");
    refuse({"power.warning=1.7 V"}, "warning", "1.7 V");
    refuse({"power.turn_on=2 V"}, "turn_on", "2 V");
    refuse({"power.maximum=3.2 V"}, "maximum", "3.2 V");
    refuse({"power.initial=3.7 V"}, "initial", "3.7 V");
    refuse({"power.inject=uniform"}, "inject_interval", "0 s");
    refuse({"power.warning=1.8 V", "power.inject=backup", "power.inject_warning=true"}, "warning", "1.8 V");
    Config config = defaults();
    test::expect_error([&] { config.set("power.brown_out=0 V"); }, "power.brown_out");
    test::expect_error([&] { config.set("power.on_share=1.5"); }, "power.on_share");
    test::expect_error([&] { config.set("power.inject=everything"); }, "power.inject");
}

TEST(PowerParamsTest, TheExampleTraceIsLikeTheGenerator) {
    HarvestParams p;
    p.source = HarvestSource::trace;
    p.trace = std::string(PIMVP_SOURCE_DIR) + "/traces/power/rf_example.csv";
    Harvest harvest(p);
    double energy = 0, on = 0;
    int outages = 0;
    for (std::int64_t t = 0; t < harvest.period_ps();) {
        const auto piece = harvest.at(t);
        const double length = static_cast<double>(piece.to_ps - t) * 1e-12;
        energy += static_cast<double>(piece.zj_per_ps) * 1e-9 * length;
        on += piece.zj_per_ps > 0 ? length : 0;
        outages += piece.zj_per_ps == 0 ? 1 : 0;
        t = piece.to_ps;
    }
    const double seconds = static_cast<double>(harvest.period_ps()) * 1e-12;
    EXPECT_GT(seconds, 50);
    EXPECT_GT(energy / seconds, 90e-6);
    EXPECT_LT(energy / seconds, 190e-6);
    EXPECT_GT(on / seconds, 0.24);
    EXPECT_LT(on / seconds, 0.66);
    EXPECT_GT(outages / seconds, 0.2);
    EXPECT_LT(outages / seconds, 4);
}

}  // namespace
}  // namespace pimvp
