// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sram_macro/sram_macro.h"

#include <fstream>
#include <sstream>

#include "tests/pim_macro/macro_fixture.h"
#include "tests/sram_macro/bit_oracle.h"

namespace pimvp {
namespace {

struct SramMacroTest : ArrayMacroTest {};

const Region int4{0, 128, 0, 32, 4, PIMVP_KIND_SIGNED, 4, PIMVP_KIND_UNSIGNED, 2};

TEST_F(SramMacroTest, ComputesWhatTheBitsSayOverTheSocket) {
    SramMacroParams p;
    p.rows = 40;
    p.columns = 48;
    p.active_rows = 13;
    p.adc_bits = 3;
    p.data_dependence = DataDependence::value;
    SramMacro macro("macro", p, Technology{});
    simulate(macro, [&](TestInitiator& i) {
        std::mt19937 rng(21);
        BitOracle oracle;
        oracle.columns = 48;
        oracle.active_rows = 13;
        oracle.greatest_code = 7;
        std::uint64_t ones = 0, conducting = 0, clipped = 0, conversions = 0, by_bits[4] = {};
        for (int round = 0; round < 100; ++round) {
            oracle.cells = random_bytes(rng, 240);
            EXPECT_EQ(i.write(PIMVP_MACRO_CELLS, oracle.cells), tlm::TLM_OK_RESPONSE);
            Region r = random_region(rng, 40, 48);
            r.shift = rng() % 8;  // 40 rows of 255 x 255, 3-bit codes counted apart: below 2^22
            const unsigned index = rng() % 64;
            program(i, index, r);
            oracle.inputs = random_bytes(rng, r.input_size());
            EXPECT_EQ(i.write(input_at(index), oracle.inputs), tlm::TLM_OK_RESPONSE);
            const auto expected = oracle.answer(r);
            ASSERT_EQ(results(i, index, r), expected.sums) << round;
            ones += expected.input_ones;
            conducting += expected.conducting;
            clipped += expected.clipped;
            conversions += expected.conversions;
            for (std::uint32_t first = 0; first < r.rows; first += 13) {
                const std::uint32_t raised = std::min<std::uint32_t>(13, r.rows - first);
                by_bits[raised == 1 ? 1 : raised <= 3 ? 2 : 3] += r.filters * r.weight_bits * r.input_bits;
            }
        }
        EXPECT_GT(clipped, 0u);
        EXPECT_EQ(total(macro, "wordline_raise"), ones);
        EXPECT_EQ(total(macro, "bitline_discharge"), conducting);
        EXPECT_EQ(total(macro, "clipped_conversion"), clipped);
        // Of 13 rows 3 bits are all that there are; of a last group of 1 to 3 rows fewer.
        EXPECT_EQ(total(macro, "adc_conversion_1b"), by_bits[1]);
        EXPECT_EQ(total(macro, "adc_conversion_2b"), by_bits[2]);
        EXPECT_EQ(total(macro, "adc_conversion_3b"), by_bits[3]);
        EXPECT_EQ(by_bits[1] + by_bits[2] + by_bits[3], conversions);
        EXPECT_EQ(macro.counters().clipped_conversions, clipped);
        EXPECT_EQ(macro.counters().conversions, conversions);
        EXPECT_EQ(macro.counters().accesses, 100u);
        EXPECT_EQ(macro.counters().written_bits, 100u * 1920);
    });
}

TEST_F(SramMacroTest, TwoByteResultsAreSigned) {
    SramMacro macro("macro", SramMacroParams{}, Technology{});
    simulate(macro, [&](TestInitiator& i) {
        std::vector<std::uint8_t> cells(2048, 0x88);  // every weight -8
        cells[0] = 0x87;                              // row 0, filter 0: 7
        i.write(PIMVP_MACRO_CELLS, cells);
        program(i, 9, int4);
        i.write(input_at(9), std::vector<std::uint8_t>(64, 0xFF));
        std::vector<std::int64_t> expected(32, 128 * -8 * 15);
        expected[0] += 15 * 15;
        EXPECT_EQ(results(i, 9, int4), expected);
    });
}

TEST_F(SramMacroTest, TwoByteResultsAreShifted) {
    SramMacro macro("macro", SramMacroParams{}, Technology{});
    simulate(macro, [&](TestInitiator& i) {
        i.write(PIMVP_MACRO_CELLS, std::vector<std::uint8_t>(2048, 0xEE));  // every weight -2
        Region r = int4;
        r.shift = 1;
        program(i, 9, r);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_REGION_BASE + 9 * PIMVP_MACRO_REGION_STRIDE +
                                        PIMVP_REGION_SHIFT),
                  1u);
        i.write(input_at(9), std::vector<std::uint8_t>(64, 0x77));
        EXPECT_EQ(results(i, 9, r), std::vector<std::int64_t>(32, 128 * -2 * 7 * 2));
    });
}

/// Weights of 12 bits in slices of 1 to 8 columns: the highest slice signed, the others unsigned. The sum of
/// the slices' shifted partial sums is the dot product.
TEST_F(SramMacroTest, SlicesOfWideWeightsAddUp) {
    SramMacro macro("macro", SramMacroParams{}, Technology{});
    simulate(macro, [&](TestInitiator& i) {
        std::mt19937 rng(23);
        constexpr std::uint32_t rows = 24, filters = 5, weight_bits = 12;
        for (std::uint32_t top = 1; top <= 8; ++top) {  // columns of the signed slice
            int weights[rows][filters], x[rows];
            std::vector<std::uint8_t> cells(2048), inputs(rows);
            std::vector<std::int64_t> expected(filters), sums(filters);
            for (std::uint32_t r = 0; r < rows; ++r) {
                x[r] = static_cast<int>(rng() % 256);
                inputs[r] = static_cast<std::uint8_t>(x[r]);
                for (std::uint32_t f = 0; f < filters; ++f) {
                    weights[r][f] = static_cast<int>(rng() % 4096) - 2048;
                    expected[f] += weights[r][f] * x[r];
                }
            }
            // The slices lie side by side, lowest first; each is at most 8 columns wide.
            struct Slice {
                std::uint32_t shift, bits;
            };
            std::vector<Slice> slices;
            for (std::uint32_t shift = 0; shift < weight_bits - top;) {
                slices.push_back({shift, std::min<std::uint32_t>(weight_bits - top - shift, 1 + rng() % 8)});
                shift += slices.back().bits;
            }
            slices.push_back({weight_bits - top, top});
            for (std::uint32_t r = 0; r < rows; ++r)
                for (std::uint32_t f = 0; f < filters; ++f)
                    for (const Slice& s : slices)
                        for (std::uint32_t b = 0; b < s.bits; ++b) {
                            const auto column = filters * s.shift + f * s.bits + b;
                            if ((weights[r][f] >> (s.shift + b)) & 1)
                                cells[r * 16 + column / 8] |= static_cast<std::uint8_t>(1u << (column % 8));
                        }
            i.write(PIMVP_MACRO_CELLS, cells);
            for (const Slice& s : slices) {
                const bool highest = s.shift + s.bits == weight_bits;
                const Region r{0,
                               rows,
                               filters * s.shift,
                               filters,
                               s.bits,
                               highest ? PIMVP_KIND_SIGNED : PIMVP_KIND_UNSIGNED,
                               8,
                               PIMVP_KIND_UNSIGNED,
                               4,
                               s.shift};
                program(i, 1, r);
                EXPECT_EQ(i.write(input_at(1), inputs), tlm::TLM_OK_RESPONSE);
                const auto part = results(i, 1, r);
                for (std::uint32_t f = 0; f < filters; ++f) sums[f] += part[f];
            }
            EXPECT_EQ(sums, expected) << top;
        }
    });
}

TEST_F(SramMacroTest, AWeightOfTooManyColumnsIsABadRegion) {
    SramMacroParams p;
    p.weight_columns = 3;
    SramMacro macro("macro", p, Technology{});
    simulate(macro, [&](TestInitiator& i) {
        program(i, 0, int4);
        EXPECT_EQ(i.write(input_at(0), std::vector<std::uint8_t>(64)), tlm::TLM_GENERIC_ERROR_RESPONSE);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_STATUS), PIMVP_MACRO_ERR_REGION);
        Region r = int4;
        r.weight_bits = 3;
        program(i, 0, r);
        EXPECT_EQ(i.write(input_at(0), std::vector<std::uint8_t>(64)), tlm::TLM_OK_RESPONSE);
    });
}

TEST_F(SramMacroTest, ADebugWriteOfOneCellFlipsTheResultByItsWeight) {
    SramMacro macro("macro", SramMacroParams{}, Technology{});
    simulate(macro, [&](TestInitiator& i) {
        program(i, 0, int4);
        std::vector<std::uint8_t> inputs(64, 0x33);
        i.write(input_at(0), inputs);
        EXPECT_EQ(results(i, 0, int4), std::vector<std::int64_t>(32, 0));
        const auto written = total(macro, "cell_write_bit"), accesses = total(macro, "access");
        const auto time = now();
        // Row 77, filter 5, bit 2: column 22 is bit 6 of byte 2.
        EXPECT_EQ(i.debug_write(PIMVP_MACRO_CELLS + 77 * 16 + 2, {1 << 6}), 1u);
        std::uint8_t back = 0;
        EXPECT_EQ(i.debug_read(PIMVP_MACRO_CELLS + 77 * 16 + 2, &back, 1), 1u);
        EXPECT_EQ(back, 1 << 6);
        EXPECT_EQ(total(macro, "cell_write_bit"), written);
        EXPECT_EQ(total(macro, "access"), accesses);
        EXPECT_EQ(now(), time);
        i.write(input_at(0), inputs);
        std::vector<std::int64_t> expected(32, 0);
        expected[5] = 4 * 3;
        EXPECT_EQ(results(i, 0, int4), expected);
    });
}

// 128 rows at 8 bits: ADC 8 (0.00653 128 + 0.640) = 11.807 ns, cells 0.048, tree 0.0478 (4.8 + 4.4 + 2 11)
// = 1.492, accumulator 0.0478 (4.4 + 2 3) = 0.497: 13.84 ns, 3 cycles of 5 ns; 4 input bits: 60 ns.
constexpr std::int64_t access_ps = 60000;

TEST_F(SramMacroTest, AccessesOverlapInTheLatchAndWritesBlock) {
    SramMacroParams p;
    p.write_cycles = 2;
    p.read_cycles = 3;
    SramMacro macro("macro", p, Technology{});
    simulate(macro, [&](TestInitiator& i) {
        program(i, 0, int4);
        program(i, 1, int4);
        const std::vector<std::uint8_t> inputs(64);
        EXPECT_EQ(now(), 0);
        i.write(input_at(0), inputs);
        EXPECT_EQ(now(), 0);
        i.write(input_at(1), inputs);
        EXPECT_EQ(now(), 0);
        i.read_bytes(result_at(0), 64);
        EXPECT_EQ(now(), access_ps);
        i.write(input_at(0), inputs);  // the latch frees at 60 ns, when the second starts
        EXPECT_EQ(now(), access_ps);
        i.read_bytes(result_at(1), 64);
        EXPECT_EQ(now(), 2 * access_ps);
        // Three wordlines touched, two cycles each, behind the third access.
        i.write(PIMVP_MACRO_CELLS + 15, std::vector<std::uint8_t>(18));
        EXPECT_EQ(now(), 3 * access_ps + 30000);
        i.read_bytes(PIMVP_MACRO_CELLS, 16);
        EXPECT_EQ(now(), 3 * access_ps + 45000);
        i.write(input_at(0), inputs);
        i.read_bytes(result_at(0), 64);
        EXPECT_EQ(now(), 4 * access_ps + 45000);
    });
    EXPECT_EQ(macro.counters().busy_cycles, 4u * 12 + 6 + 3);
    EXPECT_EQ(macro.counters().access_cycles, 4u * 12);
    EXPECT_EQ(total(macro, "busy_cycle"), 57u);
    EXPECT_EQ(total(macro, "access_cycle"), 48u);
    EXPECT_EQ(total(macro, "cell_write_bit"), 144u);
    EXPECT_EQ(total(macro, "cell_read_bit"), 128u);
}

// Groups of 100 and 28 rows: 7 bits in 0.048 + 10.331 + 0.0478 (4.8 + 4.4 + 2 10) + 0.0478 (4.4 + 2 4)
// = 12.37 ns, 5 bits in 9.42 ns; with all bits of the ADC both take 3 cycles.
TEST_F(SramMacroTest, ARaggedGroupConvertsInFewerBits) {
    SramMacroParams p;
    p.active_rows = 100;
    SramMacro macro("macro", p, Technology{});
    p.adc_early_stop = false;
    SramMacro full("full", p, Technology{});
    const auto script = [](TestInitiator& i) {
        program(i, 0, int4);
        i.set_activity(Activity::layer(0));
        i.write(input_at(0), std::vector<std::uint8_t>(64, 0x55));
        results(i, 0, int4);
    };
    std::int64_t early_ps = 0, full_ps = 0;
    TestInitiator other("other", [&](TestInitiator& i) {
        script(i);
        full_ps = now();
    });
    other.port.bind(full.target);
    simulate(macro, [&](TestInitiator& i) {
        script(i);
        early_ps = now();
    });
    EXPECT_EQ(early_ps, 4 * (3 + 2) * 5000);
    EXPECT_EQ(full_ps, 4 * (3 + 3) * 5000);
    EXPECT_EQ(total(macro, "adc_conversion_7b"), 512u);
    EXPECT_EQ(total(macro, "adc_conversion_5b"), 512u);
    EXPECT_EQ(total(macro, "adc_conversion_6b"), 0u);
    EXPECT_EQ(total(full, "adc_conversion_7b"), 1024u);
    EXPECT_EQ(total(full, "adc_conversion_5b"), 0u);
    EXPECT_EQ(macro.counters().conversions, 1024u);
    EXPECT_EQ(macro.counters().access_cycles, 20u);
    // 2 bits less in 512 conversions and in 128 sums of four columns.
    const double saved = 512 * (200 + 0.001 * (16384 - 1024)) + 128 * (2 * 3) * 4.2;
    EXPECT_NEAR(joules(full.account().energy() - macro.account().energy()) * 1e15, 0.81 * saved, 0.01);
}

TEST_F(SramMacroTest, EnergyIsCountsTimesPricesAndGoesToItsActivity) {
    SramMacro macro("macro", SramMacroParams{}, Technology{});
    simulate(macro, [&](TestInitiator& i) {
        i.set_activity(Activity::load);
        i.write(PIMVP_MACRO_CELLS, std::vector<std::uint8_t>(2048));
        program(i, 0, int4);
        i.set_activity(Activity::layer(2));
        for (int k = 0; k < 3; ++k) i.write(input_at(0), std::vector<std::uint8_t>(64));
    });
    EXPECT_EQ(total(macro, "cell_write_bit", Activity::load), 16384u);
    EXPECT_EQ(total(macro, "adc_conversion_8b", Activity::layer(2)), 3u * 128 * 4);
    EXPECT_EQ(total(macro, "wordline_raise", Activity::layer(2)), 3u * 128 * 4);
    EXPECT_EQ(total(macro, "bitline_discharge"), 3u * 128 * 4 * 128);
    EXPECT_EQ(total(macro, "shift_add_bit"), 3u * 32 * 4 * (8 * 3 + 6));
    EXPECT_EQ(total(macro, "accumulate_bit"), 3u * 32 * 4 * 15);
    EXPECT_EQ(total(macro, "input_latch_bit"), 3u * 512);
    EXPECT_NEAR(joules(macro.account().energy(Activity::load)), 16384 * 36e-15, 1e-18);
    const double ccv = 0.81e-15;  // 1 fF through 0.9 V, in fJ
    const double access = 512 * 2.1 * ccv + 512 * 128 * 0.35 * ccv + 65536 * 0.35 * ccv +
                          512 * (800 + 65.536) * ccv + 32 * 4 * 30 * 4.2 * ccv + 32 * 4 * 15 * 6.3 * ccv;
    EXPECT_NEAR(joules(macro.account().energy(Activity::layer(2))), 3 * access, 1e-6 * access);
    EXPECT_DOUBLE_EQ(macro.utilisation(), 1.0);
    macro.account().add_leakage_time(1000000, Activity::idle);
    EXPECT_NEAR(joules(macro.account().leakage_energy()), 16384 * 10.7e-12 * 1e-6, 0.01 * 16384 * 10.7e-18);
    EXPECT_GT(macro.account().area().si(), 16384 * 0.114e-12);
}

TEST_F(SramMacroTest, WorstCaseEventsDoNotDependOnTheData) {
    SramMacro macro("macro", SramMacroParams{}, Technology{});
    simulate(macro, [&](TestInitiator& i) {
        program(i, 0, int4);
        i.write(input_at(0), std::vector<std::uint8_t>(64, 0));
        const auto first = macro.account().energy();
        i.write(input_at(0), std::vector<std::uint8_t>(64, 0xFF));
        EXPECT_TRUE(macro.account().energy() == 2 * first);
    });
}

TEST_F(SramMacroTest, UtilisationIsUsefulCellsOverAllCells) {
    SramMacro macro("macro", SramMacroParams{}, Technology{});
    EXPECT_EQ(macro.utilisation(), 0.0);
    simulate(macro, [&](TestInitiator& i) {
        Region r = int4;
        r.rows = 64;
        r.filters = 8;
        program(i, 0, r);
        program(i, 1, int4);
        i.write(input_at(0), std::vector<std::uint8_t>(32));
        i.write(input_at(1), std::vector<std::uint8_t>(64));
    });
    EXPECT_DOUBLE_EQ(macro.utilisation(), (64.0 * 32 + 16384) / (2 * 16384));
}

TEST_F(SramMacroTest, ARegionThatDoesNotFitIsAnErrorNotAResult) {
    SramMacro macro("macro", SramMacroParams{}, Technology{});
    simulate(macro, [&](TestInitiator& i) {
        Region r = int4;
        r.filters = 33;
        program(i, 0, r);
        EXPECT_EQ(i.write(input_at(0), std::vector<std::uint8_t>(64)), tlm::TLM_GENERIC_ERROR_RESPONSE);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_STATUS), PIMVP_MACRO_ERR_REGION);
        r = int4;
        r.input_bits = 8;  // sums to -261120 do not fit 2 bytes
        program(i, 0, r);
        EXPECT_EQ(i.write(input_at(0), std::vector<std::uint8_t>(128)), tlm::TLM_GENERIC_ERROR_RESPONSE);
        EXPECT_EQ(i.write(PIMVP_MACRO_CELLS + 2040, std::vector<std::uint8_t>(9)),
                  tlm::TLM_ADDRESS_ERROR_RESPONSE);
    });
    EXPECT_EQ(macro.counters().accesses, 0u);
    EXPECT_EQ(macro.counters().written_bits, 0u);
}

TEST_F(SramMacroTest, ResetIsPowerOn) {
    SramMacro macro("macro", SramMacroParams{}, Technology{});
    simulate(macro, [&](TestInitiator& i) {
        i.write(PIMVP_MACRO_CELLS, std::vector<std::uint8_t>(2048, 1));
        program(i, 0, int4);
        i.write(input_at(0), std::vector<std::uint8_t>(64, 1));
        macro.reset();
        std::uint8_t cell = 99;
        i.debug_read(PIMVP_MACRO_CELLS, &cell, 1);
        EXPECT_EQ(cell, 0);
        EXPECT_TRUE(macro.account().energy() == 0);
        EXPECT_EQ(macro.counters().accesses, 0u);
        EXPECT_EQ(i.write(input_at(0), std::vector<std::uint8_t>(64)), tlm::TLM_GENERIC_ERROR_RESPONSE);
    });
}

TEST_F(SramMacroTest, BusyIsTraced) {
    TraceOptions options;
    options.file = testing::TempDir() + "sram_macro_busy_test.vcd";
    Tracer tracer(options);
    SramMacro macro("macro", SramMacroParams{}, Technology{}, &tracer);
    simulate(macro, [&](TestInitiator& i) {
        program(i, 0, int4);
        sc_core::wait(7, sc_core::SC_NS);
        i.write(input_at(0), std::vector<std::uint8_t>(64));
        i.write(input_at(0), std::vector<std::uint8_t>(64));
    });
    tracer.close(200000);
    std::ifstream file(options.file);
    std::stringstream text;
    text << file.rdbuf();
    std::remove(options.file.c_str());
    EXPECT_NE(text.str().find("busy"), std::string::npos);
    EXPECT_NE(text.str().find("#7000\n1"), std::string::npos);
    EXPECT_NE(text.str().find("#127000\n0"), std::string::npos);
    EXPECT_EQ(text.str().find("#67000"), std::string::npos) << "back to back: no gap";
}

}  // namespace
}  // namespace pimvp
