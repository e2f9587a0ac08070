// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/executor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>

#include "tests/networks/graph_builder.h"

namespace pimvp::net {
namespace {

using test::accumulator_type;
using test::GraphBuilder;
using test::integer_type;
using Ints = std::vector<std::int32_t>;

Ints run(const Graph& graph, const std::vector<std::uint8_t>& image) {
    validate(graph);
    return execute(graph, image.data())[static_cast<std::size_t>(graph.output)];
}

Node conv_node(int input, int kernel, std::vector<std::int16_t> weights, std::vector<std::int32_t> bias) {
    Node node;
    node.op = Op::conv;
    node.inputs = {input};
    node.kernel_h = node.kernel_w = kernel;
    node.weights = std::move(weights);
    node.weight_type = integer_type(8, Kind::signed_integer);
    node.bias = std::move(bias);
    return node;
}

TEST(Executor, ConvolutionByHand) {
    GraphBuilder b({1, 3, 3});
    b.append(conv_node(0, 2, {1, 2, -3, 4}, {10}), {1, 2, 2}, accumulator_type());
    // 1*1 + 2*2 - 3*4 + 4*5 + 10 = 23 at the top left.
    EXPECT_EQ(run(b.graph, {1, 2, 3, 4, 5, 6, 7, 8, 9}), (Ints{23, 27, 35, 39}));
    EXPECT_EQ(b.graph.macs(), 16);
}

TEST(Executor, PaddingIsTheZeroPoint) {
    GraphBuilder b({1, 1, 2});
    const int x = b.cast(0, integer_type(8, Kind::unsigned_integer, 100));
    Node node = conv_node(x, 3, std::vector<std::int16_t>(9, 1), {0});
    node.pad_top = node.pad_left = node.pad_bottom = node.pad_right = 1;
    b.append(node, {1, 1, 2}, accumulator_type());
    // The cast adds 100, the convolution takes it away again; were padding 0, each tap outside would add
    // -100.
    EXPECT_EQ(run(b.graph, {3, 4}), (Ints{7, 7}));
}

TEST(Executor, RequantisationRoundsHalfUpAndClamps) {
    // Accumulator -3..3 times 1/2: halves go up, also below zero.
    GraphBuilder b({7, 1, 1});
    const int x = b.cast(0, integer_type(8, Kind::unsigned_integer));
    Node node = conv_node(x, 1, {1, 1, 1, 1, 1, 1, 1}, {-3, -2, -1, 0, 1, 2, 3});
    node.groups = 7;
    node.requant = {Ints(7, 16384), std::vector<int>(7, 15), -8, 7};
    b.append(node, {7, 1, 1}, integer_type(4, Kind::signed_integer));
    EXPECT_EQ(run(b.graph, std::vector<std::uint8_t>(7, 0)), (Ints{-1, -1, 0, 0, 1, 1, 2}));
    // Far out: clamped.
    EXPECT_EQ(run(b.graph, std::vector<std::uint8_t>(7, 200)), Ints(7, 7));
}

TEST(Executor, ShiftZeroAddsNoRoundingTermAndZeroPointIsAddedBeforeTheClamp) {
    GraphBuilder b({2, 1, 1});
    Node node = conv_node(0, 1, {1, -1}, {0, 0});
    node.groups = 2;
    node.requant = {{3, 3}, {0, 0}, 0, 20};
    b.append(node, {2, 1, 1}, integer_type(8, Kind::unsigned_integer, 10));
    EXPECT_EQ(run(b.graph, {2, 2}), (Ints{16, 4}));
    EXPECT_EQ(run(b.graph, {4, 4}), (Ints{20, 0}));
}

TEST(Executor, ShiftOneRoundsHalvesUp) {
    GraphBuilder b({2, 1, 1});
    Node node = conv_node(0, 1, {1, -1}, {0, 0});
    node.groups = 2;
    node.requant = {{1, 1}, {1, 1}, -128, 127};
    b.append(node, {2, 1, 1}, integer_type(8, Kind::signed_integer));
    EXPECT_EQ(run(b.graph, {3, 3}), (Ints{2, -1}));
}

TEST(Executor, LargestShiftAndProducts) {
    GraphBuilder b({1, 1, 1});
    Node node = conv_node(0, 1, {0}, {2147483647});
    node.requant = {{2147483647}, {62}, -128, 127};
    b.append(node, {1, 1, 1}, integer_type(8, Kind::signed_integer));
    // (2^31 - 1)^2 / 2^62 is a little below 1.
    EXPECT_EQ(run(b.graph, {0}), Ints{1});
}

TEST(Executor, OutputBeyond32BitsIsAnError) {
    GraphBuilder b({1, 1, 1});
    b.append(conv_node(0, 1, {1}, {2147483647}), {1, 1, 1}, accumulator_type());
    EXPECT_EQ(run(b.graph, {0}), Ints{2147483647});
    EXPECT_THROW(run(b.graph, {1}), std::overflow_error);
}

// The largest products, as many as 48 bits hold, and a bias that makes the sum exactly the largest number.
TEST(Executor, AccumulatorsHave48Bits) {
    constexpr std::int64_t product = 65535 * 32768ll, top = std::int64_t{1} << 47;
    constexpr int count = static_cast<int>(top / product);
    for (const int sign : {1, -1}) {
        GraphBuilder b({count, 1, 1});
        b.graph.tensors[0].type = integer_type(16, Kind::unsigned_integer, sign > 0 ? 65535 : 0);
        // Elements are -65535 or 65535 less their zero point, weights -32768.
        const std::int64_t most = sign > 0 ? top - 1 : -top;
        const auto bias = static_cast<std::int32_t>(most - sign * count * product);
        Node node = conv_node(0, 1, std::vector<std::int16_t>(count, -32768), {bias});
        node.weight_type = integer_type(16, Kind::signed_integer);
        node.requant = {{2147483647}, {62}, -65535 / 2, 65535 / 2};
        b.append(node, {1, 1, 1}, integer_type(16, Kind::signed_integer));
        const Ints input(count, sign > 0 ? 0 : 65535);
        Accumulators accumulators;
        // (2^31 - 1) / 2^62 of +-2^47 is a little less than 2^16, which the clamp cuts.
        EXPECT_EQ(execute(b.graph, input, &accumulators).back(), Ints{sign * (65535 / 2)});
        EXPECT_EQ(accumulators.back(), std::vector<std::int64_t>{most});
        b.graph.nodes[0].bias[0] += sign;
        EXPECT_THROW(execute(b.graph, input), std::overflow_error);
    }
}

TEST(Executor, MaxPoolByHand) {
    GraphBuilder b({1, 3, 3});
    Node node;
    node.op = Op::max_pool;
    node.inputs = {0};
    node.kernel_h = node.kernel_w = node.stride_h = node.stride_w = 2;
    node.pad_top = node.pad_left = 1;
    b.append(node, {1, 2, 2}, integer_type(8, Kind::unsigned_integer));
    EXPECT_EQ(run(b.graph, {1, 9, 2, 8, 3, 7, 4, 6, 5}), (Ints{1, 9, 8, 7}));
}

TEST(Executor, AveragePoolTakesTheZeroPointAway) {
    GraphBuilder b({1, 2, 2});
    const int x = b.cast(0, integer_type(8, Kind::unsigned_integer, 50));
    Node node;
    node.op = Op::average_pool;
    node.inputs = {x};
    node.kernel_h = node.kernel_w = 2;
    node.requant = {{16384}, {16}, -128, 127};
    b.append(node, {1, 1, 1}, integer_type(8, Kind::signed_integer, -7));
    // (1 + 2 + 3 + 4) / 4 = 2.5 -> 3, and the output's zero point.
    EXPECT_EQ(run(b.graph, {1, 2, 3, 4}), Ints{-4});
}

TEST(Executor, AddByHand) {
    GraphBuilder b({2, 1, 1});
    const int x = b.cast(0, integer_type(8, Kind::unsigned_integer, 5));
    Node node;
    node.op = Op::add;
    node.inputs = {0, x};
    node.requant = {{3, 5}, {2, 2}, 0, 100};
    b.append(node, {2, 1, 1}, integer_type(8, Kind::unsigned_integer, 1));
    // The second input is the first plus its zero point: (3 x + 5 x) / 4 = 2 x, plus 1.
    EXPECT_EQ(run(b.graph, {10, 60}), (Ints{21, 100}));
}

TEST(Executor, MergeChoosesChannels) {
    GraphBuilder b({3, 1, 2});
    const int x = b.cast(0, integer_type(8, Kind::unsigned_integer, 20));
    Node node;
    node.op = Op::merge;
    node.inputs = {0, x};
    node.channels = {{1, 2}, {0, 0}, {0, 0}, {1, 1}};
    node.requant = {{1, 1, 16384, 2}, {0, 0, 15, 0}, 0, 255};
    b.append(node, {4, 1, 2}, integer_type(8, Kind::unsigned_integer));
    EXPECT_EQ(run(b.graph, {1, 2, 3, 4, 5, 6}), (Ints{5, 6, 1, 2, 1, 1, 6, 8}));
}

TEST(Executor, ArgmaxIsTheFirstLargest) {
    EXPECT_EQ(argmax({3, 9, 9, 1}), 1);
    EXPECT_EQ(argmax({-5, -2, -7}), 1);
}

// The definitions once more, in floating point and from the output's side: which input does a tap touch, and
// is it there.
double tap(const Ints& x, const Tensor& t, int c, int y, int column) {
    if (y < 0 || y >= t.shape.h || column < 0 || column >= t.shape.w) return 0;
    return double(x[static_cast<std::size_t>((c * t.shape.h + y) * t.shape.w + column)]) - t.type.zero_point;
}

double rounded(double product, const Requant& r, std::size_t i, int zero_point) {
    const double y =
        std::floor(product * std::ldexp(1.0, -r.shift[i]) + (r.shift[i] > 0 ? 0.5 : 0.0)) + zero_point;
    return std::min(std::max(y, double(r.low)), double(r.high));
}

Ints brute_force(const Graph& g, const Node& n, const Activations& a) {
    const Tensor &in = g.tensor(n.inputs[0]), &out = g.tensor(n.output);
    const Ints& x = a[static_cast<std::size_t>(n.inputs[0])];
    const int per_group = in.shape.c / n.groups;
    Ints result(static_cast<std::size_t>(out.shape.size()));
    for (std::size_t i = 0; i < result.size(); ++i) {
        const int plane = out.shape.h * out.shape.w;
        const int c = int(i) / plane, oy = int(i) % plane / out.shape.w, ox = int(i) % out.shape.w;
        double sum = n.op == Op::conv ? n.bias[static_cast<std::size_t>(c)] : 0, largest = -1e9;
        for (int ky = 0; ky < n.kernel_h; ++ky) {
            for (int kx = 0; kx < n.kernel_w; ++kx) {
                const int y = oy * n.stride_h - n.pad_top + ky * n.dilation_h;
                const int column = ox * n.stride_w - n.pad_left + kx * n.dilation_w;
                if (n.op != Op::conv) {
                    sum += tap(x, in, c, y, column);
                    largest = std::max(largest, tap(x, in, c, y, column) + in.type.zero_point);
                    continue;
                }
                for (int k = 0; k < per_group; ++k) {
                    const int ic = c / (out.shape.c / n.groups) * per_group + k;
                    const int w = ((c * per_group + k) * n.kernel_h + ky) * n.kernel_w + kx;
                    sum += tap(x, in, ic, y, column) * n.weights[static_cast<std::size_t>(w)];
                }
            }
        }
        if (n.op == Op::max_pool) {
            result[i] = std::int32_t(largest);
        } else if (n.requant.empty()) {
            result[i] = std::int32_t(sum);
        } else {
            const auto channel = static_cast<std::size_t>(c);
            result[i] = std::int32_t(
                rounded(sum * n.requant.multiplier[channel], n.requant, channel, out.type.zero_point));
        }
    }
    return result;
}

class RandomLayers : public ::testing::TestWithParam<int> {
  protected:
    int pick(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
    TensorType any_type(int most_bits) {
        TensorType type =
            integer_type(pick(1, most_bits), pick(0, 1) ? Kind::signed_integer : Kind::unsigned_integer);
        type.zero_point = pick(int(type.lowest()), int(type.highest()));
        return type;
    }
    std::mt19937 random_{static_cast<unsigned>(GetParam())};
};

TEST_P(RandomLayers, AgreeWithBruteForce) {
    const int groups = pick(1, 3), in_per_group = pick(1, 4), out_per_group = pick(1, 3);
    const Shape image{groups * in_per_group, pick(4, 9), pick(4, 9)};
    GraphBuilder b(image);
    const int x = b.cast(0, any_type(8));

    Node n;
    n.op = GetParam() % 5 == 0 ? Op::max_pool : GetParam() % 5 == 1 ? Op::average_pool : Op::conv;
    n.inputs = {x};
    n.kernel_h = pick(1, 3), n.kernel_w = pick(1, 3);
    n.stride_h = pick(1, 3), n.stride_w = pick(1, 3);
    n.dilation_h = n.kernel_h < 3 ? pick(1, 2) : 1, n.dilation_w = n.kernel_w < 3 ? pick(1, 2) : 1;
    const int span_h = n.dilation_h * (n.kernel_h - 1), span_w = n.dilation_w * (n.kernel_w - 1);
    n.pad_top = pick(0, span_h), n.pad_bottom = pick(0, span_h);
    n.pad_left = pick(0, span_w), n.pad_right = pick(0, span_w);
    Shape shape{n.op == Op::conv ? groups * out_per_group : image.c, 0, 0};
    shape.h = (image.h + n.pad_top + n.pad_bottom - span_h - 1) / n.stride_h + 1;
    shape.w = (image.w + n.pad_left + n.pad_right - span_w - 1) / n.stride_w + 1;

    TensorType type = b.graph.tensor(x).type;
    if (n.op == Op::conv) {
        n.groups = groups;
        n.weight_type =
            pick(0, 3) == 0 ? integer_type(2, Kind::ternary) : integer_type(pick(1, 8), Kind::signed_integer);
        const int count = shape.c * in_per_group * n.kernel_h * n.kernel_w;
        for (int i = 0; i < count; ++i) {
            n.weights.push_back(
                std::int16_t(pick(int(n.weight_type.lowest()), int(n.weight_type.highest()))));
        }
        for (int c = 0; c < shape.c; ++c) n.bias.push_back(pick(-2000, 2000));
    }
    if (n.op == Op::conv && pick(0, 3) == 0) {
        type = accumulator_type();
    } else if (n.op != Op::max_pool) {
        type = any_type(16);
        n.requant.low = type.lowest();
        n.requant.high = pick(0, 1) ? type.highest() : type.zero_point;
        for (int c = 0; c < shape.c; ++c) {
            n.requant.multiplier.push_back(pick(1 << 14, (1 << 15) - 1));
            n.requant.shift.push_back(pick(14, 22));
        }
    }
    b.append(n, shape, type);
    validate(b.graph);

    std::vector<std::uint8_t> pixels;
    for (int i = 0; i < image.size(); ++i) pixels.push_back(std::uint8_t(pick(0, 255)));
    const Activations a = execute(b.graph, pixels.data());
    const Node& last = b.graph.nodes.back();
    EXPECT_EQ(a[static_cast<std::size_t>(last.output)], brute_force(b.graph, last, a));
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomLayers, ::testing::Range(0, 60));

}  // namespace
}  // namespace pimvp::net
