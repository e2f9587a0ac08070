// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/score_statistics.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace pimvp::net {
namespace {

// By hand: 3 of 10 images only the first gets right, 1 only the second. Wilson's interval of 9 of 10 as
// published in statistical tables.
TEST(ScoreStatistics, CompareTwoNetworksImageByImage) {
    const std::vector<int> labels(10, 1);
    const std::vector<int> first{1, 1, 1, 0, 1, 1, 1, 1, 0, 0}, second{0, 0, 0, 1, 1, 1, 1, 1, 0, 0};
    const auto found = compare(first, second, labels);
    EXPECT_EQ(found.only_first, 3u);
    EXPECT_EQ(found.only_second, 1u);
    EXPECT_NEAR(found.difference, 0.2, 1e-12);
    // sqrt(4 - 4 / 10) / 10 = 0.18974; times 1.95996 = 0.37188
    EXPECT_NEAR(found.deviation, 0.18974, 1e-5);
    EXPECT_NEAR(found.interval.low, -0.17188, 1e-4);
    EXPECT_NEAR(found.interval.high, 0.57188, 1e-4);
    const auto interval = proportion_interval(9, 10);
    EXPECT_NEAR(interval.low, 0.5958, 1e-4);
    EXPECT_NEAR(interval.high, 0.9821, 1e-4);
}

TEST(ScoreStatistics, TakeAsManyPredictionsAsLabels) {
    EXPECT_THROW(compare({1, 2}, {1}, {1, 2}), std::invalid_argument);
    EXPECT_THROW(compare({1}, {1}, {1, 2}), std::invalid_argument);
    EXPECT_THROW(compare({}, {}, {}), std::invalid_argument);
}

}  // namespace
}  // namespace pimvp::net
