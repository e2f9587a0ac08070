// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Arrays whose window runs along the wordlines, and crossbars of cells with several bits.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "modules/cmos_datapath/cmos_datapath_cost.h"
#include "modules/core/error.h"
#include "modules/mram_subarray/mram_cost.h"
#include "modules/reram_crossbar/reram_crossbar_cost.h"
#include "networks/mapping.h"
#include "tests/mapping/array_image.h"
#include "tests/mapping/machines.h"
#include "tests/mapping/random_graph.h"
#include "tests/support/expect_error.h"

namespace pimvp::net::test {
namespace {

using pimvp::test::expect_error;

PathGeometry row_path(int macros, int rows, int columns, int reserved_rows) {
    auto path = path_of("mram", CellKind::row, macros, rows, columns);
    path.reserved_rows = reserved_rows;
    return path;
}
PathGeometry multilevel_path(int macros, int rows, int columns, int cell_bits) {
    auto path = path_of("reram", CellKind::multilevel, macros, rows, columns);
    path.cell_bits = cell_bits;
    return path;
}

/// Some layers get odd weights only: 2 q - (2^M - 1), with the signed type that holds them.
void make_odd(Random& random, Graph& graph) {
    for (auto& node : graph.nodes) {
        if (node.op != Op::conv || node.weight_type.kind != Kind::signed_integer || !random.chance(40))
            continue;
        const int planes = random.between(1, std::min(8, node.weight_type.bits));
        for (auto& weight : node.weights)
            weight =
                static_cast<std::int16_t>(2 * random.between(0, (1 << planes) - 1) - ((1 << planes) - 1));
        node.weight_type.bits = planes + 1;
    }
}

/// Asks the macros themselves.
bool accepted(const PathGeometry& path, const Region& region) {
    const auto rows = static_cast<std::uint32_t>(path.rows),
               columns = static_cast<std::uint32_t>(path.columns);
    if (path.cell == CellKind::row) {
        MramParams params;
        params.rows = rows;
        params.columns = columns;
        params.reserved_rows = static_cast<std::uint32_t>(path.reserved_rows);
        return accepts(params, region);
    }
    if (path.cell == CellKind::multilevel) {
        ReramCrossbarParams params;
        params.rows = rows;
        params.columns = columns;
        params.cell_bits = static_cast<std::uint32_t>(path.cell_bits);
        return accepts(params, region);
    }
    CmosDatapathParams params;
    params.rows = rows;
    params.columns = columns;
    return accepts(params, region);
}

/// Random networks on random arrays; counts what it met.
std::map<std::string, int> expect_random_weights_in_image(const std::function<PathGeometry(Random&)>& array) {
    std::map<std::string, int> met;
    for (std::uint32_t seed = 0; seed < 90; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Random random(seed + 77);
        auto options = RandomGraphOptions::everything_on_hardware();
        options.wide_layers = seed % 4 == 0;
        Graph graph = random_graph(seed, {}, options);
        make_odd(random, graph);
        Machine machine = machine_of({array(random)});
        machine.paths[0].parameter_entries = 1 << 14;
        try {
            expect_weights_in_image(graph, machine,
                                    [&](const Region& region) { return accepted(machine.paths[0], region); });
        } catch (const Error& error) {
            const std::string what = error.what();
            EXPECT_TRUE(what.find("bit inputs") != std::string::npos ||
                        what.find("divided at bytes") != std::string::npos ||
                        what.find("end on bytes") != std::string::npos)
                << what;
            ++met["refused"];
            continue;
        }
        if (::testing::Test::HasFatalFailure()) return met;
        const auto mapping = map_network(graph, machine);
        met["reloading"] += mapping.reloaded_bits > 0;
        for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
            const auto& node = graph.nodes[n];
            met["groups"] += node.groups > 1;
            met["depthwise"] += node.groups > 1 && node.groups == graph.tensor(node.inputs[0]).shape.c;
            for (const auto& tile : mapping.nodes[n].tiles) {
                met["slices"] += tile.slice.lsb > 0;
                met["planes " + std::to_string(tile.slice.bits)] += 1;
                met["bipolar"] += tile.slice.is_bipolar;
                met["beside others"] += tile.column0 > 0;
                met["above others"] += tile.row0 > 0;
            }
            for (const auto& pass : mapping.nodes[n].passes) met["sums"] += pass.adds;
        }
    }
    return met;
}

TEST(RowCells, EveryWeightIsInTheImageOnce) {
    auto met = expect_random_weights_in_image([](Random& random) {
        auto path = row_path(random.between(2, 12), 8 * random.between(3, 9), 8 * random.between(2, 9),
                             random.between(0, 16));
        if (random.chance(40)) path.filters_per_tile = random.between(1, 9);
        return path;
    });
    // The test is worth something only if it meets all of these.
    EXPECT_LT(met["refused"], 20);
    EXPECT_GE(met["reloading"], 5);
    EXPECT_GE(met["groups"], 10);
    EXPECT_GE(met["depthwise"], 3);
    EXPECT_GE(met["slices"], 10);
    EXPECT_GE(met["bipolar"], 20);
    EXPECT_GE(met["beside others"], 20);
    EXPECT_GE(met["above others"], 20);
    EXPECT_GE(met["sums"], 3);
    for (int bits = 1; bits <= 8; ++bits) EXPECT_GE(met["planes " + std::to_string(bits)], 3) << bits;
}

TEST(BitCells, EveryBipolarWeightIsInTheImageOnce) {
    auto met = expect_random_weights_in_image([](Random& random) {
        auto path = path_of("cmos", CellKind::bit, random.between(2, 12), 8 * random.between(2, 9),
                            8 * random.between(2, 9));
        path.bipolar = true;
        path.weight_columns = random.between(3, 8);
        return path;
    });
    EXPECT_LT(met["refused"], 20);
    EXPECT_GE(met["reloading"], 5);
    EXPECT_GE(met["groups"], 10);
    EXPECT_GE(met["slices"], 10);
    EXPECT_GE(met["bipolar"], 20);
    for (int bits = 1; bits <= 8; ++bits) EXPECT_GE(met["planes " + std::to_string(bits)], 3) << bits;
}

TEST(MultilevelCells, EveryWeightIsInTheImageOnce) {
    std::map<std::string, int> met;
    for (const int cell_bits : {1, 2, 4}) {
        SCOPED_TRACE(std::to_string(cell_bits) + " bits per cell");
        for (const auto& [what, times] : expect_random_weights_in_image([&](Random& random) {
                 auto path = multilevel_path(random.between(2, 12), 8 * random.between(2, 7),
                                             8 * random.between(2, 7), cell_bits);
                 if (random.chance(30)) path.least_weight_bits = random.between(2, 8);
                 return path;
             }))
            met[what] += times;
        if (HasFatalFailure()) return;
    }
    EXPECT_LT(met["refused"], 60);
    EXPECT_GE(met["reloading"], 15);
    EXPECT_GE(met["groups"], 10);
    EXPECT_GE(met["slices"], 10);
    EXPECT_EQ(met["bipolar"], 0);
    EXPECT_GE(met["beside others"], 20);
    EXPECT_GE(met["above others"], 20);
    EXPECT_GE(met["sums"], 3);
}

/// One convolution of `inputs` channels of `activations` with a kernel as large as its input.
Graph one_layer(const Shape& in, int outputs, const TensorType& weights, const TensorType& activations,
                const std::vector<int>& values = {}) {
    Random random(7);
    GraphBuilder b(in);
    b.graph.tensors[0].type = activations;
    Node node = random_conv(random, b.graph, b.graph.input, outputs, in.h, in.w, weights);
    for (std::size_t i = 0; i < node.weights.size() && !values.empty(); ++i)
        node.weights[i] = static_cast<std::int16_t>(values[i % values.size()]);
    b.append(std::move(node), {outputs, 1, 1}, accumulator_type());
    return b.graph;
}

const TensorType bit = integer_type(1, Kind::unsigned_integer), u8 = integer_type(8, Kind::unsigned_integer),
                 s4 = integer_type(4, Kind::signed_integer), s8 = integer_type(8, Kind::signed_integer);

Slice slice_of(const TensorType& type, const std::vector<int>& values) {
    const auto mapping =
        map_network(one_layer({16, 1, 1}, 4, type, bit, values), machine_of({row_path(2, 64, 64, 8)}));
    return mapping.nodes[0].tiles.at(0).slice;
}

void expect_slice(const Slice& slice, int bits, bool is_signed, bool is_bipolar) {
    EXPECT_EQ(slice.lsb, 0);
    EXPECT_EQ(slice.bits, bits);
    EXPECT_EQ(slice.is_signed, is_signed);
    EXPECT_EQ(slice.is_bipolar, is_bipolar);
}

TEST(RowCells, OddWeightsTakeAPlaneLess) {
    expect_slice(slice_of(integer_type(1, Kind::bipolar), {1, -1}), 1, false, true);
    expect_slice(slice_of(integer_type(2, Kind::signed_integer), {1, -1}), 1, false, true);
    expect_slice(slice_of(integer_type(3, Kind::signed_integer), {3, 1, -1, -3}), 2, false, true);
    expect_slice(slice_of(s8, {3, -1}), 2, false, true);      // the least M, whatever the type
    expect_slice(slice_of(s8, {127, -127}), 7, false, true);  // DoReFa with 7 bits
    expect_slice(slice_of(s8, {127, -127, 0}), 8, true, false);
    expect_slice(slice_of(integer_type(2, Kind::ternary), {1, 0, -1}), 2, true, false);
    expect_slice(slice_of(integer_type(2, Kind::ternary), {1, -1}), 1, false, true);
    expect_slice(slice_of(integer_type(2, Kind::unsigned_integer), {1, 3}), 2, false, false);
    expect_slice(slice_of(s4, {-8, 7}), 4, true, false);
    // Zeros between groups are not odd.
    Graph grouped = one_layer({16, 1, 1}, 4, integer_type(1, Kind::bipolar), bit, {1, -1});
    grouped.nodes[0].groups = 4;
    grouped.nodes[0].weights.resize(16);
    const auto mapping = map_network(grouped, machine_of({row_path(2, 64, 64, 8)}));
    expect_slice(mapping.nodes[0].tiles.at(0).slice, 2, true, false);
}

TEST(BitCells, TakeAPlaneLessWhereTheMacrosCan) {
    const auto slice = [](bool bipolar, int weight_columns, const std::vector<int>& values) {
        auto path = path_of("cmos", CellKind::bit, 2, 64, 64);
        path.bipolar = bipolar;
        path.weight_columns = weight_columns;
        return map_network(one_layer({16, 1, 1}, 4, s8, bit, values), machine_of({path}))
            .nodes[0]
            .tiles.at(0)
            .slice;
    };
    expect_slice(slice(false, 8, {1, -1}), 8, true, false);
    expect_slice(slice(true, 8, {1, -1}), 1, false, true);
    expect_slice(slice(true, 8, {127, -127}), 7, false, true);
    expect_slice(slice(true, 7, {127, -127}), 7, false, true);
    expect_slice(slice(true, 6, {127, -127}), 6, false, false);  // of two slices
    expect_slice(slice(true, 8, {2, -1}), 8, true, false);
}

TEST(RowCells, WideWeightsAreSliced) {
    const auto mapping = map_network(one_layer({16, 1, 1}, 4, integer_type(11, Kind::signed_integer), u8),
                                     machine_of({row_path(2, 64, 64, 8)}));
    ASSERT_EQ(mapping.nodes[0].tiles.size(), 2u);
    EXPECT_EQ(mapping.nodes[0].tiles[0].slice.bits, 8);
    EXPECT_FALSE(mapping.nodes[0].tiles[0].slice.is_signed);
    EXPECT_EQ(mapping.nodes[0].tiles[1].slice.bits, 3);
    EXPECT_EQ(mapping.nodes[0].tiles[1].slice.lsb, 8);
    EXPECT_NE(mapping.nodes[0].tiles[0].macro, mapping.nodes[0].tiles[1].macro);
}

TEST(RowCells, ResultsAreWideEnoughForTheWorstCase) {
    const auto bytes = [](int elements, const TensorType& weights, const std::vector<int>& values,
                          const TensorType& inputs) {
        const auto mapping = map_network(one_layer({elements, 1, 1}, 4, weights, inputs, values),
                                         machine_of({row_path(2, 64, 512, 8)}));
        return mapping.nodes[0].tiles.at(0).result_bytes;
    };
    EXPECT_EQ(bytes(16, s4, {7, -8}, u8), 2);  // 16 x 8 x 255 = 32640
    EXPECT_EQ(bytes(17, s4, {7, -8}, u8), 4);
    EXPECT_EQ(bytes(128, s8, {1, -1}, u8), 2);  // one plane: 128 x 255 = 32640
    EXPECT_EQ(bytes(129, s8, {1, -1}, u8), 4);
    EXPECT_EQ(bytes(42, s8, {3, 1}, u8), 2);  // two planes: 42 x 3 x 255 = 32130
    EXPECT_EQ(bytes(43, s8, {3, 1}, u8), 4);
    const auto signed8 = integer_type(8, Kind::signed_integer);
    EXPECT_EQ(bytes(31, s4, {7, -8}, signed8), 2);  // 31 x 8 x 128 = 31744
    EXPECT_EQ(bytes(32, s4, {7, -8}, signed8), 4);  // 32768
    // Elements -1 and +1 are stored as bits: twice the sum.
    const auto pair = integer_type(1, Kind::bipolar);
    EXPECT_EQ(bytes(512, integer_type(6, Kind::signed_integer), {-32, 31}, pair), 4);  // 512 x 32 x 2
    EXPECT_EQ(bytes(511, integer_type(6, Kind::signed_integer), {-32, 31}, pair), 2);
}

TEST(RowCells, TilesSpreadOverMacrosAsEvenlyAsTheyCan) {
    // 100 filters of 4 planes; 56 wordlines hold 14, but tiles start at bytes of 8-bit outputs anyway.
    const Graph graph = one_layer({60, 1, 1}, 100, s4, u8);
    auto path = row_path(10, 64, 64, 8);
    auto mapping = map_network(graph, machine_of({path}));
    ASSERT_EQ(mapping.nodes[0].tiles.size(), 8u);  // ceil(100 / 14): 7 of 13, one of 9
    std::set<int> macros;
    for (const auto& tile : mapping.nodes[0].tiles) {
        EXPECT_LE(tile.filters, 13);
        EXPECT_EQ(tile.columns, 64);
        EXPECT_EQ(tile.rows, 60);
        macros.insert(tile.macro);
    }
    EXPECT_EQ(macros.size(), 8u);
    EXPECT_DOUBLE_EQ(mapping.nodes[0].utilisation, 60.0 * 100 * 4 / (8 * 56 * 64));
    EXPECT_EQ(mapping.nodes[0].weight_cells, 60 * 100 * 4);
    ASSERT_EQ(mapping.nodes[0].passes.size(), 1u);

    // Ten tiles for all macros, then twenty: two on each.
    path.filters_per_tile = 10;
    EXPECT_EQ(map_network(graph, machine_of({path})).nodes[0].tiles.size(), 10u);
    path.filters_per_tile = 5;
    path.rows = 128;  // the first could take more than its share
    mapping = map_network(graph, machine_of({path}));
    std::map<int, int> tiles;
    for (const auto& tile : mapping.nodes[0].tiles) ++tiles[tile.macro];
    EXPECT_EQ(tiles.size(), 10u);
    for (const auto& [macro, n] : tiles) EXPECT_EQ(n, 2) << macro;
    EXPECT_EQ(mapping.reloaded_bits, 0);
}

TEST(RowCells, SaysWhatDoesNotFit) {
    const Graph graph = one_layer({16, 1, 1}, 4, s8, u8);
    expect_error([&] { map_network(graph, machine_of({row_path(2, 16, 64, 9)})); }, "node0", "8 wordlines",
                 "has 7");
    EXPECT_NO_THROW(map_network(graph, machine_of({row_path(4, 16, 64, 8)})));
    const Graph wide = one_layer({16, 1, 1}, 4, s8, integer_type(9, Kind::unsigned_integer));
    expect_error([&] { map_network(wide, machine_of({row_path(2, 64, 64, 8)})); }, "node0", "9-bit inputs");
}

TEST(MultilevelCells, AWeightTakesDigitsOfEitherSign) {
    // Columns: 2 x ceil(bits / cell bits).
    const auto columns = [](int bits, int cell_bits, int least) {
        auto path = multilevel_path(2, 64, 64, cell_bits);
        path.least_weight_bits = least;
        const auto mapping = map_network(
            one_layer({16, 1, 1}, 1, integer_type(bits, Kind::signed_integer), bit), machine_of({path}));
        return static_cast<int>(mapping.nodes[0].weight_cells / 16);
    };
    EXPECT_EQ(columns(8, 4, 1), 4);
    EXPECT_EQ(columns(4, 4, 1), 2);
    EXPECT_EQ(columns(5, 4, 1), 4);
    EXPECT_EQ(columns(8, 2, 1), 8);
    EXPECT_EQ(columns(3, 1, 1), 6);
    EXPECT_EQ(columns(2, 4, 8), 4);
    EXPECT_EQ(columns(12, 4, 1), 6);  // slices of 8 and 4 bits
}

}  // namespace
}  // namespace pimvp::net::test
