// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/mram_subarray/h_tree.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"

namespace pimvp {
namespace {

const Area tile = square_micrometres(0.15 * 0.15 * 1e6);  // 0.15 mm on a side

// The H-tree of 4^k squares of side p: from the root to any of them 2^k p - p, and 1.5 (2^k p) (2^k - 1) of
// wire in all, as each H has a bar and two legs of half its side.
TEST(HTree, LengthsOfWholeTrees) {
    HTreeParams params;
    const Period clock{1000};
    for (int k = 0; k <= 5; ++k) {
        const double n = 1 << k, p = 0.15;
        const HTree tree = h_tree(params, std::uint64_t{1} << (2 * k), tile, 128, clock);
        EXPECT_NEAR(tree.path_mm, n * p - p, 1e-9) << k;
        EXPECT_NEAR(tree.total_mm, 1.5 * n * p * (n - 1), 1e-9) << k;
    }
}

TEST(HTree, PricesOfThe512MbPart) {
    HTreeParams params;
    EXPECT_EQ(params.capacity(), 4096u);
    EXPECT_EQ(params.capacity() * 256 * 512, 512ull << 20);
    const HTree tree = h_tree(params, 4096, tile, 256, Period{1000});
    EXPECT_NEAR(tree.path_mm, 63 * 0.15, 1e-9);
    EXPECT_NEAR(tree.energy_per_bit.si(), 63 * 0.15 * 100e-15, 1e-18);
    EXPECT_EQ(tree.hop_cycles, 2);  // 1.89 ns
    EXPECT_NEAR(tree.area.si(), 1.5 * 9.6 * 63 * 256 * 140e-12, 1e-12);
    EXPECT_NEAR(tree.leakage.si(), 1.5 * 9.6 * 63 * 256 * 1e-9, 1e-9);
}

TEST(HTree, SmallerPartsAndLargerSubArrays) {
    HTreeParams params;
    const auto path = [&](std::uint64_t n, Area area) {
        return h_tree(params, n, area, 64, Period{1000}).path_mm;
    };
    EXPECT_EQ(path(1, tile), 0.0);
    EXPECT_EQ(h_tree(params, 1, tile, 64, Period{1000}).hop_cycles, 1);
    EXPECT_NEAR(path(2, tile), 0.075, 1e-9);
    EXPECT_EQ(path(3, tile), path(4, tile));
    EXPECT_EQ(path(5, tile), path(8, tile));  // two banks
    EXPECT_NEAR(path(64, tile * 4.0), 2 * path(64, tile), 1e-9);
}

TEST(HTree, RefusesWhatDoesNotFit) {
    HTreeParams params;
    test::expect_error([&] { h_tree(params, 4097, tile, 64, Period{1000}); }, "h_tree", "1 to 4096", "4097");
    test::expect_error([&] { h_tree(params, 0, tile, 64, Period{1000}); }, "found 0");
    params.groups = 0;
    test::expect_error([&] { check_params(params); }, "h_tree.groups", "1 to 1024", "found 0");
}

}  // namespace
}  // namespace pimvp
