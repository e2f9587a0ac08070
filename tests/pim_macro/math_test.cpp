// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "driver/pimvp_macro.h"
#include "modules/core/error.h"
#include "modules/pim_macro/adc.h"
#include "modules/pim_macro/kernels.h"
#include "modules/pim_macro/region.h"
#include "modules/pim_macro/regions_by_row.h"

namespace pimvp {
namespace {

TEST(Adc, LosslessBitsAreTheFewestThatCountAllRows) {
    for (unsigned rows = 1; rows <= 1024; ++rows)
        EXPECT_EQ(Adc::lossless_bits(rows), static_cast<unsigned>(std::ceil(std::log2(rows + 1.0)))) << rows;
    EXPECT_EQ(Adc::lossless_bits(31), 5u);
    EXPECT_EQ(Adc::lossless_bits(32), 6u);
    EXPECT_EQ(Adc::lossless_bits(128), 8u);
}

TEST(Adc, ExactReturnsEveryCount) {
    const Adc adc(0, 1, 128);
    EXPECT_EQ(adc.bits(), 8u);
    EXPECT_TRUE(adc.lossless());
    for (unsigned x = 0; x <= 128; ++x) {
        EXPECT_EQ(adc.value(x), static_cast<int>(x));
        EXPECT_FALSE(adc.clips(x));
    }
}

TEST(Adc, FiveBitsClipAt31) {
    const Adc adc(5, 1, 128);
    EXPECT_FALSE(adc.lossless());
    EXPECT_EQ(adc.value(31), 31);
    EXPECT_EQ(adc.value(32), 31);
    EXPECT_EQ(adc.value(128), 31);
    EXPECT_FALSE(adc.clips(31));
    EXPECT_TRUE(adc.clips(32));
}

TEST(Adc, FiveBitsAreLosslessFor31Rows) {
    EXPECT_TRUE(Adc(5, 1, 31).lossless());
    EXPECT_FALSE(Adc(5, 1, 32).lossless());
}

TEST(Adc, RoundsHalfUpAndSaturatesInCodes) {
    const Adc adc(3, 4, 64);  // codes 0..7, values 0..28
    const int expected[] = {0, 0, 4, 4, 4, 4, 8, 8, 8, 8, 12};
    for (unsigned x = 0; x <= 10; ++x) EXPECT_EQ(adc.value(x), expected[x]) << x;
    EXPECT_EQ(adc.value(29), 28);  // 7.25 rounds to code 7
    EXPECT_FALSE(adc.clips(29));
    EXPECT_EQ(adc.value(30), 28);  // 7.5 would be code 8
    EXPECT_TRUE(adc.clips(30));
    EXPECT_EQ(adc.clip_limit(), 29u);
    const Adc odd(6, 3, 9);
    const int thirds[] = {0, 0, 3, 3, 3, 6, 6, 6, 9, 9};
    for (unsigned x = 0; x <= 9; ++x) EXPECT_EQ(odd.value(x), thirds[x]) << x;
}

TEST(Adc, AConverterThatKnowsTheRowsRaisedGivesTheSameValuesInFewerBits) {
    for (unsigned bits = 0; bits <= 12; ++bits)
        for (unsigned raised = 1; raised <= 128; ++raised) {
            const Adc full(bits, 1, 128), early(full.bits_for(raised), 1, 128);
            EXPECT_LE(early.bits(), full.bits());
            EXPECT_TRUE(early.bits() == full.bits() || (1u << early.bits()) <= 2 * raised) << "fewest";
            for (unsigned x = 0; x <= raised; ++x) {
                ASSERT_EQ(early.value(x), full.value(x)) << bits << " bits, " << raised << " raised";
                ASSERT_EQ(early.clips(x), full.clips(x));
            }
        }
    EXPECT_EQ(Adc(0, 1, 128).bits_for(9), 4u);
    EXPECT_EQ(Adc(5, 3, 128).bits_for(9), 5u);
}

TEST(Kernels, MatrixVectorMatchesPortableAndOverflowsNothing) {
    std::mt19937 rng(1);
    for (const std::size_t filters : {1u, 3u, 4u, 5u, 32u, 130u})
        for (const std::size_t rows : {1u, 15u, 16u, 17u, 128u, 1024u}) {
            const std::size_t stride = padded(rows);
            std::vector<std::int16_t> m(filters * stride), v(stride);
            for (auto& x : m) x = static_cast<std::int16_t>(static_cast<int>(rng() % 512) - 256);
            for (auto& x : v) x = static_cast<std::int16_t>(static_cast<int>(rng() % 512) - 256);
            if (rows == 1024) {  // the greatest sum there is
                std::fill(m.begin(), m.end(), std::int16_t{-256});
                std::fill(v.begin(), v.end(), std::int16_t{-256});
            }
            std::vector<std::int32_t> fast(filters), slow(filters);
            matrix_vector(m.data(), filters, stride, v.data(), fast.data());
            matrix_vector_portable(m.data(), filters, stride, v.data(), slow.data());
            EXPECT_EQ(fast, slow);
            std::int64_t last = 0;
            for (std::size_t r = 0; r < stride; ++r)
                last += std::int64_t{m[(filters - 1) * stride + r]} * v[r];
            EXPECT_EQ(slow.back(), last);
        }
}

TEST(Kernels, CountConductingMatchesABitLoop) {
    std::mt19937_64 rng(2);
    for (const std::size_t words : {1u, 2u, 3u, 16u}) {
        const std::size_t columns = 37;
        std::vector<std::uint64_t> cells(columns * words), inputs(words);
        for (auto& x : cells) x = rng();
        for (auto& x : inputs) x = rng();
        cells[0] = inputs[0] = ~std::uint64_t{0};
        std::vector<std::uint32_t> fast(columns), slow(columns), bits(columns);
        count_conducting(cells.data(), columns, words, inputs.data(), fast.data());
        count_conducting_portable(cells.data(), columns, words, inputs.data(), slow.data());
        for (std::size_t c = 0; c < columns; ++c)
            for (std::size_t i = 0; i < 64 * words; ++i)
                bits[c] += ((cells[c * words + i / 64] >> (i % 64)) & (inputs[i / 64] >> (i % 64)) & 1) != 0;
        EXPECT_EQ(fast, bits);
        EXPECT_EQ(slow, bits);
    }
}

TEST(Kernels, AddClippedMatchesALoop) {
    std::mt19937 rng(4);
    for (const std::uint32_t limit : {0u, 1u, 31u, 1024u}) {
        std::vector<std::uint32_t> ones(77);
        std::vector<std::int32_t> start(77);
        for (auto& x : ones) x = rng() % 64;
        for (auto& x : start) x = static_cast<std::int32_t>(rng() % 1000) - 500;
        auto fast = start, slow = start, expected = start;
        std::uint32_t beyond = 0;
        for (std::size_t c = 0; c < 77; ++c) {
            if (ones[c] > limit) ++beyond;
            for (std::uint32_t i = 0; i < ones[c] && i < limit; ++i) expected[c] -= 8;
        }
        EXPECT_EQ(add_clipped(ones.data(), 77, limit, -8, fast.data()), beyond);
        EXPECT_EQ(add_clipped_portable(ones.data(), 77, limit, -8, slow.data()), beyond);
        EXPECT_EQ(fast, expected);
        EXPECT_EQ(slow, expected);
    }
}

TEST(Kernels, BitPlaneTakesOneBitOfEachByte) {
    std::mt19937 rng(3);
    std::uint8_t bytes[64];
    for (auto& b : bytes) b = static_cast<std::uint8_t>(rng());
    for (unsigned bit = 0; bit < 8; ++bit) {
        const std::uint64_t plane = bit_plane(bytes, bit);
        for (unsigned i = 0; i < 64; ++i) EXPECT_EQ((plane >> i) & 1, (bytes[i] >> bit) & 1u);
    }
}

MacroGeometry small() {
    MacroGeometry g;
    g.rows = 128;
    g.columns = 64;
    g.active_rows = 32;
    return g;
}

Region whole() {
    Region r;
    r.rows = 128;
    r.filters = 16;
    r.weight_bits = 4;
    r.input_bits = 4;
    r.result_bytes = 2;
    return r;
}

TEST(RegionsByRow, KnowsWhoDependsOnAWordline) {
    RegionsByRow by_row(10);
    const auto regions = [&](std::uint32_t row) {
        std::vector<unsigned> list;
        for_each_region(by_row.at(row), [&](unsigned i) { list.push_back(i); });
        return list;
    };
    using List = std::vector<unsigned>;
    by_row.add(63, 2, 5);
    by_row.add(0, 4, 6);
    EXPECT_EQ(regions(1), List{});
    EXPECT_EQ(regions(2), List{63});
    EXPECT_EQ(regions(4), (List{0, 63}));
    EXPECT_EQ(regions(6), (List{0, 63}));
    EXPECT_EQ(regions(7), List{0});
    EXPECT_EQ(regions(9), List{0});
    by_row.add(63, 6, 1);  // instead of where it was
    EXPECT_EQ(regions(2), List{});
    EXPECT_EQ(regions(5), List{0});
    EXPECT_EQ(regions(6), (List{0, 63}));
    by_row.remove(0);
    by_row.remove(0);
    EXPECT_EQ(regions(5), List{});
    EXPECT_EQ(regions(6), List{63});
}

TEST(Region, FitsUpToTheEdgesAndNotBeyond) {
    const MacroGeometry g = small();
    EXPECT_TRUE(fits(whole(), g, 4));
    const auto bad = [&](auto change) {
        Region r = whole();
        change(r);
        return !fits(r, g, 4);
    };
    EXPECT_TRUE(bad([](Region& r) { r.rows = 0; }));
    EXPECT_TRUE(bad([](Region& r) { r.rows = 129; }));
    EXPECT_TRUE(bad([](Region& r) { r.row0 = 1; }));
    EXPECT_TRUE(bad([](Region& r) { r.row0 = 0xFFFFFFFF; }));
    EXPECT_TRUE(bad([](Region& r) { r.column0 = 1; }));
    EXPECT_TRUE(bad([](Region& r) { r.column0 = 0xFFFFFFFF; }));
    EXPECT_TRUE(bad([](Region& r) { r.filters = 17; }));
    EXPECT_TRUE(bad([](Region& r) { r.filters = 0; }));
    EXPECT_TRUE(bad([](Region& r) { r.filters = 0x40000001; }));
    EXPECT_TRUE(bad([](Region& r) { r.input_bits = 0; }));
    EXPECT_TRUE(bad([](Region& r) { r.input_bits = 9; }));
    EXPECT_TRUE(bad([](Region& r) { r.input_kind = PIMVP_KIND_TERNARY; }));
    EXPECT_TRUE(bad([](Region& r) { r.result_bytes = 3; }));
    EXPECT_FALSE(bad([](Region& r) { r.rows = 1, r.row0 = 127; }));
    EXPECT_FALSE(bad([](Region& r) { r.filters = 1, r.column0 = 60; }));
}

TEST(Region, ResultsMustFitTheirWindow) {
    MacroGeometry g = small();
    g.columns = 1024;
    Region r = whole();
    r.filters = 1024;
    EXPECT_TRUE(fits(r, g, 1));
    r.result_bytes = 4;
    EXPECT_FALSE(fits(r, g, 1));
    r.filters = 512;
    EXPECT_TRUE(fits(r, g, 1));
}

TEST(Region, ResultRangeIsThatOfItsBytes) {
    Region r = whole();
    EXPECT_TRUE(results_fit(r, -32768, 32767));
    EXPECT_FALSE(results_fit(r, 0, 32768));
    EXPECT_FALSE(results_fit(r, -32769, 0));
    r.result_bytes = 4;
    EXPECT_TRUE(results_fit(r, -32769, 32768));
}

TEST(Region, SizesRoundUpToBytes) {
    Region r = whole();
    r.rows = 5;
    r.input_bits = 3;
    EXPECT_EQ(r.input_size(), 2u);
    EXPECT_EQ(r.result_size(), 32u);
    EXPECT_EQ(r.groups(2), 3u);
}

TEST(Region, StepsRaiseFullGroupsAndWhatIsLeft) {
    for (const std::uint32_t active : {1u, 5u, 32u, 128u})
        for (std::uint32_t rows = 1; rows <= 128; ++rows) {
            Region r = whole();
            r.rows = rows;
            const auto steps = array_steps(r, active);
            std::int64_t full = 0, last = 0, last_rows = 0;
            for (std::uint32_t left = rows; left > 0; left -= std::min(left, active)) {
                if (left >= active) {
                    ++full;
                } else {
                    ++last;
                    last_rows = left;
                }
            }
            EXPECT_EQ(steps[0].count, 4 * full);
            EXPECT_EQ(steps[0].rows, active);
            EXPECT_EQ(steps[1].count, 4 * last);
            EXPECT_EQ(steps[1].rows, last_rows);
        }
}

TEST(Region, InputStepsTakeTheSignBitAlone) {
    Region r = whole();
    for (std::uint32_t bits = 1; bits <= 8; ++bits)
        for (std::uint32_t per_step = 1; per_step <= 8; ++per_step)
            for (const std::uint32_t kind : {PIMVP_KIND_UNSIGNED, PIMVP_KIND_SIGNED}) {
                SCOPED_TRACE(testing::Message()
                             << bits << " bits, " << per_step << " per step, kind " << kind);
                r.input_bits = bits;
                r.input_kind = kind;
                // Any value is the sum of its steps' levels at their places.
                for (std::uint32_t field = 0; field < 1u << bits; ++field) {
                    std::int32_t value = 0;
                    for (std::uint32_t s = 0; s < input_steps(r, per_step); ++s) {
                        const InputStep step = input_step(r, per_step, s);
                        EXPECT_LE(step.bits, per_step);
                        const std::uint32_t level = field >> step.first_bit & step.greatest_level();
                        value += step.place() * static_cast<std::int32_t>(level);
                    }
                    const bool negative = kind == PIMVP_KIND_SIGNED && field >= 1u << (bits - 1);
                    ASSERT_EQ(value, static_cast<std::int32_t>(field) - (negative ? 1 << bits : 0));
                }
                const double magnitude = bits - kind;
                EXPECT_EQ(input_steps(r, per_step), std::ceil(magnitude / per_step) + kind);
            }
}

TEST(Geometry, BadSizesNameTheirKey) {
    const auto message = [](auto change) -> std::string {
        MacroGeometry g = small();
        change(g);
        try {
            check_geometry(g, "sram_macro");
        } catch (const Error& e) {
            return e.what();
        }
        return "";
    };
    EXPECT_EQ(message([](MacroGeometry&) {}), "");
    EXPECT_NE(message([](MacroGeometry& g) { g.rows = 100; }).find("sram_macro.rows"), std::string::npos);
    EXPECT_NE(message([](MacroGeometry& g) { g.rows = 0; }).find("found 0"), std::string::npos);
    EXPECT_NE(message([](MacroGeometry& g) { g.columns = 2048; }).find("sram_macro.columns"),
              std::string::npos);
    EXPECT_NE(message([](MacroGeometry& g) { g.active_rows = 129; }).find("active_rows"), std::string::npos);
    EXPECT_NE(message([](MacroGeometry& g) { g.cell_bits = 3; }).find("stored bits"), std::string::npos);
}

}  // namespace
}  // namespace pimvp
