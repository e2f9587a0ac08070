// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/compression.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "networks/mapping.h"
#include "tests/networks/graph_builder.h"

namespace pimvp::net {
namespace {

using test::integer_type;

/// 2x2 over 2 channels, 4 filters of 4-bit weights: 32 weights; then 36 outputs, 3 of 8 bits: 108 weights.
Graph two_layers() {
    test::GraphBuilder b({2, 4, 4});
    Node conv;
    conv.op = Op::conv;
    conv.inputs = {b.graph.input};
    conv.kernel_h = conv.kernel_w = 2;
    conv.weight_type = integer_type(4, Kind::signed_integer);
    conv.weights.assign(32, 1);
    conv.bias.assign(4, 0);
    conv.requant = {{1, 1, 1, 1}, {0, 0, 0, 0}, 0, 255};
    b.append(conv, {4, 3, 3}, integer_type(8, Kind::unsigned_integer));
    Node linear;
    linear.op = Op::conv;
    linear.inputs = {b.graph.output};
    linear.kernel_h = linear.kernel_w = 3;
    linear.weight_type = integer_type(8, Kind::signed_integer);
    linear.weights.assign(108, -3);
    linear.bias.assign(3, 0);
    b.append(linear, {3, 1, 1}, test::accumulator_type());
    return b.graph;
}

/// Filter 3 is zero, and so are window elements 0 and 5 of the others; one weight more is zero by itself.
Graph pruned() {
    Graph graph = two_layers();
    auto& weights = graph.nodes[0].weights;
    for (std::size_t e = 0; e < 8; ++e) weights[24 + e] = 0;
    for (std::size_t f = 0; f < 3; ++f) weights[8 * f] = weights[8 * f + 5] = 0;
    weights[1] = 0;
    return graph;
}

Mapping mapped(const Graph& graph, std::int64_t mask_bits) {
    PathGeometry path;
    path.name = "mram";
    path.cell = CellKind::row;
    path.macros = 4, path.rows = 64, path.columns = 64, path.reserved_rows = 16;
    path.buffer_bytes = path.program_bytes = 1 << 16;
    path.parameter_entries = 64, path.line_buffer_bytes = 1 << 12;
    path.mask_bits = mask_bits;
    Machine machine;
    machine.paths = {path};
    machine.dram_bytes = 1 << 20;
    return map_network(graph, machine);
}

void expect_count(const WeightCount& found, const WeightCount& expected) {
    EXPECT_EQ(found.weights, expected.weights);
    EXPECT_EQ(found.nonzero, expected.nonzero);
    EXPECT_EQ(found.stored, expected.stored);
    EXPECT_EQ(found.bits, expected.bits);
    EXPECT_EQ(found.index_bits, expected.index_bits);
}

TEST(Compression, CountsWhatFilesHold) {
    expect_count(count_weights(two_layers()), {140, 140, 140, 32 * 4 + 108 * 8, 0});
    expect_count(count_weights(pruned()), {140, 140 - 8 - 6 - 1, 140, 32 * 4 + 108 * 8, 0});
    expect_count(count_weights(pruned().nodes[0]), {32, 17, 32, 128, 0});
}

TEST(Compression, CountsWhatArraysHold) {
    // 3 filters of 6 elements, behind a mask of 8.
    expect_count(count_weights(pruned(), mapped(pruned(), 1024)), {140, 125, 126, 18 * 4 + 108 * 8, 8});
    expect_count(count_weights(pruned(), mapped(pruned(), 0)), {140, 125, 140, 32 * 4 + 108 * 8, 0});
    expect_count(count_weights(two_layers(), mapped(two_layers(), 1024)),
                 {140, 140, 140, 32 * 4 + 108 * 8, 0});
}

TEST(Compression, CountsBitsFilterByFilter) {
    Graph graph = pruned();
    graph.nodes[0].filter_bits = {2, 3, 4, 3};
    expect_count(count_weights(graph.nodes[0]), {32, 17, 32, 8 * (2 + 3 + 4 + 3), 0});
    // Without the last filter, 6 elements each.
    expect_count(count_weights(graph, mapped(graph, 1024)), {140, 125, 126, 6 * (2 + 3 + 4) + 108 * 8, 8});
}

TEST(Compression, IsARatioOfWeightsOrOfBits) {
    const CompressionRate rate = compression_rate({1000, 900, 1000, 4000, 0}, {120, 50, 100, 400, 100});
    EXPECT_EQ(rate.nonzero, 20);
    EXPECT_EQ(rate.stored, 10);
    EXPECT_EQ(rate.of_floats, 64);
    EXPECT_EQ(rate.bits, 8);
    EXPECT_THROW(compression_rate({1000, 900, 1000, 4000, 0}, {}), std::invalid_argument);
}

}  // namespace
}  // namespace pimvp::net
