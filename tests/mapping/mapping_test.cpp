// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/mapping.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "driver/pimvp_macro.h"
#include "modules/edram_macro/edram_macro_cost.h"
#include "modules/sram_macro/sram_macro_cost.h"
#include "networks/tiling.h"
#include "networks/weight_image.h"
#include "tests/mapping/machines.h"
#include "tests/mapping/random_graph.h"
#include "tests/support/expect_error.h"

namespace pimvp::net::test {
namespace {

using pimvp::test::expect_error;

constexpr int free_cell = -1;

/// The cells of one macro: what they hold, and which tile put it there.
struct Cells {
    Cells(int rows, int columns)
        : columns_(columns),
          value(static_cast<std::size_t>(rows * columns), 0),
          owner(value.size(), free_cell) {}
    std::size_t at(int row, int column) const { return static_cast<std::size_t>(row * columns_ + column); }
    int columns_;
    std::vector<unsigned> value;
    std::vector<int> owner;
};
using Arrays = std::map<int, Cells>;  // by macro

/// Puts a tile's image into its rectangle, cell by cell.
void load(Arrays& arrays, const Graph& graph, const PathGeometry& path, const Tile& tile, int owner) {
    const int cell_bits = path.cell == CellKind::bit ? 1 : 2;
    ASSERT_GE(tile.macro, 0);
    ASSERT_LT(tile.macro, path.macros);
    ASSERT_GE(tile.row0, 0);
    ASSERT_LE(tile.row0 + tile.rows, path.rows);
    ASSERT_GE(tile.column0, 0);
    ASSERT_LE(tile.column0 + tile.columns, path.columns);
    ASSERT_EQ(tile.column0 * cell_bits % 8, 0) << "the rectangle starts on a byte";
    ASSERT_EQ(tile.columns * cell_bits % 8, 0) << "the rectangle ends on a byte";
    auto& cells = arrays.try_emplace(tile.macro, path.rows, path.columns).first->second;
    const auto image = tile_cells(graph, tile, path.cell);
    const int row_bytes = tile.columns * cell_bits / 8;
    ASSERT_EQ(image.size(), static_cast<std::size_t>(row_bytes * tile.rows));
    for (int r = 0; r < tile.rows; ++r) {
        for (int c = 0; c < tile.columns; ++c) {
            unsigned value = 0;
            for (int b = 0; b < cell_bits; ++b) {
                const int bit = c * cell_bits + b;
                const unsigned byte = image[static_cast<std::size_t>(r * row_bytes + bit / 8)];
                value |= (byte >> (bit % 8) & 1u) << b;
            }
            const auto place = cells.at(tile.row0 + r, tile.column0 + c);
            ASSERT_EQ(cells.owner[place], free_cell) << "two rectangles overlap";
            cells.owner[place] = owner;
            cells.value[place] = value;
        }
    }
}

/// What some columns of a filter stand for, as an integer of its own.
int stored_slice(const Cells& cells, const PathGeometry& path, const Slice& slice, int row, int column) {
    if (path.cell == CellKind::ternary) {
        const unsigned nodes = cells.value[cells.at(row, column)];
        EXPECT_NE(nodes, 3u) << "both nodes of a ternary cell are charged";
        return static_cast<int>(nodes & 1u) - static_cast<int>(nodes >> 1);
    }
    int weight = 0;
    for (int b = 0; b < slice.bits; ++b) {
        const int place = slice.is_signed && b == slice.bits - 1 ? -(1 << b) : 1 << b;
        weight += place * static_cast<int>(cells.value[cells.at(row, column + b)]);
    }
    return weight;
}

/// Reads every weight of a layer back out of the arrays, slice by slice; each must be there exactly once, and
/// cells of a tile that belong to no weight of a group must be 0.
void expect_weights(const Arrays& arrays, const Graph& graph, const NodeMapping& mapped, std::size_t n,
                    const PathGeometry& path, std::map<std::tuple<int, int, int, int>, int>& weights,
                    std::int64_t& weight_cells, const Pass& pass) {
    const Node& node = graph.nodes[n];
    const int inputs = graph.tensor(node.inputs[0]).shape.c, outputs = graph.tensor(node.output).shape.c;
    const int inputs_per_group = inputs / node.groups, outputs_per_group = outputs / node.groups;
    for (int t = pass.first_tile; t < pass.first_tile + pass.tiles; ++t) {
        const auto& tile = mapped.tiles[static_cast<std::size_t>(t)];
        ASSERT_EQ(tile.node, static_cast<int>(n));
        const int columns = path.cell == CellKind::ternary ? 1 : tile.slice.bits;
        ASSERT_LE(columns, path.cell == CellKind::ternary ? 1 : path.weight_columns);
        ASSERT_LE(tile.filters * columns, tile.columns);
        ASSERT_GE(tile.channel0, pass.channel0);
        ASSERT_LE(tile.channel0 + tile.filters, pass.channel0 + pass.channels);
        ASSERT_GE(tile.input0, pass.input0);
        ASSERT_LE(tile.input0 + tile.run, pass.input0 + pass.inputs);
        const auto& cells = arrays.at(tile.macro);
        for (int r = 0; r < tile.rows; ++r) {
            const int element = tile.element0 + r;
            const int ic = tile.input0 + element % tile.run, pixel = element / tile.run;
            const int ky = pixel / node.kernel_w, kx = pixel % node.kernel_w;
            ASSERT_LT(ky, node.kernel_h);
            for (int f = 0; f < tile.filters; ++f) {
                const int oc = tile.channel0 + f;
                ASSERT_LT(oc, outputs);
                const int stored =
                    stored_slice(cells, path, tile.slice, tile.row0 + r, tile.column0 + f * columns);
                if (ic / inputs_per_group != oc / outputs_per_group) {
                    ASSERT_EQ(stored, 0) << "a cell beside the diagonal holds something";
                    continue;
                }
                weights[{oc, ic % inputs_per_group, ky, kx}] += stored * (1 << tile.slice.lsb);
                weight_cells += columns;
            }
        }
    }
}

/// Passes that complete the same channels follow each other, the first starts and the last ends.
void expect_passes(const Graph& graph, const NodeMapping& mapped, std::size_t n) {
    const int outputs = graph.tensor(graph.nodes[n].output).shape.c;
    int channels = 0, tiles = 0;
    const Pass* previous = nullptr;
    for (const auto& pass : mapped.passes) {
        ASSERT_EQ(pass.first_tile, tiles);
        ASSERT_GT(pass.tiles, 0);
        tiles += pass.tiles;
        ASSERT_EQ(pass.adds, previous != nullptr && !previous->finishes);
        if (pass.adds) {
            ASSERT_EQ(pass.channel0, previous->channel0);
            ASSERT_EQ(pass.channels, previous->channels);
        } else {
            ASSERT_EQ(pass.channel0, channels);
            channels += pass.channels;
        }
        previous = &pass;
    }
    ASSERT_NE(previous, nullptr);
    ASSERT_TRUE(previous->finishes);
    EXPECT_EQ(channels, outputs);
    EXPECT_EQ(tiles, static_cast<int>(mapped.tiles.size()));
}

void expect_regions(const std::vector<const Tile*>& tiles) {
    std::set<std::pair<int, int>> used;
    for (const auto* tile : tiles) {
        EXPECT_GE(tile->region, 0);
        EXPECT_LT(tile->region, 64);
        EXPECT_TRUE(used.insert({tile->macro, tile->region}).second) << "a region is used twice";
    }
}

/// Asks the macros themselves whether they take the tile's region.
void expect_accepted(const Graph& graph, const PathGeometry& path, const Tile& tile) {
    const Node& node = graph.nodes[static_cast<std::size_t>(tile.node)];
    const TensorType& input = graph.tensor(node.inputs[0]).type;
    const bool ternary = path.cell == CellKind::ternary;
    Region region;
    region.row0 = static_cast<std::uint32_t>(tile.row0);
    region.rows = static_cast<std::uint32_t>(tile.rows);
    region.column0 = static_cast<std::uint32_t>(tile.column0);
    region.filters = static_cast<std::uint32_t>(tile.filters);
    region.weight_bits = ternary ? 2u : static_cast<std::uint32_t>(tile.slice.bits);
    region.weight_kind = ternary                ? PIMVP_KIND_TERNARY
                         : tile.slice.is_signed ? PIMVP_KIND_SIGNED
                                                : PIMVP_KIND_UNSIGNED;
    const bool bipolar = input.kind == Kind::bipolar;
    region.input_bits = bipolar ? 1u : static_cast<std::uint32_t>(input.bits);
    region.input_kind =
        bipolar || input.kind == Kind::unsigned_integer ? PIMVP_KIND_UNSIGNED : PIMVP_KIND_SIGNED;
    region.result_bytes = static_cast<std::uint32_t>(tile.result_bytes);
    region.shift = static_cast<std::uint32_t>(tile.slice.lsb + (bipolar ? 1 : 0));
    if (ternary) {
        EdramMacroParams params;
        params.rows = params.active_rows = static_cast<std::uint32_t>(path.rows);
        params.columns = static_cast<std::uint32_t>(path.columns);
        EXPECT_TRUE(accepts(params, params.adc(), region));
        return;
    }
    // Exact, and with so few bits that columns clip on their own.
    for (const std::uint32_t adc_bits : {0u, 3u}) {
        SramMacroParams params;
        params.rows = params.active_rows = static_cast<std::uint32_t>(path.rows);
        params.columns = static_cast<std::uint32_t>(path.columns);
        params.adc_bits = adc_bits;
        EXPECT_TRUE(accepts(params, params.adc(), region));
    }
}

void expect_good_mapping(const Graph& graph, const Machine& machine, const Mapping& mapping) {
    ASSERT_EQ(mapping.nodes.size(), graph.nodes.size());
    std::int64_t reloaded = 0;
    for (std::size_t p = 0; p < machine.paths.size(); ++p) {
        const auto& path = machine.paths[p];
        Arrays resident;
        std::vector<const Tile*> resident_tiles;
        std::set<int> resident_macros, pool_macros;
        std::map<int, std::int64_t> in_use, streamed;
        for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
            const auto& mapped = mapping.nodes[n];
            if (mapped.path != static_cast<int>(p)) continue;
            if (graph.nodes[n].op != Op::conv) {
                EXPECT_TRUE(mapped.tiles.empty());
                continue;
            }
            expect_passes(graph, mapped, n);
            if (::testing::Test::HasFatalFailure()) return;
            std::map<std::tuple<int, int, int, int>, int> weights;
            std::int64_t weight_cells = 0;
            std::map<int, std::int64_t> layer;
            Arrays streaming;
            for (const auto& pass : mapped.passes) {
                // What is loaded anew for a pass takes the place of the pass before.
                streaming.clear();
                std::vector<const Tile*> tiles;
                for (int t = pass.first_tile; t < pass.first_tile + pass.tiles; ++t) {
                    const auto& tile = mapped.tiles[static_cast<std::size_t>(t)];
                    load(mapped.resident ? resident : streaming, graph, path, tile, static_cast<int>(n));
                    if (::testing::Test::HasFatalFailure()) return;
                    (mapped.resident ? resident_tiles : tiles).push_back(&tile);
                    (mapped.resident ? resident_macros : pool_macros).insert(tile.macro);
                    layer[tile.macro] =
                        mapped.resident
                            ? layer[tile.macro] + net::weight_cells(graph, tile, path.cell)
                            : std::max(layer[tile.macro], net::weight_cells(graph, tile, path.cell));
                    expect_accepted(graph, path, tile);
                }
                expect_weights(mapped.resident ? resident : streaming, graph, mapped, n, path, weights,
                               weight_cells, pass);
                if (::testing::Test::HasFatalFailure()) return;
                expect_regions(tiles);
            }
            const Node& node = graph.nodes[n];
            ASSERT_EQ(weights.size(), node.weights.size());
            std::size_t w = 0;
            for (const auto& [place, value] : weights) ASSERT_EQ(value, node.weights[w++]);
            EXPECT_EQ(mapped.weight_cells, weight_cells);
            if (!mapped.resident) reloaded += mapped.weight_cells * (path.cell == CellKind::bit ? 1 : 2);
            for (const auto& [macro, cells] : layer) {
                if (mapped.resident)
                    in_use[macro] += cells;
                else
                    streamed[macro] = std::max(streamed[macro], cells);
            }
        }
        expect_regions(resident_tiles);
        for (const int macro : pool_macros)
            EXPECT_EQ(resident_macros.count(macro), 0u)
                << "weights that stay share a macro with reloaded ones";
        ASSERT_EQ(mapping.cells_in_use[p].size(), static_cast<std::size_t>(path.macros));
        for (int m = 0; m < path.macros; ++m)
            EXPECT_EQ(mapping.cells_in_use[p][static_cast<std::size_t>(m)], in_use[m] + streamed[m]);
    }
    EXPECT_EQ(mapping.reloaded_bits, reloaded);
}

/// Maps random networks on random machines; counts what it met.
std::map<std::string, int> map_random_networks(const RandomGraphOptions& options, std::uint32_t seeds,
                                               int weight_columns) {
    std::map<std::string, int> met;
    for (std::uint32_t seed = 0; seed < seeds; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Random random(seed + 1000);
        const Graph graph = random_graph(seed, {}, options);
        Machine machine = random_machine(random);
        for (auto& path : machine.paths) path.weight_columns = weight_columns;
        Mapping mapping;
        try {
            mapping = map_network(graph, machine);
        } catch (const Error& error) {
            // 9 to 16 bits into the arrays, or parts of bytes.
            const std::string what = error.what();
            EXPECT_TRUE(what.find("bit inputs") != std::string::npos ||
                        what.find("cannot be divided at bytes") != std::string::npos)
                << what;
            ++met["refused"];
            continue;
        }
        expect_good_mapping(graph, machine, mapping);
        if (::testing::Test::HasFatalFailure()) return met;
        met["reloading"] += mapping.reloaded_bits > 0;
        for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
            const Node& node = graph.nodes[n];
            const auto& mapped = mapping.nodes[n];
            const bool ternary = machine.paths.size() == 2 && machine.ternary_on_ternary_cells &&
                                 node.op == Op::conv && node.weight_type.kind == Kind::ternary;
            EXPECT_EQ(mapped.path, ternary ? 1 : 0);
            met["ternary cells"] += ternary;
            met["passes"] += mapped.passes.size() > 1;
            met["sums"] += !mapped.passes.empty() && !mapped.passes[0].finishes;
            met["groups"] += node.groups > 1;
            met["depthwise"] += node.groups > 1 && node.groups == graph.tensor(node.inputs[0]).shape.c;
            for (const auto& tile : mapped.tiles) met["slices"] += tile.slice.lsb > 0;
            if (node.groups > 1) {
                EXPECT_GE(mapped.utilisation, mapped.dense_utilisation);
            }
        }
    }
    return met;
}

TEST(Mapping, EveryWeightIsStoredOnceAndNothingOverlaps) {
    auto met = map_random_networks({}, 150, 8);
    // The test is worth something only if it meets all of these.
    EXPECT_GE(met["reloading"], 8);
    EXPECT_GE(met["passes"], 5);
    EXPECT_GE(met["sums"], 5);
    EXPECT_GT(met["ternary cells"], 10);
    EXPECT_EQ(met["refused"], 0);
}

TEST(Mapping, GroupsSlicesAndWideLayers) {
    for (const int weight_columns : {8, 4, 3}) {
        SCOPED_TRACE(std::to_string(weight_columns) + " columns");
        auto met = map_random_networks(RandomGraphOptions::everything(), 60, weight_columns);
        EXPECT_GE(met["groups"], 10);
        EXPECT_GE(met["depthwise"], 3);
        EXPECT_GE(met["slices"], 10);
        EXPECT_GE(met["sums"], 5);
        EXPECT_LT(met["refused"], 20);
    }
}

TEST(Mapping, WeightsAreSlicedFromTheLowestBit) {
    const auto slices = [](const TensorType& type, int columns) {
        std::vector<std::tuple<int, int, bool>> list;
        for (const auto& s : weight_slices(CellKind::bit, type, columns))
            list.emplace_back(s.lsb, s.bits, s.is_signed);
        return list;
    };
    using List = std::vector<std::tuple<int, int, bool>>;
    const auto signed_type = [](int bits) { return integer_type(bits, Kind::signed_integer); };
    EXPECT_EQ(slices(signed_type(4), 8), (List{{0, 4, true}}));
    EXPECT_EQ(slices(signed_type(8), 8), (List{{0, 8, true}}));
    EXPECT_EQ(slices(signed_type(8), 4), (List{{0, 4, false}, {4, 4, true}}));
    EXPECT_EQ(slices(signed_type(9), 4), (List{{0, 4, false}, {4, 4, false}, {8, 1, true}}));
    EXPECT_EQ(slices(integer_type(7, Kind::unsigned_integer), 4), (List{{0, 4, false}, {4, 3, false}}));
    EXPECT_EQ(slices(integer_type(2, Kind::ternary), 8), (List{{0, 2, true}}));
    EXPECT_EQ(slices(integer_type(1, Kind::bipolar), 8), (List{{0, 2, true}}));
    EXPECT_EQ(weight_slices(CellKind::ternary, integer_type(2, Kind::ternary), 8).size(), 1u);
}

/// One convolution over an image of `inputs` channels with a window of `inputs` elements.
Graph one_layer(int inputs, int outputs, const TensorType& weights, const TensorType& activations) {
    Random random(7);
    GraphBuilder b({inputs, 1, 1});
    const int in = activations.bits == 8 && activations.kind == Kind::unsigned_integer
                       ? b.graph.input
                       : b.cast(b.graph.input, activations);
    b.append(random_conv(random, b.graph, in, outputs, 1, 1, weights), {outputs, 1, 1}, accumulator_type());
    return b.graph;
}

int result_bytes(int rows, const TensorType& weights, const TensorType& activations, const Machine& machine) {
    const auto mapping = map_network(one_layer(rows, 4, weights, activations), machine);
    return mapping.nodes.back().tiles.at(0).result_bytes;
}

TEST(Mapping, ResultsAreWideEnoughForTheWorstCase) {
    const auto signed4 = integer_type(4, Kind::signed_integer), ternary = integer_type(2, Kind::ternary);
    const auto u4 = integer_type(4, Kind::unsigned_integer), u8 = integer_type(8, Kind::unsigned_integer);
    const Machine two = machine_of({sram_path(2, 256, 64), edram_path(2, 256, 64)});
    const Machine sram = machine_of({sram_path(2, 256, 64)});
    EXPECT_EQ(result_bytes(128, signed4, u4, two), 2);  // 128 x 8 x 15 = 15360
    EXPECT_EQ(result_bytes(16, signed4, u8, two), 2);   // 16 x 8 x 255 = 32640
    EXPECT_EQ(result_bytes(17, signed4, u8, two), 4);   // 34680
    EXPECT_EQ(result_bytes(128, ternary, u8, two), 2);  // 128 x 255 = 32640
    EXPECT_EQ(result_bytes(129, ternary, u8, two), 4);  // 32895
    EXPECT_EQ(result_bytes(64, ternary, u8, sram), 2);  // two cells can hold -2: 64 x 2 x 255 = 32640
    EXPECT_EQ(result_bytes(128, ternary, u8, sram), 4);
}

TEST(Mapping, TernaryLayersGoWhereTheirCellsAre) {
    const Graph graph =
        one_layer(8, 4, integer_type(2, Kind::ternary), integer_type(8, Kind::unsigned_integer));
    Machine machine = machine_of({sram_path(2, 32, 32), edram_path(2, 32, 32)});
    EXPECT_EQ(map_network(graph, machine).nodes[0].path, 1);
    machine.ternary_on_ternary_cells = false;
    EXPECT_EQ(map_network(graph, machine).nodes[0].path, 0);
    machine = machine_of({sram_path(2, 32, 32)});
    EXPECT_EQ(map_network(graph, machine).nodes[0].path, 0);
}

TEST(Mapping, TilesOfOneLayerWorkSideBySide) {
    // 3 x 2 tiles of 32 x 32 on eight macros, two layers.
    Random random(3);
    GraphBuilder b({96, 1, 1});
    const auto type = integer_type(4, Kind::signed_integer);
    Node first = random_conv(random, b.graph, b.graph.input, 16, 1, 1, type);
    random_requant(random, first, 16, 0.01, integer_type(8, Kind::unsigned_integer));
    const int middle = b.append(first, {16, 1, 1}, integer_type(8, Kind::unsigned_integer));
    b.append(random_conv(random, b.graph, middle, 10, 1, 1, type), {10, 1, 1}, accumulator_type());
    const auto mapping = map_network(b.graph, machine_of({sram_path(8, 32, 32)}));
    ASSERT_EQ(mapping.nodes[0].tiles.size(), 6u);
    ASSERT_EQ(mapping.nodes[1].tiles.size(), 2u);
    for (const auto& node : mapping.nodes) {
        std::set<int> macros;
        for (const auto& tile : node.tiles) macros.insert(tile.macro);
        EXPECT_EQ(macros.size(), node.tiles.size());
    }
    EXPECT_DOUBLE_EQ(mapping.nodes[0].utilisation, 96.0 * 16 * 4 / (6 * 32 * 32));
}

TEST(Mapping, AMacroTakesNoMoreThanSixtyFourRegions) {
    // 200 layers of one weight each would fit one macro by their cells.
    Random random(4);
    GraphBuilder b({1, 1, 1});
    const auto u8 = integer_type(8, Kind::unsigned_integer);
    int t = b.graph.input;
    for (int i = 0; i < 200; ++i) {
        Node node = random_conv(random, b.graph, t, 1, 1, 1, integer_type(4, Kind::signed_integer));
        random_requant(random, node, 1, 0.5, u8);
        t = b.append(node, {1, 1, 1}, u8);
    }
    const Machine machine = machine_of({sram_path(4, 128, 128)});
    const auto mapping = map_network(b.graph, machine);
    EXPECT_EQ(mapping.reloaded_bits, 0);
    expect_good_mapping(b.graph, machine, mapping);
    const Machine small = machine_of({sram_path(3, 128, 128)});
    const auto streaming = map_network(b.graph, small);
    EXPECT_EQ(streaming.reloaded_bits, 4 * (200 - 128));  // two macros keep 64 layers each
    expect_good_mapping(b.graph, small, streaming);
}

TEST(Mapping, ResultsOfAnAccessFitTheirWindow) {
    const Graph graph =
        one_layer(8, 1024, integer_type(1, Kind::unsigned_integer), integer_type(8, Kind::unsigned_integer));
    const Machine machine = machine_of({sram_path(2, 64, 1024)});
    const auto mapping = map_network(graph, machine);
    EXPECT_EQ(mapping.nodes[0].tiles.size(), 2u);
    expect_good_mapping(graph, machine, mapping);
}

TEST(Mapping, SaysWhatDoesNotFit) {
    const auto u8 = integer_type(8, Kind::unsigned_integer);
    const Graph graph = one_layer(96, 24, integer_type(4, Kind::signed_integer), u8);
    // 3 row tiles x 3 column tiles of 32 x 32: eight macros are loaded anew, nine hold all.
    EXPECT_EQ(map_network(graph, machine_of({sram_path(8, 32, 32)})).reloaded_bits, 96 * 24 * 4);
    EXPECT_EQ(map_network(graph, machine_of({sram_path(9, 32, 32)})).reloaded_bits, 0);
    expect_error([&] { map_network(graph, machine_of({sram_path(0, 32, 32)})); }, "node0", "needs an array");

    expect_error([&] { map_network(graph, machine_of({edram_path(12, 32, 32)})); }, "node0", "4-bit weights",
                 "path edram");
    const Graph wide =
        one_layer(4, 4, integer_type(4, Kind::signed_integer), integer_type(9, Kind::unsigned_integer));
    expect_error([&] { map_network(wide, machine_of({sram_path(2, 32, 32)})); }, "node1", "9-bit inputs",
                 "1 to 8");
}

}  // namespace
}  // namespace pimvp::net::test
