// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sram_macro/sram_macro_cost.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <fstream>

#include "driver/pimvp_macro.h"
#include "modules/core/error.h"

namespace pimvp {
namespace {

constexpr double femto = 1e-15;

// The published component values of the 28 nm, 0.9 V fit, as rounded there.
TEST(Technology, ComposesTheFittedComponents) {
    const Technology t;
    EXPECT_NEAR(t.cell_toggle().si(), 0.284 * femto, 0.001 * femto);
    EXPECT_NEAR(t.multiply_energy().si(), 0.284 * femto, 0.001 * femto);
    EXPECT_NEAR(t.full_adder_energy().si(), 3.40 * femto, 0.005 * femto);
    EXPECT_NEAR(t.full_adder_area().si(), 4.79e-12, 0.005e-12);
    EXPECT_NEAR(t.full_adder_in_to_sum().si(), 0.229e-9, 0.0006e-9);
    EXPECT_NEAR(t.full_adder_in_to_carry().si(), 0.210e-9, 0.0006e-9);
    EXPECT_NEAR(t.full_adder_carry_to_carry().si(), 0.096e-9, 0.0006e-9);
    EXPECT_NEAR(t.flip_flop_energy().si(), 1.70 * femto, 0.005 * femto);
    EXPECT_NEAR(t.flip_flop_area().si(), 3.68e-12, 0.005e-12);
    const int bits[] = {3, 4, 5, 6, 8};
    const double energy[] = {243, 324, 406, 489, 701}, area[] = {100, 183, 336, 618, 2085};
    for (int i = 0; i < 5; ++i) {
        EXPECT_NEAR(t.adc_energy(bits[i]).si(), energy[i] * femto, 0.6 * femto);
        EXPECT_NEAR(t.adc_area(bits[i]).si(), area[i] * 1e-12, 0.006 * area[i] * 1e-12);
    }
    EXPECT_NEAR(t.adc_latency(5, 64).si(), 5.3e-9, 0.05e-9);
    EXPECT_NEAR(t.adc_latency(5, 128).si(), 7.4e-9, 0.05e-9);
    EXPECT_NEAR(t.adc_latency(5, 256).si(), 11.6e-9, 0.05e-9);
    EXPECT_NEAR(t.dac_energy(2).si(), 81.0 * femto, 0.01 * femto);
    EXPECT_EQ(t.dac_energy(1).si(), 0.0);
}

TEST(Technology, EnergyFollowsTheSupplySquared) {
    Technology t;
    const double nominal = t.adc_energy(5).si();
    t.supply = volts(0.45);
    EXPECT_NEAR(t.adc_energy(5).si(), nominal / 4, 1e-20);
}

SramMacroParams five_bit() {
    SramMacroParams p;
    p.adc_bits = 5;
    return p;
}
Region int4() {
    return {0, 128, 0, 32, 4, PIMVP_KIND_SIGNED, 4, PIMVP_KIND_UNSIGNED, 2};
}

// 128 rows, a 5-bit ADC per column, bit-serial int4 inputs: 64.4 fJ per int4 MAC is ADC 50.7 + bit line 4.5 +
// multiply 4.5
// + shift-add 2.2 + accumulate 2.4 in the component model. The input latch is on top (0.2 fJ per MAC).
TEST(SramMacroCost, ReproducesTheComponentModelPerMac) {
    const SramMacroParams p = five_bit();
    const Technology t;
    const auto cost = access_cost(p, t, int4());
    const auto price = prices(p, t);
    const double per_mac = 1.0 / (128 * 32) / femto;
    EXPECT_NEAR(price.conversion[5].si() * cost.conversions * per_mac, 50.7, 0.1);
    EXPECT_NEAR(price.bitline_discharge.si() * cost.bitline_discharges * per_mac, 4.54, 0.05);
    EXPECT_NEAR(price.wordline_raise.si() * cost.wordline_raises * per_mac, 4.54, 0.05);
    EXPECT_NEAR(price.shift_add_bit.si() * cost.shift_add_bits * per_mac, 2.23, 0.05);
    EXPECT_NEAR(price.accumulated_bit.si() * cost.accumulated_bits * per_mac, 2.39, 0.05);
    const double total = access_energy(cost, price).si() * per_mac;
    EXPECT_NEAR(total, 64.4, 0.03 * 64.4);
    RecordProperty("femtojoules_per_mac", std::to_string(total));
}

TEST(SramMacroCost, GeometryMovesThePricePerMac) {
    const Technology t;
    const auto per_mac = [&](std::uint32_t rows) {
        SramMacroParams p = five_bit();
        p.rows = p.active_rows = rows;
        Region r = int4();
        r.rows = rows;
        r.result_bytes = 4;
        return access_energy(access_cost(p, t, r), prices(p, t)).si() / (rows * 32) / femto;
    };
    EXPECT_NEAR(per_mac(64), 119, 0.03 * 119);
    EXPECT_NEAR(per_mac(256), 37, 0.03 * 37);
    // The same array raised a quarter at a time converts four times as often, and swings each bit line as far
    // each time.
    SramMacroParams p = five_bit();
    p.active_rows = 32;
    EXPECT_NEAR(prices(p, t).bitline_discharge.si(), 4 * prices(five_bit(), t).bitline_discharge.si(), 1e-22);
    EXPECT_EQ(access_cost(p, t, int4()).conversions, 4 * access_cost(five_bit(), t, int4()).conversions);
}

TEST(SramMacroCost, CountsAndCyclesByHand) {
    SramMacroParams p = five_bit();
    p.active_rows = 31;
    p.columns_per_adc = 4;
    const Technology t;
    const Region r{3, 100, 5, 7, 3, PIMVP_KIND_SIGNED, 6, PIMVP_KIND_UNSIGNED,
                   4};  // 4 groups of 31, 31, 31, 7
    const auto cost = access_cost(p, t, r);
    EXPECT_EQ(cost.latched_bits, 600u);
    EXPECT_EQ(cost.wordline_raises, 600u);
    EXPECT_EQ(cost.bitline_discharges, 600u * 21);
    EXPECT_EQ(cost.conversions, 21u * 6 * 4);
    // 5 bits count to 31, 3 bits to 7; 3 (log2 3 - 1/2) = 3.25, rounded up.
    EXPECT_EQ(cost.steps[0].adc_bits, 5u);
    EXPECT_EQ(cost.steps[0].conversions, 21u * 6 * 3);
    EXPECT_EQ(cost.steps[1].adc_bits, 3u);
    EXPECT_EQ(cost.steps[1].conversions, 21u * 6);
    EXPECT_EQ(cost.shift_add_bits, 7u * (18 * (5 * 2 + 4) + 6 * (3 * 2 + 4)));
    EXPECT_EQ(cost.accumulated_bits, 7u * 24 * (3 + 6 + 7));  // 128 rows: 7 bits
    // Gate, ADC, tree and accumulator. The two carry chains are 15 full adders long at any resolution: 9.51
    // ns at 5 bits, 6.56 ns at 3.
    const auto hand = [](int bits) {
        return 0.0478 + bits * (0.00653 * 128 + 0.640) + 0.0478 * (4.8 + 4.4 + 2 * (bits + 2)) +
               0.0478 * (4.4 + 2 * (16 - 3 - bits));
    };
    EXPECT_NEAR(step_time(p, t, 5, 3, 6).si(), hand(5) * 1e-9, 1e-15);
    EXPECT_NEAR(step_time(p, t, 3, 3, 6).si(), hand(3) * 1e-9, 1e-15);
    EXPECT_EQ(cost.cycles, 6 * 4 * (3 * 2 + 2));  // of 5 ns
    p.period.ps = 9600;
    EXPECT_EQ(access_cost(p, t, r).cycles, 6 * 4 * (3 * 1 + 1));
    p.period.ps = 1000;
    EXPECT_EQ(access_cost(p, t, r).cycles, 6 * 4 * (3 * 10 + 7));
    p.adc_early_stop = false;
    const auto full = access_cost(p, t, r);
    EXPECT_EQ(full.cycles, 6 * 4 * 4 * 10);
    EXPECT_EQ(full.shift_add_bits, 7u * 24 * (5 * 2 + 4));
    EXPECT_EQ(full.conversions, cost.conversions);
    EXPECT_EQ(full.steps[1].adc_bits, 5u);
}

TEST(SramMacroCost, AdderTreesOfPowersOfTwoAreWhole) {
    EXPECT_EQ(shift_add_bits(1, 5), 0u);
    EXPECT_EQ(shift_add_bits(2, 5), 6u);
    EXPECT_EQ(shift_add_bits(4, 5), 21u);
    EXPECT_EQ(shift_add_bits(8, 5), 55u);
}

TEST(SramMacroCost, ExactAdcIsPricedAtItsResolution) {
    const SramMacroParams exact;
    const Technology t;
    EXPECT_EQ(exact.geometry().adc_bits, 8u);
    ASSERT_EQ(prices(exact, t).conversion.size(), 9u);
    for (int n = 1; n <= 8; ++n) EXPECT_EQ(prices(exact, t).conversion[n].si(), t.adc_energy(n).si());
    SramMacroParams few = exact;
    few.active_rows = 31;
    EXPECT_EQ(few.geometry().adc_bits, 5u);
}

// The stem of a CNN with one input channel: nine wordlines are ten counts, four bits.
TEST(SramMacroCost, NineRowsConvertInFourBits) {
    SramMacroParams p;
    const Technology t;
    Region r = int4();
    r.rows = 9;
    r.weight_bits = 8;
    r.filters = 16;
    const auto cost = access_cost(p, t, r);
    EXPECT_EQ(cost.steps[1].adc_bits, 4u);
    EXPECT_EQ(cost.conversions, 128u * 4);
    // ADC 5.903 ns, gate 0.048, tree 0.0478 (2 4.8 + 4.4 + 2 11) = 1.721, accumulator 0.0478 (4.4 + 2 7) =
    // 0.880: 8.55 ns. At 8 bits it is 14.46 ns.
    EXPECT_NEAR(step_time(p, t, 4, 8, 4).si() * 1e9, 8.552, 0.001);
    EXPECT_EQ(cost.cycles, 4 * 2);
    const double ccv = 0.81;  // 1 fF through 0.9 V, in fJ
    const double lines = 36 * 2.1 + 36 * 128 * 0.35 + 36 * 128 * 0.35, shared = lines + 16 * 4 * 19 * 6.3;
    EXPECT_NEAR(access_energy(cost, prices(p, t)).si() / femto,
                ccv * (shared + 512 * (400 + 0.256) + 16 * 4 * (4 * 7 + 20) * 4.2), 0.01);
    p.adc_early_stop = false;
    const auto full = access_cost(p, t, r);
    EXPECT_EQ(full.steps[1].adc_bits, 8u);
    EXPECT_EQ(full.cycles, 4 * 3);
    EXPECT_NEAR(access_energy(full, prices(p, t)).si() / femto,
                ccv * (shared + 512 * (800 + 65.536) + 16 * 4 * (8 * 7 + 20) * 4.2), 0.01);
    EXPECT_EQ(areas(p, t)[1].area.si(), areas(SramMacroParams{}, t)[1].area.si()) << "of the ADC as built";
}

TEST(SramMacroCost, ResolutionFollowsTheRowsRaisedForEveryRegionHeight) {
    const Technology t;
    for (const std::uint32_t bits : {0u, 3u, 12u})
        for (const bool early : {true, false})
            for (const std::uint32_t active : {1u, 7u, 31u, 32u, 128u})
                for (std::uint32_t rows = 1; rows <= 128; ++rows) {
                    SramMacroParams p;
                    p.active_rows = active;
                    p.adc_bits = bits;
                    p.adc_early_stop = early;
                    Region r = int4();
                    r.rows = rows;
                    const auto cost = access_cost(p, t, r);
                    std::int64_t cycles = 0;
                    double adcs = 0;
                    for (std::uint32_t first = 0; first < rows; first += active) {
                        const double raised = std::min(active, rows - first);
                        const double built =
                            bits == 0 ? std::ceil(std::log2(active + 1.0)) : static_cast<double>(bits);
                        const double n = early ? std::min(built, std::ceil(std::log2(raised + 1))) : built;
                        const auto resolution = static_cast<std::uint32_t>(n);
                        cycles += 4 * static_cast<std::int64_t>(
                                          std::ceil(step_time(p, t, resolution, 4, 4).si() / 5e-9));
                        adcs += 4 * 128 * 0.81 * (100 * n + 0.001 * std::pow(4, n));
                    }
                    ASSERT_EQ(cost.cycles, cycles) << rows << " rows, " << active << " active";
                    double priced = 0;
                    for (const auto& steps : cost.steps)
                        priced += prices(p, t).conversion[steps.adc_bits].si() * steps.conversions;
                    ASSERT_NEAR(priced / femto, adcs, 1e-6 * adcs)
                        << rows << " rows, " << active << " active";
                }
}

TEST(SramMacroCost, CodesOfSeveralCellsTakeAllBits) {
    SramMacroParams p = five_bit();
    p.adc_lsb = 4;
    EXPECT_EQ(p.conversion_bits(9), 5u);
    p.adc_lsb = 1;
    EXPECT_EQ(p.conversion_bits(9), 4u);
    EXPECT_EQ(p.conversion_bits(128), 5u);
}

TEST(SramMacroCost, AreasByHand) {
    SramMacroParams p = five_bit();
    p.columns_per_adc = 3;
    const Technology t;
    const auto parts = areas(p, t);
    ASSERT_EQ(parts.size(), 5u);
    const double width = 4 + 8 + 7;
    const double expected[] = {16384 * 0.114, 43 * 16.07 * std::pow(10, -0.0369 * 5) * 32,
                               32 * (21 + width) * 0.614 * 7.8, (32 * width + 128 * 8) * 0.614 * 6,
                               256 * 2.5};
    const char* names[] = {"cells", "adcs", "adders", "flip_flops", "drivers"};
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(parts[i].name, names[i]);
        EXPECT_NEAR(parts[i].area.si() * 1e12, expected[i], 1e-6 * expected[i]) << names[i];
    }
}

bool accepted(const SramMacroParams& p, const Region& r) {
    return accepts(p, p.adc(), r);
}

TEST(SramMacroCost, RegionsThatCouldOverflowTheirResultAreRefused) {
    const SramMacroParams p;
    Region r = int4();
    EXPECT_TRUE(accepted(p, r));  // 128 (-8 15) = -15360
    r.input_bits = 6;             // 128 (-8 63) = -64512
    EXPECT_FALSE(accepted(p, r));
    r.rows = 65;  // -32760
    EXPECT_TRUE(accepted(p, r));
    r.rows = 66;  // -33264
    EXPECT_FALSE(accepted(p, r));
    r.result_bytes = 4;
    EXPECT_TRUE(accepted(p, r));
    // Clipped columns count each on their own: 31 (7 + 8) per row group at most.
    r = int4();
    EXPECT_TRUE(accepted(five_bit(), r));
}

TEST(SramMacroCost, TheShiftCountsIntoWhatAResultMustHold) {
    const SramMacroParams p;
    Region r = int4();
    EXPECT_EQ(r.shift, 0u);
    r.shift = 1;  // 128 (-8 15) 2 = -30720
    EXPECT_TRUE(accepted(p, r));
    r.shift = 2;
    EXPECT_FALSE(accepted(p, r));
    r.result_bytes = 4;
    r.shift = 15;  // -15360 2^15 = -2^29
    EXPECT_TRUE(accepted(p, r));
    r.shift = 16;
    EXPECT_FALSE(accepted(p, r));
    r.shift = 15;
    r.weight_bits = r.input_bits = 8;
    r.filters = 16;  // 128 (-128 255) 2^15 < -2^31
    EXPECT_FALSE(accepted(p, r));
    r.shift = 9;  // -2139095040
    EXPECT_TRUE(accepted(p, r));
    r.shift = 10;
    EXPECT_FALSE(accepted(p, r));
    r = int4();
    r.weight_kind = PIMVP_KIND_UNSIGNED;  // 128 (15 15) = 28800
    EXPECT_TRUE(accepted(p, r));
    r.shift = 1;
    EXPECT_FALSE(accepted(p, r));
}

TEST(SramMacroCost, AWeightHasNoMoreColumnsThanAnOutputCombines) {
    SramMacroParams p;
    Region r = int4();
    p.weight_columns = 4;
    EXPECT_TRUE(accepted(p, r));
    p.weight_columns = 3;
    EXPECT_FALSE(accepted(p, r));
    r.weight_bits = 1;
    p.weight_columns = 1;
    EXPECT_TRUE(accepted(p, r));
}

TEST(SramMacroCost, AreaIsLaidOutForTheColumnsThatAnOutputCombines) {
    const Technology t;
    SramMacroParams p = five_bit(), narrow = p;
    p.laid_out_weight_bits = 2;
    narrow.weight_columns = 2;  // laid_out_weight_bits stays 4
    for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(areas(narrow, t)[i].area.si(), areas(p, t)[i].area.si());
    // One column an output: no shift-add, 128 accumulators of 1 + 8 + 7 bits.
    narrow.weight_columns = 1;
    EXPECT_NEAR(areas(narrow, t)[2].area.si() * 1e12, 128 * 16 * 0.614 * 7.8, 1e-3);
}

TEST(SramMacroCost, WeightFormats) {
    const SramMacroParams p;
    Region r = int4();
    r.filters = 8;
    r.weight_bits = 0;
    EXPECT_FALSE(accepted(p, r));
    r.weight_bits = 9;
    EXPECT_FALSE(accepted(p, r));
    r.weight_bits = 4;
    r.weight_kind = 3;
    EXPECT_FALSE(accepted(p, r));
    r.weight_kind = PIMVP_KIND_TERNARY;
    EXPECT_FALSE(accepted(p, r));
    r.weight_bits = 2;
    EXPECT_TRUE(accepted(p, r));
}

TEST(SramMacroParams, ErrorsNameKeyExpectedAndFound) {
    const auto message = [](auto change) -> std::string {
        SramMacroParams p;
        change(p);
        try {
            check_params(p);
        } catch (const Error& e) {
            return e.what();
        }
        return "";
    };
    EXPECT_EQ(message([](SramMacroParams&) {}), "");
    EXPECT_EQ(message([](SramMacroParams& p) { p.adc_bits = 13; }),
              "sram_macro.adc_bits: expected 1 to 12, found 13");
    EXPECT_EQ(message([](SramMacroParams& p) { p.adc_lsb = 2; }),
              "sram_macro.adc_lsb: expected 1 with an exact ADC (adc_bits = \"exact\"), found 2");
    EXPECT_NE(message([](SramMacroParams& p) { p.rows = 120, p.active_rows = 121; }).find("active_rows"),
              std::string::npos);
    EXPECT_NE(message([](SramMacroParams& p) { p.columns_per_adc = 129; }).find("columns_per_adc"),
              std::string::npos);
    EXPECT_NE(message([](SramMacroParams& p) { p.columns = 100; }).find("sram_macro.columns"),
              std::string::npos);
    EXPECT_NE(message([](SramMacroParams& p) { p.period.ps = 0; }).find("period"), std::string::npos);
    EXPECT_EQ(message([](SramMacroParams& p) { p.weight_columns = 9; }),
              "sram_macro.weight_columns: expected 1 to 8, found 9");
    EXPECT_NE(message([](SramMacroParams& p) { p.write_cycles = 0; }).find("write_cycles"),
              std::string::npos);
}

std::string quantity(const char* key, const char* value) {
    return std::string(key) + " = {value = \"" + value + "\", range = [\"" + value + "\", \"" + value +
           "\"], kind = \"assumed\", source = \"test\"}\n";
}

TEST(SramMacroParams, ReadsAConfiguration) {
    const std::string file = testing::TempDir() + "sram_macro_params_test.toml";
    std::ofstream(file)
        << "[sram_macro]\nrows = 256\ncolumns = 64\nactive_rows = 32\nadc_bits = 4\nadc_lsb = 2\n"
           "adc_early_stop = false\n"
           "columns_per_adc = 8\nwrite_cycles = 2\nread_cycles = 3\nlaid_out_weight_bits = "
           "8\nweight_columns = 6\ndata_dependence = \"value\"\n"
        << quantity("period", "2.5 ns") << quantity("write_energy_per_bit", "36 fJ")
        << quantity("read_energy_per_bit", "38 fJ") << quantity("leakage_per_bit", "10.7 pW")
        << quantity("driver_area_per_line", "2.5 um2") << "[technology]\n"
        << quantity("supply", "0.8 V") << quantity("cell_load", "0.35 fF")
        << quantity("nand2_capacitance", "0.7 fF") << quantity("nand2_area", "0.614 um2")
        << quantity("nand2_delay", "47.8 ps") << quantity("sram_cell_area", "0.114 um2")
        << quantity("gain_cell_area", "0.160 um2") << quantity("adc_capacitance_per_bit", "100 fF")
        << quantity("adc_capacitance_per_step", "0.001 fF") << quantity("adc_bit_delay_per_row", "6.53 ps")
        << quantity("adc_bit_delay", "0.640 ns") << quantity("adc_area_unit", "16.07 um2")
        << quantity("adc_area_slope", "0.0369") << quantity("dac_capacitance_per_bit", "50 fF");
    Schema schema = SramMacroParams::schema();
    for (const auto& spec : Technology::schema()) schema.push_back(spec);
    Config config = Config::load(file, schema);
    std::remove(file.c_str());
    const SramMacroParams p = SramMacroParams::from(config);
    EXPECT_EQ(p.rows, 256u);
    EXPECT_EQ(p.columns, 64u);
    EXPECT_EQ(p.active_rows, 32u);
    EXPECT_EQ(p.adc_bits, 4u);
    EXPECT_EQ(p.adc_lsb, 2u);
    EXPECT_FALSE(p.adc_early_stop);
    EXPECT_EQ(p.columns_per_adc, 8u);
    EXPECT_EQ(p.period.ps, 2500);
    EXPECT_EQ(p.write_cycles, 2u);
    EXPECT_EQ(p.read_cycles, 3u);
    EXPECT_EQ(p.laid_out_weight_bits, 8u);
    EXPECT_EQ(p.weight_columns, 6u);
    EXPECT_EQ(p.data_dependence, DataDependence::value);
    EXPECT_NEAR(p.leakage_per_bit.si(), 10.7e-12, 1e-18);
    const Technology t = Technology::from(config), nominal;
    EXPECT_EQ(t.supply.si(), 0.8);
    EXPECT_NEAR(t.adc_latency(5, 128).si(), nominal.adc_latency(5, 128).si(), 1e-18);
    EXPECT_NEAR(t.adc_area(5).si(), nominal.adc_area(5).si(), 1e-18);
    config.set("sram_macro.adc_lsb=1");
    config.set("sram_macro.adc_bits=12");
    EXPECT_EQ(SramMacroParams::from(config).adc_bits, 12u);
    config.set("sram_macro.adc_bits=exact");
    EXPECT_EQ(SramMacroParams::from(config).adc_bits, 0u);
    EXPECT_EQ(SramMacroParams::from(config).geometry().adc_bits, 6u);
    for (const char* bad : {"0", "13", "-1", "5.0", "lossless"}) {
        try {
            config.set(std::string("sram_macro.adc_bits=") + bad);
            ADD_FAILURE() << bad;
        } catch (const Error& e) {
            EXPECT_EQ(std::string(e.what()),
                      "--set sram_macro.adc_bits: expected one of exact, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, "
                      "12, found \"" +
                          std::string(bad) + "\"");
        }
    }
    config.set("sram_macro[1].active_rows=300");
    EXPECT_THROW(SramMacroParams::from(config, 1), Error);
    EXPECT_EQ(SramMacroParams::from(config, 0).active_rows, 32u);
}

}  // namespace
}  // namespace pimvp
