// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/tile_targets.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace pimvp::training {
namespace {

const GemmShape conv1{20, 25, 576}, conv2{50, 500, 64}, fc1{500, 800, 1}, fc2{10, 500, 1};

TEST(TileTargets, DenseLeNetByHand) {
    const struct {
        GemmShape layer;
        std::int64_t operations, rows;
    } expected[] = {{conv1, 184320, 80}, {conv2, 51200, 200}, {fc1, 16000, 4000}, {fc2, 160, 40}};
    for (const auto& e : expected) {
        const auto target = tile_target(e.layer, {512, 1}, e.layer.filters, e.layer.elements, 4, 4);
        EXPECT_EQ(target.dense.operations, e.operations);
        EXPECT_EQ(target.pruned.operations, e.operations);
        EXPECT_EQ(target.dense.stored, e.rows);
        EXPECT_EQ(target.pruned.stored, e.rows);
    }
}

TEST(TileTargets, ColumnsFillTheirTiles) {
    EXPECT_EQ(tile_target(conv1, {512, 1}, 20, 9, 4, 4).elements, 25);
    EXPECT_EQ(tile_target(fc1, {512, 1}, 500, 1, 4, 4).elements, 512);
    EXPECT_EQ(tile_target(fc1, {512, 1}, 500, 512, 4, 4).elements, 512);
    EXPECT_EQ(tile_target(fc1, {512, 1}, 500, 513, 4, 4).elements, 800);
    const auto half = tile_target(fc1, {512, 1}, 500, 300, 4, 4);
    EXPECT_EQ(half.dense.operations, 16000);
    EXPECT_EQ(half.pruned.operations, 8000);
    EXPECT_EQ(half.dense.stored, 4000);
    EXPECT_EQ(half.pruned.stored, 2000);
}

TEST(TileTargets, FiltersFillTheirTiles) {
    EXPECT_EQ(tile_target(conv2, {512, 16}, 17, 500, 4, 4).filters, 32);
    EXPECT_EQ(tile_target(conv2, {512, 16}, 16, 500, 4, 4).filters, 16);
    EXPECT_EQ(tile_target(conv2, {512, 16}, 49, 500, 4, 4).filters, 50);
    EXPECT_EQ(tile_target(conv2, {512, 16}, 17, 500, 2, 3).pruned.operations, 64 * 32 * 6);
    EXPECT_EQ(tile_target(conv2, {512, 16}, 17, 500, 2, 3).pruned.stored, 64);
}

TEST(TileTargets, RefusesWhatIsNotThere) {
    EXPECT_THROW(tile_target(conv2, {512, 1}, 0, 500, 4, 4), std::invalid_argument);
    EXPECT_THROW(tile_target(conv2, {512, 1}, 51, 500, 4, 4), std::invalid_argument);
    EXPECT_THROW(tile_target(conv2, {512, 1}, 50, 501, 4, 4), std::invalid_argument);
    EXPECT_THROW(tile_target(conv2, {0, 1}, 50, 500, 4, 4), std::invalid_argument);
    EXPECT_THROW(tile_target(conv2, {512, 1}, 50, 500, 0, 4), std::invalid_argument);
}

}  // namespace
}  // namespace pimvp::training
