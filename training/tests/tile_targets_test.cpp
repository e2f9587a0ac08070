// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/tile_targets.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace pimvp::training {
namespace {

const GemmShape conv1{20, 25}, conv2{50, 500}, fc1{500, 800};

TEST(TileTargets, ColumnsFillTheirTiles) {
    EXPECT_EQ(tile_target(conv1, {512, 1}, 20, 9).elements, 25);
    EXPECT_EQ(tile_target(fc1, {512, 1}, 500, 1).elements, 512);
    EXPECT_EQ(tile_target(fc1, {512, 1}, 500, 512).elements, 512);
    EXPECT_EQ(tile_target(fc1, {512, 1}, 500, 513).elements, 800);
    EXPECT_EQ(tile_target(fc1, {512, 1}, 7, 513).filters, 7);
}

TEST(TileTargets, FiltersFillTheirTiles) {
    EXPECT_EQ(tile_target(conv2, {512, 16}, 17, 500).filters, 32);
    EXPECT_EQ(tile_target(conv2, {512, 16}, 16, 500).filters, 16);
    EXPECT_EQ(tile_target(conv2, {512, 16}, 49, 500).filters, 50);
    EXPECT_EQ(tile_target(conv2, {512, 16}, 17, 500).elements, 500);
}

TEST(TileTargets, RefusesWhatIsNotThere) {
    EXPECT_THROW(tile_target(conv2, {512, 1}, 0, 500), std::invalid_argument);
    EXPECT_THROW(tile_target(conv2, {512, 1}, 51, 500), std::invalid_argument);
    EXPECT_THROW(tile_target(conv2, {512, 1}, 50, 501), std::invalid_argument);
    EXPECT_THROW(tile_target(conv2, {0, 1}, 50, 500), std::invalid_argument);
}

}  // namespace
}  // namespace pimvp::training
