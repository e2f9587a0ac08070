// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/requant.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

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
        test::expect_error([&] { make_requant({bad}, 0, 1); }, "requantisation factor: expected");
    }
}

}  // namespace
}  // namespace pimvp::net
