// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Costs against hand formulae of the 28 nm primitives, and bad parameters.
#include "modules/edram_macro/edram_macro_cost.h"

#include <gtest/gtest.h>

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
    EXPECT_NEAR(step_time(p, t, 0).si() * 1e9, 7.427, 0.001);
    EXPECT_EQ(cost.cycles(), 2);  // of 5 ns
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
    EXPECT_EQ(halves.steps, 2);
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
    EXPECT_EQ(cost.steps, 9);  // 3 bits x ceil(120 / 50)
    EXPECT_EQ(cost.latched_bits, 360u);
    EXPECT_EQ(cost.wordline_raises, 360u);
    EXPECT_EQ(cost.bitline_discharges, 7200u);  // 360 x 10 columns x 2 bit lines
    EXPECT_EQ(cost.conversions, 90u);
    EXPECT_EQ(cost.output_bits, 630u);  // 101 values: 7 bits
    // 7 x 1.47584 + 0.0478 + carries 0.21032 + 4 x 0.0956 = 10.97 ns: the sum is 9 + 3 - 1 = 11 bits wide.
    EXPECT_EQ(cost.accumulated_bits, 90u * 11u);
    EXPECT_NEAR(step_time(p, t, 11).si() * 1e9, 10.97, 0.01);
    EXPECT_EQ(cost.step_cycles, 12);  // 3 cycles for each of 4 columns
    EXPECT_EQ(cost.cycles(), 108);
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
    EXPECT_EQ(message(p), "edram_macro.adc_lsb: expected 0 or 1 with an exact ADC (adc_bits = 0), found 2");
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
