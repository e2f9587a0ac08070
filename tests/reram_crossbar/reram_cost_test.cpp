// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "driver/pimvp_macro.h"
#include "modules/pim_macro/digits.h"
#include "modules/reram_crossbar/reram_crossbar_cost.h"
#include "tests/support/expect_error.h"

namespace pimvp {
namespace {

constexpr double femto = 1e-15;

/// 256 x 256 cells of 4 bits, 16 wordlines of single input bits at once, eight converters of 8 bits, 1 ns.
ReramCrossbarParams sixteen_rows() {
    ReramCrossbarParams p;
    p.active_rows = 16;
    p.dac_bits = 1;
    return p;
}

TEST(Digits, AWeightOfAnyWidthHasCellsForItsGreatestMagnitude) {
    for (const std::uint32_t cell_bits : {1u, 2u, 4u})
        for (std::uint32_t bits = 1; bits <= 8; ++bits) {
            const std::uint32_t columns = columns_per_weight(bits, cell_bits), half = columns / 2;
            for (int w = -(1 << (bits - 1)); w < 1 << bits; ++w) {
                int value = 0;
                for (std::uint32_t k = 0; k < columns; ++k) {
                    const auto level = cell_of(w, k, half, cell_bits);
                    ASSERT_LT(level, 1u << cell_bits);
                    value += place_of(k, half, cell_bits) * static_cast<int>(level);
                }
                ASSERT_EQ(value, w) << bits << " bits in cells of " << cell_bits;
            }
        }
    EXPECT_EQ(columns_per_weight(4, 4), 2u);
    EXPECT_EQ(columns_per_weight(5, 4), 4u) << "-16 needs a second digit";
    EXPECT_EQ(columns_per_weight(8, 4), 4u);
}

TEST(InputDigits, TheSignBitIsADigitOfItsOwn) {
    const auto digits = input_digits(6, true, 3);
    ASSERT_EQ(digits.size(), 3u);
    const std::uint32_t lsb[] = {0, 3, 5}, bits[] = {3, 2, 1};
    const std::int32_t place[] = {1, 8, -32};
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(digits[i].lsb, lsb[i]);
        EXPECT_EQ(digits[i].bits, bits[i]);
        EXPECT_EQ(digits[i].place(), place[i]);
    }
    EXPECT_EQ(input_digits(8, false, 3).size(), 3u);
    EXPECT_EQ(input_digits(1, true, 3).size(), 1u);
}

// Conversions: 256 x 0.00653 + 8 x 0.640 = 6.79 ns, 7 cycles; 4 rows reach 60, 6 bits: 5.51 ns, 6 cycles. 28
// columns at eight converters are four turns. The last addition: 22 bits, 0.0478 (4.4 + 2 x 21) = 2.22 ns.
TEST(ReramCost, CountsAndCyclesByHand) {
    const Region r{3, 100, 5, 7, 6, PIMVP_KIND_SIGNED, 5, PIMVP_KIND_UNSIGNED, 4};
    const auto cost = access_cost(sixteen_rows(), Technology{}, r);
    EXPECT_EQ(cost.columns, 28u);
    EXPECT_EQ(cost.cycles, 5 * (6 * 4 * 7 + 4 * 6) + 3);
    EXPECT_EQ(cost.latched_bits, 500u);
    EXPECT_EQ(cost.driven_digits, 500u);
    EXPECT_EQ(cost.line_units, 500u);
    EXPECT_EQ(cost.conversions[8], 5u * 6 * 28);
    EXPECT_EQ(cost.conversions[6], 5u * 28);
    EXPECT_EQ(cost.all_conversions, 980u);
    EXPECT_EQ(cost.accumulated_bits, 980u * (8 + 5 + 8 + 1));
    EXPECT_EQ(cost.off_cycles, 5u * 28 * (96 * 7 + 4 * 6));
    EXPECT_EQ(cost.level_cycles, 15 * cost.off_cycles);
    ReramCrossbarParams late = sixteen_rows();
    late.adc_early_stop = false;
    EXPECT_EQ(access_cost(late, Technology{}, r).cycles, 5 * 7 * 4 * 7 + 3);
    EXPECT_EQ(access_cost(late, Technology{}, r).conversions[8], 980u);
}

// Digits of three, two and the sign bit: 16 x 15 x (7, 3, 1) = 1680, 720, 240 take 11, 10 and 8 bits.
TEST(ReramCost, DigitsOfSeveralBitsByHand) {
    ReramCrossbarParams p = sixteen_rows();
    p.dac_bits = 3;
    const Region r{0, 32, 0, 16, 4, PIMVP_KIND_SIGNED, 6, PIMVP_KIND_SIGNED, 4};
    const auto cost = access_cost(p, Technology{}, r);
    EXPECT_EQ(p.adc().bits(), 11u);
    EXPECT_EQ(cost.conversions[11], 2u * 32);
    EXPECT_EQ(cost.conversions[10], 2u * 32);
    EXPECT_EQ(cost.conversions[8], 2u * 32);
    EXPECT_EQ(cost.line_units, 32u * (49 + 9 + 1));
    EXPECT_EQ(cost.driven_digits, 96u);
    // 1.672 + 0.64 n: 8.71, 8.07 and 6.79 ns; 19 bits add in 1.93 ns.
    EXPECT_EQ(cost.cycles, 2 * 4 * (9 + 9 + 7) + 2);
    EXPECT_EQ(cost.off_cycles, 32u * 32 * (49 * 9 + 9 * 9 + 7));
    p.least_input_bits = 8;  // 3, 3, 1 and the sign
    const auto wide = access_cost(p, Technology{}, r);
    EXPECT_EQ(wide.conversions[11], 2u * 2 * 32);
    EXPECT_EQ(wide.conversions[8], 2u * 2 * 32);
    EXPECT_EQ(wide.latched_bits, 32u * 8);
}

TEST(ReramCost, TheExactConverterIsTheSmallestThatLosesNothing) {
    for (std::uint32_t rows : {1u, 2u, 16u, 17u, 18u, 64u, 256u})
        for (std::uint32_t dac = 1; dac <= 4; ++dac) {
            ReramCrossbarParams p;
            p.active_rows = rows;
            p.dac_bits = dac;
            const double greatest = rows * 15.0 * ((1 << dac) - 1);
            EXPECT_EQ(p.adc().bits(), std::ceil(std::log2(greatest + 1)));
            EXPECT_TRUE(p.adc().lossless());
            if (p.adc().bits() <= 5 || p.adc().bits() > 13) continue;
            p.adc_bits = p.adc().bits() - 1;
            EXPECT_FALSE(p.adc().lossless());
        }
    EXPECT_EQ(sixteen_rows().geometry().adc_bits, 8u);
}

TEST(ReramCost, PricesByHand) {
    const Technology t;
    const auto p = prices(sixteen_rows(), t);
    const double line = 256 * 0.35 * 0.16;  // fF through 0.4 V
    EXPECT_NEAR(p.line_unit.si() / femto, line, 1e-9);
    EXPECT_NEAR(p.level_cycle.si() / femto, 0.144 / 15, 1e-9);  // uW ns
    EXPECT_NEAR(p.off_cycle.si() / femto, 2 * 0.016, 1e-9);
    ASSERT_EQ(p.conversion.size(), 9u);
    EXPECT_NEAR(p.conversion[8].si() / femto, 0.81 * (800 + 65.536) + line, 1e-6);
    EXPECT_EQ(p.driven_digit.si(), 0.0);
    EXPECT_NEAR(p.latched_bit.si() / femto, 2.1 * 0.81, 1e-9);
    EXPECT_NEAR(p.accumulated_bit.si() / femto, 6.3 * 0.81, 1e-9);
    EXPECT_NEAR(p.leakage.si(), 512 * 30e-9 + 8 * 1e-6, 1e-12);
    // Three bits: the same greatest voltage, so a digit of one is a seventh of it.
    ReramCrossbarParams three = sixteen_rows();
    three.dac_bits = 3;
    EXPECT_NEAR(prices(three, t).line_unit.si() / femto, line / 49, 1e-9);
    EXPECT_NEAR(prices(three, t).level_cycle.si() / femto, 0.144 / 15 / 49, 1e-9);
    EXPECT_NEAR(prices(three, t).driven_digit.si() / femto, 150 * 0.81, 1e-6);
}

TEST(ReramCost, EnergyOfAnAccessByHand) {
    const Region r{0, 256, 0, 64, 8, PIMVP_KIND_SIGNED, 8, PIMVP_KIND_UNSIGNED, 4};
    const auto cost = access_cost(sixteen_rows(), Technology{}, r);
    EXPECT_EQ(cost.cycles, 8 * 16 * 32 * 7 + 3);
    const double cells = 2048 * 256.0 * 7 * (0.144 + 2 * 0.016);
    const double conversions = 8.0 * 16 * 256, line = 256 * 0.35 * 0.16;
    const double expected =
        2048 * 2.1 * 0.81 + 2048 * line + cells + conversions * (0.81 * 865.536 + line + 25 * 6.3 * 0.81);
    EXPECT_NEAR(access_energy(cost, prices(sixteen_rows(), Technology{})).si() / femto, expected,
                1e-6 * expected);
    RecordProperty("picojoules", std::to_string(expected / 1000));
}

TEST(ReramCost, GeometryMovesPricesAndTimes) {
    const Technology t;
    const Region r{0, 128, 0, 16, 8, PIMVP_KIND_SIGNED, 8, PIMVP_KIND_UNSIGNED, 4};
    const ReramCrossbarParams p = sixteen_rows();
    const auto energy = [&](const ReramCrossbarParams& q) {
        return access_energy(access_cost(q, t, r), prices(q, t)).si();
    };
    const auto cycles = [&](const ReramCrossbarParams& q) { return access_cost(q, t, r).cycles; };
    ReramCrossbarParams q = p;
    q.columns = 128;  // half the wordline, half the converters
    EXPECT_LT(prices(q, t).line_unit.si(), 0.51 * prices(p, t).line_unit.si());
    EXPECT_EQ(cycles(q) - 3, 2 * (cycles(p) - 3));
    q = p;
    q.rows = 1024;  // longer bit lines settle later and load each conversion more
    EXPECT_GT(energy(q), energy(p));
    EXPECT_EQ(conversion_cycles(q, t, 8), 12);
    EXPECT_EQ(conversion_cycles(p, t, 8), 7);
    q = p;
    q.columns_per_adc = 8;
    EXPECT_EQ(cycles(q) - 3, (cycles(p) - 3) / 4);
    EXPECT_EQ(energy(q), energy(p));
    q = p;
    q.active_rows = 64;  // 10 bits: a quarter of the conversions, each dearer
    EXPECT_EQ(access_cost(q, t, r).all_conversions * 4, access_cost(p, t, r).all_conversions);
    EXPECT_GT(prices(q, t).conversion[10].si(), prices(p, t).conversion[8].si());
    EXPECT_GT(areas(q, t)[1].area.si(), 3 * areas(p, t)[1].area.si());
    q = p;
    q.cell_bits = 2;  // more columns, fewer bits
    EXPECT_EQ(access_cost(q, t, r).columns, 2 * access_cost(p, t, r).columns);
    EXPECT_EQ(q.adc().bits(), 6u);
    q = p;
    q.read_voltage = volts(0.2);
    EXPECT_NEAR(prices(q, t).line_unit.si(), prices(p, t).line_unit.si() / 4, 1e-22);
}

// A wordline of 256 cells: 32 turns at 4 bits, 1.67 + 2.56 ns in 5 cycles; a pulse of 10 ns before each of 8
// reads.
TEST(ReramCost, WritingProgramsAndVerifies) {
    const auto p = sixteen_rows();
    const Technology t;
    const auto write = write_cost(p, t, 3 * 256, 3), read = read_cost(p, t, 3 * 256, 3);
    EXPECT_EQ(read.cycles, 3 * 32 * 5);
    EXPECT_EQ(write.cycles, 3 * 8 * (10 + 32 * 5));
    EXPECT_EQ(read_cost(p, t, 9, 1).cycles, 2 * 5) << "nine cells at eight converters";
    EXPECT_EQ(write_cost(p, t, 8, 1).cycles, 8 * (10 + 5));
    EXPECT_EQ(read.pulses, 0u);
    EXPECT_EQ(write.pulses, 8u * 768);
    EXPECT_EQ(read.conversions, 768u);
    EXPECT_EQ(write.conversions, 8u * 768);
    EXPECT_EQ(read.line_units, 3u);
    EXPECT_EQ(write.off_cycles, 8u * 768 * 5);
    EXPECT_EQ(write.level_cycles, 15u * 8 * 768 * 5);
    const double line = 256 * 0.35 * 0.16;
    const double verified = line * 3 + 768 * (5 * (0.144 + 0.032) + 0.81 * (400 + 0.256) + line);
    EXPECT_NEAR(cell_energy(read, prices(p, t), 4).si() / femto, verified, 1e-6 * verified);
    EXPECT_NEAR(cell_energy(write, prices(p, t), 4).si() / femto, 8 * (verified + 768 * 600),
                1e-6 * 8 * 768 * 600);
}

TEST(ReramCost, AreasByHand) {
    const Technology t;
    const auto parts = areas(sixteen_rows(), t);
    const double expected[] = {65536 * 0.0081,
                               8 * 16.07 * std::pow(10, -0.0369 * 8) * 256,
                               256 * 2 * 0.614,
                               256 * 0.614,
                               256 * 7 * 0.614,
                               8 * (8 + 8 + 8 + 1) * 0.614 * 7.8,
                               (128 * (4 + 8 + 8 + 1) + 256 * 8) * 0.614 * 6,
                               512 * 2.5};
    const char* names[] = {"cells",   "adcs",   "input_levels", "column_select",
                           "decoder", "adders", "flip_flops",   "drivers"};
    ASSERT_EQ(parts.size(), 8u);
    for (int i = 0; i < 8; ++i) {
        EXPECT_EQ(parts[i].name, names[i]);
        EXPECT_NEAR(parts[i].area.si() * 1e12, expected[i], 1e-6 * expected[i]) << names[i];
    }
}

TEST(ReramCost, RegionsThatDoNotFitAreRefused) {
    const auto p = sixteen_rows();
    Region r{0, 256, 0, 128, 4, PIMVP_KIND_SIGNED, 4, PIMVP_KIND_UNSIGNED, 2};
    EXPECT_TRUE(accepts(p, r));  // 256 (-8 15) = -30720
    r.filters = 129;
    EXPECT_FALSE(accepts(p, r));
    r.filters = 128;
    r.weight_bits = 5;  // four columns each
    r.result_bytes = 4;
    EXPECT_FALSE(accepts(p, r));
    r.filters = 64;
    EXPECT_TRUE(accepts(p, r));
    r.result_bytes = 2;  // 256 (-16 15)
    EXPECT_FALSE(accepts(p, r));
    r.rows = 136;  // -32640
    EXPECT_TRUE(accepts(p, r));
    r.weight_kind = PIMVP_KIND_TERNARY;
    EXPECT_FALSE(accepts(p, r));
    r.weight_bits = 2;
    EXPECT_TRUE(accepts(p, r));
    r.weight_kind = PIMVP_KIND_BIPOLAR;
    EXPECT_FALSE(accepts(p, r));
    r.weight_kind = PIMVP_KIND_SIGNED;
    r.weight_bits = 9;
    EXPECT_FALSE(accepts(p, r));
    r.weight_bits = 4;
    r.column0 = 129;
    EXPECT_FALSE(accepts(p, r));
}

TEST(ReramCost, ParametersThatMakeNoSenseAreRefused) {
    const auto refused = [](auto change, const std::string& key) {
        ReramCrossbarParams p;
        change(p);
        test::expect_error([&] { check_params(p); }, "reram_crossbar." + key, "expected", "found");
    };
    refused([](auto& p) { p.cell_bits = 3; }, "cell_bits");
    refused([](auto& p) { p.dac_bits = 5; }, "dac_bits");
    refused([](auto& p) { p.rows = 100; }, "rows");
    refused([](auto& p) { p.active_rows = 257; }, "active_rows");
    refused([](auto& p) { p.adc_bits = 3; }, "adc_bits");
    refused([](auto& p) { p.adc_bits = 13; }, "adc_bits");
    refused([](auto& p) { p.adc_lsb = 2; }, "adc_lsb");
    refused([](auto& p) { p.columns_per_adc = 257; }, "columns_per_adc");
    refused([](auto& p) { p.write_pulses = 0; }, "write_pulses");
    refused([](auto& p) { p.on_off_ratio = 1; }, "on_off_ratio");
    refused([](auto& p) { p.least_input_bits = 9; }, "least_input_bits");
}

}  // namespace
}  // namespace pimvp
