// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Checks of thresholds, two-stage adds, divisions, products, tables, host steps, and of sizes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "tests/networks/damage.h"
#include "tests/networks/graph_builder.h"

namespace pimvp::net {
namespace {

using test::accumulator_type;
using test::GraphBuilder;
using test::integer_type;

// image 2x4x4 -> conv to bipolar (node0) -> padded max pool (node1); image -> merge by falling thresholds
// (node2)
// -> pool that divides (node3) -> add in two stages with itself (node4) -> multiply with itself (node5) ->
// depthwise conv with 16-bit weights (node6).
Graph good_graph() {
    GraphBuilder b({2, 4, 4});
    const TensorType bipolar = integer_type(1, Kind::bipolar),
                     type = integer_type(8, Kind::signed_integer, -3);
    b.graph.tensors[0].type = integer_type(8, Kind::signed_integer, -128);
    Node conv;
    conv.inputs = {0};
    conv.weights.assign(3 * 2, 1);
    conv.weight_type = integer_type(2, Kind::ternary);
    conv.bias.assign(3, 0);
    conv.requant.steps = 1;
    conv.requant.thresholds = {-5, 0, 5};
    conv.requant.low = -1;
    conv.requant.high = 1;
    b.append(conv, {3, 4, 4}, bipolar);
    Node pool;
    pool.op = Op::max_pool;
    pool.inputs = {1};
    pool.kernel_h = pool.kernel_w = pool.stride_h = pool.stride_w = 2;
    pool.pad_top = pool.pad_bottom = 1;
    b.append(pool, {3, 3, 2}, bipolar);
    Node merge;
    merge.op = Op::merge;
    merge.inputs = {0};
    merge.channels = {{0, 1}, {0, 0}};
    merge.requant.steps = 3;
    merge.requant.thresholds = {-1, 0, 1, 7, 7, 9};
    merge.requant.falling = {true, false};
    merge.requant.low = -8;
    merge.requant.high = -5;
    b.append(merge, {2, 4, 4}, type);
    Node divide;
    divide.op = Op::average_pool;
    divide.divide = true;
    divide.inputs = {3};
    divide.kernel_h = divide.kernel_w = 3;
    divide.pad_top = divide.pad_left = 1;
    divide.requant.low = -128;
    divide.requant.high = 127;
    b.append(divide, {2, 3, 3}, type);
    Node add;
    add.op = Op::add;
    add.inputs = {4, 4};
    add.left_shift = 20;
    add.requant = {{1 << 30, 1 << 30}, {31, 33}, -128, 127, Rounding::doubled};
    add.sum_multiplier = 1 << 30;
    add.sum_shift = 50;
    b.append(add, {2, 3, 3}, type);
    Node multiply;
    multiply.op = Op::multiply;
    multiply.inputs = {4, 5};
    multiply.requant = {{1 << 30}, {38}, -128, 127, Rounding::half_even};
    b.append(multiply, {2, 3, 3}, type);
    Node depthwise;
    depthwise.inputs = {6};
    depthwise.groups = 2;
    depthwise.kernel_h = depthwise.kernel_w = 3;
    depthwise.weights.assign(4 * 9, -32768);
    depthwise.weight_type = integer_type(16, Kind::signed_integer);
    depthwise.bias.assign(4, 0);
    depthwise.requant = {{1, 1, 1, 1}, {20, 20, 20, 20}, -128, 127};
    b.append(depthwise, {4, 1, 1}, type);
    for (int i = 0; i < 256; ++i) b.graph.input_table.push_back(i - 128);
    b.graph.host_steps = {{HostStep::Kind::add, {1}}, {HostStep::Kind::divide, {1, 2, 3, 4}}};
    b.graph.softmax_beta = 1;
    return b.graph;
}

TEST(ValidateGood, AcceptsEveryFeatureAndItsVariants) {
    Graph graph = good_graph();
    EXPECT_NO_THROW(validate(graph));
    EXPECT_EQ(graph.macs(graph.nodes[0]), 3 * 2 * 16);
    EXPECT_EQ(graph.macs(graph.nodes[6]), 4 * 9);
    EXPECT_EQ(graph.macs(), 3 * 2 * 16 + 4 * 9);
    graph.input_table.resize(512, -128);  // one by channel
    graph.nodes[0].requant.falling = {true, false, true};
    graph.nodes[4].requant.shift = {0, 62};
    graph.nodes[4].sum_shift = 0;
    graph.softmax_beta = 0;
    graph.nodes[6].filter_bits = {16, 16, 16, 16};
    EXPECT_NO_THROW(validate(graph));
    graph.nodes[6].weights[9] = 1;  // of the second filter: -2..1 are its 2 bits
    std::fill_n(graph.nodes[6].weights.begin() + 10, 8, std::int16_t{-2});
    graph.nodes[6].filter_bits[1] = 2;
    EXPECT_NO_THROW(validate(graph));
}

class ValidateFeatures : public ::testing::TestWithParam<test::Damage> {};

TEST_P(ValidateFeatures, Names) {
    test::expect_complaint(good_graph(), GetParam());
}

using G = Graph;
const test::Damage damages[] = {
    {"filter_bits_count",
     [](G& g) { g.nodes[6].filter_bits = {16, 16}; },
     {"node6", "number of filters' bits: expected 4, found 2"}},
    {"filter_bits_zero",
     [](G& g) { g.nodes[6].filter_bits = {16, 0, 16, 16}; },
     {"node6", "filter 1: bits: expected 1..16, found 0"}},
    {"filter_bits_wide",
     [](G& g) { g.nodes[6].filter_bits = {16, 16, 17, 16}; },
     {"node6", "filter 2: bits: expected 1..16, found 17"}},
    {"filter_bits_low",
     [](G& g) { g.nodes[6].filter_bits = {16, 16, 15, 16}; },
     {"node6", "filter 2: weight: expected -16384..16383, found -32768"}},
    {"filter_bits_high",
     [](G& g) {
         g.nodes[6].filter_bits = {16, 16, 16, 3};
         for (std::size_t i = 27; i < 36; ++i) g.nodes[6].weights[i] = i == 35 ? 4 : -4;
     },
     {"node6", "filter 3: weight: expected -4..3, found 4"}},
    {"filter_bits_ternary",
     [](G& g) { g.nodes[0].filter_bits = {2, 2, 2}; },
     {"node0", "one width for all filters of ternary"}},
    {"filter_bits_pool", [](G& g) { g.nodes[1].filter_bits = {1}; }, {"node1", "in a conv only"}},
    {"steps", [](G& g) { g.nodes[2].requant.steps = 256; }, {"node2", "steps: expected 1..255, found 256"}},
    {"negative_steps", [](G& g) { g.nodes[2].requant.steps = -1; }, {"node2", "expected 1..255, found -1"}},
    {"thresholds",
     [](G& g) { g.nodes[2].requant.thresholds.pop_back(); },
     {"node2", "number of thresholds: expected 6, found 5"}},
    {"descending",
     [](G& g) { g.nodes[2].requant.thresholds[5] = 6; },
     {"node2", "ascending ones in each channel, found 6 behind 7"}},
    {"falling",
     [](G& g) { g.nodes[2].requant.falling.pop_back(); },
     {"node2", "falling channels: expected 2, found 1"}},
    {"both",
     [](G& g) {
         g.nodes[2].requant.multiplier = {1, 1};
         g.nodes[2].requant.shift = {1, 1};
     },
     {"node2", "multipliers beside thresholds: expected 0, found 2"}},
    {"shifts_beside",
     [](G& g) {
         g.nodes[2].requant.shift = {1, 1};
     },
     {"node2", "shifts beside", "found 2"}},
    {"levels",
     [](G& g) { g.nodes[2].requant.high = -4; },
     {"node2", "highest less lowest output of thresholds: expected 3, found 4"}},
    {"levels_range",
     [](G& g) { g.nodes[2].requant.low -= 124, g.nodes[2].requant.high -= 124; },
     {"node2", "inside -128..127, found -132..-129"}},
    {"bipolar_levels", [](G& g) { g.nodes[0].requant.high = 0; }, {"node0", "expected 2, found 1"}},
    {"bipolar_steps",
     [](G& g) {
         g.nodes[0].requant.steps = 2;
         g.nodes[0].requant.thresholds.assign(6, 0);
     },
     {"node0", "steps to a bipolar output: expected 1, found 2"}},
    {"bipolar_multipliers",
     [](G& g) {
         g.nodes[0].requant = {{1, 1, 1}, {1, 1, 1}, -1, 1};
     },
     {"node0", "no requantisation by multipliers to a bipolar output"}},
    {"bipolar_zero_point",
     [](G& g) { g.tensors[1].type.zero_point = 1; },
     {"'node0_out'", "zero point of a bipolar type: expected 0, found 1"}},
    {"bipolar_padding",
     [](G& g) {
         g.nodes[1].op = Op::average_pool;
         g.nodes[1].requant = {{1, 1, 1}, {0, 0, 0}, -1, 1};
         g.tensors[2].type = integer_type(2, Kind::ternary);
     },
     {"node1", "no padding of a bipolar input"}},
    {"thresholds_left_over",
     [](G& g) { g.nodes[6].requant.thresholds = {1}; },
     {"node6", "thresholds without steps: expected 0, found 1"}},
    {"falling_left_over",
     [](G& g) { g.nodes[6].requant.falling = {true}; },
     {"node6", "falling channels without steps: expected 0, found 1"}},
    {"thresholds_of_an_add",
     [](G& g) { g.nodes[4].requant.steps = 1; },
     {"node4", "steps: expected 0, found 1"}},
    {"thresholds_of_a_product",
     [](G& g) { g.nodes[5].requant = g.nodes[2].requant; },
     {"node5", "steps: expected 0, found 3"}},
    {"thresholds_of_a_maximum",
     [](G& g) { g.nodes[1].requant = g.nodes[0].requant; },
     {"node1", "no requantisation in a max_pool"}},
    {"thresholds_of_a_division",
     [](G& g) { g.nodes[3].requant = g.nodes[2].requant; },
     {"node3", "or a pool that divides"}},
    {"division_scaled",
     [](G& g) {
         g.nodes[3].requant.multiplier = {1, 1};
     },
     {"node3", "pool that divides"}},
    {"division_type",
     [](G& g) { g.tensors[4].type.zero_point = 0; },
     {"node3", "one type for input and output"}},
    {"division_clamp", [](G& g) { g.nodes[3].requant.high = 128; }, {"node3", "found -128..128"}},
    {"division_bipolar",
     [](G& g) {
         g.nodes[1].op = Op::average_pool;
         g.nodes[1].divide = true;
         g.nodes[1].pad_top = g.nodes[1].pad_bottom = 0;
         g.tensors[2].shape.h = 2;
     },
     {"node1", "no division to a bipolar output"}},
    {"division_by_none",
     [](G& g) {
         g.tensors[3].shape = {2, 1, 4};
         g.tensors[0].shape = {2, 1, 4};
         g.nodes[1].pad_top = 0, g.nodes[1].kernel_h = 2, g.nodes[1].pad_bottom = 1;
         g.tensors[1].shape = {3, 1, 4};
         g.tensors[2].shape = {3, 1, 2};
         // Rows -1 and 1 of a window that starts at -1: the only row is 0.
         g.nodes[3].kernel_h = 2, g.nodes[3].dilation_h = 2;
         g.nodes[3].pad_top = 1, g.nodes[3].pad_bottom = 1;
         for (const int t : {4, 5, 6}) g.tensors[static_cast<std::size_t>(t)].shape = {2, 1, 3};
     },
     {"node3", "an element of the input in every window, found none in window 0"}},
    {"division_elsewhere", [](G& g) { g.nodes[1].divide = true; }, {"node1", "in an average_pool only"}},
    {"stages_elsewhere", [](G& g) { g.nodes[5].sum_multiplier = 1; }, {"node5", "in an add only"}},
    {"left_shift_elsewhere", [](G& g) { g.nodes[5].left_shift = 1; }, {"node5", "in an add only"}},
    {"sum_multiplier",
     [](G& g) { g.nodes[4].sum_multiplier = -1; },
     {"node4", "multiplier of the sum", "found -1"}},
    {"sum_shift",
     [](G& g) { g.nodes[4].sum_shift = 63; },
     {"node4", "shift of the sum: expected 0..62, found 63"}},
    {"left_shift",
     [](G& g) { g.nodes[4].left_shift = -1; },
     {"node4", "left shift: expected 0..30, found -1"}},
    {"left_shift_overflow",
     [](G& g) { g.nodes[4].left_shift = 25; },
     {"node4", "'node3_out' to fit 32 bits after it, found 25"}},
    {"one_stage_shift", [](G& g) { g.nodes[4].sum_multiplier = 0; }, {"node4", "shifts of 0 without"}},
    {"one_stage_doubled",
     [](G& g) {
         g.nodes[4].sum_multiplier = g.nodes[4].sum_shift = g.nodes[4].left_shift = 0;
         g.nodes[4].requant.shift = {31, 31};
     },
     {"node4", "doubled rounding in an add of two stages only"}},
    {"factors", [](G& g) { g.nodes[5].inputs = {4}; }, {"node5", "inputs: expected 2, found 1"}},
    {"factor_shape",
     [](G& g) {
         g.nodes[5].inputs = {4, 0};
     },
     {"node5", "shape 2x3x3, found 2x4x4"}},
    {"factor_requant", [](G& g) { g.nodes[5].requant = {}; }, {"node5", "multipliers: expected 1, found 0"}},
    {"group_weights", [](G& g) { g.nodes[6].groups = 1; }, {"node6", "weights: expected 72, found 36"}},
    {"group_outputs",
     [](G& g) {
         g.tensors[7].shape.c = 3;
         g.host_steps.clear();
     },
     {"node6", "divide 2 input and 3 output"}},
    {"wide_weight",
     [](G& g) { g.nodes[6].weight_type.bits = 15; },
     {"node6", "weight: expected -16384..16383, found -32768"}},
    {"table",
     [](G& g) { g.input_table.pop_back(); },
     {"input table", "256 for each of 2 channels, found 255"}},
    {"table_entry", [](G& g) { g.input_table[9] = 128; }, {"input table", "expected -128..127, found 128"}},
    {"table_bipolar",
     [](G& g) {
         g.tensors[0].type = integer_type(1, Kind::bipolar);
         g.input_table.assign(256, 1);
         g.input_table[200] = 0;
     },
     {"input table", "expected -1 or 1, found 0"}},
    {"host_values",
     [](G& g) { g.host_steps[1].values.pop_back(); },
     {"host step 1", "each of 4 output channels, found 3"}},
    {"host_finite", [](G& g) { g.host_steps[0].values[0] = HUGE_VAL; }, {"host step 0", "finite"}},
    {"host_divisor", [](G& g) { g.host_steps[1].values[2] = 0; }, {"host step 1", "other than 0"}},
    {"softmax", [](G& g) { g.softmax_beta = -1; }, {"softmax", "beta", "found -1"}},
    {"softmax_nan", [](G& g) { g.softmax_beta = NAN; }, {"softmax", "beta"}},
    {"wide_input", [](G& g) { g.tensors[0].type = accumulator_type(); }, {"input: expected at most 16 bits"}},
    // Products that overflow 32 or 64 bits, and memory that nobody has.
    {"dilated_padding",
     [](G& g) { g.nodes[1].dilation_h = g.nodes[1].pad_top = 1 << 20; },
     {"node1", "height with padding"}},
    {"padded_elements",
     [](G& g) {
         Node& n = g.nodes[1];
         n.dilation_h = n.dilation_w = n.pad_top = n.pad_left = 1 << 18;
         n.pad_bottom = 0;
     },
     {"node1", "input elements with padding"}},
    {"padding_overflow",
     [](G& g) {
         Node& n = g.nodes[1];
         n.kernel_h = n.dilation_h = 1 << 20;
         n.pad_top = n.pad_bottom = INT32_MAX;
     },
     {"node1", "height with padding", "found 4294967298"}},
    {"all_elements",
     [](G& g) {
         g.tensors[0].shape = {1 << 20, 1 << 8, 1};
     },
     {"elements of all tensors", "found 268435504"}},
    {"weight_product",
     [](G& g) {
         Node& n = g.nodes[0];
         g.tensors[0].shape = {1 << 12, 1 << 7, 1 << 7};
         g.tensors[1].shape = {1 << 20, 1, 1};
         n.kernel_h = n.kernel_w = 1 << 7;
     },
     {"node0", "expected at most 268435456 weights"}}};
INSTANTIATE_TEST_SUITE_P(Damages, ValidateFeatures, ::testing::ValuesIn(damages),
                         [](const auto& damage) { return damage.param.name; });

}  // namespace
}  // namespace pimvp::net
