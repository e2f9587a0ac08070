// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What TFLite, QONNX and ONNX networks ask of the executor, by hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <stdexcept>

#include "networks/executor.h"
#include "tests/networks/graph_builder.h"
#include "tests/networks/graph_oracle.h"
#include "tests/networks/rounding_oracle.h"
#include "tests/support/expect_error.h"

namespace pimvp::net {
namespace {

using pimvp::test::expect_error;
using test::accumulator_type;
using test::GraphBuilder;
using test::integer_type;
using Ints = std::vector<std::int32_t>;

const TensorType int8 = integer_type(8, Kind::signed_integer);

/// A graph whose input is of any type.
GraphBuilder graph_of(const Shape& shape, const TensorType& type) {
    GraphBuilder b(shape);
    b.graph.tensors[0].type = type;
    return b;
}

Ints run(const Graph& graph, const Ints& input) {
    validate(graph);
    return execute(graph, input)[static_cast<std::size_t>(graph.output)];
}

Node conv_node(int kernel_h, int kernel_w, std::vector<std::int16_t> weights, Ints bias, int groups = 1) {
    Node node;
    node.inputs = {0};
    node.kernel_h = kernel_h;
    node.kernel_w = kernel_w;
    node.groups = groups;
    node.weights = std::move(weights);
    node.weight_type = integer_type(16, Kind::signed_integer);
    node.bias = std::move(bias);
    return node;
}

Node of(Op op, std::vector<int> inputs) {
    Node node;
    node.op = op;
    node.inputs = std::move(inputs);
    return node;
}

Requant thresholds(int steps, Ints values, std::int64_t low, std::int64_t high,
                   std::vector<bool> falling = {}) {
    Requant requant;
    requant.steps = steps;
    requant.thresholds = std::move(values);
    requant.falling = std::move(falling);
    requant.low = low;
    requant.high = high;
    return requant;
}

// ---- Convolutions

TEST(Convolution, Grouped) {
    auto b = graph_of({4, 1, 1}, int8);
    // Channels 0 and 1 make outputs 0 and 1, channels 2 and 3 outputs 2 and 3.
    b.append(conv_node(1, 1, {1, 10, 2, 20, 3, 30, 4, 40}, {0, 0, 0, 100}, 2), {4, 1, 1}, accumulator_type());
    EXPECT_EQ(run(b.graph, {1, 2, 3, 4}), (Ints{21, 42, 129, 272}));
    EXPECT_EQ(b.graph.macs(), 8);
}

TEST(Convolution, DepthwiseWithChannelMultiplier) {
    auto b = graph_of({2, 1, 3}, int8);
    // Two filters of two taps for each channel.
    b.append(conv_node(1, 2, {1, 0, 0, 1, 1, 1, 1, -1}, {0, 0, 0, 0}, 2), {4, 1, 2}, accumulator_type());
    EXPECT_EQ(run(b.graph, {5, 6, 7, -1, -3, 9}), (Ints{5, 6, 6, 7, -4, 6, 2, -12}));
    EXPECT_EQ(b.graph.macs(), 16);
}

TEST(Convolution, Dilated) {
    auto b = graph_of({1, 3, 4}, int8);
    Node node = conv_node(2, 2, {1, 10, 100, 1000}, {0});
    node.dilation_h = 2;
    node.dilation_w = 3;
    b.append(node, {1, 1, 1}, accumulator_type());
    EXPECT_EQ(run(b.graph, {1, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 4}), Ints{4321});
}

TEST(Convolution, AsymmetricPaddingIsTheZeroPoint) {
    auto b = graph_of({1, 1, 2}, integer_type(8, Kind::signed_integer, -10));
    Node node = conv_node(2, 3, {1, 2, 4, 8, 16, 32}, {0});
    node.pad_bottom = 1;
    node.pad_left = 2;
    node.pad_right = 1;
    b.append(node, {1, 1, 3}, accumulator_type());
    // Elements less their zero point: 1, 3. They move from right to left through the upper row's 1, 2, 4.
    EXPECT_EQ(run(b.graph, {-9, -7}), (Ints{4 * 1, 2 * 1 + 4 * 3, 1 * 1 + 2 * 3}));
}

TEST(Convolution, SixteenBitWeightsAndElements) {
    auto b = graph_of({2, 1, 1}, integer_type(16, Kind::signed_integer, -32768));
    b.append(conv_node(1, 1, {32767, -32768}, {5}), {1, 1, 1}, accumulator_type());
    // 65535 and 65534 less the zero point: neither fits 16 bits, nor do the products 32.
    EXPECT_EQ(run(b.graph, {32767, 32766}), Ints{65535 * 32767ll - 65534 * 32768ll + 5});
}

// Products that add up to far more than 32 bits and come back are no error: only the accumulator counts.
TEST(Convolution, PartialSumsMayLeave32Bits) {
    constexpr int half = 600;
    auto b = graph_of({2 * half, 1, 1}, integer_type(8, Kind::unsigned_integer));
    std::vector<std::int16_t> weights(half, 32767);
    weights.resize(2 * half, -32767);
    b.append(conv_node(1, 1, weights, {-7}), {1, 1, 1}, accumulator_type());
    EXPECT_EQ(run(b.graph, Ints(2 * half, 255)), Ints{-7});
    Ints input(2 * half, 255);
    for (int i = half; i < 2 * half; ++i) input[static_cast<std::size_t>(i)] = 0;
    EXPECT_THROW(run(b.graph, input), std::overflow_error);
}

// Sixteen bits times sixteen over large windows, whose sums are far beyond 32 bits, against the oracle.
TEST(Convolution, SixteenBitsOverLargeWindows) {
    std::mt19937 random(5);
    const auto draw = [&](int low, int high) {
        const int end = std::uniform_int_distribution(0, 3)(random);
        return end == 0 ? low : end == 1 ? high : std::uniform_int_distribution(low, high)(random);
    };
    std::int64_t largest = 0;
    for (const TensorType& type :
         {integer_type(16, Kind::unsigned_integer), integer_type(16, Kind::unsigned_integer, 65535),
          integer_type(16, Kind::signed_integer), integer_type(16, Kind::signed_integer, -32768),
          integer_type(9, Kind::unsigned_integer, 256), integer_type(12, Kind::signed_integer)}) {
        for (const int groups : {1, 4}) {
            const Shape in{groups * 76, 5, 7}, out{8, 5, 3};
            auto b = graph_of(in, type);
            std::vector<std::int16_t> weights(static_cast<std::size_t>(8 * 76 * 3 * 3));
            for (auto& w : weights) w = static_cast<std::int16_t>(draw(-32768, 32767));
            std::vector<std::int32_t> bias(8);
            for (auto& x : bias) x = draw(INT32_MIN, INT32_MAX);
            Node node = conv_node(3, 3, weights, bias);
            node.groups = groups;
            node.pad_top = node.pad_bottom = node.pad_left = 1;
            node.stride_w = node.dilation_w = 2;
            node.pad_right = 2;
            node.requant.multiplier.assign(8, 0);
            node.requant.shift.assign(8, 0);
            for (int c = 0; c < 8; ++c) {
                node.requant.multiplier[static_cast<std::size_t>(c)] = draw(1 << 30, INT32_MAX);
                node.requant.shift[static_cast<std::size_t>(c)] = draw(50, 54);
            }
            node.requant.rounding = groups == 1 ? Rounding::half_up : Rounding::half_even;
            node.requant.high = 65535;
            b.append(node, out, integer_type(16, Kind::unsigned_integer, 32768));
            validate(b.graph);
            Ints input(static_cast<std::size_t>(in.size()));
            for (auto& x : input) x = draw(static_cast<int>(type.lowest()), static_cast<int>(type.highest()));
            Accumulators accumulators;
            const Activations tensors = execute(b.graph, input, &accumulators);
            std::vector<std::int64_t> sums;
            EXPECT_EQ(tensors[1], test::oracle(b.graph, b.graph.nodes[0], tensors, &sums));
            EXPECT_EQ(accumulators[1], sums);
            for (const std::int64_t sum : sums) largest = std::max(largest, std::abs(sum));
        }
    }
    EXPECT_GT(largest, std::int64_t{1} << 36);
}

TEST(Convolution, AccumulatorsIncludeTheBias) {
    auto b = graph_of({1, 1, 2}, int8);
    Node node = conv_node(1, 1, {3}, {1000});
    node.requant = {{1}, {4}, -8, 7};
    const int y = b.append(node, {1, 1, 2}, integer_type(4, Kind::signed_integer));
    Node pool = of(Op::max_pool, {y});
    pool.kernel_w = 2;
    b.append(pool, {1, 1, 1}, integer_type(4, Kind::signed_integer));
    Accumulators accumulators;
    const Activations tensors = execute(b.graph, Ints{-100, 20}, &accumulators);
    EXPECT_EQ(accumulators, (Accumulators{{}, {700, 1060}, {}}));
    EXPECT_EQ(tensors, (Activations{{-100, 20}, {7, 7}, {7}}));
}

// ---- Thresholds

TEST(Thresholds, RiseAndFall) {
    auto b = graph_of({2, 1, 5}, int8);
    Node node = of(Op::merge, {0});
    node.channels = {{0, 0}, {0, 0}, {0, 1}};
    node.requant = thresholds(3, {-5, 0, 10, -5, 0, 10, 2, 2, 2}, -2, 1, {false, true, false});
    b.append(node, {3, 1, 5}, integer_type(2, Kind::signed_integer));
    // A threshold is reached by its own value; equal thresholds are crossed at once.
    EXPECT_EQ(run(b.graph, {-6, -5, 0, 9, 10, 1, 2, 3, -128, 127}),
              (Ints{-2, -1, 0, 0, 1, 1, 0, -1, -1, -2, -2, 1, 1, -2, 1}));
}

TEST(Thresholds, BipolarOfAConvolution) {
    auto b = graph_of({1, 1, 3}, int8);
    Node node = conv_node(1, 1, {2, -2}, {1, 0});
    node.requant = thresholds(1, {5, 0}, -1, 1, {false, true});
    const int y = b.append(node, {2, 1, 3}, integer_type(1, Kind::bipolar));
    EXPECT_EQ(run(b.graph, {1, 2, 0}), (Ints{-1, 1, -1, 1, 1, -1}));
    // And of a padded maximum of it: padding never wins.
    Node pool = of(Op::max_pool, {y});
    pool.kernel_w = 2;
    pool.pad_left = pool.pad_right = 1;
    b.append(pool, {2, 1, 4}, integer_type(1, Kind::bipolar));
    EXPECT_EQ(run(b.graph, {1, 2, 0}), (Ints{-1, 1, 1, -1, 1, 1, 1, -1}));
}

TEST(Thresholds, OfAPoolAtTheEdgesOfTheirRange) {
    auto b = graph_of({1, 1, 2}, int8);
    Node node = of(Op::average_pool, {0});
    node.kernel_w = 2;
    Ints values(254, 3);
    values.insert(values.begin(), INT32_MIN);
    node.requant = thresholds(255, values, 0, 255);
    b.append(node, {1, 1, 1}, integer_type(8, Kind::unsigned_integer, 9));  // the zero point plays no part
    EXPECT_EQ(run(b.graph, {1, 1}), Ints{1});
    EXPECT_EQ(run(b.graph, {1, 2}), Ints{255});
}

// ---- Adds and products

// TFLite's ADD of int8 (reference/add.h), operand by operand.
TEST(TwoStageAdd, AsTfliteWritesIt) {
    std::mt19937 random(3);
    const auto between = [&](int low, int high) {
        return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1));
    };
    for (int round = 0; round < 300; ++round) {
        const int zero1 = between(-128, 127), zero2 = between(-128, 127), zero_out = between(-128, 127);
        const std::int32_t m1 = between(1 << 30, INT32_MAX), m2 = between(1 << 30, INT32_MAX);
        const std::int32_t m_out = between(1 << 30, INT32_MAX);
        const int shift1 = -between(0, 8), shift2 = -between(0, 8), shift_out = -between(14, 20);

        auto b = graph_of({2, 1, 16}, integer_type(8, Kind::signed_integer, zero1));
        Node slice = of(Op::merge, {0});
        slice.channels = {{0, 1}, {0, 0}};  // swapped, and moved to the other zero point
        slice.requant = {{1, 1}, {0, 0}, -128, 127};
        const int second = b.append(slice, {2, 1, 16}, integer_type(8, Kind::signed_integer, zero2));
        Node add = of(Op::add, {0, second});
        add.left_shift = 20;
        add.sum_multiplier = m_out;
        add.sum_shift = 31 - shift_out;
        add.requant = {{m1, m2}, {31 - shift1, 31 - shift2}, -120, 127, Rounding::doubled};
        b.append(add, {2, 1, 16}, integer_type(8, Kind::signed_integer, zero_out));
        validate(b.graph);

        Ints input;
        for (int i = 0; i < 32; ++i) input.push_back(between(-128, 127));
        const Activations tensors = execute(b.graph, input);
        for (std::size_t i = 0; i < 32; ++i) {
            const std::int32_t value1 = input[i] - zero1, value2 = tensors[1][i] - zero2;
            const std::int32_t scaled1 =
                test::multiply_by_quantized_multiplier(value1 * (1 << 20), m1, shift1);
            const std::int32_t scaled2 =
                test::multiply_by_quantized_multiplier(value2 * (1 << 20), m2, shift2);
            const std::int32_t raw =
                test::multiply_by_quantized_multiplier(scaled1 + scaled2, m_out, shift_out) + zero_out;
            ASSERT_EQ(tensors[2][i], std::min(127, std::max(-120, raw)));
        }
    }
}

TEST(TwoStageAdd, EachStageRoundsByItself) {
    auto b = graph_of({1, 1, 2}, int8);
    Node add = of(Op::add, {0, 0, 0});
    add.left_shift = 1;
    add.requant = {{1, 1, 3}, {2, 2, 1}, -128, 127};
    add.sum_multiplier = 1;
    add.sum_shift = 1;
    b.append(add, {1, 1, 2}, integer_type(8, Kind::signed_integer, 10));
    // x = 3: 6 / 4 -> 2, twice, and 18 / 2 = 9; 13 / 2 -> 7. x = -3: -1, twice, and -9; -11 / 2 -> -5.
    EXPECT_EQ(run(b.graph, {3, -3}), (Ints{17, 5}));
    b.graph.nodes[0].requant.rounding = Rounding::half_even;
    // 1.5 -> 2, 6.5 -> 6; -1.5 -> -2, -6.5 -> -6.
    EXPECT_EQ(run(b.graph, {3, -3}), (Ints{16, 4}));
}

TEST(Multiply, TakesTheZeroPointsAway) {
    auto b = graph_of({1, 1, 4}, integer_type(8, Kind::signed_integer, 3));
    const int y = b.cast(0, integer_type(8, Kind::unsigned_integer, 100));
    Node node = of(Op::multiply, {0, y});
    node.requant = {{1}, {1}, 0, 200};
    b.append(node, {1, 1, 4}, integer_type(8, Kind::unsigned_integer, 7));
    // Squares of 5, -3, 0 and 100, halved: 12.5, 4.5 go up.
    EXPECT_EQ(run(b.graph, {8, 0, 3, 103}), (Ints{20, 12, 7, 200}));
}

TEST(Multiply, ProductsMayLeave32Bits) {
    auto b = graph_of({1, 1, 3}, integer_type(16, Kind::unsigned_integer));
    Node node = of(Op::multiply, {0, 0});
    node.requant = {{1}, {20}, 0, 65535};
    b.append(node, {1, 1, 3}, integer_type(16, Kind::unsigned_integer));
    // 2047.99.., 2048.04.. and 4095.87..
    EXPECT_EQ(run(b.graph, {46340, 46342, 65535}), (Ints{2048, 2048, 4096}));
}

// ---- Pools

TEST(Divide, TiesGoAwayFromZeroAndTheZeroPointStays) {
    auto b = graph_of({4, 1, 2}, integer_type(8, Kind::signed_integer, 55));
    Node node = of(Op::average_pool, {0});
    node.kernel_w = 2;
    node.divide = true;
    node.requant.low = -100;
    node.requant.high = 100;
    b.append(node, {4, 1, 1}, integer_type(8, Kind::signed_integer, 55));
    EXPECT_EQ(run(b.graph, {1, 2, -1, -2, -128, -127, 127, 100}), (Ints{2, -2, -100, 100}));
}

TEST(Divide, CountsWhatLiesInsideTheInput) {
    auto b = graph_of({1, 3, 3}, int8);
    Node node = of(Op::average_pool, {0});
    node.kernel_h = node.kernel_w = 3;
    node.pad_top = node.pad_left = node.pad_bottom = node.pad_right = 1;
    node.divide = true;
    node.requant.low = -128;
    node.requant.high = 127;
    b.append(node, {1, 3, 3}, int8);
    // Sums of 4, 6 and 9 elements: -12 / 4, -21 / 6 = -3.5, -16 / 4; -27 / 6 = -4.5, -45 / 9, -33 / 6 = -5.5;
    // -24 / 4, -39 / 6 = -6.5, -28 / 4.
    EXPECT_EQ(run(b.graph, {-1, -2, -3, -4, -5, -6, -7, -8, -9}), (Ints{-3, -4, -4, -5, -5, -6, -6, -7, -7}));
}

TEST(MaxPool, PaddingNeverWins) {
    auto b = graph_of({1, 2, 2}, integer_type(8, Kind::signed_integer, 100));
    Node node = of(Op::max_pool, {0});
    node.kernel_h = node.kernel_w = 2;
    node.pad_top = node.pad_left = node.pad_bottom = node.pad_right = 1;
    b.append(node, {1, 3, 3}, integer_type(8, Kind::signed_integer, 100));
    EXPECT_EQ(run(b.graph, {-128, -100, -50, -20}), (Ints{-128, -100, -100, -50, -20, -20, -50, -20, -20}));
}

// ---- Inputs and outputs

TEST(Input, BytesAreTheIntegersWithoutATable) {
    const auto b = graph_of({1, 1, 3}, integer_type(8, Kind::unsigned_integer));
    const std::uint8_t image[] = {0, 128, 255};
    EXPECT_EQ(input_integers(b.graph, image), (Ints{0, 128, 255}));
    EXPECT_EQ(input_integers(b.graph, image, true), (Ints{0, 128, 255}));
    EXPECT_EQ(execute(b.graph, image)[0], (Ints{0, 128, 255}));
}

TEST(Input, SignedIntegersAreTwosComplement) {
    auto b = graph_of({1, 1, 3}, int8);
    const std::uint8_t image[] = {0, 128, 255};
    EXPECT_EQ(input_integers(b.graph, image, true), (Ints{0, -128, -1}));
    expect_error([&] { input_integers(b.graph, image); }, "network test: input image: expected -128..127",
                 "found 128");
    b.graph.input_table.resize(256);
    for (int i = 0; i < 256; ++i) b.graph.input_table[static_cast<std::size_t>(i)] = i - 128;
    EXPECT_EQ(input_integers(b.graph, image), (Ints{-128, 0, 127}));
    EXPECT_EQ(input_integers(b.graph, image, true), (Ints{0, -128, -1}));  // integers need no table
}

TEST(Input, OneTableByChannel) {
    auto b = graph_of({2, 1, 2}, integer_type(16, Kind::signed_integer));
    for (int i = 0; i < 256; ++i) b.graph.input_table.push_back(i);
    for (int i = 0; i < 256; ++i) b.graph.input_table.push_back(-100 * i);
    validate(b.graph);
    const std::uint8_t image[] = {1, 255, 1, 255};
    EXPECT_EQ(input_integers(b.graph, image), (Ints{1, 255, -100, -25500}));
}

TEST(Input, MustBeInItsRangeAndOfItsSize) {
    const auto narrow = graph_of({1, 1, 2}, integer_type(2, Kind::ternary));
    expect_error([&] { execute(narrow.graph, Ints{1, -2}); }, "expected -1..1, found -2");
    const auto bipolar = graph_of({1, 1, 2}, integer_type(1, Kind::bipolar));
    expect_error([&] { execute(bipolar.graph, Ints{1, 0}); }, "expected -1 or 1, found 0");
    EXPECT_EQ(execute(bipolar.graph, Ints{1, -1})[0], (Ints{1, -1}));
    expect_error([&] { execute(bipolar.graph, Ints{1}); }, "expected 2 integers, found 1");
}

TEST(HostOutputs, OneStepAfterTheOther) {
    auto b = graph_of({2, 1, 1}, int8);
    EXPECT_EQ(host_outputs(b.graph, {3, -4}), (std::vector<float>{3, -4}));
    using K = HostStep::Kind;
    b.graph.host_steps = {{K::add, {1, 2}}, {K::multiply, {10}}, {K::subtract, {5, -5}}, {K::divide, {4}}};
    validate(b.graph);
    // ((3 + 1) * 10 - 5) / 4 and ((-4 + 2) * 10 + 5) / 4.
    EXPECT_EQ(host_outputs(b.graph, {3, -4}), (std::vector<float>{8.75f, -3.75f}));
}

TEST(HostOutputs, AreByChannelAndRoundedToFloat32Once) {
    auto b = graph_of({2, 1, 2}, integer_type(16, Kind::signed_integer));
    b.graph.host_steps = {{HostStep::Kind::add, {16777216, 0}},
                          {HostStep::Kind::subtract, {16777215.75, -16777216}}};
    // 2^24 + 1 and 2^24 + 3 are no floats: on the way they are kept, as results they go to even.
    EXPECT_EQ(host_outputs(b.graph, {1, 3, 1, 3}), (std::vector<float>{1.25f, 3.25f, 16777216, 16777220}));
}

}  // namespace
}  // namespace pimvp::net
