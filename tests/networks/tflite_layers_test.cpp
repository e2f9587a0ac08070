// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Convolutions of TFLite files, from the file to the integers.
#include "networks/tflite_layers.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/networks/tflite_builder.h"
#include "tests/networks/tflite_reference.h"
#include "tests/support/expect_error.h"

namespace pimvp::net::test {
namespace {

const Quant pixels{1.0F, -128}, result{0.7F, 11};

std::vector<float> some_scales(int count) {
    std::vector<float> scales;
    for (int i = 0; i < count; ++i) scales.push_back(0.0008F + 0.00005F * static_cast<float>(i));
    return scales;
}

std::vector<std::int32_t> some_bias(int count) {
    std::vector<std::int32_t> bias;
    for (int i = 0; i < count; ++i) bias.push_back(977 * i - 2500);
    return bias;
}

// The file of one convolution, behind a PAD where there is one.
std::string conv_file(const Image& in, const ConvCase& k, const std::vector<int>& weights, const Image& out,
                      int activation = NONE, bool with_bias = true) {
    TfliteBuilder b;
    const int image = b.activation("image", {1, in.h, in.w, in.c}, pixels.scale, pixels.zero_point);
    int x = image;
    if (k.pad_top + k.pad_left + k.pad_bottom + k.pad_right > 0) {
        x = b.activation("padded",
                         {1, in.h + k.pad_top + k.pad_bottom, in.w + k.pad_left + k.pad_right, in.c},
                         pixels.scale, pixels.zero_point);
        const int paddings =
            b.integers("paddings", {0, 0, k.pad_top, k.pad_bottom, k.pad_left, k.pad_right, 0, 0});
        b.op(PAD, {image, paddings}, x);
    }
    const Dims dims = k.depthwise ? Dims{1, k.kernel_h, k.kernel_w, k.out_channels}
                                  : Dims{k.out_channels, k.kernel_h, k.kernel_w, k.in_per_filter};
    const int w = b.weights(dims, weights, some_scales(k.out_channels), k.depthwise ? 3 : 0);
    const int y = b.activation("result", {1, out.h, out.w, out.c}, result.scale, result.zero_point);
    const std::vector<int> inputs = {x, w, with_bias ? b.integers("bias", some_bias(k.out_channels)) : -1};
    if (k.depthwise)
        b.depthwise(inputs, y, k.same ? SAME : VALID, k.stride_h, k.stride_w, k.out_channels / in.c,
                    activation, k.dilation_h, k.dilation_w);
    else
        b.conv(inputs, y, k.same ? SAME : VALID, k.stride_h, k.stride_w, activation, k.dilation_h,
               k.dilation_w);
    return b.finish({image}, {y});
}

Graph expect_conv(const Image& in, const ConvCase& k, bool once = false) {
    const std::size_t taps = static_cast<std::size_t>(k.kernel_h) * k.kernel_w * k.out_channels;
    const std::vector<int> weights = random_weights(taps * (k.depthwise ? 1 : k.in_per_filter), 5);
    const Image expected = convolved(in, pixels, k, weights, some_scales(k.out_channels),
                                     some_bias(k.out_channels), result, -128, 127, once);
    const Outcome outcome =
        run(conv_file(in, k, weights, expected), in, once ? Rounding::half_up : Rounding::doubled);
    EXPECT_EQ(outcome.output.values, expected.values);
    const auto inside = std::count_if(expected.values.begin(), expected.values.end(),
                                      [](int v) { return v > -128 && v < 127; });
    EXPECT_GT(inside * 4, static_cast<std::ptrdiff_t>(expected.values.size())) << "most outputs at the clamp";
    return outcome.graph;
}

ConvCase conv3x2() {
    ConvCase k;
    k.kernel_h = 3;
    k.kernel_w = 2;
    k.out_channels = 4;
    k.in_per_filter = 3;
    return k;
}

TEST(TfliteConv, ByHand) {
    // One pixel of two channels, 3 and 10 above the zero point: 3 * 2 + 10 * -1 + 100 = 96 for the first
    // filter, 3 * 127 + 10 * 4 - 21 = 400 for the second. Factors 1/4 and 1/8: 24 and 50, and 7 more by the
    // zero point.
    TfliteBuilder b;
    const int image = b.activation("image", {1, 1, 1, 2}, 1.0F, -128);
    const int w = b.weights({2, 1, 1, 2}, {2, -1, 127, 4}, {0.5F, 0.25F});
    const int bias = b.integers("bias", {100, -21});
    const int y = b.activation("y", {1, 1, 1, 2}, 2.0F, 7);
    b.conv({image, w, bias}, y, SAME, 1, 1);
    const Outcome outcome = run(b.finish({image}, {y}), {1, 1, 2, {-125, -118}});
    EXPECT_EQ(outcome.output.values, (std::vector<std::int32_t>{31, 57}));
    const Node& node = outcome.graph.nodes.at(0);
    EXPECT_EQ(node.name, "op00_conv_2d");
    EXPECT_EQ(node.requant.multiplier, (std::vector<std::int32_t>{1 << 30, 1 << 30}));
    EXPECT_EQ(node.requant.shift, (std::vector<int>{32, 33}));
    EXPECT_EQ(outcome.graph.tensor(node.output).name, "y");
}

TEST(TfliteConv, SameAndValidWithStridesAndDilations) {
    const Image in = random_image(7, 9, 3, 1);
    for (const bool same : {true, false}) {
        for (const int stride : {1, 2, 3}) {
            for (const int dilation : {1, 2}) {
                ConvCase k = conv3x2();
                k.same = same;
                k.stride_h = stride;
                k.stride_w = 4 - stride;
                k.dilation_h = dilation;
                k.dilation_w = 3 - dilation;
                expect_conv(in, k);
            }
        }
    }
}

TEST(TfliteConv, RoundedOnce) {
    expect_conv(random_image(9, 9, 3, 2), conv3x2(), true);
    // 1 * 0.49: the mantissa 0.98 rounds to 1, and a half of it away from zero to 1; at once it is 0.
    TfliteBuilder b;
    const int image = b.activation("image", {1, 1, 1, 1}, 1.0F, -128);
    const int y = b.activation("y", {1, 1, 1, 1}, 1.0F, 0);
    b.conv({image, b.weights({1, 1, 1, 1}, {1}, {0.49F})}, y, SAME, 1, 1);
    const std::string bytes = b.finish({image}, {y});
    const Image one{1, 1, 1, {-127}};
    EXPECT_EQ(run(bytes, one, Rounding::doubled).output.values, (std::vector<std::int32_t>{1}));
    EXPECT_EQ(run(bytes, one, Rounding::half_up).output.values, (std::vector<std::int32_t>{0}));
}

TEST(TfliteConv, Groups) {
    ConvCase k = conv3x2();
    k.in_per_filter = 2;
    k.out_channels = 6;
    const Graph graph = expect_conv(random_image(5, 5, 6, 3), k);
    EXPECT_EQ(graph.nodes.at(0).groups, 3);
}

TEST(TfliteConv, DepthwiseWithTwoOutputsPerInput) {
    ConvCase k = conv3x2();
    k.depthwise = true;
    k.in_per_filter = 1;
    k.out_channels = 6;
    k.stride_h = 2;
    const Graph graph = expect_conv(random_image(6, 5, 3, 4), k);
    EXPECT_EQ(graph.nodes.at(0).groups, 3);
    EXPECT_EQ(graph.nodes.at(0).weights.size(), 36u);
}

TEST(TfliteConv, PadInFrontIsFolded) {
    for (const bool same : {true, false}) {
        for (const bool depthwise : {true, false}) {
            ConvCase k = conv3x2();
            k.kernel_w = 3;
            k.same = same;
            k.depthwise = depthwise;
            if (depthwise) k.out_channels = 3;
            k.in_per_filter = depthwise ? 1 : 3;
            k.stride_h = k.stride_w = 2;
            k.pad_top = same ? 0 : 1;
            k.pad_left = k.pad_right = 1;
            k.pad_bottom = same ? 1 : 2;
            const Graph graph = expect_conv(random_image(6, 6, 3, 5), k);
            ASSERT_EQ(graph.folded.size(), 1u);
            EXPECT_EQ(graph.folded[0],
                      depthwise ? "PAD into op01_depthwise_conv_2d" : "PAD into op01_conv_2d");
            EXPECT_EQ(graph.nodes.size(), 1u);
        }
    }
}

TEST(TfliteConv, FusedActivations) {
    // Scale 0.7, zero point 11: 0 is 11, 6 is 11 + round(8.57) = 20, -1 and 1 are 11 -+ round(1.43).
    const Image in = random_image(6, 6, 3, 6);
    const ConvCase k = conv3x2();
    const std::vector<int> weights = random_weights(72, 5);
    const std::vector<std::vector<int>> cases = {
        {NONE, -128, 127}, {FUSED_RELU, 11, 127}, {FUSED_RELU6, 11, 20}, {FUSED_RELU_N1_TO_1, 10, 12}};
    for (const std::vector<int>& c : cases) {
        const Image expected =
            convolved(in, pixels, k, weights, some_scales(4), some_bias(4), result, c[1], c[2]);
        EXPECT_EQ(run(conv_file(in, k, weights, expected, c[0]), in).output.values, expected.values) << c[0];
    }
}

TEST(TfliteConv, NoBiasAndOneScaleForAllChannels) {
    const Image in = random_image(4, 4, 3, 7);
    const ConvCase k = conv3x2();
    const std::vector<int> weights = random_weights(72, 8);
    const Image expected = convolved(in, pixels, k, weights, some_scales(4), {}, result);
    EXPECT_EQ(run(conv_file(in, k, weights, expected, NONE, false), in).output.values, expected.values);

    TfliteBuilder b;
    const int image = b.activation("image", {1, 4, 4, 3}, pixels.scale, pixels.zero_point);
    const int w = b.weights({4, 3, 2, 3}, weights, {0.0009F});
    const int y = b.activation("y", {1, 4, 4, 4}, result.scale, result.zero_point);
    b.conv({image, w}, y, SAME, 1, 1);
    EXPECT_EQ(run(b.finish({image}, {y}), in).output.values,
              convolved(in, pixels, k, weights, {0.0009F}, {}, result).values);
}

TEST(TfliteConv, FourBitWeights) {
    const Image in = random_image(4, 5, 3, 9);
    const ConvCase k = conv3x2();
    const std::vector<int> weights = random_weights(72, 10, -8, 7);
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i < weights.size(); i += 2)
        bytes.push_back(static_cast<std::uint8_t>((weights[i] & 15) | (weights[i + 1] & 15) << 4));
    TfliteBuilder b;
    const int image = b.activation("image", {1, 4, 5, 3}, pixels.scale, pixels.zero_point);
    const int w = b.tensor("w", {4, 3, 2, 3}, INT4, {0.01F}, {0}, 0, bytes);
    const int y = b.activation("y", {1, 4, 5, 4}, result.scale, result.zero_point);
    b.conv({image, w}, y, SAME, 1, 1);
    const Outcome outcome = run(b.finish({image}, {y}), in);
    EXPECT_EQ(outcome.output.values, convolved(in, pixels, k, weights, {0.01F}, {}, result).values);
    EXPECT_EQ(outcome.graph.nodes.at(0).weight_type.bits, 4);
}

TEST(TfliteWeights, UnpackedLowHalfFirst) {
    const std::uint8_t bytes[] = {0xf8, 0x07};
    EXPECT_EQ(tflite::unpack_weights(bytes, 2, 3, 4).values, (std::vector<std::int16_t>{-8, -1, 7}));
    EXPECT_EQ(tflite::unpack_weights(bytes, 2, 2, 8).values, (std::vector<std::int16_t>{-8, 7}));
    pimvp::test::expect_error([&] { tflite::unpack_weights(bytes, 2, 5, 4); }, "5 weights of 4 bits",
                              "expected 3 bytes, found 2");
}

// A flattened 2 x 3 x 2 tensor meets the weights in HWC order.
TEST(TfliteFullyConnected, FlattensHeightWidthChannels) {
    const Image in = random_image(2, 3, 2, 11);
    const std::vector<int> weights = random_weights(12 * 5, 12);
    for (const bool per_channel : {false, true}) {
        for (const bool reshaped : {false, true}) {
            TfliteBuilder b;
            const int image = b.activation("image", {1, 2, 3, 2}, pixels.scale, pixels.zero_point);
            const std::vector<float> scales = per_channel ? some_scales(5) : std::vector<float>{0.0009F};
            const int w = b.weights({5, 12}, weights, scales);
            const int bias = b.integers("bias", some_bias(5));
            const int y = b.activation("y", {1, 5}, result.scale, result.zero_point);
            int x = image;
            if (reshaped) {
                x = b.activation("flat", {1, 12}, pixels.scale, pixels.zero_point);
                b.op(RESHAPE, {image, b.integers("shape", {1, 12})}, x);
            }
            b.fully_connected({x, w, bias}, y, FUSED_RELU);
            ConvCase k;  // over the row of 12 numbers, as the file sees it
            k.out_channels = 5;
            k.in_per_filter = 12;
            const Image row{1, 1, 12, in.values};
            const Outcome outcome = run(b.finish({image}, {y}), in);
            EXPECT_EQ(outcome.output.values,
                      convolved(row, pixels, k, weights, scales, some_bias(5), result, 11, 127).values);
            EXPECT_EQ(outcome.graph.nodes.at(0).kernel_h, 2);
            EXPECT_EQ(outcome.graph.nodes.at(0).kernel_w, 3);
        }
    }
}

}  // namespace
}  // namespace pimvp::net::test
