// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/reram_crossbar/reram_crossbar.h"

#include "tests/pim_macro/macro_fixture.h"
#include "tests/reram_crossbar/level_oracle.h"

namespace pimvp {
namespace {

/// Numbers as the oracle has them.
std::vector<double> sums_of(TestInitiator& i, unsigned index, const Region& r) {
    const auto sums = results(i, index, r);
    return {sums.begin(), sums.end()};
}

struct ReramCrossbarTest : ArrayMacroTest {};

const Region int4{0, 256, 0, 128, 4, PIMVP_KIND_SIGNED, 4, PIMVP_KIND_UNSIGNED, 2};

TEST_F(ReramCrossbarTest, ComputesWhatTheLevelsSayOverTheSocket) {
    ReramCrossbarParams p;
    p.rows = 40;
    p.columns = 48;
    p.active_rows = 13;
    p.dac_bits = 2;
    p.adc_bits = 6;
    p.count_by_value = true;
    ReramCrossbar crossbar("crossbar", p, Technology{});
    std::uint64_t clipped = 0, conversions = 0;
    double squares = 0;
    simulate(crossbar, [&](TestInitiator& i) {
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_ID), PIMVP_MACRO_ID_RERAM);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_CELL_BITS), 4u);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_ADC_BITS), 6u);
        std::mt19937 rng(21);
        LevelOracle oracle;
        oracle.columns = 48;
        oracle.active_rows = 13;
        oracle.dac_bits = 2;
        oracle.greatest_code = 63;
        for (int round = 0; round < 100; ++round) {
            oracle.cells = random_bytes(rng, 960);
            EXPECT_EQ(i.write(PIMVP_MACRO_CELLS, oracle.cells), tlm::TLM_OK_RESPONSE);
            Region r = random_region(rng, 40, 48, 4);
            r.shift = rng() % 8;
            const unsigned index = rng() % 64;
            program(i, index, r);
            oracle.inputs = random_bytes(rng, r.input_size());
            EXPECT_EQ(i.write(input_at(index), oracle.inputs), tlm::TLM_OK_RESPONSE);
            const auto expected = oracle.answer(r);
            ASSERT_EQ(sums_of(i, index, r), expected.sums) << round;
            clipped += expected.clipped;
            conversions += expected.conversions;
            squares += expected.squares / (r.filters * columns_of(r.weight_bits, 4));
        }
    });
    EXPECT_GT(clipped, 0u);
    EXPECT_EQ(total(crossbar, "clipped_conversion"), clipped);
    EXPECT_EQ(crossbar.counters().clipped_conversions, clipped);
    EXPECT_EQ(crossbar.counters().conversions, conversions);
    // Writes verified at full swing come on top: 40 wordlines, 8 pulses, 3 x 3.
    EXPECT_EQ(static_cast<double>(total(crossbar, "wordline_unit")), squares + 100.0 * 40 * 8 * 9);
    EXPECT_EQ(crossbar.counters().accesses, 100u);
}

TEST_F(ReramCrossbarTest, TheAccountHoldsTheClosedFormOfEveryAccess) {
    const ReramCrossbarParams p;
    const Technology t;
    ReramCrossbar crossbar("crossbar", p, t);
    const Region odd{3, 100, 5, 7, 6, PIMVP_KIND_SIGNED, 5, PIMVP_KIND_UNSIGNED, 4};
    std::int64_t spent = 0;
    simulate(crossbar, [&](TestInitiator& i) {
        program(i, 0, int4);
        program(i, 1, odd);
        i.set_activity(Activity::layer(0));
        for (int k = 0; k < 3; ++k) {
            i.write(input_at(0), std::vector<std::uint8_t>(128, static_cast<std::uint8_t>(k)));
            i.read_bytes(result_at(0), int4.result_size());
        }
        i.write(input_at(1), std::vector<std::uint8_t>(63, 0x5A));
        i.read_bytes(result_at(1), odd.result_size());
        spent = now();
    });
    const auto a = access_cost(p, t, int4), b = access_cost(p, t, odd);
    EXPECT_EQ(spent, 1000 * (3 * a.cycles + b.cycles));
    EXPECT_EQ(total(crossbar, "access_cycle"), static_cast<std::uint64_t>(3 * a.cycles + b.cycles));
    EXPECT_EQ(total(crossbar, "busy_cycle"), total(crossbar, "access_cycle"));
    EXPECT_EQ(total(crossbar, "adc_conversion_8b"), 3 * 4u * 16 * 256 + 5u * 6 * 28);
    EXPECT_EQ(total(crossbar, "adc_conversion_6b"), 5u * 28);
    EXPECT_EQ(total(crossbar, "wordline_unit"), 3 * 1024u + 500);
    EXPECT_EQ(total(crossbar, "accumulate_bit"), 3 * a.accumulated_bits + b.accumulated_bits);
    const auto price = prices(p, t);
    const double expected = 3 * access_energy(a, price).si() + access_energy(b, price).si();
    EXPECT_NEAR(joules(crossbar.account().energy()), expected, 1e-4 * expected);
    EXPECT_DOUBLE_EQ(crossbar.utilisation(), (3 * 65536.0 + 2800) / (4 * 65536));
}

TEST_F(ReramCrossbarTest, AnAccessIsLatchedWhileTheOneBeforeRunsAndWritesBlock) {
    const ReramCrossbarParams p;
    ReramCrossbar crossbar("crossbar", p, Technology{});
    simulate(crossbar, [&](TestInitiator& i) {
        const std::int64_t access = 1000 * access_cost(p, Technology{}, int4).cycles;
        program(i, 0, int4);
        program(i, 1, int4);
        const std::vector<std::uint8_t> inputs(128);
        i.write(input_at(0), inputs);
        i.write(input_at(1), inputs);
        EXPECT_EQ(now(), 0);
        i.read_bytes(result_at(0), 256);
        EXPECT_EQ(now(), access);
        i.read_bytes(result_at(1), 256);
        EXPECT_EQ(now(), 2 * access);
        // Three wordlines of 128 bytes touched: 8 pulses of 10 cycles, each with 32 turns of 5.
        i.write(PIMVP_MACRO_CELLS + 120, std::vector<std::uint8_t>(144));
        EXPECT_EQ(now(), 2 * access + 1000 * 3 * 8 * (10 + 32 * 5));
        const auto before = now();
        i.read_bytes(PIMVP_MACRO_CELLS, 128);
        EXPECT_EQ(now(), before + 1000 * 32 * 5);
    });
    EXPECT_EQ(total(crossbar, "cell_write"), 288u);
    EXPECT_EQ(total(crossbar, "write_pulse"), 288u * 8);
    EXPECT_EQ(total(crossbar, "adc_conversion_4b"), 288u * 8 + 256);
}

TEST_F(ReramCrossbarTest, ADebugWriteOfOneCellMovesOneResultByItsPlace) {
    ReramCrossbar crossbar("crossbar", ReramCrossbarParams{}, Technology{});
    simulate(crossbar, [&](TestInitiator& i) {
        Region r = int4;
        r.weight_bits = 8;
        r.filters = 64;
        r.result_bytes = 4;
        program(i, 0, r);
        const std::vector<std::uint8_t> inputs(128, 0x33);
        std::vector<std::int64_t> expected(64, 0);
        // Row 77, filter 5, columns 20 to 23: positive low and high digit, then negative ones.
        const std::uint64_t at = PIMVP_MACRO_CELLS + 77 * 128 + 10;
        EXPECT_EQ(i.debug_write(at, {0x90}), 1u);
        i.write(input_at(0), inputs);
        expected[5] = 9 * 16 * 3;
        EXPECT_EQ(results(i, 0, r), expected);
        EXPECT_EQ(i.debug_write(at, {0x00, 0x07}), 2u);
        std::uint8_t back = 0;
        EXPECT_EQ(i.debug_read(at + 1, &back, 1), 1u);
        EXPECT_EQ(back, 7);
        i.write(input_at(0), inputs);
        expected[5] = -7 * 3;
        EXPECT_EQ(results(i, 0, r), expected);
    });
    EXPECT_EQ(total(crossbar, "write_pulse"), 0u);
}

// Cells may hold more than the region's format: 256 rows of +15 times 15 are 57600.
TEST_F(ReramCrossbarTest, ResultsSaturateWhereCellsHoldMoreThanTheFormat) {
    ReramCrossbar crossbar("crossbar", ReramCrossbarParams{}, Technology{});
    simulate(crossbar, [&](TestInitiator& i) {
        std::vector<std::uint8_t> cells(256 * 128, 0);
        for (std::size_t row = 0; row < 256; ++row) {
            cells[row * 128] = 0x0F;
            cells[row * 128 + 1] = 0xF0;
        }
        i.debug_write(PIMVP_MACRO_CELLS, cells);
        program(i, 0, int4);
        i.write(input_at(0), std::vector<std::uint8_t>(128, 0xFF));
        const auto sums = results(i, 0, int4);
        EXPECT_EQ(sums[0], 32767);
        EXPECT_EQ(sums[1], -32768);
        EXPECT_EQ(sums[2], 0);
    });
}

TEST_F(ReramCrossbarTest, BadRegionsAreErrorsAndResetForgets) {
    ReramCrossbar crossbar("crossbar", ReramCrossbarParams{}, Technology{});
    simulate(crossbar, [&](TestInitiator& i) {
        Region r = int4;
        r.weight_bits = 5;
        program(i, 0, r);
        EXPECT_EQ(i.write(input_at(0), std::vector<std::uint8_t>(128)), tlm::TLM_GENERIC_ERROR_RESPONSE);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_STATUS), PIMVP_MACRO_ERR_REGION);
        program(i, 0, int4);
        EXPECT_EQ(i.write(input_at(0), std::vector<std::uint8_t>(127)), tlm::TLM_BURST_ERROR_RESPONSE);
        i.write(PIMVP_MACRO_CELLS, std::vector<std::uint8_t>(128, 0x11));
        EXPECT_EQ(i.write(input_at(0), std::vector<std::uint8_t>(128, 1)), tlm::TLM_OK_RESPONSE);
        crossbar.reset();
        EXPECT_EQ(i.write(input_at(0), std::vector<std::uint8_t>(128)), tlm::TLM_GENERIC_ERROR_RESPONSE);
        EXPECT_EQ(i.read_bytes(PIMVP_MACRO_CELLS, 1)[0], 0);
    });
    EXPECT_EQ(total(crossbar, "access"), 0u);
}

}  // namespace
}  // namespace pimvp
