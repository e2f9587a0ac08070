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

/// The weight that a filter's cells stand for.
int stored_weight(const Cells& cells, const PathGeometry& path, const TensorType& type, int row, int column) {
    if (path.cell == CellKind::ternary) {
        const unsigned nodes = cells.value[cells.at(row, column)];
        EXPECT_NE(nodes, 3u) << "both nodes of a ternary cell are charged";
        return static_cast<int>(nodes & 1u) - static_cast<int>(nodes >> 1);
    }
    const int bits = type.kind == Kind::ternary || type.kind == Kind::bipolar ? 2 : type.bits;
    int weight = 0;
    for (int b = 0; b < bits; ++b) {
        const int place = type.kind != Kind::unsigned_integer && b == bits - 1 ? -(1 << b) : 1 << b;
        weight += place * static_cast<int>(cells.value[cells.at(row, column + b)]);
    }
    return weight;
}

/// Reads every weight of a layer back out of the arrays; each must be there exactly once.
void expect_weights(const Arrays& arrays, const Graph& graph, std::size_t n, const NodeMapping& mapped,
                    const PathGeometry& path) {
    const Node& node = graph.nodes[n];
    const int inputs = graph.tensor(node.inputs[0]).shape.c;
    const int outputs = graph.tensor(node.output).shape.c;
    const int per_filter = path.cell == CellKind::ternary ? 1
                           : node.weight_type.kind == Kind::ternary || node.weight_type.kind == Kind::bipolar
                               ? 2
                               : node.weight_type.bits;
    std::set<std::tuple<int, int, int, int>> seen;
    for (const auto& tile : mapped.tiles) {
        ASSERT_EQ(tile.node, static_cast<int>(n));
        ASSERT_LE(tile.filters * per_filter, tile.columns);
        const auto& cells = arrays.at(tile.macro);
        for (int r = 0; r < tile.rows; ++r) {
            const int element = tile.window_row0 + r;
            const int ic = element % inputs, pixel = element / inputs;
            const int ky = pixel / node.kernel_w, kx = pixel % node.kernel_w;
            ASSERT_LT(ky, node.kernel_h);
            for (int f = 0; f < tile.filters; ++f) {
                const int oc = tile.channel0 + f;
                ASSERT_LT(oc, outputs);
                ASSERT_TRUE(seen.insert({oc, ic, ky, kx}).second) << "a weight is stored twice";
                const auto index = ((oc * inputs + ic) * node.kernel_h + ky) * node.kernel_w + kx;
                ASSERT_EQ(stored_weight(cells, path, node.weight_type, tile.row0 + r,
                                        tile.column0 + f * per_filter),
                          node.weights[static_cast<std::size_t>(index)]);
            }
        }
    }
    EXPECT_EQ(seen.size(), node.weights.size());
    EXPECT_EQ(mapped.weight_cells, static_cast<std::int64_t>(node.weights.size()) * per_filter);
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
    region.weight_bits =
        ternary ? 2u : static_cast<std::uint32_t>(columns_per_filter(path.cell, node.weight_type));
    region.weight_kind = ternary                                           ? PIMVP_KIND_TERNARY
                         : node.weight_type.kind == Kind::unsigned_integer ? PIMVP_KIND_UNSIGNED
                                                                           : PIMVP_KIND_SIGNED;
    region.input_bits = static_cast<std::uint32_t>(input.bits);
    region.input_kind = input.kind == Kind::unsigned_integer ? PIMVP_KIND_UNSIGNED : PIMVP_KIND_SIGNED;
    region.result_bytes = static_cast<std::uint32_t>(tile.result_bytes);
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
            Arrays streaming;
            std::vector<const Tile*> tiles;
            std::map<int, std::int64_t> layer;
            for (const auto& tile : mapped.tiles) {
                load(mapped.resident ? resident : streaming, graph, path, tile, static_cast<int>(n));
                if (::testing::Test::HasFatalFailure()) return;
                (mapped.resident ? resident_tiles : tiles).push_back(&tile);
                (mapped.resident ? resident_macros : pool_macros).insert(tile.macro);
                layer[tile.macro] += std::int64_t{tile.rows} * tile.filters *
                                     columns_per_filter(path.cell, graph.nodes[n].weight_type);
                expect_accepted(graph, path, tile);
            }
            expect_weights(mapped.resident ? resident : streaming, graph, n, mapped, path);
            expect_regions(tiles);
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

TEST(Mapping, EveryWeightIsStoredOnceAndNothingOverlaps) {
    int reloading = 0, with_ternary_cells = 0, refused = 0;
    for (std::uint32_t seed = 0; seed < 150; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Random random(seed + 1000);
        const Graph graph = random_graph(seed);
        const Machine machine = random_machine(random);
        Mapping mapping;
        try {
            mapping = map_network(graph, machine);
        } catch (const Error& error) {
            // A layer larger than all macros of its path; what else could it be?
            EXPECT_NE(std::string(error.what()).find("cells in"), std::string::npos) << error.what();
            ++refused;
            continue;
        }
        expect_good_mapping(graph, machine, mapping);
        if (HasFatalFailure()) return;
        if (mapping.reloaded_bits > 0) ++reloading;
        for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
            const bool expected = machine.paths.size() == 2 && machine.ternary_on_ternary_cells &&
                                  graph.nodes[n].op == Op::conv &&
                                  graph.nodes[n].weight_type.kind == Kind::ternary;
            EXPECT_EQ(mapping.nodes[n].path, expected ? 1 : 0);
            with_ternary_cells += expected;
        }
    }
    // The test is worth something only if it meets all of these.
    EXPECT_GE(reloading, 8);
    EXPECT_GT(with_ternary_cells, 10);
    EXPECT_LT(refused, 75);
}

TEST(Mapping, ColumnsPerFilter) {
    EXPECT_EQ(columns_per_filter(CellKind::bit, integer_type(4, Kind::signed_integer)), 4);
    EXPECT_EQ(columns_per_filter(CellKind::bit, integer_type(7, Kind::unsigned_integer)), 7);
    EXPECT_EQ(columns_per_filter(CellKind::bit, integer_type(2, Kind::ternary)), 2);
    EXPECT_EQ(columns_per_filter(CellKind::bit, integer_type(1, Kind::bipolar)), 2);
    EXPECT_EQ(columns_per_filter(CellKind::ternary, integer_type(2, Kind::ternary)), 1);
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
    // 3 row tiles x 3 column tiles of 32 x 32.
    expect_error([&] { map_network(graph, machine_of({sram_path(8, 32, 32)})); }, "node0",
                 "needs 9216 cells in 9 tiles", "path sram has 8 macros of 32 x 32");
    EXPECT_EQ(map_network(graph, machine_of({sram_path(9, 32, 32)})).reloaded_bits, 0);

    expect_error([&] { map_network(graph, machine_of({edram_path(12, 32, 32)})); }, "node0", "4-bit weights",
                 "path edram");
    const Graph wide =
        one_layer(4, 4, integer_type(4, Kind::signed_integer), integer_type(9, Kind::unsigned_integer));
    expect_error([&] { map_network(wide, machine_of({sram_path(2, 32, 32)})); }, "node1", "9-bit inputs",
                 "1 to 8");
    Graph grouped = one_layer(4, 4, integer_type(4, Kind::signed_integer), u8);
    grouped.nodes[0].groups = 2;
    expect_error([&] { map_network(grouped, machine_of({sram_path(2, 32, 32)})); }, "node0", "2 groups");
}

}  // namespace
}  // namespace pimvp::net::test
