// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/sensitivity.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "modules/core/error.h"
#include "training/tests/fixtures.h"

namespace pimvp::training {
namespace {

using Bits = std::vector<int>;

// Each bit below 8 costs 1/8 of loss (exactly, for the ties), whoever loses it.
Score even(const Bits& bits) {
    Score score{0.0, 0.9};
    for (const int b : bits) score.loss += 0.125 * (8 - b);
    return score;
}

TEST(SearchWidths, SpendsTheBudgetWhereABitSavesMost) {
    SearchOptions options;
    options.loss_budget = 0.4, options.accuracy_budget = 1;
    // Three bits fit. The second operand's save 100 times as much.
    auto result = search_widths({{"a", 1, 2}, {"b", 100, 2}}, even, options);
    EXPECT_TRUE(result.finished);
    EXPECT_EQ(result.bits, (Bits{8, 5}));
    EXPECT_EQ(result.end.loss, 0.375);
    EXPECT_EQ(result.start.loss, 0.0);
    // It may go down to 7; the others' bits are then the best left.
    result = search_widths({{"a", 1, 2}, {"b", 100, 7}}, even, options);
    EXPECT_EQ(result.bits, (Bits{6, 7}));
    // Equal gains: the earlier one.
    result = search_widths({{"a", 5, 2}, {"b", 5, 2}}, even, options);
    EXPECT_EQ(result.bits, (Bits{5, 8}));
}

// Operands that cost nothing alone and much together must not pass.
TEST(SearchWidths, JudgesAllWidthsTogether) {
    SearchOptions options;
    options.loss_budget = 0.5, options.accuracy_budget = 1;
    const auto together = [](const Bits& bits) { return Score{bits[0] < 8 && bits[1] < 8 ? 1.0 : 0.0, 0.9}; };
    const auto result = search_widths({{"a", 10, 3}, {"b", 1, 3}}, together, options);
    EXPECT_EQ(result.bits, (Bits{3, 8}));
    EXPECT_EQ(result.end.loss, 0.0);
}

TEST(SearchWidths, KeepsTheAccuracyBudget) {
    SearchOptions options;
    options.loss_budget = 1, options.accuracy_budget = 0.01;
    const auto evaluate = [](const Bits& bits) { return Score{0.0, 0.9 - 0.004 * (8 - bits[0])}; };
    EXPECT_EQ(search_widths({{"a", 1, 2}}, evaluate, options).bits, Bits{6});  // 0.008 lost, then 0.012
}

TEST(SearchWidths, ContinuesFromItsStateFileWithoutAskingTwice) {
    const TemporaryDirectory directory;
    const std::vector<Operand> operands{{"a", 3, 2}, {"b", 2, 2}, {"c", 1, 2}};
    int asked = 0;
    const auto evaluate = [&](const Bits& bits) {
        ++asked;
        Score score{0.0, 1.0 / 3};
        for (std::size_t i = 0; i < bits.size(); ++i)
            score.loss += 0.01 * static_cast<double>(i + 1) / (bits[i] - 1.5);
        return score;
    };
    SearchOptions options;
    options.loss_budget = 0.01;
    const auto whole = search_widths(operands, evaluate, options);
    const int all = asked;
    EXPECT_EQ(whole.evaluations, all);  // nothing asked twice
    ASSERT_GT(all, 12);

    options.state = directory.file("search");
    options.identity = "net";
    for (const int stop_after : {1, 6, 1000}) {
        asked = 0;
        options.should_stop = [&] { return asked == stop_after; };
        const auto part = search_widths(operands, evaluate, options);
        EXPECT_EQ(part.finished, stop_after == 1000);
        if (stop_after == 1000) {
            EXPECT_EQ(part.bits, whole.bits);
            EXPECT_EQ(asked, all - 7);
            EXPECT_EQ(part.end.loss, whole.end.loss);
        }
        // As a kill in the middle of a line leaves it.
        std::ofstream(options.state, std::ios::app) << "8,8,8 0.5";
    }
    options.identity = "other";
    EXPECT_THROW(search_widths(operands, evaluate, options), Error);
    options.identity = "net";
    std::ofstream(options.state, std::ios::app) << "\nnonsense\n";
    EXPECT_THROW(search_widths(operands, evaluate, options), Error);
}

}  // namespace
}  // namespace pimvp::training
