// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Array arithmetic and converter against loops over cells and bits.
#include "modules/edram_macro/edram_array.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "modules/edram_macro/ternary_kernel.h"

namespace pimvp {
namespace {

TEST(SignedAdc, ExactResolutionByHand) {
    EXPECT_EQ(SignedAdc(0, 0, 128).bits(), 9u);  // 257 values
    EXPECT_EQ(SignedAdc(0, 0, 127).bits(), 8u);  // 255 values
    EXPECT_EQ(SignedAdc(0, 0, 15).bits(), 5u);
    EXPECT_EQ(SignedAdc(0, 0, 16).bits(), 6u);
    EXPECT_TRUE(SignedAdc(5, 1, 15).lossless());
    EXPECT_FALSE(SignedAdc(5, 1, 16).lossless());  // +16 clips to 15
    EXPECT_EQ(SignedAdc(5, 0, 128).lsb(), 8u);     // 32 codes of 8 span -128..120
}

TEST(SignedAdc, RoundsHalfAwayAndClips) {
    const SignedAdc adc(4, 4, 64);
    EXPECT_EQ(adc.value(0), 0);
    EXPECT_EQ(adc.value(1), 0);
    EXPECT_EQ(adc.value(2), 4);
    EXPECT_EQ(adc.value(-2), -4);
    EXPECT_EQ(adc.value(5), 4);
    EXPECT_EQ(adc.value(6), 8);
    EXPECT_EQ(adc.value(-6), -8);
    EXPECT_EQ(adc.value(29), 28);
    EXPECT_FALSE(adc.clips(29));
    EXPECT_EQ(adc.value(30), 28);  // code 8 does not exist
    EXPECT_TRUE(adc.clips(30));
    EXPECT_EQ(adc.value(64), 28);
    EXPECT_EQ(adc.value(-33), -32);
    EXPECT_FALSE(adc.clips(-33));
    EXPECT_EQ(adc.value(-34), -32);
    EXPECT_TRUE(adc.clips(-34));
    EXPECT_EQ(adc.greatest_magnitude(), 32);
}

/// -1, 0 or +1 from the two node bits; both charged is 0.
int weight(const std::vector<std::uint8_t>& cells, unsigned columns, unsigned row, unsigned column) {
    const unsigned bit = (row * columns + column) * 2;
    const int plus = cells[bit / 8] >> (bit % 8) & 1, minus = cells[bit / 8] >> (bit % 8 + 1) & 1;
    return plus - minus;
}

struct Shape {
    unsigned rows, columns, active, adc_bits, adc_lsb;
    Region region;
};

Region region(unsigned row0, unsigned rows, unsigned column0, unsigned filters, unsigned bits,
              bool is_signed) {
    Region r;
    r.row0 = row0;
    r.rows = rows;
    r.column0 = column0;
    r.filters = filters;
    r.weight_bits = 2;
    r.weight_kind = PIMVP_KIND_TERNARY;
    r.input_bits = bits;
    r.input_kind = is_signed ? PIMVP_KIND_SIGNED : PIMVP_KIND_UNSIGNED;
    r.result_bytes = 4;
    return r;
}

void PrintTo(const Shape& s, std::ostream* out) {
    *out << s.rows << "x" << s.columns << "_active_" << s.active << "_adc_" << s.adc_bits << "_inputs_"
         << s.region.input_bits;
}

class ArrayArithmetic : public ::testing::TestWithParam<Shape> {};

TEST_P(ArrayArithmetic, EqualsLoopsOverCellsAndBits) {
    const Shape s = GetParam();
    const Region& r = s.region;
    std::mt19937 random(s.rows + s.adc_bits);
    const SignedAdc adc(s.adc_bits, s.adc_lsb, s.active);
    const double lsb = s.adc_bits == 0 ? 1 : adc.lsb();
    EdramArray array(s.rows, s.columns, s.active, adc);
    std::vector<std::uint8_t> cells(s.rows * s.columns / 4);
    std::vector<std::uint8_t> inputs(r.input_size());
    std::vector<std::int32_t> sums(r.filters);
    for (int round = 0; round < 4; ++round) {
        for (auto& byte : cells) byte = static_cast<std::uint8_t>(random());
        for (unsigned row = 0; row < s.rows; ++row) {
            array.write_row(row, 0, &cells[row * s.columns / 4], s.columns / 4);
        }
        for (int access = 0; access < 3; ++access) {
            for (auto& byte : inputs) byte = static_cast<std::uint8_t>(random());
            if (access == 2) {  // a charge goes between accesses
                const unsigned row = r.row0 + random() % r.rows,
                               node = 2 * r.column0 + random() % (2 * r.filters);
                array.discharge(row, node);
                cells[(row * s.columns * 2 + node) / 8] &= static_cast<std::uint8_t>(~(1u << (node % 8)));
            }
            const auto happened = array.compute(5, r, inputs.data(), sums.data(), true);
            std::uint64_t clipped = 0, ones = 0, conducting = 0;
            for (unsigned f = 0; f < r.filters; ++f) {
                double expected = 0;
                for (unsigned b = 0; b < r.input_bits; ++b) {
                    const bool negative = r.input_kind == PIMVP_KIND_SIGNED && b == r.input_bits - 1;
                    for (unsigned first = 0; first < r.rows; first += s.active) {
                        int x = 0;
                        for (unsigned i = first; i < std::min(first + s.active, r.rows); ++i) {
                            const unsigned bit = i * r.input_bits + b;
                            if ((inputs[bit / 8] >> (bit % 8) & 1) == 0) continue;
                            x += weight(cells, s.columns, r.row0 + i, r.column0 + f);
                            ones += f == 0;
                            const unsigned node = ((r.row0 + i) * s.columns + r.column0 + f) * 2;
                            conducting +=
                                (cells[node / 8] >> (node % 8) & 1) + (cells[node / 8] >> (node % 8 + 1) & 1);
                        }
                        double code = std::round(x / lsb);  // half away from zero
                        if (s.adc_bits != 0) {
                            const double half = std::ldexp(1.0, static_cast<int>(s.adc_bits) - 1);
                            clipped += code < -half || code > half - 1;
                            code = std::min(std::max(code, -half), half - 1);
                        }
                        expected += (negative ? -1 : 1) * std::ldexp(code * lsb, static_cast<int>(b));
                    }
                }
                ASSERT_EQ(sums[f], expected) << "filter " << f << " round " << round;
            }
            const std::vector<std::int32_t> counted = sums;
            array.compute(5, r, inputs.data(), sums.data(), false);
            EXPECT_EQ(sums, counted);
            EXPECT_EQ(happened.clipped, clipped);
            EXPECT_EQ(happened.input_ones, ones);
            EXPECT_EQ(happened.conducting, conducting);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(All, ArrayArithmetic,
                         ::testing::Values(Shape{128, 128, 128, 0, 0, region(0, 128, 0, 128, 1, false)},
                                           Shape{128, 128, 128, 5, 0, region(0, 128, 0, 128, 1, false)},
                                           Shape{128, 128, 128, 5, 1, region(0, 128, 0, 128, 1, false)},
                                           Shape{128, 128, 64, 5, 2, region(3, 121, 7, 90, 4, false)},
                                           Shape{128, 128, 31, 6, 1, region(1, 100, 2, 33, 3, true)},
                                           Shape{128, 128, 31, 4, 1, region(1, 100, 2, 33, 8, true)},
                                           Shape{256, 64, 200, 0, 0, region(13, 200, 1, 60, 8, true)},
                                           Shape{8, 8, 3, 2, 1, region(0, 8, 0, 8, 1, true)},
                                           Shape{8, 8, 8, 0, 0, region(7, 1, 7, 1, 2, false)},
                                           Shape{1024, 40, 1024, 7, 0, region(0, 1023, 0, 39, 2, false)},
                                           Shape{200, 72, 100, 0, 0, region(50, 130, 60, 12, 5, false)}));

TEST(TernaryKernel, BothFormsEqualBitByBit) {
    std::mt19937_64 random(3);
    for (const std::size_t words : {1, 2, 3, 16}) {
        for (const std::size_t filters : {1, 7, 64}) {
            std::vector<std::uint64_t> planes(2 * filters * words), inputs(words);
            for (auto& word : planes) word = random() | random();
            for (auto& word : inputs) word = random();
            std::vector<std::int32_t> fast(filters), portable(filters);
            ternary_sums(planes.data(), filters, words, inputs.data(), fast.data());
            ternary_sums_portable(planes.data(), filters, words, inputs.data(), portable.data());
            for (std::size_t f = 0; f < filters; ++f) {
                int sum = 0;
                for (std::size_t bit = 0; bit < 64 * words; ++bit) {
                    const auto at = [&](const std::uint64_t* p) {
                        return static_cast<int>(p[bit / 64] >> (bit % 64) & 1);
                    };
                    sum +=
                        at(inputs.data()) * (at(&planes[2 * f * words]) - at(&planes[(2 * f + 1) * words]));
                }
                EXPECT_EQ(fast[f], sum);
                EXPECT_EQ(portable[f], sum);
            }
        }
    }
}

TEST(EdramArray, RegionsThatShareCellsSeeEveryChange) {
    const SignedAdc adc(0, 0, 8);
    EdramArray array(8, 8, 8, adc);
    const Region whole = region(0, 8, 0, 8, 1, false), corner = region(4, 4, 4, 4, 1, false);
    const std::uint8_t plus[] = {0x55, 0x55}, all = 0xFF;
    std::int32_t sums[8];
    for (unsigned row = 0; row < 8; ++row) array.write_row(row, 0, plus, 2);
    array.compute(0, whole, &all, sums, false);
    EXPECT_EQ(sums[7], 8);
    array.compute(1, corner, &all, sums, false);
    EXPECT_EQ(sums[3], 4);
    const std::uint8_t minus = 0xAA;
    array.write_row(5, 1, &minus, 1);  // columns 4 to 7 of row 5 become -1
    array.compute(0, whole, &all, sums, false);
    EXPECT_EQ(sums[3], 8);
    EXPECT_EQ(sums[7], 6);
    array.compute(1, corner, &all, sums, false);
    EXPECT_EQ(sums[3], 2);
    array.discharge(5, 15);  // column 7's -1
    array.compute(0, whole, &all, sums, false);
    EXPECT_EQ(sums[7], 7);
    array.compute(1, corner, &all, sums, false);
    EXPECT_EQ(sums[3], 3);
    std::uint8_t read = 0;
    array.read_row(5, 1, &read, 1);
    EXPECT_EQ(read, 0x2A);
    array.clear();
    array.compute(0, whole, &all, sums, false);
    EXPECT_EQ(sums[7], 0);
}

}  // namespace
}  // namespace pimvp
