// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Retention against the log-normal distribution in closed form, and the lazy bookkeeping of losses against a
// table of all nodes.
#include "modules/edram_macro/retention.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "modules/core/error.h"

namespace pimvp {
namespace {

constexpr int rows = 128, nodes = 256;
constexpr std::int64_t us = 1'000'000;
const std::vector<std::uint64_t> all_charged(4, ~std::uint64_t{0});

RetentionParams params(std::int64_t retention, double sigma, bool repair, std::uint64_t seed = 1) {
    RetentionParams p;
    p.retention_ps = retention;
    p.sigma = sigma;
    p.repair = repair;
    p.seed = seed;
    return p;
}

// z with Phi(z) = 0.9999, from tables.
constexpr double z_yield = 3.7190165;

double share_below(double time_ps, double retention_ps, double sigma) {
    const double median = retention_ps * std::exp(z_yield * sigma);
    return 0.5 * (1.0 + std::erf(std::log(time_ps / median) / sigma / std::sqrt(2.0)));
}

TEST(Retention, MedianPutsTheTailAtTheYield) {
    const RetentionDistribution d(params(200 * us, 0.5, false));
    EXPECT_NEAR(d.median_ps(), 200e6 * 6.42058, 200e6 * 1e-4);  // exp(3.7190165 x 0.5)
    EXPECT_NEAR(d.lost_share(200 * us), 1e-4, 1e-9);
    EXPECT_NEAR(d.lost_share(static_cast<std::int64_t>(d.median_ps())), 0.5, 1e-6);
    EXPECT_EQ(d.lost_share(0), 0.0);
    EXPECT_EQ(RetentionDistribution(params(200 * us, 0.5, true)).lost_share(200 * us), 0.0);
}

TEST(Retention, QuantileInvertsTheShare) {
    for (const bool repair : {false, true}) {
        const RetentionDistribution d(params(77 * us, 0.3, repair));
        for (const double rank : {0.001, 0.02, 0.5, 0.97, 0.9999}) {
            EXPECT_NEAR(d.lost_share(d.of_rank(rank)), rank, 1e-6) << repair;
        }
    }
}

// A band of 4 sigma per bin, and chi-square over all: 8 bins of equal probability leave 7 degrees of freedom,
// whose 99.9 % point is 24.3.
TEST(Retention, LossesFollowTheLogNormal) {
    const double sigma = 0.4;
    const double n = rows * nodes;
    RetentionArray array(params(28 * us, sigma, false), 3, rows, nodes);
    for (int row = 0; row < rows; ++row) array.charge(row, 5 * us, all_charged.data());
    double chi = 0, before = 0;
    // z of the quantiles k / 8, from tables.
    const double z[] = {-1.1503494, -0.6744898, -0.3186394, 0.0, 0.3186394, 0.6744898, 1.1503494};
    for (const double zk : z) {
        const double age = 28e6 * std::exp((z_yield + zk) * sigma);
        array.lose(5 * us + static_cast<std::int64_t>(age));
        const double lost = static_cast<double>(array.flips());
        const double share = share_below(age, 28e6, sigma);
        EXPECT_NEAR(lost, n * share, 4 * std::sqrt(n * share * (1 - share))) << zk;
        chi += std::pow(lost - before - n / 8, 2) / (n / 8);
        before = lost;
    }
    chi += std::pow(n - before - n / 8, 2) / (n / 8);
    EXPECT_LT(chi, 24.3);
    EXPECT_GT(chi, 1.0);  // closer than that would be no random numbers (0.5 %)
}

TEST(Retention, RepairCutsTheTailAndOnlyThat) {
    int lost = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        RetentionArray weak(params(77 * us, 0.5, false, seed), 0, rows, nodes);
        RetentionArray repaired(params(77 * us, 0.5, true, seed), 0, rows, nodes);
        for (int row = 0; row < rows; ++row) {
            weak.charge(row, 0, all_charged.data());
            repaired.charge(row, 0, all_charged.data());
        }
        weak.lose(77 * us);
        lost += static_cast<int>(weak.flips());
        EXPECT_TRUE(repaired.lose(77 * us).empty());
        repaired.lose(200 * us);
        const double share = (share_below(200e6, 77e6, 0.5) - 1e-4) / 0.9999, n = rows * nodes;
        EXPECT_NEAR(static_cast<double>(repaired.flips()), n * share, 4 * std::sqrt(n * share)) << seed;
    }
    const double expected = 40.0 * rows * nodes * 1e-4;
    EXPECT_NEAR(lost, expected, 4 * std::sqrt(expected));
}

TEST(Retention, ANodeHoldsToItsLastPicosecond) {
    RetentionArray array(params(28 * us, 0.5, false), 0, 4, 64);
    const std::uint64_t one = std::uint64_t{1} << 17;
    array.charge(2, 1000, &one);
    const std::int64_t last = 1000 + array.node_retention_ps(2, 17);
    EXPECT_EQ(array.expiry_ps(2), last);
    EXPECT_EQ(array.earliest_expiry_ps(), last);
    EXPECT_FALSE(array.may_lose(last));
    EXPECT_TRUE(array.lose(last).empty());
    ASSERT_EQ(array.lose(last + 1).size(), 1u);
    EXPECT_EQ(array.lose(last + 1).size(), 0u);  // lost once
    EXPECT_EQ(array.expiry_ps(2), RetentionArray::never);
    EXPECT_TRUE(array.refresh(2, last + 2, last + 3).empty());  // writes the 0 back
    EXPECT_EQ(array.earliest_expiry_ps(), RetentionArray::never);
    EXPECT_EQ(array.flips(), 1u);
    EXPECT_EQ(array.charges(), 1u);
    array.charge(2, last + 10, &one);
    EXPECT_EQ(array.expiry_ps(2), last + 10 + array.node_retention_ps(2, 17));
    EXPECT_EQ(array.charges(), 2u);
}

TEST(Retention, DrawsDependOnEverythingThatNamesANode) {
    const RetentionDistribution d(params(28 * us, 0.5, false, 7)), other(params(28 * us, 0.5, false, 8));
    EXPECT_EQ(d.rank(1, 2, 3), RetentionDistribution(params(28 * us, 0.5, false, 7)).rank(1, 2, 3));
    EXPECT_NE(d.rank(1, 2, 3), other.rank(1, 2, 3));
    EXPECT_NE(d.rank(1, 2, 3), d.rank(2, 2, 3));
    EXPECT_NE(d.rank(1, 2, 3), d.rank(1, 3, 3));
    EXPECT_NE(d.rank(1, 2, 3), d.rank(1, 2, 4));
}

// A table of (charged, fresh) per node, walked in full at each step.
TEST(Retention, LazyLossesEqualATable) {
    std::mt19937_64 random(11);
    constexpr int few = 12, wide = 80;
    RetentionArray array(params(28 * us, 0.8, false, 5), 9, few, wide);
    struct Node {
        bool charged = false;
        std::int64_t fresh = 0;
    };
    std::vector<std::vector<Node>> table(few, std::vector<Node>(wide));
    std::uint64_t flips = 0, skipped_checks = 0;
    const auto lose = [&](int row, std::int64_t time) {
        std::size_t lost = 0;
        for (int n = 0; n < wide; ++n) {
            Node& node = table[row][n];
            if (!node.charged || node.fresh + array.node_retention_ps(row, n) >= time) continue;
            node.charged = false;
            ++lost;
        }
        flips += lost;
        return lost;
    };
    std::int64_t time = 0;
    for (int i = 0; i < 20000; ++i) {
        time += static_cast<std::int64_t>(random() % (20 * us));
        const int row = static_cast<int>(random() % few);
        switch (random() % 3) {
            case 0: {
                std::uint64_t charged[2] = {random(), random() & 0xFFFF};
                lose(row, time);
                array.lose(time);
                for (int other = 0; other < few; ++other) lose(other, time);
                array.charge(row, time, charged);
                for (int n = 0; n < wide; ++n) table[row][n] = {(charged[n / 64] >> (n % 64) & 1) != 0, time};
                break;
            }
            case 1: {
                const std::int64_t end = time + 10'000;
                const std::size_t lost = lose(row, end);
                EXPECT_EQ(array.refresh(row, time, end).size(), lost);
                for (Node& node : table[row]) node.fresh = time;
                time = end;
                break;
            }
            default: {
                const bool may = array.may_lose(time);
                std::size_t lost = 0;
                for (int other = 0; other < few; ++other) lost += lose(other, time);
                if (!may) {
                    EXPECT_EQ(lost, 0u);
                    ++skipped_checks;
                }
                const auto& losses = array.lose(time);
                EXPECT_EQ(losses.size(), lost);
                for (const auto& loss : losses) EXPECT_FALSE(table[loss.row][loss.node].charged);
            }
        }
        ASSERT_EQ(array.flips(), flips) << i;
    }
    EXPECT_GT(flips, 1000u);
    EXPECT_GT(skipped_checks, 100u);
}

TEST(Retention, BadParametersAreNamed) {
    const auto message = [](RetentionParams p) -> std::string {
        try {
            RetentionDistribution d(p);
        } catch (const Error& e) {
            return e.what();
        }
        return "";
    };
    EXPECT_EQ(message(params(0, 0.5, true)), "edram_macro.retention: expected more than 0 ps, found 0 ps");
    EXPECT_NE(message(params(1, -0.5, true)).find("retention_sigma: expected 0 or more, found -0.5"),
              std::string::npos);
    RetentionParams p;
    p.yield = 1.0;
    EXPECT_NE(message(p).find("retention_yield: expected a share between 0 and 1, found 1.0"),
              std::string::npos);
}

}  // namespace
}  // namespace pimvp
