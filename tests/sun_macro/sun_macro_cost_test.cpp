// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sun_macro/sun_macro_cost.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/sun_macro/slot_tile.h"

namespace pimvp {
namespace {

SunMacroParams digital() {
    SunMacroParams p;
    p.compute = SunCompute::digital;
    return p;
}

// Groups of 16 and 11 rows; 5 + 3 and 8 columns; 6 input bits are steps of 4 and of 2.
const Region ragged = slot_region({{5, 3}, {8, 0}}, 16, 27, 6);

TEST(SunMacroCost, CountsByHand) {
    const auto cost = access_cost(SunMacroParams{}, Technology{}, ragged);
    EXPECT_EQ(cost.steps, 4);
    EXPECT_EQ(cost.cycles, 4);
    EXPECT_EQ(cost.useful_cells, 27u * 16);
    EXPECT_EQ(cost.latched_bits, 27u * 6);
    EXPECT_EQ(cost.boundary_bits, 2u * 8);
    EXPECT_EQ(cost.line_raises, 27u * 2);
    EXPECT_EQ(cost.cell_units, 27u * (15 + 3) * 16);
    EXPECT_EQ(cost.dac_conversions[4], 27u);
    EXPECT_EQ(cost.dac_conversions[2], 27u);
    // Up to 240 and 165, 48 and 33: 8 and 6 bits.
    EXPECT_EQ(cost.adc_conversions[8], 2u * 16);
    EXPECT_EQ(cost.adc_conversions[6], 2u * 16);
    EXPECT_EQ(cost.conversions, 4u * 16);
    // n (w - 1) + w (log2 w - 1/2): 42 + 20 + 76 at 8 bits, 34 + 16 + 62 at 6.
    EXPECT_EQ(cost.shift_add_bits, 2u * 138 + 2 * 112);
    EXPECT_EQ(cost.accumulated_bits, 4u * ((5 + 6 + 10) + (3 + 6 + 10) + (8 + 6 + 10)));
    EXPECT_EQ(cost.adder_tree_bits, 0u);
}

TEST(SunMacroCost, TheSignBitTakesAStepOfItsOwn) {
    Region r = ragged;
    r.input_kind = PIMVP_KIND_SIGNED;  // steps of 4, 1 and 1 bits
    const auto cost = access_cost(SunMacroParams{}, Technology{}, r);
    EXPECT_EQ(cost.steps, 6);
    EXPECT_EQ(cost.line_raises, 27u * 3);
    EXPECT_EQ(cost.cell_units, 27u * (15 + 1 + 1) * 16);
    EXPECT_EQ(cost.dac_conversions[4], 27u);
    EXPECT_EQ(cost.dac_conversions[2], 0u);
    EXPECT_EQ(cost.adc_conversions[8], 2u * 16);
    EXPECT_EQ(cost.adc_conversions[5], 2u * 16);  // of 16 rows
    EXPECT_EQ(cost.adc_conversions[4], 2u * 16);  // of 11
    r.input_bits = 5;
    EXPECT_EQ(access_cost(SunMacroParams{}, Technology{}, r).steps, 4);
    r.input_bits = 1;
    EXPECT_EQ(access_cost(SunMacroParams{}, Technology{}, r).steps, 2);
}

TEST(SunMacroCost, WithoutEarlyStopAllConversionsAreAsLong) {
    SunMacroParams p;
    p.adc_early_stop = false;
    EXPECT_EQ(access_cost(p, Technology{}, ragged).adc_conversions[8], 4u * 16);
    p.adc_early_stop = true;
    p.adc_bits = 5;
    EXPECT_EQ(access_cost(p, Technology{}, ragged).adc_conversions[5], 4u * 16);
}

TEST(SunMacroCost, DigitalCountsByHand) {
    const auto cost = access_cost(digital(), Technology{}, ragged);
    EXPECT_EQ(cost.steps, 4);
    EXPECT_EQ(cost.line_raises, 27u * 6);
    EXPECT_EQ(cost.cell_units, 27u * 16);
    EXPECT_EQ(cost.conversions, 0u);
    // 16 inputs of n bits: 8 n + 4 (n + 1) + 2 (n + 2) + n + 3. 11: 5 n, then 6: 3 (n + 1), then 3: n + 2,
    // then 2: n + 3.
    EXPECT_EQ(cost.adder_tree_bits, 16u * ((71 + 20 + 15 + 6 + 7) + (41 + 10 + 9 + 4 + 5)));
    // Columns of 8 bits in steps of 4, of 6 bits in steps of 2, whether 16 or 11 rows.
    EXPECT_EQ(cost.shift_add_bits, 2u * 138 + 2 * 112);
    EXPECT_EQ(access_cost(digital(), Technology{}, ragged).dac_conversions[4], 0u);
}

TEST(SunMacroCost, AssumedStepTimeIsASiliconFigure) {
    SunMacroParams p;
    const Technology t;
    EXPECT_NEAR(step_time(p, t, ragged, 16, 4).si(), 4.1e-9, 1e-18);
    EXPECT_NEAR(step_time(p, t, ragged, 11, 1).si(), 4.1e-9, 1e-18);
    p.period.ps = 4000;
    EXPECT_EQ(access_cost(p, t, ragged).cycles, 8);
    p.assumed_access = nanoseconds(4.0);
    EXPECT_EQ(access_cost(p, t, ragged).cycles, 4);
}

// In NAND2 delays: product 1; boundary gate 1; eight columns 2 4.8 + 4.4 + 2 (8 + bits - 1); accumulator of
// 8 + 6 + 10 bits 4.4 + 2 (24 - 8 - bits). The two carry chains are as long together at any resolution.
TEST(SunMacroCost, ComposedStepTimeByHand) {
    SunMacroParams p;
    p.access_time = AccessTime::composed;
    const Technology t;
    const double logic = 0.0478 * (1 + 1 + 9.6 + 4.4 + 2 * 15 + 4.4 + 2 * 8);
    EXPECT_NEAR(step_time(p, t, ragged, 16, 4).si() * 1e9, 8 * (0.00653 * 256 + 0.640) + logic, 1e-6);
    EXPECT_NEAR(step_time(p, t, ragged, 11, 2).si() * 1e9, 6 * (0.00653 * 256 + 0.640) + logic, 1e-6);
    // 21.67 and 17.06 ns.
    EXPECT_EQ(access_cost(p, t, ragged).cycles, 2 * 5 + 2 * 4);
    p.row_blocks = 16;  // bit lines of 64 cells: 11.6 and 9.5 ns
    EXPECT_EQ(access_cost(p, t, ragged).cycles, 2 * 3 + 2 * 2);
}

// Trees of 16 inputs: 3 4.8 + 4.4 + 2 (bits - 2), bits being those of the sum.
TEST(SunMacroCost, ComposedDigitalStepTimeByHand) {
    SunMacroParams p = digital();
    p.access_time = AccessTime::composed;
    const Technology t;
    const double logic = 0.0478 * (1 + 1 + 9.6 + 4.4 + 2 * 15 + 4.4 + 2 * 8);
    EXPECT_NEAR(step_time(p, t, ragged, 16, 4).si() * 1e9, logic + 0.0478 * (14.4 + 4.4 + 2 * 6), 1e-6);
    EXPECT_NEAR(step_time(p, t, ragged, 11, 2).si() * 1e9, logic + 0.0478 * (14.4 + 4.4 + 2 * 4), 1e-6);
    EXPECT_NEAR(step_time(p, t, ragged, 1, 4).si() * 1e9, logic, 1e-6);
    EXPECT_EQ(access_cost(p, t, ragged).cycles, 4);  // 4.65 ns
}

TEST(SunMacroCost, PricesByHand) {
    const SunMacroParams p;
    const auto price = prices(p, Technology{});
    const double v2 = 0.81e-15;  // 1 fF through 0.9 V, in J
    const auto near = [](Energy e, double joule) { EXPECT_NEAR(e.si(), joule, 1e-9 * joule); };
    near(price.latched_bit, 2.1 * v2);
    near(price.line_raise, 64 * 0.35 * v2);
    near(price.cell_unit, 0.35 * 256 / 240 * v2);
    ASSERT_EQ(price.dac_conversion.size(), 5u);
    EXPECT_EQ(price.dac_conversion[1].si(), 0.0);
    near(price.dac_conversion[4], 200 * v2);
    ASSERT_EQ(price.adc_conversion.size(), 9u);
    near(price.adc_conversion[8], (800 + 65.536) * v2);
    near(price.shift_add_bit, 4.2 * v2);
    near(price.accumulated_bit, 6.3 * v2);
    EXPECT_NEAR(price.leakage.si(), 65536 * 10.7e-12, 1e-12);
    const auto cost = access_cost(p, Technology{}, ragged);
    const double access = v2 * (178 * 2.1 + 54 * 64 * 0.35 + 7776 * 0.35 * 256 / 240 + 27 * 50 * (4 + 2) +
                                32 * (800 + 65.536) + 32 * (600 + 4.096) + 500 * 4.2 + 256 * 6.3);
    near(access_energy(cost, price), access);

    const auto gates = prices(digital(), Technology{});
    near(gates.line_raise, 64 * 0.35 * v2);
    near(gates.cell_unit, 64 * 0.35 * v2);
    near(gates.adder_tree_bit, 4.2 * v2);
    EXPECT_TRUE(gates.adc_conversion.empty());
    EXPECT_TRUE(gates.dac_conversion.empty());
}

void expect_areas(const SunMacroParams& p, const std::vector<std::pair<const char*, double>>& expected) {
    const auto parts = areas(p, Technology{});
    ASSERT_EQ(parts.size(), expected.size());
    for (std::size_t i = 0; i < parts.size(); ++i) {
        EXPECT_EQ(parts[i].name, expected[i].first);
        EXPECT_NEAR(parts[i].area.si() * 1e12, expected[i].second, 1e-6 * expected[i].second)
            << parts[i].name;
    }
}

// Per slot: adders 8 7 + 20 for eight columns, accumulators of 8 + 8 + 10 and 7 + 8 + 10 bits, gates at seven
// boundaries, 8 boundary bits.
TEST(SunMacroCost, AreasByHand) {
    const double adders = 8 * ((76 + 51) * 7.8 + 7 * 8) * 0.614;
    const double flip_flops = (8 * (51 + 8) + 1024 * 8) * 6 * 0.614;
    expect_areas(SunMacroParams{}, {{"cells", 65536 * 0.114},
                                    {"adcs", 64 * 16.07 * std::pow(10, -0.0369 * 8) * 256},
                                    {"dacs", 16 * 4 * 25.0},
                                    {"adders", adders},
                                    {"flip_flops", flip_flops},
                                    {"drivers", (1024 + 4 * 64) * 2.5}});
    expect_areas(digital(), {{"cells", 65536 * 0.114},
                             {"gates", 64 * 16 * 4 * 0.614},
                             {"adder_trees", 64 * 71 * 7.8 * 0.614},
                             {"adders", adders},
                             {"flip_flops", flip_flops},
                             {"drivers", (1024 + 4 * 64) * 2.5}});
    SunMacroParams serial;
    serial.input_bits_per_step = 1;
    EXPECT_EQ(areas(serial, Technology{})[2].area.si(), 0.0);
}

bool accepted(const Region& r, const SunMacroParams& p = {}) {
    return accepts(p, p.adc(), r);
}

TEST(SunMacroCost, RegionsAndTheirSlots) {
    const Slots whole(8, {4, 4});
    EXPECT_TRUE(accepted(slot_region(whole, 0, 1024, 4)));
    EXPECT_TRUE(accepted(slot_region({{1, 0}}, 1008, 16, 4)));
    const auto refused = [&](auto change) {
        Region r = slot_region({{5, 3}, {8, 0}, {1, 1}}, 32, 100, 4);
        EXPECT_TRUE(accepted(r));
        change(r);
        return !accepted(r);
    };
    EXPECT_TRUE(refused([](Region& r) { r.slots_high |= 1 << 4; }));  // 8 + 1 columns
    EXPECT_TRUE(refused([](Region& r) { r.slots_low = 0x085; }));     // a second filter without a first
    EXPECT_TRUE(refused([](Region& r) { r.slots_low |= 0x10000; }));  // a gap
    EXPECT_TRUE(refused([](Region& r) { r.slots_low = r.slots_high = 0; }));
    EXPECT_TRUE(refused([](Region& r) { r.filters = 4; }));
    EXPECT_TRUE(refused([](Region& r) { r.filters = 6; }));
    EXPECT_TRUE(refused([](Region& r) { r.weight_bits = 7; }));
    EXPECT_TRUE(refused([](Region& r) { r.row0 = 40; }));
    EXPECT_TRUE(refused([](Region& r) { r.row0 = 0xFFFFFFF0; }));
    EXPECT_TRUE(refused([](Region& r) { r.rows = 0; }));
    EXPECT_TRUE(refused([](Region& r) { r.rows = 1024 - 32 + 1; }));
    EXPECT_FALSE(refused([](Region& r) { r.rows = 1024 - 32; }));
    EXPECT_TRUE(refused([](Region& r) { r.column0 = 4; }));
    EXPECT_FALSE(refused([](Region& r) { r.column0 = 40; }));
    EXPECT_TRUE(refused([](Region& r) { r.column0 = 48; }));
    EXPECT_TRUE(refused([](Region& r) { r.weight_kind = PIMVP_KIND_TERNARY; }));
    EXPECT_TRUE(refused([](Region& r) { r.weight_kind = PIMVP_KIND_BIPOLAR; }));
    EXPECT_FALSE(refused([](Region& r) { r.weight_kind = PIMVP_KIND_UNSIGNED; }));
    EXPECT_TRUE(refused([](Region& r) { r.input_bits = 9; }));
    EXPECT_TRUE(refused([](Region& r) { r.result_bytes = 3; }));
    EXPECT_TRUE(refused([](Region& r) { r.shift = 16; }));
    SunMacroParams narrow;
    narrow.slots = 2;
    EXPECT_FALSE(accepted(slot_region({{5, 3}, {8, 0}, {1, 1}}, 0, 16, 4), narrow));
    narrow.slots = 4;
    narrow.slot_columns = 6;
    EXPECT_TRUE(accepted(slot_region({{5, 1}, {6, 0}}, 0, 16, 4), narrow));
    EXPECT_FALSE(accepted(slot_region({{5, 1}, {7, 0}}, 0, 16, 4), narrow));
}

TEST(SunMacroCost, ResultsThatCouldOverflowAreRefused) {
    Region r = slot_region({{4, 4}}, 0, 273, 4);  // 273 (-8 15) = -32760
    r.result_bytes = 2;
    EXPECT_TRUE(accepted(r));
    r.rows = 274;
    EXPECT_FALSE(accepted(r));
    // Codes end at 15: 64 groups of 15 (-8) = -7680.
    SunMacroParams clipping;
    clipping.adc_bits = 4;
    r.rows = 1024;
    EXPECT_TRUE(accepted(r, clipping));
    r.shift = 2;
    EXPECT_TRUE(accepted(r, clipping));
    r.shift = 3;
    EXPECT_FALSE(accepted(r, clipping));
}

}  // namespace
}  // namespace pimvp
