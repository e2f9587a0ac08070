// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/thresholds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace pimvp::net {
namespace {

// What graph.h says of thresholds, by counting.
std::int64_t output_of(const Requant& r, std::size_t channel, std::int64_t x) {
    std::int64_t n = 0;
    for (int k = 0; k < r.steps; ++k)
        n += r.thresholds[channel * static_cast<std::size_t>(r.steps) + static_cast<std::size_t>(k)] <= x;
    if (!r.falling.empty() && r.falling[channel]) n = r.steps - n;
    return r.low + n * (r.high - r.low) / r.steps;
}

TEST(Thresholds, EqualTheFunctionAtEveryInteger) {
    std::mt19937 random(7);
    for (int trial = 0; trial < 200; ++trial) {
        StepFunction f;
        f.steps = 1 + static_cast<int>(random() % 255);
        std::vector<double> slope, offset;
        for (std::size_t c = 0; c < 3; ++c) {
            const auto low = static_cast<std::int64_t>(random() % 2000) - 1500;
            f.lowest.push_back(low);
            f.highest.push_back(low + static_cast<std::int64_t>(random() % 1500));
            slope.push_back((double(random() % 2001) - 1000) / 700.0);
            offset.push_back(double(random() % 400) - 100);
            f.falling.push_back(slope.back() < 0);
        }
        f.level = [&](std::size_t c, std::int64_t x) {
            return static_cast<int>(
                std::clamp(std::floor(slope[c] * double(x) + offset[c]), 0.0, double(f.steps)));
        };
        const Requant r = make_thresholds(f, -3, -3 + f.steps);
        ASSERT_EQ(r.thresholds.size(), 3 * static_cast<std::size_t>(f.steps));
        for (std::size_t c = 0; c < 3; ++c) {
            for (std::int64_t x = f.lowest[c]; x <= f.highest[c]; ++x)
                ASSERT_EQ(output_of(r, c, x), -3 + f.level(c, x)) << "trial " << trial << " x " << x;
            const auto row = r.thresholds.begin() + static_cast<std::ptrdiff_t>(c) * f.steps;
            EXPECT_TRUE(std::is_sorted(row, row + f.steps));
        }
    }
}

TEST(Thresholds, BipolarLevelsAreTwoApart) {
    StepFunction f;
    f.lowest = {-10}, f.highest = {10}, f.falling = {true};
    f.level = [](std::size_t, std::int64_t x) { return x <= 4 ? 1 : 0; };
    const Requant r = make_thresholds(f, -1, 1);
    EXPECT_EQ(r.thresholds, std::vector<std::int32_t>{5});
    EXPECT_EQ(output_of(r, 0, 4), 1);
    EXPECT_EQ(output_of(r, 0, 5), -1);
}

TEST(Thresholds, LevelsThatAreNeverOrAlwaysReachedLieAtTheEnds) {
    StepFunction f;
    f.steps = 3;
    f.lowest = {-20}, f.highest = {20}, f.falling = {false};
    f.level = [](std::size_t, std::int64_t x) { return x < 0 ? 1 : 2; };
    EXPECT_EQ(make_thresholds(f, 0, 3).thresholds, (std::vector<std::int32_t>{-20, 0, 21}));
}

struct Rounded {
    double slope, offset;
    double (*round)(double);
};

StepFunction function(const Rounded& r, std::int64_t low, std::int64_t high) {
    StepFunction f;
    f.steps = static_cast<int>(high - low);
    f.lowest = {-100000}, f.highest = {100000}, f.falling = {r.slope < 0};
    f.level = [=](std::size_t, std::int64_t x) {
        return static_cast<int>(
            std::clamp(r.round(r.slope * double(x) + r.offset), double(low), double(high)) - double(low));
    };
    return f;
}

TEST(ExactMultipliers, ArePowersOfTwoWithAWholeOffset) {
    // (x + 12) / 16 to even, in -2048..2047.
    const auto exact = make_exact_multipliers(
        function({1.0 / 16, 0.75, [](double v) { return std::nearbyint(v); }}, -2048, 2047),
        {{1.0 / 16, 0.75}}, -2048, 2047, 0);
    ASSERT_TRUE(exact.has_value());
    EXPECT_EQ(exact->requant.multiplier, std::vector<std::int32_t>{1});
    EXPECT_EQ(exact->requant.shift, std::vector<int>{4});
    EXPECT_EQ(exact->requant.rounding, Rounding::half_even);
    EXPECT_EQ(exact->offset, std::vector<std::int32_t>{12});
}

TEST(ExactMultipliers, AreRefusedWhereOneIntegerDiffers) {
    const auto even = [](double v) { return std::nearbyint(v); };
    const auto refused = [](const Rounded& r) {
        return !make_exact_multipliers(function(r, -2048, 2047), {{r.slope, r.offset}}, -2048, 2047, 0);
    };
    EXPECT_FALSE(refused({1.0 / 32, 0, even}));
    EXPECT_TRUE(refused({1.0 / 32, 1.0 / 128, even})) << "a quarter of an integer";
    EXPECT_TRUE(refused({1.0 / 32, 0, [](double v) { return std::floor(v); }})) << "another rounding";
    EXPECT_TRUE(refused({1.0 / 32, 0, [](double v) { return std::round(v); }})) << "other ties";
    EXPECT_TRUE(refused({-1.0 / 32, 0, even})) << "falling";
    // One integer of 200,001 that rounds another way, at a tie: 16 + 32 * 701 is half, and goes to 702.
    StepFunction one = function({1.0 / 32, 0, even}, -2048, 2047);
    const auto level = one.level;
    one.level = [level](std::size_t c, std::int64_t x) { return level(c, x) - (x == 16 + 32 * 701 ? 1 : 0); };
    EXPECT_FALSE(make_exact_multipliers(one, {{1.0 / 32, 0}}, -2048, 2047, 0).has_value());
}

TEST(ExactMultipliers, StopWhereTheFunctionStops) {
    // A ReLU ahead of the quantiser: nothing below zero.
    const auto relu = [](double v) { return std::max(0.0, std::nearbyint(v)); };
    const auto exact =
        make_exact_multipliers(function({1.0 / 8, 0, relu}, -1024, 1023), {{1.0 / 8, 0}}, -1024, 1023, 0);
    ASSERT_TRUE(exact.has_value());
    EXPECT_EQ(exact->requant.low, 0);
    EXPECT_EQ(exact->requant.high, 1023);
}

}  // namespace
}  // namespace pimvp::net
