// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sun_macro/sun_macro.h"

#include "tests/pim_macro/macro_fixture.h"
#include "tests/sram_macro/bit_oracle.h"
#include "tests/sun_macro/slot_tile.h"

namespace pimvp {
namespace {

struct SunMacroTest : ArrayMacroTest {};

constexpr std::uint32_t row_bytes = 8;  // 64 columns

void write_rows(TestInitiator& i, const std::vector<std::uint8_t>& cells, const Region& r) {
    const auto first = cells.begin() + r.row0 * row_bytes;
    EXPECT_EQ(i.write(PIMVP_MACRO_CELLS + r.row0 * row_bytes,
                      std::vector<std::uint8_t>(first, first + r.rows * row_bytes)),
              tlm::TLM_OK_RESPONSE);
}

TEST_F(SunMacroTest, SaysWhatItIs) {
    SunMacro macro("macro", SunMacroParams{}, Technology{});
    simulate(macro, [&](TestInitiator& i) {
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_ID), PIMVP_MACRO_ID_SUN);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_ROWS), 1024u);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_COLUMNS), 64u);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_ACTIVE_ROWS), 16u);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_ADC_BITS), 8u);  // of 16 x 15
    });
}

/// Every boundary there is, alone filters among them, in every slot, with every format of inputs; 27 rows are
/// a group of 16 and one of 11.
TEST_F(SunMacroTest, DotProductsAtEveryBoundary) {
    SunMacro macro("macro", SunMacroParams{}, Technology{});
    simulate(macro, [&](TestInitiator& i) {
        std::mt19937 rng(31);
        Slots boundaries;
        for (std::uint32_t first = 1; first <= 8; ++first)
            for (std::uint32_t second = 0; first + second <= 8; ++second)
                boundaries.push_back({first, second});
        ASSERT_EQ(boundaries.size(), 36u);
        std::vector<std::uint8_t> cells(1024 * row_bytes, 0xA5);
        for (std::size_t turn = 0; turn < boundaries.size(); ++turn)
            for (std::uint32_t format = 0; format < 16; ++format) {
                Slots slots;
                for (std::size_t s = 0; s < 8; ++s) slots.push_back(boundaries[(turn + 5 * s) % 36]);
                Region r = slot_region(slots, 16 * (rng() % 62), 27, 1 + format / 2);
                r.input_kind = format % 2;
                const SlotTile tile(rng, r, slots, 8);
                tile.store(cells, 64);
                write_rows(i, cells, r);
                const unsigned index = rng() % 64;
                program(i, index, r);
                EXPECT_EQ(i.write(input_at(index), tile.packed_inputs()), tlm::TLM_OK_RESPONSE);
                ASSERT_EQ(results(i, index, r), tile.dot_products())
                    << "turn " << turn << ", format " << format;
            }
    });
}

/// Slots of six columns, groups of 12 wordlines, three input bits at once; cells beside the filters hold
/// anything.
void compare_random_regions(SunCompute compute) {
    SunMacroParams p;
    p.compute = compute;
    p.slots = 4;
    p.slot_columns = 6;
    p.rows = 96;
    p.row_blocks = 2;
    p.active_rows = 12;
    p.input_bits_per_step = 3;
    SunMacro macro("macro", p, Technology{});
    ArrayMacroTest::simulate(macro, [&](TestInitiator& i) {
        std::mt19937 rng(32);
        for (int round = 0; round < 500; ++round) {
            const Slots slots = random_slots(rng, 4, 6);
            Region r = slot_region(slots, 12 * (rng() % 8), 1, 1 + rng() % 8);
            r.rows = 1 + rng() % (96 - r.row0);
            r.column0 = 6 * (rng() % (5 - slots.size()));
            r.weight_kind = rng() % 2;
            r.input_kind = rng() % 2;
            r.shift = rng() % 8;
            const SlotTile tile(rng, r, slots, 6);
            auto cells = random_bytes(rng, 96 * 3);
            tile.store(cells, 24);
            i.write(PIMVP_MACRO_CELLS, cells);
            const unsigned index = rng() % 64;
            program(i, index, r);
            ASSERT_EQ(i.write(input_at(index), tile.packed_inputs()), tlm::TLM_OK_RESPONSE) << round;
            ASSERT_EQ(results(i, index, r), tile.dot_products()) << round;
        }
    });
    EXPECT_EQ(macro.counters().accesses, 500u);
}

TEST_F(SunMacroTest, RandomRegionsOfAnAnalogMacro) {
    compare_random_regions(SunCompute::analog);
}

TEST_F(SunMacroTest, RandomRegionsOfADigitalMacro) {
    compare_random_regions(SunCompute::digital);
}

/// Weights of 12 bits: eight unsigned columns alone in a slot, four signed ones behind another filter's.
TEST_F(SunMacroTest, SlicesOfWideWeightsAddUp) {
    SunMacro macro("macro", SunMacroParams{}, Technology{});
    simulate(macro, [&](TestInitiator& i) {
        std::mt19937 rng(33);
        const Slots low_slots = {{8, 0}}, high_slots = {{3, 4}};
        Region low = slot_region(low_slots, 0, 40, 8), high = slot_region(high_slots, 0, 40, 8);
        low.weight_kind = PIMVP_KIND_UNSIGNED;
        high.column0 = 8;
        high.shift = 8;
        SlotTile below(rng, low, low_slots, 8), above(rng, high, high_slots, 8);
        above.inputs = below.inputs;
        std::vector<std::uint8_t> cells(1024 * row_bytes);
        below.store(cells, 64);
        above.store(cells, 64);
        write_rows(i, cells, low);
        program(i, 0, low);
        program(i, 1, high);
        i.write(input_at(0), below.packed_inputs());
        i.write(input_at(1), below.packed_inputs());
        std::int64_t expected = 0;
        for (std::size_t r = 0; r < 40; ++r)
            expected += std::int64_t{below.weights[0][r] + 256 * above.weights[1][r]} * below.inputs[r];
        EXPECT_EQ(results(i, 0, low)[0] + results(i, 1, high)[1], expected);
    });
}

TEST_F(SunMacroTest, AnAdcOfTooFewBitsClipsAndRoundsEveryStep) {
    SunMacroParams p;
    p.rows = 64;
    p.row_blocks = 2;
    p.adc_bits = 4;
    p.adc_lsb = 4;
    p.data_dependence = DataDependence::value;
    SunMacro macro("macro", p, Technology{});
    simulate(macro, [&](TestInitiator& i) {
        std::mt19937 rng(34);
        BitOracle oracle;
        oracle.columns = 64;
        oracle.active_rows = 16;
        oracle.step_bits = 4;
        oracle.lsb = 4;
        oracle.greatest_code = 15;
        std::uint64_t raised = 0, units = 0, clipped = 0, conversions = 0;
        int inexact = 0;
        for (int round = 0; round < 100; ++round) {
            const Slots slots = random_slots(rng, 8, 8);
            Region r = slot_region(slots, 16 * (rng() % 4), 1, 1 + rng() % 8);
            r.rows = 1 + rng() % (64 - r.row0);
            r.input_kind = rng() % 2;
            r.shift = rng() % 4;
            const SlotTile tile(rng, r, slots, 8);
            oracle.cells = random_bytes(rng, 64 * row_bytes);
            tile.store(oracle.cells, 64);
            oracle.inputs = tile.packed_inputs();
            oracle.filters.clear();
            for (const auto& [column, bits] : tile.at) oracle.filters.push_back({column, bits, true});
            i.write(PIMVP_MACRO_CELLS, oracle.cells);
            program(i, 3, r);
            ASSERT_EQ(i.write(input_at(3), oracle.inputs), tlm::TLM_OK_RESPONSE);
            const auto expected = oracle.answer(r);
            ASSERT_EQ(results(i, 3, r), expected.sums) << round;
            inexact += expected.sums != tile.dot_products();
            raised += expected.input_ones;
            units += expected.conducting;
            clipped += expected.clipped;
            conversions += expected.conversions;
        }
        EXPECT_GT(inexact, 50);
        EXPECT_GT(clipped, 0u);
        EXPECT_EQ(total(macro, "wordline_raise"), raised);
        EXPECT_EQ(total(macro, "bitline_unit"), units);
        EXPECT_EQ(total(macro, "clipped_conversion"), clipped);
        EXPECT_EQ(macro.counters().clipped_conversions, clipped);
        EXPECT_EQ(total(macro, "adc_conversion_4b"), conversions);
        EXPECT_EQ(macro.counters().conversions, conversions);
    });
}

TEST_F(SunMacroTest, ADebugWriteOfOneCellFlipsTheResultByItsWeight) {
    SunMacro macro("macro", SunMacroParams{}, Technology{});
    simulate(macro, [&](TestInitiator& i) {
        const Region r = slot_region({{5, 3}, {8, 0}, {2, 6}}, 32, 27, 4);
        program(i, 0, r);
        const std::vector<std::uint8_t> inputs(r.input_size(), 0x77);
        i.write(input_at(0), inputs);
        EXPECT_EQ(results(i, 0, r), std::vector<std::int64_t>(5, 0));
        const auto accesses = total(macro, "access"), written = total(macro, "cell_write_bit");
        const std::uint64_t row = PIMVP_MACRO_CELLS + (32 + 26) * row_bytes;
        EXPECT_EQ(i.debug_write(row, {1 << 4}), 1u);  // sign of the first filter
        i.write(input_at(0), inputs);
        EXPECT_EQ(results(i, 0, r), (std::vector<std::int64_t>{-16 * 7, 0, 0, 0, 0}));
        EXPECT_EQ(i.debug_write(row, {1 << 6}), 1u);  // second filter of the same slot, bit 1
        EXPECT_EQ(i.debug_write(row + 2, {1 << 7}), 1u);
        i.write(input_at(0), inputs);
        EXPECT_EQ(results(i, 0, r), (std::vector<std::int64_t>{0, 2 * 7, 0, 0, -32 * 7}));
        EXPECT_EQ(total(macro, "access"), accesses + 2);
        EXPECT_EQ(total(macro, "cell_write_bit"), written);
    });
}

TEST_F(SunMacroTest, AMovedBoundaryIsAnotherPairOfFilters) {
    SunMacro macro("macro", SunMacroParams{}, Technology{});
    simulate(macro, [&](TestInitiator& i) {
        i.write(PIMVP_MACRO_CELLS, {0xB5});  // 1011 0101
        const auto sums = [&](std::uint32_t first, std::uint32_t second) {
            const Region r = slot_region({{first, second}}, 0, 1, 4);
            program(i, 0, r);
            i.write(input_at(0), {1});
            return results(i, 0, r);
        };
        EXPECT_EQ(sums(4, 4), (std::vector<std::int64_t>{5, -5}));
        EXPECT_EQ(sums(3, 5), (std::vector<std::int64_t>{-3, -10}));
        EXPECT_EQ(sums(6, 1), (std::vector<std::int64_t>{-11, 0}));
        EXPECT_EQ(sums(8, 0), (std::vector<std::int64_t>{-75}));
        EXPECT_EQ(sums(2, 4), (std::vector<std::int64_t>{1, -3}));
    });
}

TEST_F(SunMacroTest, ABadRegionIsAnErrorNotAResult) {
    SunMacro macro("macro", SunMacroParams{}, Technology{});
    simulate(macro, [&](TestInitiator& i) {
        Region r = slot_region({{5, 3}}, 8, 16, 4);  // not at a group
        program(i, 0, r);
        EXPECT_EQ(i.write(input_at(0), std::vector<std::uint8_t>(8)), tlm::TLM_GENERIC_ERROR_RESPONSE);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_STATUS), PIMVP_MACRO_ERR_REGION);
        r.row0 = 16;
        program(i, 0, r);
        EXPECT_EQ(i.write(input_at(0), std::vector<std::uint8_t>(8)), tlm::TLM_OK_RESPONSE);
        r.slots_high = 4;  // nine columns
        program(i, 0, r);
        EXPECT_EQ(i.write(input_at(0), std::vector<std::uint8_t>(8)), tlm::TLM_GENERIC_ERROR_RESPONSE);
    });
    EXPECT_EQ(macro.counters().accesses, 1u);
}

}  // namespace
}  // namespace pimvp
