// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/filter_pairs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace pimvp::net {
namespace {

constexpr int columns = 8;

/// Slots of a legal pairing: every filter once, none beyond the columns.
std::size_t slots_of(const std::vector<int>& bits, Pairing pairing) {
    const auto pairs = pair_filters(bits, columns, pairing);
    std::vector<int> met(bits.size(), 0);
    int last = -1;
    for (const auto& pair : pairs) {
        EXPECT_GT(pair.first, last);
        last = pair.first;
        ++met.at(static_cast<std::size_t>(pair.first));
        int width = bits[static_cast<std::size_t>(pair.first)];
        if (pair.second >= 0) {
            EXPECT_GT(pair.second, pair.first);
            ++met.at(static_cast<std::size_t>(pair.second));
            width += bits[static_cast<std::size_t>(pair.second)];
        }
        EXPECT_LE(width, columns);
    }
    EXPECT_EQ(std::count(met.begin(), met.end(), 1), static_cast<std::ptrdiff_t>(bits.size()));
    return pairs.size();
}

/// Fewest slots, by trying everything.
std::size_t fewest(std::vector<int> bits) {
    if (bits.empty()) return 0;
    const int last = bits.back();
    bits.pop_back();
    std::size_t best = 1 + fewest(bits);
    for (std::size_t i = 0; i < bits.size(); ++i) {
        if (bits[i] + last > columns) continue;
        auto rest = bits;
        rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
        best = std::min(best, 1 + fewest(rest));
    }
    return best;
}

std::vector<int> draw(const std::vector<double>& shares, std::uint64_t seed, std::size_t count = 512) {
    std::mt19937_64 random(seed);
    std::vector<int> bits;
    for (std::size_t i = 0; i < count; ++i) {
        double at = static_cast<double>(random() >> 11) * 0x1p-53;
        std::size_t b = 0;
        while (b + 1 < shares.size() && at >= shares[b]) at -= shares[b++];
        bits.push_back(static_cast<int>(b));
    }
    return bits;
}

TEST(FilterPairs, AMatchingTakesTheFewestSlots) {
    std::mt19937_64 random(7);
    for (int round = 0; round < 200; ++round) {
        std::vector<int> bits(1 + random() % 9);
        for (int& b : bits) b = 1 + static_cast<int>(random() % columns);
        EXPECT_EQ(slots_of(bits, Pairing::optimal), fewest(bits));
    }
}

TEST(FilterPairs, AMatchingIsNeverWorseThanGreedy) {
    std::mt19937_64 random(8);
    for (int round = 0; round < 60; ++round) {
        std::vector<int> bits(1 + random() % 200);
        for (int& b : bits) b = 1 + static_cast<int>(random() % columns);
        const auto optimal = slots_of(bits, Pairing::optimal), greedy = slots_of(bits, Pairing::greedy);
        EXPECT_LE(optimal, greedy);
        EXPECT_LE(greedy, slots_of(bits, Pairing::none));
        EXPECT_EQ(slots_of(bits, Pairing::none), bits.size());
    }
}

TEST(FilterPairs, WidthsThatAddUpFillEverySlot) {
    std::vector<int> bits;
    for (int i = 0; i < 40; ++i)
        for (const int b : {2, 3, 4, 5, 6}) bits.push_back(b);
    std::shuffle(bits.begin(), bits.end(), std::mt19937_64(3));
    const auto slots = slots_of(bits, Pairing::optimal);
    EXPECT_EQ(slots, 100u);
    EXPECT_DOUBLE_EQ(slot_utilisation(bits, columns, slots), 1.0);
    EXPECT_DOUBLE_EQ(slot_utilisation(bits, columns, bits.size()), 0.5);
}

/// What 512 filters of four distributions of widths reach. Shares of 0, 1, 2 ... bits.
TEST(FilterPairs, UtilisationOfFourDistributions) {
    const struct {
        std::vector<double> shares;
        double alone, paired;
    } cases[] = {
        {{0, 0, 0.2, 0.2, 0.2, 0.2, 0.2}, 0.50, 0.98},       // 2 to 6 bits alike
        {{0, 0, 0.05, 0.10, 0.62, 0.18, 0.05}, 0.51, 0.95},  // mostly 4
        {{0, 0, 0.35, 0.30, 0.20, 0.10, 0.05}, 0.40, 0.79},  // skewed low
        {{0, 0, 0.25, 0, 0.55, 0, 0, 0, 0.20}, 0.54, 0.89},  // 2, 4 and 8
    };
    for (const auto& c : cases) {
        double alone = 0, greedy = 0, optimal = 0;
        constexpr int seeds = 8;
        for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
            const auto bits = draw(c.shares, seed);
            alone += slot_utilisation(bits, columns, bits.size()) / seeds;
            greedy += slot_utilisation(bits, columns, slots_of(bits, Pairing::greedy)) / seeds;
            optimal += slot_utilisation(bits, columns, slots_of(bits, Pairing::optimal)) / seeds;
        }
        EXPECT_NEAR(alone, c.alone, 0.01);
        EXPECT_NEAR(greedy, c.paired, 0.015);
        EXPECT_NEAR(optimal, c.paired, 0.015);
    }
}

}  // namespace
}  // namespace pimvp::net
