// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/network_text.h"

#include <gtest/gtest.h>

namespace pimvp {
namespace {

/// One layer of `channels` filters of 1 x 1 on as many inputs as there are weights for each.
net::Graph one_layer(net::TensorType in, std::vector<std::int16_t> weights, std::vector<std::int32_t> bias) {
    net::Graph graph;
    const int channels = static_cast<int>(bias.size()), inputs = static_cast<int>(weights.size()) / channels;
    graph.tensors = {{"in", {inputs, 1, 1}, in}, {"out", {channels, 1, 1}, {}}};
    net::Node node;
    node.inputs = {0};
    node.output = 1;
    node.weights = std::move(weights);
    node.bias = std::move(bias);
    graph.nodes.push_back(node);
    return graph;
}

int bits(const net::Graph& graph) {
    return accumulator_bits(graph, graph.nodes[0]);
}

TEST(NetworkText, accumulators_hold_every_sum) {
    const net::TensorType uint8{8, net::Kind::unsigned_integer, 1, 0};
    const net::TensorType int4{4, net::Kind::signed_integer, 1, 0};
    // 255 fits 9 signed bits, 256 does not; -255 - 1 = -256 does.
    EXPECT_EQ(bits(one_layer(uint8, {1}, {0})), 9);
    EXPECT_EQ(bits(one_layer(uint8, {1}, {1})), 10);
    EXPECT_EQ(bits(one_layer(uint8, {-1}, {-1})), 9);
    // Before the bias brings it back, the sum is 510.
    EXPECT_EQ(bits(one_layer(uint8, {1, 1}, {-510})), 10);
    // -8 * 7 - 7 * 7 .. 7 * 7 + 8 * 7: 105 takes 8 bits.
    EXPECT_EQ(bits(one_layer(int4, {7, -7}, {0})), 8);
    // x - zero point is 0..15.
    EXPECT_EQ(bits(one_layer({4, net::Kind::signed_integer, 1, -8}, {1}, {0})), 5);
    // The widest of several filters.
    EXPECT_EQ(bits(one_layer(uint8, {0, 4}, {0, 0})), 11);
    EXPECT_EQ(accumulator_bits(one_layer(uint8, {1}, {0}), net::Node{}), 0);
}

TEST(NetworkText, zero_share) {
    net::Node node;
    EXPECT_EQ(zero_share(node), 0);
    node.weights = {0, 1, -1, 0, 0, 0, 2, 3};
    EXPECT_EQ(zero_share(node), 0.5);
}

TEST(NetworkText, how_outputs_come_about) {
    net::Node node;
    EXPECT_EQ(requant_text(node), "sums");
    node.requant.multiplier = {1};
    EXPECT_EQ(requant_text(node), "half up");
    node.requant.rounding = net::Rounding::half_even;
    EXPECT_EQ(requant_text(node), "half even");
    node.requant.rounding = net::Rounding::doubled;
    node.sum_multiplier = 3;
    EXPECT_EQ(requant_text(node), "double, two stages");
    node.requant = {};
    node.requant.steps = 3;
    EXPECT_EQ(requant_text(node), "3 thresholds");
    node.divide = true;
    EXPECT_EQ(requant_text(node), "divide");
    net::Node pool;
    pool.op = net::Op::max_pool;
    EXPECT_EQ(requant_text(pool), "");
}

TEST(NetworkText, operators) {
    net::Graph graph = one_layer({}, {1, 1}, {0});
    EXPECT_EQ(op_text(graph, graph.nodes[0]), "linear");
    graph.tensors[0].shape = {2, 8, 8};
    net::Node& node = graph.nodes[0];
    node.kernel_h = 3;
    node.groups = 2;
    node.stride_h = node.stride_w = 2;
    node.dilation_h = node.dilation_w = 2;
    EXPECT_EQ(op_text(graph, node), "conv 3x1 /2 d2 g2");
    node.op = net::Op::multiply;
    EXPECT_EQ(op_text(graph, node), "multiply");
}

TEST(NetworkText, host_steps) {
    net::Graph graph;
    EXPECT_EQ(host_text(graph), "");
    graph.host_steps = {{net::HostStep::Kind::multiply, {0.5}}, {net::HostStep::Kind::add, {1, 2, 3}}};
    graph.softmax_beta = 1;
    EXPECT_EQ(host_text(graph), "multiply by 0.5, add 3 values, softmax");
}

}  // namespace
}  // namespace pimvp
