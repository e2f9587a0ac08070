// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sequencer/tile_slice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <stdexcept>

#include "driver/pimvp_program.h"

namespace pimvp {
namespace {

bool bit_of(const std::vector<std::uint8_t>& bytes, std::size_t bit) {
    return (bytes[bit / 8] >> (bit % 8) & 1) != 0;
}

pimvp_tile random_tile(std::mt19937& rng, std::uint32_t elements) {
    pimvp_tile tile{};
    tile.row0 = rng() % 6;
    tile.rows = 1 + rng() % elements;
    if (rng() % 4 == 0) return tile;
    tile.base = rng() % elements;
    tile.run = 1 + rng() % 9;
    tile.stride = rng() % 3 == 0 ? tile.run : rng() % 12;
    if (rng() % 2 == 0) tile.rows = 1 + rng() % 8;
    return tile;
}

TEST(TileSlice, GathersTheElementsThatTheCommandNames) {
    std::mt19937 rng(31);
    int refused = 0, gathered = 0, whole = 0;
    for (int round = 0; round < 4000; ++round) {
        const unsigned bits = 1 + rng() % 16;
        const std::uint32_t elements = 1 + rng() % 60;
        std::vector<std::uint8_t> window((elements * bits + 7) / 8);
        for (auto& byte : window) byte = static_cast<std::uint8_t>(rng());
        for (std::size_t bit = elements * bits; bit < 8 * window.size(); ++bit)
            window[bit / 8] &= static_cast<std::uint8_t>(~(1u << (bit % 8)));
        const pimvp_tile tile = random_tile(rng, elements);
        SCOPED_TRACE(testing::Message() << "round " << round << ": " << elements << " of " << bits << ", run "
                                        << tile.run << ", row0 " << tile.row0 << ", rows " << tile.rows);

        std::vector<bool> expected;  // bit by bit, from the definition in pimvp_program.h
        bool inside = true;
        for (std::uint32_t r = 0; r < tile.rows; ++r) {
            const std::uint32_t j = tile.row0 + r;
            const std::uint32_t element =
                tile.run == 0 ? j : tile.base + j / tile.run * tile.stride + j % tile.run;
            inside = inside && element < elements;
            for (unsigned b = 0; inside && b < bits; ++b)
                expected.push_back(bit_of(window, std::size_t{element} * bits + b));
        }
        if (!inside) {
            EXPECT_THROW(TileSlice(tile, elements * bits, bits), std::invalid_argument);
            ++refused;
            continue;
        }
        const TileSlice slice(tile, elements * bits, bits);
        ASSERT_EQ(slice.bytes(), (expected.size() + 7) / 8);
        expected.resize(8 * slice.bytes());  // zeros beyond
        std::vector<std::uint8_t> buffer(slice.bytes(), 0xFF);
        const std::uint8_t* data = slice.cut(window.data(), buffer.data());
        const std::vector<std::uint8_t> cut(data, data + slice.bytes());
        for (std::size_t bit = 0; bit < expected.size(); ++bit) ASSERT_EQ(bit_of(cut, bit), expected[bit]);
        gathered += tile.run != 0 && data == buffer.data();
        whole += data != buffer.data();
    }
    EXPECT_GT(refused, 500);
    EXPECT_GT(gathered, 500);
    EXPECT_GT(whole, 100);
}

TEST(TileSlice, WhatLiesAsItIsWantedIsNotCopied) {
    std::vector<std::uint8_t> window(32), buffer(32);
    pimvp_tile tile{};
    tile.row0 = 8, tile.rows = 8;
    EXPECT_EQ(TileSlice(tile, 256, 8).cut(window.data(), buffer.data()), window.data() + 8);
    EXPECT_EQ(TileSlice(tile, 128, 4).cut(window.data(), buffer.data()), window.data() + 4);
    tile.rows = 7;
    EXPECT_EQ(TileSlice(tile, 128, 4).cut(window.data(), buffer.data()), buffer.data()) << "half a byte more";
    EXPECT_EQ(TileSlice(tile, 60, 4).cut(window.data(), buffer.data()), window.data() + 4) << "the last";
    // Runs that follow each other are one piece.
    tile.rows = 8, tile.base = 4, tile.run = tile.stride = 2;
    EXPECT_EQ(TileSlice(tile, 256, 8).cut(window.data(), buffer.data()), window.data() + 12);
    tile.stride = 3;
    EXPECT_EQ(TileSlice(tile, 256, 8).cut(window.data(), buffer.data()), buffer.data());
}

TEST(TileSlice, RefusesWhatNoMacroTakesAndWhatWouldWrap) {
    const auto refused = [](std::uint32_t row0, std::uint32_t rows, std::uint32_t base, std::uint32_t run,
                            std::uint32_t stride) {
        pimvp_tile tile{};
        tile.row0 = row0, tile.rows = rows, tile.base = base, tile.run = run, tile.stride = stride;
        try {
            TileSlice(tile, 1 << 20, 8);
        } catch (const std::invalid_argument&) {
            return true;
        }
        return false;
    };
    EXPECT_FALSE(refused(0, 2048, 0, 0, 0));
    EXPECT_TRUE(refused(0, 2049, 0, 0, 0));
    EXPECT_FALSE(refused(0, 2048, 0, 1, 64));
    EXPECT_TRUE(refused(0, 2049, 0, 1, 1));
    EXPECT_TRUE(refused(0, 0, 0, 1, 1));
    EXPECT_TRUE(refused(0, 0, 0, 0, 0));
    constexpr std::uint32_t most = 0xFFFFFFFF;
    EXPECT_TRUE(refused(most, most, 0, 0, 0));
    EXPECT_TRUE(refused(most, 1, 0, 1, 0x80000000)) << "2^32 x 2^31 is 0 in 32 bits";
    EXPECT_TRUE(refused(most, 1, most, 1, most));
    EXPECT_TRUE(refused(0, 1, most, 1, 0));
    EXPECT_FALSE(refused(0, 8, 5, most, most));
}

}  // namespace
}  // namespace pimvp
