// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/cmos_datapath/cmos_datapath.h"

#include <random>

#include "tests/pim_macro/macro_fixture.h"
#include "tests/pim_macro/random_region.h"

namespace pimvp {
namespace {

/// What a field of bits means, place by place.
std::int64_t value(const std::vector<std::uint8_t>& bytes, std::size_t first, std::uint32_t bits,
                   std::uint32_t kind) {
    std::int64_t sum = 0;
    for (std::uint32_t b = 0; b < bits; ++b) {
        const bool one = (bytes[(first + b) / 8] >> ((first + b) % 8)) % 2 != 0;
        const std::int64_t place = std::int64_t{1} << b;
        if (kind == PIMVP_KIND_BIPOLAR)
            sum += one ? place : -place;
        else if (one)
            sum += kind != PIMVP_KIND_UNSIGNED && b + 1 == bits ? -place : place;
    }
    return sum;
}

struct CmosDatapathTest : ArrayMacroTest {};

TEST_F(CmosDatapathTest, SumsAreExactForAllKindsAndWidths) {
    CmosDatapathParams p;
    p.rows = 72;
    p.columns = 48;
    p.units = 7;
    p.operands = 13;
    CmosDatapath block("block", p, Technology{});
    simulate(block, [&](TestInitiator& i) {
        std::mt19937 rng(5);
        for (int round = 0; round < 400; ++round) {
            const auto cells = random_bytes(rng, 72 * 6);
            EXPECT_EQ(i.write(PIMVP_MACRO_CELLS, cells), tlm::TLM_OK_RESPONSE);
            Region r;
            r.rows = 1 + rng() % 72;
            r.row0 = rng() % (72 - r.rows + 1);
            r.weight_kind = static_cast<std::uint32_t>(round) % 4;
            r.weight_bits =
                r.weight_kind == PIMVP_KIND_TERNARY ? 2 : 1 + static_cast<std::uint32_t>(round) / 4 % 8;
            r.filters = 1 + rng() % (48 / r.weight_bits);
            r.column0 = rng() % (48 - r.filters * r.weight_bits + 1);
            r.input_bits = 1 + rng() % 8;
            r.input_kind = rng() % 2;
            r.result_bytes = 4;
            r.shift = rng() % 8;
            const unsigned index = rng() % 64;
            program(i, index, r);
            const auto inputs = random_bytes(rng, r.input_size());
            EXPECT_EQ(i.write(input_at(index), inputs), tlm::TLM_OK_RESPONSE);
            std::vector<std::int64_t> expected(r.filters);
            for (std::uint32_t k = 0; k < r.rows; ++k)
                for (std::uint32_t f = 0; f < r.filters; ++f)
                    expected[f] += value(inputs, k * r.input_bits, r.input_bits, r.input_kind) *
                                   value(cells, (r.row0 + k) * 48 + r.column0 + f * r.weight_bits,
                                         r.weight_bits, r.weight_kind) *
                                   (1 << r.shift);
            ASSERT_EQ(results(i, index, r), expected) << round;
        }
    });
    EXPECT_EQ(total(block, "access"), 400u);
}

TEST_F(CmosDatapathTest, BinaryWeightsTakeOneBitAndAddOrSubtract) {
    CmosDatapath block("block", CmosDatapathParams{}, Technology{});
    simulate(block, [&](TestInitiator& i) {
        std::vector<std::uint8_t> cells(3 * 8);
        cells[0] = 1;  // row 0, filter 0: +1
        cells[8] = 2;  // row 1, filter 1: +1
        i.write(PIMVP_MACRO_CELLS, cells);
        const Region r{0, 3, 0, 2, 1, PIMVP_KIND_BIPOLAR, 4, PIMVP_KIND_UNSIGNED, 2};
        program(i, 0, r);
        i.write(input_at(0), {0x25, 0x0B});  // 5, 2, 11
        EXPECT_EQ(results(i, 0, r), (std::vector<std::int64_t>{5 - 2 - 11, -5 + 2 - 11}));
        i.debug_write(PIMVP_MACRO_CELLS + 16, {1});  // row 2, filter 0
        i.write(input_at(0), {0x25, 0x0B});
        EXPECT_EQ(results(i, 0, r), (std::vector<std::int64_t>{5 - 2 + 11, -5 + 2 - 11}));
    });
    EXPECT_EQ(total(block, "operation"), 2u * 6);
}

// 784 rows of 50 operands, 64 columns on 32 units: 16 x 2 steps of one cycle of 2 ns, and three more cycles
// until the pipeline is empty.
TEST_F(CmosDatapathTest, AccessesFollowEachOtherInThePipeline) {
    CmosDatapathParams p;
    p.write_cycles = 2;
    p.read_cycles = 3;
    CmosDatapath block("block", p, Technology{});
    const Region r{0, 784, 0, 64, 1, PIMVP_KIND_BIPOLAR, 4, PIMVP_KIND_UNSIGNED, 4};
    simulate(block, [&](TestInitiator& i) {
        program(i, 0, r);
        program(i, 1, r);
        const std::vector<std::uint8_t> inputs(392);
        i.write(input_at(0), inputs);
        i.write(input_at(1), inputs);
        EXPECT_EQ(now(), 0);
        i.read_bytes(result_at(0), 256);
        EXPECT_EQ(now(), 64000 + 6000);
        i.read_bytes(result_at(1), 256);
        EXPECT_EQ(now(), 2 * 64000 + 6000);
        i.write(PIMVP_MACRO_CELLS + 7, std::vector<std::uint8_t>(10));  // touches three rows
        EXPECT_EQ(now(), 2 * 64000 + 6000 + 12000);
        i.read_bytes(PIMVP_MACRO_CELLS, 8);
        EXPECT_EQ(now(), 2 * 64000 + 6000 + 18000);
    });
    EXPECT_EQ(total(block, "access_cycle"), 64u);
    EXPECT_EQ(total(block, "busy_cycle"), 64u + 6 + 3);
    EXPECT_EQ(total(block, "cell_write_bit"), 80u);
    EXPECT_EQ(total(block, "cell_read_bit"), 64u);
    EXPECT_EQ(block.counters().access_cycles, 64u);
    EXPECT_EQ(block.counters().busy_cycles, 73u);
}

TEST_F(CmosDatapathTest, EnergyIsCountsTimesPricesAndGoesToItsActivity) {
    const CmosDatapathParams p;
    const Technology t;
    CmosDatapath block("block", p, t);
    const Region r{8, 120, 4, 5, 3, PIMVP_KIND_SIGNED, 5, PIMVP_KIND_UNSIGNED, 4};
    simulate(block, [&](TestInitiator& i) {
        i.set_activity(Activity::load);
        i.write(PIMVP_MACRO_CELLS, std::vector<std::uint8_t>(800));
        program(i, 0, r);
        i.set_activity(Activity::layer(2));
        i.write(input_at(0), std::vector<std::uint8_t>(75, 0xFF));
        i.write(input_at(0), std::vector<std::uint8_t>(75, 0));
    });
    const auto price = prices(p, t);
    const Energy access = access_energy(access_cost(p, t, r), price);
    EXPECT_NEAR(joules(block.account().energy(Activity::layer(2))), 2 * access.si(), 1e-6 * access.si());
    EXPECT_NEAR(joules(block.account().energy(Activity::load)), 6400 * price.written_bit.si(), 1e-18);
    EXPECT_EQ(total(block, "input_latch_bit", Activity::layer(2)), 2u * 600);
    EXPECT_EQ(total(block, "product_bit", Activity::layer(2)), 2u * 120 * 15 * 5);
    // 50, 50 and 20 operands of 5 bits; 3 + 5 + 10 bits in the accumulators.
    const std::uint64_t fifty = 25 * 5 + 12 * 6 + 6 * 7 + 3 * 8 + 2 * 9 + 10;
    const std::uint64_t twenty = 10 * 5 + 5 * 6 + 2 * 7 + 1 * 8 + 1 * 9;
    EXPECT_EQ(total(block, "adder_bit"), 2 * 15 * (2 * fifty + twenty));
    EXPECT_EQ(total(block, "accumulate_bit"), 2u * 15 * 3 * 18);
    block.account().add_leakage_time(1000000, Activity::idle);
    EXPECT_NEAR(joules(block.account().leakage_energy()), price.leakage.si() * 1e-6, 1e-3 * 1e-12);
}

TEST_F(CmosDatapathTest, RegistersSayWhatItIs) {
    CmosDatapath block("block", CmosDatapathParams{}, Technology{});
    simulate(block, [&](TestInitiator& i) {
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_ID), PIMVP_MACRO_ID_CMOS);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_ROWS), 784u);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_COLUMNS), 64u);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_ACTIVE_ROWS), 50u);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_ADC_BITS), 0u);
        program(i, 0, {0, 785, 0, 1, 1, PIMVP_KIND_BIPOLAR, 1, PIMVP_KIND_UNSIGNED, 4});
        EXPECT_EQ(i.write(input_at(0), std::vector<std::uint8_t>(99)), tlm::TLM_GENERIC_ERROR_RESPONSE);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_STATUS), PIMVP_MACRO_ERR_REGION);
    });
    EXPECT_EQ(total(block, "access"), 0u);
}

TEST_F(CmosDatapathTest, ResetIsPowerOn) {
    CmosDatapath block("block", CmosDatapathParams{}, Technology{});
    simulate(block, [&](TestInitiator& i) {
        i.write(PIMVP_MACRO_CELLS, std::vector<std::uint8_t>(64, 1));
        const Region r{0, 8, 0, 1, 1, PIMVP_KIND_BIPOLAR, 1, PIMVP_KIND_UNSIGNED, 4};
        program(i, 0, r);
        i.write(input_at(0), std::vector<std::uint8_t>(1));
        block.reset();
        std::uint8_t cell = 99;
        i.debug_read(PIMVP_MACRO_CELLS, &cell, 1);
        EXPECT_EQ(cell, 0);
        EXPECT_TRUE(block.account().energy() == 0);
        EXPECT_EQ(block.counters().accesses, 0u);
        EXPECT_EQ(i.write(input_at(0), std::vector<std::uint8_t>(1)), tlm::TLM_GENERIC_ERROR_RESPONSE);
    });
}

}  // namespace
}  // namespace pimvp
