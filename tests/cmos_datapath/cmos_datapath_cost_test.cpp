// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/cmos_datapath/cmos_datapath_cost.h"

#include <gtest/gtest.h>

#include "driver/pimvp_macro.h"
#include "modules/core/error.h"

namespace pimvp {
namespace {

constexpr double femto = 1e-15;

// 50 operands of 8 bits: 25, 12, 6, 3, 2 and 1 adders of 8 to 13 bits. Four stages end behind levels 2, 3 and
// 5, where 13, 7 and 2 sums of 10, 11 and 13 bits are left.
TEST(CmosAdderTree, ByHand) {
    const AdderTree tree = adder_tree(50, 8, 4);
    EXPECT_EQ(tree.levels, 6u);
    EXPECT_EQ(tree.full_adders, 25u * 8 + 12 * 9 + 6 * 10 + 3 * 11 + 2 * 12 + 13);
    EXPECT_EQ(tree.pipeline_bits, 13u * 10 + 7 * 11 + 2 * 13);
    EXPECT_EQ(adder_tree(50, 8, 1).pipeline_bits, 0u);
    EXPECT_EQ(adder_tree(1, 8, 4).full_adders, 0u);
    EXPECT_EQ(adder_tree(2, 8, 1).full_adders, 8u);
}

// Of 2^n operands of b bits, level l has 2^(n-l) adders of b + l - 1 bits: 2^n (b + 1) - (n + b + 1) in all.
TEST(CmosAdderTree, PowersOfTwoHaveAClosedForm) {
    for (std::uint32_t n = 0; n <= 9; ++n)
        for (std::uint32_t b = 1; b <= 9; ++b)
            EXPECT_EQ(adder_tree(1u << n, b, 3).full_adders, (1u << n) * (b + 1) - (n + b + 1)) << n << b;
}

// Rows 100 = 3 x 30 + 10, columns 21 on 8 units; 1024 rows in the store: sums of 3 + 6 + 10 bits.
TEST(CmosDatapathCost, CountsByHand) {
    CmosDatapathParams p;
    p.rows = 1024;
    p.columns = 64;
    p.units = 8;
    p.operands = 30;
    p.pipeline_stages = 1;
    const Technology t;
    Region r{3, 100, 5, 7, 3, PIMVP_KIND_SIGNED, 6, PIMVP_KIND_UNSIGNED, 4};
    const auto cost = access_cost(p, t, r);
    EXPECT_EQ(cost.steps, 4 * 3);
    EXPECT_EQ(cost.latched_bits, 600u);
    EXPECT_EQ(cost.operand_bits, 1800u);
    EXPECT_EQ(cost.weight_bits, 2100u);
    EXPECT_EQ(cost.product_bits, 12600u);
    // 30: 15, 7, 4, 2, 1 adders; 10: 5, 2, 1, 1.
    const std::uint64_t thirty = 15 * 6 + 7 * 7 + 4 * 8 + 2 * 9 + 10, ten = 5 * 6 + 2 * 7 + 8 + 9;
    EXPECT_EQ(cost.adder_bits, 21 * (3 * thirty + ten));
    EXPECT_EQ(cost.pipeline_bits, 0u);
    EXPECT_EQ(cost.accumulated_bits, 21u * 4 * 19);
    // Exclusive or, four levels that wait for a sum, a carry over 6 + 4 bits, the accumulator's 19 - 11 left.
    const double gates = 2.4 + 4.8 * 4 + 4.4 + 2 * 10 + 4.4 + 2 * 8;
    EXPECT_NEAR(step_time(p, t, r).si(), gates * 0.0478e-9, 1e-15);
    EXPECT_EQ(cost.cycles_per_step, 2);  // 3.17 ns
    EXPECT_EQ(cost.cycles, 24);
    EXPECT_EQ(cost.latency, 24);

    // 1.06 ns each. Of 30, 8 and 2 sums are left behind levels 2 and 4 of 5; of 10, 3 and 2 behind 2 and 3
    // of 4.
    p.pipeline_stages = 3;
    const auto piped = access_cost(p, t, r);
    EXPECT_EQ(piped.cycles, 12);
    EXPECT_EQ(piped.latency, 14);
    EXPECT_EQ(piped.pipeline_bits, 21u * (3 * (8 * 8 + 2 * 10) + (3 * 8 + 2 * 9)));
    EXPECT_EQ(piped.adder_bits, cost.adder_bits);

    r.weight_kind = PIMVP_KIND_BIPOLAR;  // -63 .. 63 takes a bit more
    EXPECT_EQ(access_cost(p, t, r).product_bits, 2100u * 7);
    r.input_kind = PIMVP_KIND_SIGNED;
    EXPECT_EQ(access_cost(p, t, r).product_bits, 2100u * 6);
}

TEST(CmosDatapathCost, AnEnergyIsItsGatesTimesTheirLoad) {
    const CmosDatapathParams p;  // 16 groups of 50 rows, 2 batches of 32 columns
    const Technology t;
    const auto price = prices(p, t);
    const double nand2 = 0.7 * 0.81 * femto, tiny = 1e-6 * femto;
    EXPECT_NEAR(price.latched_bit.si(), 3 * nand2, tiny);
    EXPECT_NEAR(price.operand_bit.si(), 4 * 3 * nand2, tiny);
    EXPECT_NEAR(price.weight_bit.si(), 5 * 3 * nand2, tiny);
    EXPECT_NEAR(price.product_bit.si(), 1.5 * nand2, tiny);
    EXPECT_NEAR(price.adder_bit.si(), 6 * nand2, tiny);
    EXPECT_NEAR(price.accumulated_bit.si(), 9 * nand2, tiny);
    EXPECT_NEAR(price.read_bit.si(), 10 * 3 * nand2, tiny);
    EXPECT_NEAR(price.written_bit.si(), (1.5 + 30) * nand2, tiny);
    const Region r{0, 50, 0, 1, 1, PIMVP_KIND_BIPOLAR, 1, PIMVP_KIND_SIGNED, 2};
    const auto cost = access_cost(p, t, r);
    // 50 inputs of a bit: 25 .. 1 adders of 1 to 6 bits; sums of 1 + 1 + 10 bits.
    const double adders = 25 + 12 * 2 + 6 * 3 + 3 * 4 + 2 * 5 + 6, registers = 13 * 3 + 7 * 4 + 2 * 6;
    EXPECT_NEAR(access_energy(cost, price).si(),
                (50 * (3 + 12 + 15 + 1.5) + adders * 6 + registers * 3 + 12 * 9) * nand2, 1e-3 * femto);
}

TEST(CmosDatapathCost, GeometryMovesCyclesPricesAndArea) {
    const Technology t;
    const auto total = [&](const CmosDatapathParams& p) {
        Area sum;
        for (const auto& part : areas(p, t)) sum += part.second;
        return sum;
    };
    const Region r{0, 784, 0, 64, 1, PIMVP_KIND_BIPOLAR, 4, PIMVP_KIND_UNSIGNED, 4};
    const CmosDatapathParams base;
    CmosDatapathParams twice = base;
    twice.units = 64;
    EXPECT_EQ(access_cost(base, t, r).steps, 32);
    EXPECT_EQ(access_cost(twice, t, r).steps, 16);
    EXPECT_GT(total(twice).si(), total(base).si());
    EXPECT_LT(access_energy(access_cost(twice, t, r), prices(twice, t)).si(),
              access_energy(access_cost(base, t, r), prices(base, t)).si());  // operands are selected once
    CmosDatapathParams low = base;
    low.rows = 392;
    EXPECT_LT(prices(low, t).weight_bit.si(), prices(base, t).weight_bit.si());
    EXPECT_LT(prices(low, t).leakage.si(), prices(base, t).leakage.si());
    EXPECT_NEAR(prices(base, t).leakage.si(), total(base) / t.nand2_area * 0.18e-9, 1e-12);
}

/// YodaNN's primitives: the 28 nm fit carried to 65 nm.
Technology at_65nm(double supply) {
    Technology t;
    t.supply = volts(supply);
    t.nand2_capacitance = t.nand2_capacitance * (65.0 / 28.0);
    t.nand2_delay = t.nand2_delay * (65.0 / 28.0);
    return t;
}

// Published for the whole core, image memory and all: 1.5 TOp/s at 1.2 V, 101 fJ an operation at 1.2 V and
// 16.3 fJ at 0.6 V, 1.33 M gate equivalents. The README of the cmos platform shows these figures; nothing is
// tuned to them.
TEST(CmosDatapathCost, HeldAgainstYodaNn) {
    CmosDatapathParams p;
    p.operands = 49;  // a 7 x 7 window of one channel
    p.period.ps = 2083;
    p.pipeline_stages = 5;  // for a step a cycle
    const Region r{0, 784, 0, 64, 1, PIMVP_KIND_BIPOLAR, 12, PIMVP_KIND_SIGNED, 4};
    const double operations = 2.0 * 784 * 64;
    const auto cost = access_cost(p, at_65nm(1.2), r);
    EXPECT_EQ(cost.steps, 32);
    EXPECT_EQ(cost.cycles, 32);
    EXPECT_NEAR(operations / (32 * 2.083e-9), 1.5e12, 0.01e12);
    const double high = access_energy(cost, prices(p, at_65nm(1.2))).si() / operations / femto;
    const double low = access_energy(cost, prices(p, at_65nm(0.6))).si() / operations / femto;
    EXPECT_NEAR(high, 166.2, 0.5);
    EXPECT_NEAR(low, 41.5, 0.5);
    double gates = 0;
    for (const auto& part : areas(p, at_65nm(1.2), 12)) gates += part.second / at_65nm(1.2).nand2_area;
    EXPECT_NEAR(gates / 1e6, 0.70, 0.01);
}

TEST(CmosDatapathCost, RegionsThatDoNotFit) {
    const CmosDatapathParams p;
    const auto good = [&](std::uint32_t kind, std::uint32_t bits, std::uint32_t input_bits,
                          std::uint32_t bytes, std::uint32_t rows = 784) {
        return accepts(p, {0, rows, 0, 1, bits, kind, input_bits, PIMVP_KIND_UNSIGNED, bytes});
    };
    EXPECT_TRUE(good(PIMVP_KIND_UNSIGNED, 8, 8, 4));
    EXPECT_TRUE(good(PIMVP_KIND_BIPOLAR, 1, 1, 2));
    EXPECT_FALSE(good(PIMVP_KIND_TERNARY, 1, 1, 2));
    EXPECT_TRUE(good(PIMVP_KIND_TERNARY, 2, 1, 2));
    EXPECT_FALSE(good(4, 2, 1, 2));
    EXPECT_FALSE(good(PIMVP_KIND_UNSIGNED, 9, 8, 4));
    EXPECT_FALSE(good(PIMVP_KIND_UNSIGNED, 1, 8, 4, 785));
    // 128 x 255 = 32640 is within two bytes, 129 x 255 is not: whatever the sign of the weights.
    EXPECT_TRUE(good(PIMVP_KIND_BIPOLAR, 1, 8, 2, 128));
    EXPECT_FALSE(good(PIMVP_KIND_BIPOLAR, 1, 8, 2, 129));
    EXPECT_TRUE(good(PIMVP_KIND_UNSIGNED, 1, 8, 2, 128));
    EXPECT_FALSE(good(PIMVP_KIND_UNSIGNED, 1, 8, 2, 129));
    EXPECT_TRUE(good(PIMVP_KIND_SIGNED, 1, 8, 2, 128));
    EXPECT_FALSE(good(PIMVP_KIND_SIGNED, 1, 8, 2, 129));
}

TEST(CmosDatapathCost, ParametersThatCannotBe) {
    const auto refused = [](auto change) {
        CmosDatapathParams p;
        change(p);
        EXPECT_THROW(check_params(p), Error);
    };
    EXPECT_NO_THROW(check_params({}));
    refused([](auto& p) { p.rows = 780; });
    refused([](auto& p) { p.columns = 0; });
    refused([](auto& p) { p.units = 65; });
    refused([](auto& p) { p.units = 0; });
    refused([](auto& p) { p.operands = 785; });
    refused([](auto& p) { p.operands = 0; });
    refused([](auto& p) { p.pipeline_stages = 0; });
    refused([](auto& p) { p.write_cycles = 0; });
    refused([](auto& p) { p.read_cycles = 0; });
    refused([](auto& p) { p.period.ps = 0; });
    refused([](auto& p) { p.leakage_per_gate = Power::si(-1); });
}

}  // namespace
}  // namespace pimvp
