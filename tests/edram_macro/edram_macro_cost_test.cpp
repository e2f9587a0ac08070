// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Costs against hand formulae of the 28 nm primitives, and bad parameters.
#include "modules/edram_macro/edram_macro_cost.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>

#include "driver/pimvp_macro.h"
#include "modules/core/error.h"

namespace pimvp {
namespace {

Region full(unsigned bits) {
    Region r;
    r.rows = 128;
    r.filters = 128;
    r.weight_bits = 2;
    r.weight_kind = PIMVP_KIND_TERNARY;
    r.input_bits = bits;
    r.result_bytes = 4;
    return r;
}

EdramMacroParams five_bits() {
    EdramMacroParams p;
    p.adc_bits = 5;
    return p;
}

TEST(EdramMacroCost, TernaryMacOfTheComponentModel) {
    const EdramMacroParams p = five_bits();
    const Technology t;
    const EdramMacroPrices price = prices(p, t);
    const double macs = 128 * 128;
    const EdramAccessCost cost = access_cost(p, t, full(1));
    // 28 nm, 0.9 V: ADC (500 + 1.024) fF x 0.81 V2 over 128 rows, two bit lines and two gates of 0.35 fF.
    const double adc = (500 + 1.024) * 0.81 / 128, lines = 2 * 0.35 * 0.81, gates = 2 * 0.35 * 0.81;
    const double hand = adc + lines + gates;
    EXPECT_NEAR(hand, 4.30, 0.01);
    const double composed = access_energy(cost, price).si() / macs * 1e15;
    // Beside them: a flip-flop of 2.1 fF per input bit, and 5 of them per converter output.
    EXPECT_NEAR(composed, hand + 2.1 * 0.81 / 128 + 5 * 2.1 * 0.81 / 128, 1e-9);
    EXPECT_NEAR(composed, 4.30, 4.30 * 0.03);
    EXPECT_NEAR(composed, 4.18, 4.18 * 0.06);  // 478 TOPS/W measured on a chip with ternary inputs (HYTEC)
    // 5 x (0.00653 x 128 + 0.640) ns + a NAND2 of 0.0478 ns.
    EXPECT_NEAR(step_time(p, t, 5, 0).si() * 1e9, 7.427, 0.001);
    EXPECT_EQ(cost.cycles, 2);  // of 5 ns
}

TEST(EdramMacroCost, GeometryMovesThePrice) {
    const Technology t;
    EdramMacroParams p = five_bits();
    p.rows = p.active_rows = 64;
    Region r = full(1);
    r.rows = 64;
    EXPECT_NEAR(access_energy(access_cost(p, t, r), prices(p, t)).si() / (64 * 128) * 1e15, 7.5, 0.2);
    p.rows = p.active_rows = 256;
    r.rows = 256;
    EXPECT_NEAR(access_energy(access_cost(p, t, r), prices(p, t)).si() / (256 * 128) * 1e15, 2.7, 0.1);
    // Half the wordlines at once: twice the conversions, and each swings the whole bit line.
    p = five_bits();
    p.active_rows = 64;
    const EdramAccessCost halves = access_cost(p, t, full(1));
    EXPECT_EQ(halves.conversions, 256u);
    EXPECT_EQ(halves.steps[0].count, 2);
    EXPECT_EQ(halves.steps[1].count, 0);
    EXPECT_NEAR((prices(p, t).bitline_discharge / prices(five_bits(), t).bitline_discharge), 2.0, 1e-12);
}

TEST(EdramMacroCost, CountsOfABitSerialAccess) {
    const Technology t;
    EdramMacroParams p;  // exact: 9 bits
    p.active_rows = 50;
    p.columns_per_adc = 4;
    Region r = full(3);
    r.rows = 120;
    r.filters = 10;
    const EdramAccessCost cost = access_cost(p, t, r);
    // 3 bits x groups of 50, 50 and 20 rows: 101 values in 7 bits, 41 in 6.
    EXPECT_EQ(cost.steps[0].count, 6);
    EXPECT_EQ(cost.steps[0].adc_bits, 7u);
    EXPECT_EQ(cost.steps[0].conversions, 60u);
    EXPECT_EQ(cost.steps[1].count, 3);
    EXPECT_EQ(cost.steps[1].adc_bits, 6u);
    EXPECT_EQ(cost.steps[1].conversions, 30u);
    EXPECT_EQ(cost.latched_bits, 360u);
    EXPECT_EQ(cost.wordline_raises, 360u);
    EXPECT_EQ(cost.bitline_discharges, 7200u);  // 360 x 10 columns x 2 bit lines
    EXPECT_EQ(cost.conversions, 90u);
    EXPECT_EQ(cost.output_bits, 60u * 7 + 30u * 6);
    // 7 x 1.47584 + 0.0478 + carries 0.21032 + 4 x 0.0956 = 10.97 ns: the sum is 9 + 3 - 1 = 11 bits wide.
    // 6 x 1.47584 + 0.0478 + 0.21032 + 5 x 0.0956 = 9.59 ns.
    EXPECT_EQ(cost.accumulated_bits, 90u * 11u);
    EXPECT_NEAR(step_time(p, t, 7, 11).si() * 1e9, 10.97, 0.01);
    EXPECT_NEAR(step_time(p, t, 6, 11).si() * 1e9, 9.59, 0.01);
    EXPECT_EQ(cost.steps[0].cycles, 12);  // 3 cycles for each of 4 columns
    EXPECT_EQ(cost.steps[1].cycles, 8);
    EXPECT_EQ(cost.cycles, 6 * 12 + 3 * 8);
    p.adc_early_stop = false;
    const EdramAccessCost whole = access_cost(p, t, r);
    EXPECT_EQ(whole.conversions, 90u);
    EXPECT_EQ(whole.output_bits, 630u);
    EXPECT_EQ(whole.cycles, 108);
}

// Nine rows, differences of -9 to 9: five bits instead of the nine of 128 rows.
TEST(EdramMacroCost, NineRowsConvertInFiveBits) {
    const Technology t;
    EdramMacroParams p;
    Region r = full(1);
    r.rows = 9;
    const EdramAccessCost cost = access_cost(p, t, r);
    EXPECT_EQ(cost.steps[1].adc_bits, 5u);
    EXPECT_EQ(cost.cycles, 2);  // 7.43 ns; 13.3 ns at 9 bits
    const double lines = 9 * 2.1 + 9 * 256 * 0.35 + 9 * 256 * 0.35, unit = 0.81e-15;  // 1 fF through 0.9 V
    EXPECT_NEAR(access_energy(cost, prices(p, t)).si(), unit * (lines + 128 * (500 + 1.024) + 128 * 5 * 2.1),
                1e-18);
    p.adc_early_stop = false;
    const EdramAccessCost whole = access_cost(p, t, r);
    EXPECT_EQ(whole.cycles, 3);
    EXPECT_NEAR(access_energy(whole, prices(p, t)).si(),
                unit * (lines + 128 * (900 + 262.144) + 128 * 9 * 2.1), 1e-18);
    EXPECT_EQ(areas(p, t)[1].area.si(), areas(EdramMacroParams{}, t)[1].area.si()) << "of the ADC as built";
}

TEST(EdramMacroCost, ResolutionFollowsTheRowsRaisedForEveryRegionHeight) {
    const Technology t;
    for (const std::uint32_t bits : {0u, 3u, 12u}) {
        for (const bool early : {true, false}) {
            for (const std::uint32_t active : {1u, 7u, 31u, 32u, 128u}) {
                for (std::uint32_t rows = 1; rows <= 128; ++rows) {
                    EdramMacroParams p;
                    p.active_rows = active;
                    p.adc_bits = bits;
                    p.adc_lsb = 1;
                    p.adc_early_stop = early;
                    Region r = full(2);
                    r.rows = rows;
                    const EdramAccessCost cost = access_cost(p, t, r);
                    std::int64_t cycles = 0;
                    double adcs = 0;
                    for (std::uint32_t first = 0; first < rows; first += active) {
                        const double raised = std::min(active, rows - first);
                        const double built =
                            bits == 0 ? std::ceil(std::log2(2.0 * active + 1)) : static_cast<double>(bits);
                        const double n =
                            early ? std::min(built, std::ceil(std::log2(2 * raised + 1))) : built;
                        const Duration step = step_time(p, t, static_cast<std::uint32_t>(n), 9 + 2 - 1);
                        cycles += 2 * static_cast<std::int64_t>(std::ceil(step.si() / 5e-9));
                        adcs += 2 * 128 * 0.81 * (100 * n + 0.001 * std::pow(4, n));
                    }
                    ASSERT_EQ(cost.cycles, cycles) << rows << " rows, " << active << " active";
                    double priced = 0;
                    for (const ArraySteps& steps : cost.steps) {
                        priced += prices(p, t).conversion[steps.adc_bits].si() *
                                  static_cast<double>(steps.conversions);
                    }
                    ASSERT_NEAR(priced * 1e15, adcs, 1e-6 * adcs) << rows << " rows, " << active << " active";
                }
            }
        }
    }
}

TEST(EdramMacroCost, EarlyStopLeavesTheValues) {
    for (unsigned bits = 2; bits <= 12; ++bits) {
        for (unsigned raised = 1; raised <= 128; ++raised) {
            const SignedAdc whole(bits, 1, 128), early(whole.bits_for(raised), 1, 128);
            EXPECT_EQ(early.bits(),
                      std::min(bits, static_cast<unsigned>(std::ceil(std::log2(2.0 * raised + 1)))));
            for (int x = -static_cast<int>(raised); x <= static_cast<int>(raised); ++x) {
                ASSERT_EQ(early.value(x), whole.value(x)) << bits << " bits, " << raised << " raised";
                ASSERT_EQ(early.clips(x), whole.clips(x));
            }
        }
    }
    EXPECT_EQ(SignedAdc(5, 2, 128).bits_for(1), 5u);  // a code stands for two cells
    EXPECT_EQ(SignedAdc(5, 0, 128).bits_for(1), 5u);  // or for eight
}

TEST(EdramMacroCost, RefreshWriteLeakageArea) {
    const Technology t;
    const EdramMacroParams p = five_bits();
    const EdramMacroPrices price = prices(p, t);
    EXPECT_NEAR(price.row_refresh.si() * 128 * 1e12, 655.36, 1e-6);  // one pass: 128 x 128 x 2 x 20 fJ
    EXPECT_NEAR(price.row_write.si() * 1e12, 5.12, 1e-9);
    EXPECT_NEAR(price.leakage.si() * 1e6, 32768 * 100e-6, 1e-9);
    const auto parts = areas(p, t);
    ASSERT_EQ(parts.size(), 5u);
    EXPECT_EQ(parts[0].name, "cells");
    EXPECT_NEAR(parts[0].area.si() * 1e12, 128 * 128 * 2 * 0.160, 1e-6);
    EXPECT_NEAR(parts[1].area.si() * 1e12, 128 * 336, 128 * 1.0);
    EXPECT_NEAR(parts[2].area.si() * 1e12, 128 * 16 * 4.79, 20);
    EXPECT_NEAR(parts[3].area.si() * 1e12, (128 * 21 + 128 * 8) * 3.684, 1);
}

TEST(EdramMacroCost, RefreshParametersOfTheArray) {
    EdramMacroParams p = five_bits();
    p.retention.retention_ps = 28'000'000;
    const RefreshParams r = refresh_params(p, Technology{});
    EXPECT_EQ(r.row_ps, 10'000);
    EXPECT_EQ(r.longest_step_ps, 10'000);  // 8.7 ns step, or the two cycles of a row
    EXPECT_EQ(r.period_ps, 28'000'000 - 20'000);
}

TEST(EdramMacroCost, RegionsThatSuit) {
    EdramMacroParams p;
    const auto accepted = [&](const Region& r) { return accepts(p, p.adc(), r); };
    EXPECT_TRUE(accepted(full(1)));
    Region r = full(1);
    r.weight_kind = PIMVP_KIND_SIGNED;
    EXPECT_FALSE(accepted(r));
    r = full(1);
    r.weight_bits = 1;
    EXPECT_FALSE(accepted(r));
    r = full(1);
    r.column0 = 1;
    EXPECT_FALSE(accepted(r));
    r = full(8);  // 128 x 255 = 32640 fits 16 bits
    r.result_bytes = 2;
    EXPECT_TRUE(accepted(r));
    p.rows = p.active_rows = 136;
    r.rows = 136;  // 34680 does not
    EXPECT_FALSE(accepted(r));
    r.input_kind = PIMVP_KIND_SIGNED;  // 136 x 128
    EXPECT_TRUE(accepted(r));
    r.shift = 1;
    EXPECT_FALSE(accepted(r));
    r.rows = 127;  // 127 x 128 x 2 = 32512
    EXPECT_TRUE(accepted(r));
    r.result_bytes = 4;
    r.shift = 15;
    EXPECT_TRUE(accepted(r));
    r.shift = 16;
    EXPECT_FALSE(accepted(r));
}

std::string message(const EdramMacroParams& p) {
    try {
        check_params(p);
    } catch (const Error& e) {
        return e.what();
    }
    return "";
}

TEST(EdramMacroParams, BadValuesAreNamed) {
    EXPECT_EQ(message(EdramMacroParams{}), "");
    EdramMacroParams p;
    p.rows = 12;
    p.active_rows = 12;
    EXPECT_EQ(message(p), "edram_macro.rows: expected a multiple of 8 from 8 to 1024, found 12");
    p = {};
    p.active_rows = 129;
    EXPECT_NE(message(p).find("edram_macro.active_rows: expected 1 to 128 (rows), found 129"),
              std::string::npos);
    p = {};
    p.adc_bits = 1;
    EXPECT_EQ(message(p), "edram_macro.adc_bits: expected 2 to 12, found 1");
    p = {};
    p.adc_lsb = 2;
    EXPECT_EQ(message(p),
              "edram_macro.adc_lsb: expected 0 or 1 with an exact ADC (adc_bits = \"exact\"), found 2");
    p = {};
    p.columns_per_adc = 0;
    EXPECT_EQ(message(p), "edram_macro.columns_per_adc: expected 1 to 128, found 0");
    p = {};
    p.period.ps = 0;
    EXPECT_EQ(message(p), "edram_macro.period: expected at least 1 ps, found 0 ps");
    p = {};
    p.retention.sigma = -1;
    EXPECT_NE(message(p).find("edram_macro.retention_sigma"), std::string::npos);
}

std::string toml(const std::string& period) {
    return R"(description = "test"
[edram_macro]
rows = 64
columns = 32
active_rows = 64
adc_bits = 5
adc_lsb = 0
adc_early_stop = false
columns_per_adc = 2
write_cycles = 1
read_cycles = 1
row_refresh_cycles = 2
data_dependence = "value"
repair = false
seed = 42
period = {value = "5 ns", range = ["4 ns", "10 ns"], kind = "assumed", source = "test"}
retention = {value = "77 us", range = ["28 us", "200 us"], kind = "silicon", source = "test"}
retention_sigma = {value = "0.5", range = ["0.3", "0.7"], kind = "assumed", source = "test"}
retention_yield = {value = "0.9999", range = ["0.999", "0.99999"], kind = "assumed", source = "test"}
write_energy_per_bit = {value = "20 fJ", range = ["2 fJ", "50 fJ"], kind = "assumed", source = "test"}
refresh_energy_per_bit = {value = "21 fJ", range = ["4 fJ", "50 fJ"], kind = "silicon", source = "test"}
leakage_per_bit = {value = "100 pW", range = ["50 pW", "200 pW"], kind = "silicon", source = "test"}
driver_area_per_line = {value = "2.5 um2", range = ["2 um2", "3 um2"], kind = "assumed", source = "test"}
[refresh]
enabled = true
policy = "burst"
period = ")" +
           period +
           R"("
postpone = {value = "100 ns", range = ["0 ns", "1 us"], kind = "assumed", source = "test"}
)";
}

EdramMacroParams load(const std::string& period, const std::string& set = "", int instance = -1) {
    const std::string file = ::testing::TempDir() + "edram_params_" +
                             std::to_string(::testing::UnitTest::GetInstance()->random_seed()) + ".toml";
    std::ofstream(file) << toml(period);
    Config config = Config::load(file, EdramMacroParams::schema());
    std::remove(file.c_str());
    if (!set.empty()) config.set(set);
    return EdramMacroParams::from(config, instance);
}

TEST(EdramMacroParams, ComeFromTheConfiguration) {
    const EdramMacroParams p = load("auto", "edram_macro[3].rows=128", 3);
    EXPECT_EQ(p.rows, 128u);
    EXPECT_EQ(p.columns, 32u);
    EXPECT_EQ(p.array, 3u);
    EXPECT_EQ(p.adc_bits, 5u);
    EXPECT_FALSE(p.adc_early_stop);
    EXPECT_EQ(load("auto", "edram_macro.adc_bits=exact").adc_bits, 0u);
    EXPECT_EQ(load("auto", "edram_macro.adc_bits=12").adc_bits, 12u);
    for (const char* bad : {"0", "1", "13", "5.5", "lossless"}) {
        try {
            load("auto", std::string("edram_macro.adc_bits=") + bad);
            ADD_FAILURE() << bad;
        } catch (const Error& e) {
            EXPECT_EQ(std::string(e.what()),
                      "--set edram_macro.adc_bits: expected one of exact, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, "
                      "12, found \"" +
                          std::string(bad) + "\"");
        }
    }
    EXPECT_TRUE(p.count_by_value);
    EXPECT_EQ(p.retention.retention_ps, 77'000'000);
    EXPECT_FALSE(p.retention.repair);
    EXPECT_EQ(p.retention.seed, 42u);
    EXPECT_NEAR(p.refresh_energy_per_bit.si(), 21e-15, 1e-20);
    EXPECT_EQ(p.refresh.policy, RefreshPolicy::burst);
    EXPECT_EQ(p.refresh.postpone_ps, 100'000);
    EXPECT_EQ(p.refresh.period_ps, 0);
    EXPECT_EQ(load("20 us").refresh.period_ps, 20'000'000);
    try {
        load("auto", "edram_macro.period=1.5 ps");
        ADD_FAILURE();
    } catch (const Error& e) {
        EXPECT_STREQ(e.what(), "edram_macro.period: expected whole picoseconds, found 1.5 ps");
    }
    try {
        load("20 V");
        FAIL();
    } catch (const Error& e) {
        EXPECT_NE(std::string(e.what()).find("refresh.period: expected \"auto\" or a duration"),
                  std::string::npos)
            << e.what();
    }
}

}  // namespace
}  // namespace pimvp
