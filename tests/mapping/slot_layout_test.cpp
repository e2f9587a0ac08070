// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What lies in the slots, multiplied as the tiles say, is the layer: also where groups of zeros are skipped.
#include "networks/slot_layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "modules/core/error.h"
#include "networks/mapping.h"
#include "networks/tile_commands.h"
#include "networks/weight_image.h"
#include "tests/mapping/machines.h"
#include "tests/mapping/pruned_groups.h"
#include "tests/mapping/random_graph.h"
#include "tests/support/expect_error.h"

namespace pimvp::net::test {
namespace {

PathGeometry slot_path(int macros, int rows, int slots) {
    PathGeometry path = path_of("sun", CellKind::slot, macros, rows, 8 * slots);
    path.group = 4;
    path.input_step_bits = 4;
    path.index_bytes = 1 << 16;
    return path;
}

bool bit_at(const std::vector<std::uint8_t>& bytes, std::size_t bit) {
    return (bytes.at(bit / 8) >> bit % 8 & 1) != 0;
}
std::int64_t field(const std::vector<std::uint8_t>& bytes, std::size_t first, int bits, bool is_signed) {
    std::int64_t value = 0;
    for (int b = 0; b < bits; ++b)
        if (bit_at(bytes, first + static_cast<std::size_t>(b)))
            value += is_signed && b == bits - 1 ? -(std::int64_t{1} << b) : std::int64_t{1} << b;
    return value;
}

/// The tile's elements as its TILE command and the index memory name them, in the whole window.
std::vector<int> elements_of(const LayerView& layer, const Tile& tile, const Pass& pass,
                             const PathGeometry& path, const std::vector<std::uint8_t>& index) {
    const int window = layer.kernel() * pass.inputs;
    const auto command = tile_command(tile, pass, path, window, 0, 0);
    std::vector<int> elements;
    for (std::uint32_t r = 0; r < command.rows; ++r) {
        std::int64_t j = command.row0 + r;
        if (command.index_bits != 0) {
            const auto code = field(index, 8 * command.index + r / command.group * command.index_bits,
                                    static_cast<int>(command.index_bits), false);
            j = code * command.group + r % command.group;
        }
        EXPECT_LT(j, window);
        elements.push_back(static_cast<int>(j) / pass.inputs * layer.inputs() + pass.input0 +
                           static_cast<int>(j) % pass.inputs);
    }
    return elements;
}

struct Met {
    int skipped = 0, permuted = 0, pairs = 0, wide = 0, streamed = 0, pieces = 0, groups = 0;
};

void check_layer(const LayerView& layer, const NodeMapping& mapped, const PathGeometry& path,
                 const std::vector<std::uint8_t>& index, Random& random, Met& met) {
    std::vector<std::int64_t> x;
    for (int j = 0; j < layer.kernel() * layer.inputs(); ++j) x.push_back(random.between(-9, 9));
    std::vector<std::int64_t> sums(static_cast<std::size_t>(layer.filters()), 0);
    for (const auto& pass : mapped.passes)
        for (int t = pass.first_tile; t < pass.first_tile + pass.tiles; ++t) {
            const Tile& tile = mapped.tiles[static_cast<std::size_t>(t)];
            ASSERT_TRUE(tile.slots);
            ASSERT_EQ(tile.slots->size(), static_cast<std::size_t>(tile.filters));
            EXPECT_EQ(tile.row0 % path.group, 0);
            EXPECT_LE(tile.row0 + tile.rows, path.rows);
            const auto cells = tile_cells(layer.graph, tile, path.cell);
            const auto elements = elements_of(layer, tile, pass, path, index);
            met.skipped += tile.kept != nullptr;
            met.wide += tile.slice.lsb > 0;
            met.pieces += tile.element0 > 0;
            met.groups += layer.node.groups > 1;
            for (int f = 0; f < tile.filters; ++f) {
                const SlotFilter& filter = (*tile.slots)[static_cast<std::size_t>(f)];
                met.pairs += filter.column > 0;
                EXPECT_LE(filter.column + filter.bits, path.slot_columns);
                for (int r = 0; r < tile.rows; ++r) {
                    const auto bit = static_cast<std::size_t>(
                        r * tile.columns + filter.slot * path.slot_columns + filter.column);
                    sums[static_cast<std::size_t>(tile.channel0 + f)] +=
                        x[static_cast<std::size_t>(elements[static_cast<std::size_t>(r)])] *
                        (field(cells, bit, filter.bits, tile.slice.is_signed) << tile.slice.lsb);
                }
            }
        }
    std::set<int> channels;
    for (std::size_t k = 0; k < sums.size(); ++k) {
        const int c = mapped.channels.at(k);
        EXPECT_TRUE(channels.insert(c).second);
        met.permuted += c != static_cast<int>(k);
        std::int64_t expected = 0;
        for (std::size_t j = 0; j < x.size(); ++j) expected += x[j] * layer.weight(c, static_cast<int>(j));
        EXPECT_EQ(sums[k], expected) << layer.node.name << " channel " << c;
    }
    met.streamed += !mapped.resident;
}

/// No two resident tiles of a macro share a cell.
void check_cells(const Mapping& mapping) {
    std::set<std::tuple<int, int, int>> taken;
    std::set<std::pair<int, int>> regions;
    for (const auto& node : mapping.nodes) {
        if (!node.resident) continue;
        for (const auto& tile : node.tiles) {
            EXPECT_TRUE(regions.insert({tile.macro, tile.region}).second);
            for (int r = 0; r < tile.rows; ++r)
                for (int c = 0; c < tile.columns; c += 8)
                    EXPECT_TRUE(taken.insert({tile.macro, tile.row0 + r, tile.column0 + c}).second);
        }
    }
}

TEST(SlotLayout, WhatLiesInTheSlotsIsTheNetwork) {
    Met met;
    RandomGraphOptions options;
    options.groups = options.wide_weights = options.narrow_input = options.bipolar = true;
    options.on_hardware = true;
    for (std::uint32_t seed = 0; seed < 160; ++seed) {
        Random random(seed);
        RandomShape shape;
        shape.nodes = 3;
        shape.largest_side = 5;
        shape.most_channels = random.chance(50) ? 9 : 30;
        Graph graph = random_graph(seed, shape, options);
        PathGeometry path = slot_path(random.between(1, 5), 4 * random.between(4, 40), random.between(1, 8));
        path.pairing = random.one_of<Pairing>({Pairing::none, Pairing::greedy, Pairing::optimal});
        if (random.chance(25)) path.index_bytes = 0;
        if (random.chance(25)) path.least_weight_bits = random.between(2, 8);
        prune_and_narrow(random, graph, path.group);
        const Machine machine = machine_of({path});
        const Mapping mapping = map_network(graph, machine);
        for (std::size_t n = 0; n < graph.nodes.size(); ++n)
            if (graph.nodes[n].op == Op::conv)
                check_layer({graph, graph.nodes[n]}, mapping.nodes[n], path, mapping.index[0], random, met);
        check_cells(mapping);
        if (HasFailure()) FAIL() << "seed " << seed;
    }
    for (const int count :
         {met.skipped, met.permuted, met.pairs, met.wide, met.streamed, met.pieces, met.groups})
        EXPECT_GT(count, 20);
}

/// 16 filters of 32 elements; filters 0 to 7 need groups 0 and 1, the others groups 2 to 7.
Graph two_kinds() {
    Graph graph;
    graph.name = "two_kinds";
    graph.tensors = {{"in", {32, 1, 1}, {4, Kind::unsigned_integer}},
                     {"out", {16, 1, 1}, {32, Kind::signed_integer}}};
    graph.input = 0, graph.output = 1;
    Node node;
    node.name = "conv";
    node.inputs = {0}, node.output = 1;
    node.weight_type = {4, Kind::signed_integer};
    node.bias.assign(16, 0);
    for (int f = 0; f < 16; ++f)
        for (int j = 0; j < 32; ++j) node.weights.push_back((f < 8) == (j < 8) ? 3 : 0);
    graph.nodes = {node};
    return graph;
}

TEST(SlotLayout, FiltersThatNeedTheSameGroupsShareTiles) {
    PathGeometry path = slot_path(1, 64, 4);
    const Graph graph = two_kinds();
    const auto steps = [&] {
        const auto mapping = map_network(graph, machine_of({path}));
        int sum = 0;
        for (const auto& tile : mapping.nodes[0].tiles) sum += (tile.rows + 3) / 4;
        return sum;
    };
    EXPECT_EQ(steps(), 2 + 6);
    path.index_bytes = 0;
    EXPECT_EQ(steps(), 8 + 8);
}

TEST(SlotLayout, IndexIsKeptGroupsTimesCodeBits) {
    const auto mapping = map_network(two_kinds(), machine_of({slot_path(1, 64, 4)}));
    // Codes of three bits, in words: 0, 1 and 2, 3, 4, 5, 6, 7.
    std::uint32_t second = 0;
    for (std::uint32_t k = 0; k < 6; ++k) second |= (k + 2) << 3 * k;
    const auto byte = [&](int i) { return static_cast<std::uint8_t>(second >> 8 * i); };
    const std::vector<std::uint8_t> low = {1 << 3, 0, 0, 0}, high = {byte(0), byte(1), byte(2), byte(3)};
    const bool low_first = mapping.nodes[0].tiles[0].slots->front().channel < 8;
    auto expected = low_first ? low : high;
    const auto& other = low_first ? high : low;
    expected.insert(expected.end(), other.begin(), other.end());
    EXPECT_EQ(mapping.index[0], expected);
}

TEST(SlotLayout, SaysThatTheIndexDoesNotFit) {
    PathGeometry path = slot_path(1, 64, 4);
    path.index_bytes = 4;
    pimvp::test::expect_error([&] { map_network(two_kinds(), machine_of({path})); }, "two_kinds",
                              "index memory of 8 bytes", "has 4");
}

TEST(SlotLayout, CodesTakeTheLogarithmOfTheGroups) {
    EXPECT_EQ(index_bits(16, 16), 1);
    EXPECT_EQ(index_bits(27, 16), 1);
    EXPECT_EQ(index_bits(33, 16), 2);
    EXPECT_EQ(index_bits(64, 16), 2);
    EXPECT_EQ(index_bits(65, 16), 3);
    EXPECT_EQ(index_bits(4608, 16), 9);
}

}  // namespace
}  // namespace pimvp::net::test
