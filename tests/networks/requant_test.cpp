// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/requant.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>

#include "tests/networks/rounding_oracle.h"
#include "tests/support/expect_error.h"

namespace pimvp::net {
namespace {

TEST(MakeRequant, KnownFactors) {
    const Requant r = make_requant({1.0, 0.5, 2.0, 0.75, 1.0 / 3}, -8, 7);
    // m / 2^s with 2^14 <= m < 2^15: 1/2 = 16384 / 2^15, 2 = 16384 / 2^13, 3/4 = 24576 / 2^15, 1/3 ~ 21845 /
    // 2^16.
    EXPECT_EQ(r.multiplier, (std::vector<std::int32_t>{1, 16384, 16384, 24576, 21845}));
    EXPECT_EQ(r.shift, (std::vector<int>{0, 15, 13, 15, 16}));
    EXPECT_EQ(r.low, -8);
    EXPECT_EQ(r.high, 7);
}

TEST(MakeRequant, MantissaThatRoundsUpToTheNextPowerOfTwo) {
    const Requant r = make_requant({1.0 - 1e-9}, 0, 1);
    EXPECT_EQ(r.multiplier[0], 16384);
    EXPECT_EQ(r.shift[0], 14);
}

TEST(MakeRequant, RandomFactorsAreWithinHalfAUnit) {
    std::mt19937 random(7);
    std::uniform_real_distribution<double> exponent(-40, 14);
    for (int i = 0; i < 10000; ++i) {
        const double factor = std::exp2(exponent(random));
        const Requant r = make_requant({factor}, 0, 1);
        ASSERT_GE(r.multiplier[0], 1 << 14);
        ASSERT_LT(r.multiplier[0], 1 << 15);
        ASSERT_LE(std::abs(r.multiplier[0] * std::exp2(-r.shift[0]) - factor), 0.5 * std::exp2(-r.shift[0]));
    }
}

TEST(MakeRequant, TinyFactorsKeepShift62) {
    const Requant r = make_requant({std::exp2(-60), std::exp2(-80)}, 0, 1);
    EXPECT_EQ(r.shift, (std::vector<int>{62, 62}));
    EXPECT_EQ(r.multiplier, (std::vector<std::int32_t>{4, 0}));
}

TEST(MakeRequant, CommonShift) {
    const Requant r = make_common_requant({0.5, 0.125, 0.5 / 3}, 0, 255);
    EXPECT_EQ(r.shift, (std::vector<int>{15, 15, 15}));
    EXPECT_EQ(r.multiplier, (std::vector<std::int32_t>{16384, 4096, 5461}));
    EXPECT_EQ(make_common_requant({1.0, 1.0}, 0, 1).multiplier, (std::vector<std::int32_t>{1, 1}));
    EXPECT_EQ(make_common_requant({1.0, 1.0}, 0, 1).shift, (std::vector<int>{0, 0}));
}

TEST(MakeRequant, RefusesWhatHasNoMultiplier) {
    for (const double bad : {0.0, -1.0, double(NAN), double(INFINITY), 32768.0}) {
        pimvp::test::expect_error([&] { make_requant({bad}, 0, 1); }, "requantisation factor: expected");
    }
}

TEST(ScaleBack, HalvesOfEachRounding) {
    struct Case {
        std::int64_t acc;
        int shift;
        std::int64_t half_up, half_even, doubled;
    };
    // acc * 2^30 / 2^shift: halves at shift 31, quarters at 32. `doubled` rounds the halves up first and then
    // the halves of what is left away from zero, so that 1/4 becomes 1.
    for (const Case& c :
         {Case{1, 31, 1, 0, 1}, Case{3, 31, 2, 2, 2}, Case{5, 31, 3, 2, 3}, Case{-1, 31, 0, 0, 0},
          Case{-3, 31, -1, -2, -1}, Case{-5, 31, -2, -2, -2}, Case{1, 32, 0, 0, 1}, Case{2, 32, 1, 0, 1},
          Case{-1, 32, 0, 0, 0}, Case{-2, 32, 0, 0, -1}, Case{-3, 32, -1, -1, -1}, Case{-6, 32, -1, -2, -2},
          Case{7, 30, 7, 7, 7}, Case{-7, 30, -7, -7, -7}}) {
        EXPECT_EQ(scale_back(c.acc, 1 << 30, c.shift, Rounding::half_up), c.half_up) << c.acc;
        EXPECT_EQ(scale_back(c.acc, 1 << 30, c.shift, Rounding::half_even), c.half_even) << c.acc;
        EXPECT_EQ(scale_back(c.acc, 1 << 30, c.shift, Rounding::doubled), c.doubled) << c.acc;
    }
}

TEST(ScaleBack, ShiftZeroIsTheProduct) {
    for (const Rounding rounding : {Rounding::half_up, Rounding::half_even}) {
        EXPECT_EQ(scale_back(INT32_MIN, INT32_MAX, 0, rounding), -4611686016279904256);
        EXPECT_EQ(scale_back(-3, 5, 0, rounding), -15);
    }
    // 1 * 2^31 is too much for the doubled multiplication, -1 * 2^31 is not: -2^31 * 5 / 2^31.
    EXPECT_EQ(scale_back(-1, 5, 0, Rounding::doubled), -5);
    EXPECT_THROW(scale_back(1, 5, 0, Rounding::doubled), std::overflow_error);
}

// Both sides of every edge, at every shift, against the definitions as their sources write them.
TEST(ScaleBack, EdgesAsTheSourcesDefineThem) {
    int compared = 0, refused = 0;
    for (const std::int64_t acc : {INT32_MIN, INT32_MIN + 1, -(1 << 30), -65537, -3, -2, -1, 0, 1, 2, 3,
                                   65535, 1 << 30, INT32_MAX - 1, INT32_MAX}) {
        for (const std::int32_t m :
             {0, 1, 2, 3, 16384, 32767, 1 << 30, (1 << 30) + 1, INT32_MAX - 1, INT32_MAX}) {
            for (int shift = 0; shift <= 62; ++shift) {
                for (const Rounding r : {Rounding::half_up, Rounding::half_even, Rounding::doubled}) {
                    const std::int64_t left = acc * (std::int64_t{1} << std::max(0, 31 - shift));
                    if (r == Rounding::doubled && (left < INT32_MIN || left > INT32_MAX)) {
                        ASSERT_THROW(scale_back(acc, m, shift, r), std::overflow_error);
                        ++refused;
                        continue;
                    }
                    ASSERT_EQ(scale_back(acc, m, shift, r), test::rounded(acc, m, shift, r))
                        << acc << " * " << m << " / 2^" << shift << ", rounding " << static_cast<int>(r);
                    ++compared;
                }
            }
        }
    }
    EXPECT_GT(compared, 20000);
    EXPECT_GT(refused, 2000);
}

TEST(ScaleBack, RandomValuesAsTheSourcesDefineThem) {
    std::mt19937_64 random(11);
    for (int i = 0; i < 200000; ++i) {
        const auto word = [&] { return static_cast<std::int32_t>(random() >> (32 + random() % 31)); };
        std::int64_t acc = random() % 2 == 0 ? word() : -std::int64_t{word()};
        const std::int32_t m = word() & INT32_MAX;
        const int shift = static_cast<int>(random() % 63);
        const auto r = static_cast<Rounding>(random() % 3);
        if (r == Rounding::doubled && shift < 31) acc >>= 31 - shift;
        ASSERT_EQ(scale_back(acc, m, shift, r), test::rounded(acc, m, shift, r))
            << acc << " * " << m << " / 2^" << shift << ", rounding " << static_cast<int>(r);
    }
}

// Products of up to 79 bits, on both sides of 2^31 and up to the ends of 48 bits. What leaves 2^62 is cut.
TEST(ScaleBack, WideAccumulators) {
    constexpr std::int64_t top = std::int64_t{1} << 47, cut = std::int64_t{1} << 62;
    std::vector<std::int64_t> accumulators;
    for (const std::int64_t edge : {std::int64_t{1} << 31, std::int64_t{1} << 32, std::int64_t{1} << 40, top})
        for (const std::int64_t acc : {edge - 2, edge - 1, edge, edge + 1})
            for (const std::int64_t signed_acc : {acc, -acc})
                if (signed_acc >= -top && signed_acc < top) accumulators.push_back(signed_acc);
    std::mt19937_64 random(13);
    for (int i = 0; i < 500; ++i)
        accumulators.push_back(static_cast<std::int64_t>(random()) >> (17 + random() % 16));
    int wide = 0, cuts = 0, refused = 0;
    for (const std::int64_t acc : accumulators) {
        for (const std::int32_t m : {0, 1, 3, 16384, 32767, 1 << 30, (1 << 30) + 1, INT32_MAX}) {
            for (int shift = 0; shift <= 62; ++shift) {
                for (const Rounding r : {Rounding::half_up, Rounding::half_even}) {
                    const test::Wide exact = test::rounded_wide(acc, m, shift, r);
                    const auto expected = static_cast<std::int64_t>(std::clamp<test::Wide>(exact, -cut, cut));
                    ASSERT_EQ(scale_back(acc, m, shift, r), expected)
                        << acc << " * " << m << " / 2^" << shift << ", rounding " << static_cast<int>(r);
                    wide += static_cast<test::Wide>(acc) * m >= static_cast<test::Wide>(cut) * 2;
                    cuts += expected != exact;
                }
                if (acc >= INT32_MIN && acc <= INT32_MAX) continue;
                ASSERT_THROW(scale_back(acc, m, shift, Rounding::doubled), std::overflow_error);
                ++refused;
            }
        }
    }
    EXPECT_GT(wide, 5000);
    EXPECT_GT(cuts, 1000);
    EXPECT_GT(refused, 1000);
    // Halves: (2^47 - 1) * 2^30 / 2^77 cannot be asked for, / 2^31 is 2^46 - 1/2.
    EXPECT_EQ(scale_back(top - 1, 1 << 30, 31, Rounding::half_up), 1ll << 46);
    EXPECT_EQ(scale_back(top - 1, 1 << 30, 31, Rounding::half_even), 1ll << 46);
    EXPECT_EQ(scale_back(top - 3, 1 << 30, 31, Rounding::half_even), (1ll << 46) - 2);
    EXPECT_EQ(scale_back(1 - top, 1 << 30, 31, Rounding::half_up), 1 - (1ll << 46));
    EXPECT_EQ(scale_back(1 - top, 1 << 30, 31, Rounding::half_even), -(1ll << 46));
}

TEST(TfliteFixedPoint, KnownFactors) {
    const auto expect = [](double factor, std::int32_t multiplier, int shift) {
        const FixedPoint fixed = tflite_fixed_point(factor);
        EXPECT_EQ(fixed.multiplier, multiplier) << factor;
        EXPECT_EQ(fixed.shift, shift) << factor;
    };
    expect(0, 0, 31);
    expect(1, 1 << 30, 30);
    expect(0.5, 1 << 30, 31);
    expect(0.75, 3 << 29, 31);
    expect(1 - std::exp2(-40), 1 << 30, 30);  // rounds up to the next power of two
    expect(std::exp2(-32), 1 << 30, 62);
    expect(std::exp2(-33), 0, 31);
    expect(std::exp2(30), 1 << 30, 0);
    expect(std::exp2(31) - 1, INT32_MAX, 0);
}

TEST(TfliteFixedPoint, RandomFactorsAreWithinHalfAUnit) {
    std::mt19937 random(12);
    std::uniform_real_distribution<double> exponent(-31, 30);
    for (int i = 0; i < 10000; ++i) {
        const double factor = std::exp2(exponent(random));
        const FixedPoint fixed = tflite_fixed_point(factor);
        ASSERT_GE(fixed.multiplier, 1 << 30);
        ASSERT_LE(std::abs(std::ldexp(fixed.multiplier, -fixed.shift) - factor),
                  std::ldexp(0.5, -fixed.shift));
    }
}

TEST(TfliteFixedPoint, RefusesOtherFactors) {
    for (const double bad : {-1.0, double(NAN), double(INFINITY), std::exp2(31)}) {
        pimvp::test::expect_error([&] { tflite_fixed_point(bad); }, "requantisation factor: expected");
    }
}

}  // namespace
}  // namespace pimvp::net
