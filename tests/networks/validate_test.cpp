// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/networks/damage.h"
#include "tests/networks/graph_builder.h"

namespace pimvp::net {
namespace {

using test::accumulator_type;
using test::GraphBuilder;
using test::integer_type;

// image 2x4x4 -> conv (node0) -> max pool (node1) -> add with itself (node2) -> merge (node3) -> average pool
// (node4).
Graph good_graph() {
    GraphBuilder b({2, 4, 4});
    const TensorType type = integer_type(4, Kind::unsigned_integer);
    Node conv;
    conv.op = Op::conv;
    conv.inputs = {0};
    conv.kernel_h = conv.kernel_w = 3;
    conv.pad_top = conv.pad_left = conv.pad_bottom = conv.pad_right = 1;
    conv.weights.assign(3 * 2 * 9, 1);
    conv.weight_type = integer_type(2, Kind::ternary);
    conv.bias.assign(3, 0);
    conv.requant = {{16384, 16384, 16384}, {20, 20, 20}, 0, 15};
    b.append(conv, {3, 4, 4}, type);
    Node pool;
    pool.op = Op::max_pool;
    pool.inputs = {1};
    pool.kernel_h = pool.kernel_w = pool.stride_h = pool.stride_w = 2;
    b.append(pool, {3, 2, 2}, type);
    Node add;
    add.op = Op::add;
    add.inputs = {2, 2};
    add.requant = {{1, 1}, {1, 1}, 0, 15};
    b.append(add, {3, 2, 2}, type);
    Node merge;
    merge.op = Op::merge;
    merge.inputs = {2, 3};
    merge.channels = {{0, 2}, {1, 0}};
    merge.requant = {{1, 1}, {0, 0}, 0, 15};
    b.append(merge, {2, 2, 2}, type);
    Node average;
    average.op = Op::average_pool;
    average.inputs = {4};
    average.kernel_h = average.kernel_w = 2;
    average.requant = {{1, 1}, {2, 2}, 0, 15};
    b.append(average, {2, 1, 1}, type);
    return b.graph;
}

class Validate : public ::testing::TestWithParam<test::Damage> {};

TEST(ValidateGood, AcceptsTheGraphThatTheDamagesStartFrom) {
    EXPECT_NO_THROW(validate(good_graph()));
}

TEST_P(Validate, Names) {
    test::expect_complaint(good_graph(), GetParam());
}

using G = Graph;
const test::Damage damages[] = {
    {"height", [](G& g) { g.tensors[1].shape.h = 5; }, {"node0", "output height: expected 4, found 5"}},
    {"width", [](G& g) { g.tensors[2].shape.w = 3; }, {"node1", "output width: expected 2, found 3"}},
    {"kernel", [](G& g) { g.nodes[1].kernel_h = 9; }, {"node1", "kernel that fits", "9x2"}},
    {"stride", [](G& g) { g.nodes[0].stride_w = 0; }, {"node0", "found 0"}},
    {"padding", [](G& g) { g.nodes[0].pad_top = 3; }, {"node0", "padding", "0..2, found 3"}},
    {"groups", [](G& g) { g.nodes[0].groups = 2; }, {"node0", "divide 2 input and 3 output"}},
    {"weights", [](G& g) { g.nodes[0].weights.pop_back(); }, {"weights: expected 54, found 53"}},
    {"weight_range", [](G& g) { g.nodes[0].weights[7] = 2; }, {"node0", "weight: expected -1..1, found 2"}},
    {"bipolar_weight",
     [](G& g) {
         g.nodes[0].weight_type = integer_type(1, Kind::bipolar);
         g.nodes[0].weights[7] = 0;
     },
     {"node0", "bipolar weight: expected -1 or 1, found 0"}},
    {"weight_bits",
     [](G& g) { g.nodes[0].weight_type = integer_type(17, Kind::signed_integer); },
     {"node0", "bits: expected 1..16, found 17"}},
    {"unsigned_weights",
     [](G& g) { g.nodes[0].weight_type = integer_type(16, Kind::unsigned_integer); },
     {"node0", "at most 15 bits if unsigned"}},
    {"weight_zero", [](G& g) { g.nodes[0].weight_type.zero_point = 1; }, {"zero point of the weights"}},
    {"bias", [](G& g) { g.nodes[0].bias.clear(); }, {"node0", "biases: expected 3, found 0"}},
    {"multipliers", [](G& g) { g.nodes[0].requant.multiplier.pop_back(); }, {"expected 3, found 2"}},
    {"shifts", [](G& g) { g.nodes[0].requant.shift.push_back(1); }, {"shifts: expected 3, found 4"}},
    {"shift", [](G& g) { g.nodes[0].requant.shift[1] = 63; }, {"expected 0..62, found 63"}},
    {"multiplier", [](G& g) { g.nodes[0].requant.multiplier[1] = -1; }, {"expected 0 or more"}},
    {"clamp", [](G& g) { g.nodes[0].requant.high = 16; }, {"node0", "inside 0..15, found 0..16"}},
    {"no_requant", [](G& g) { g.nodes[0].requant = {}; }, {"output bits without", "expected 32, found 4"}},
    {"pool_requant", [](G& g) { g.nodes[1].requant.multiplier = {1}; }, {"node1", "no requantisation"}},
    {"pool_type", [](G& g) { g.tensors[2].type.scale = 2; }, {"node1", "one type for input and output"}},
    {"pool_channels", [](G& g) { g.tensors[2].shape.c = 4; }, {"output channels: expected 3, found 4"}},
    {"add_shape", [](G& g) { g.tensors[3].shape.c = 2; }, {"node2", "expected shape 2x2x2, found 3x2x2"}},
    {"add_shift", [](G& g) { g.nodes[2].requant.shift[1] = 2; }, {"node2", "same for all inputs"}},
    {"add_one", [](G& g) { g.nodes[2].inputs.pop_back(); }, {"node2", "expected 2..1024, found 1"}},
    {"reference",
     [](G& g) {
         g.nodes[3].channels[1] = {1, 3};
     },
     {"node3", "0..2, found 3"}},
    {"reference_input",
     [](G& g) {
         g.nodes[3].channels[1] = {2, 0};
     },
     {"node3", "0..1, found 2"}},
    {"references", [](G& g) { g.nodes[3].channels.pop_back(); }, {"node3", "expected 2, found 1"}},
    {"order", [](G& g) { std::swap(g.nodes[0], g.nodes[1]); }, {"node1", "earlier node wrote"}},
    {"twice", [](G& g) { g.nodes[2].output = 2; }, {"node2", "nothing else writes"}},
    {"unwritten",
     [](G& g) {
         g.tensors.push_back({"lost", {1, 1, 1}, integer_type(1, Kind::unsigned_integer)});
     },
     {"'lost'", "expected a node that writes it"}},
    {"index", [](G& g) { g.nodes[2].inputs[0] = 99; }, {"node2", "0..5, found 99"}},
    {"output", [](G& g) { g.output = -1; }, {"output tensor", "found -1"}},
    {"tensor_name", [](G& g) { g.tensors[2].name = "image"; }, {"found 'image' twice"}},
    {"node_name", [](G& g) { g.nodes[2].name = "node0"; }, {"unique name"}},
    {"shape", [](G& g) { g.tensors[0].shape.w = 0; }, {"'image'", "width", "found 0"}},
    {"huge",
     [](G& g) {
         g.tensors[0].shape = {1 << 20, 1 << 20, 1 << 20};
     },
     {"'image'", "elements"}},
    {"bits", [](G& g) { g.tensors[1].type.bits = 17; }, {"'node0_out'", "1..16, found 17"}},
    {"zero_point", [](G& g) { g.tensors[1].type.zero_point = 16; }, {"'node0_out'", "0..15, found 16"}},
    {"scale", [](G& g) { g.tensors[1].type.scale = 0; }, {"'node0_out'", "scale: expected a positive"}},
    {"accumulators_inside",
     [](G& g) {
         g.tensors[1].type = accumulator_type();
         g.nodes[0].requant = {};
     },
     {"node1", "at most 16 bits, found 32-bit accumulators"}}};
INSTANTIATE_TEST_SUITE_P(Damages, Validate, ::testing::ValuesIn(damages),
                         [](const auto& damage) { return damage.param.name; });

}  // namespace
}  // namespace pimvp::net
