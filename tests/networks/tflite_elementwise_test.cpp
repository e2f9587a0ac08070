// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// TFLite operators without weights, and the ends of the network.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "networks/executor.h"
#include "networks/softmax.h"
#include "tests/networks/tflite_builder.h"
#include "tests/networks/tflite_reference.h"

namespace pimvp::net::test {
namespace {

using Values = std::vector<std::int32_t>;

const Quant from{0.05F, -9}, other{0.031F, 20}, to{0.077F, 4};

// A tensor of another scale that comes from the image by a QUANTIZE, and its values.
int requantised(TfliteBuilder& b, int image, const Dims& dims, const Quant& q) {
    const int x = b.activation("other", dims, q.scale, q.zero_point);
    b.op(QUANTIZE, {image}, x);
    return x;
}
Values requantised(const Image& in, const Quant& q) {
    Values out;
    for (const int v : in.values)
        out.push_back(clamped(times(v - from.zero_point, double(from.scale) / q.scale), q));
    return out;
}

TEST(TfliteAdd, TwoStages) {
    const Image in = random_image(3, 4, 2, 1);
    TfliteBuilder b;
    const int image = b.activation("image", {1, 3, 4, 2}, from.scale, from.zero_point);
    const int second = requantised(b, image, {1, 3, 4, 2}, other);
    const int y = b.activation("y", {1, 3, 4, 2}, to.scale, to.zero_point);
    b.add(image, second, y, FUSED_RELU);
    const Values b_values = requantised(in, other);
    Values expected;
    const double twice = 2.0 * from.scale;  // the larger of the two scales
    for (std::size_t i = 0; i < in.values.size(); ++i) {
        const std::int64_t first = times((in.values[i] - from.zero_point) * 1048576LL, from.scale / twice);
        const std::int64_t next = times((b_values[i] - other.zero_point) * 1048576LL, other.scale / twice);
        expected.push_back(clamped(times(first + next, twice / (1048576.0 * to.scale)), to, to.zero_point));
    }
    EXPECT_EQ(run(b.finish({image}, {y}), in).output.values, expected);
    EXPECT_GT(*std::max_element(expected.begin(), expected.end()), to.zero_point);
}

TEST(TfliteMul, ProductOfTheDifferences) {
    const Image in = random_image(2, 5, 3, 2);
    TfliteBuilder b;
    const int image = b.activation("image", {1, 2, 5, 3}, from.scale, from.zero_point);
    const int second = requantised(b, image, {1, 2, 5, 3}, other);
    const int y = b.activation("y", {1, 2, 5, 3}, to.scale, to.zero_point);
    b.mul(image, second, y);
    const Values b_values = requantised(in, other);
    Values expected;
    for (std::size_t i = 0; i < in.values.size(); ++i)
        expected.push_back(clamped(times((in.values[i] - from.zero_point) * (b_values[i] - other.zero_point),
                                         from.scale * other.scale / to.scale),
                                   to));
    const Outcome outcome = run(b.finish({image}, {y}), in);
    EXPECT_EQ(outcome.output.values, expected);
    EXPECT_EQ(outcome.graph.nodes.back().op, Op::multiply);
}

TEST(TflitePool, Average) {
    // 2 x 2 over 3 x 3 with SAME and stride 2: windows of 4, 2, 2 and 1 elements.
    TfliteBuilder b;
    const int image = b.activation("image", {1, 3, 3, 1}, 1.0F, -5);
    const int y = b.activation("y", {1, 2, 2, 1}, 1.0F, -5);
    b.pool(AVERAGE_POOL_2D, image, y, SAME, 2, 2, 2, 2);
    const Image in{3, 3, 1, {1, 2, -3, 4, 3, -4, -5, -10, 7}};
    // 10/4 = 2.5, -7/2 = -3.5, -15/2 = -7.5: halves away from zero.
    EXPECT_EQ(run(b.finish({image}, {y}), in).output.values, (Values{3, -4, -8, 7}));
}

TEST(TflitePool, AverageWithActivation) {
    TfliteBuilder b;
    const int image = b.activation("image", {1, 1, 4, 1}, 0.5F, 3);
    const int y = b.activation("y", {1, 1, 2, 1}, 0.5F, 3);
    b.pool(AVERAGE_POOL_2D, image, y, VALID, 1, 2, 1, 2, FUSED_RELU6);
    EXPECT_EQ(run(b.finish({image}, {y}), {1, 4, 1, {-100, -50, 90, 101}}).output.values, (Values{3, 15}));
}

TEST(TflitePool, MaximumWithAndWithoutClamp) {
    const Image in{2, 4, 1, {1, -7, 60, 2, -90, -8, 3, 70}};
    for (const bool clamp : {false, true}) {
        TfliteBuilder b;
        const int image = b.activation("image", {1, 2, 4, 1}, 0.5F, 3);
        const int y = b.activation("y", {1, 1, 2, 1}, 0.5F, 3);
        b.pool(MAX_POOL_2D, image, y, VALID, 2, 2, 2, 2, clamp ? FUSED_RELU6 : NONE);
        const Outcome outcome = run(b.finish({image}, {y}), in);
        EXPECT_EQ(outcome.output.values, clamp ? (Values{3, 15}) : (Values{1, 70}));
        EXPECT_EQ(outcome.graph.nodes.size(), clamp ? 2u : 1u);
    }
}

TEST(TflitePool, MaximumBehindPad) {
    TfliteBuilder b;
    const int image = b.activation("image", {1, 2, 2, 1}, 0.5F, -128);
    const int padded = b.activation("padded", {1, 3, 3, 1}, 0.5F, -128);
    b.op(PAD, {image, b.integers("paddings", {0, 0, 1, 0, 1, 0, 0, 0})}, padded);
    const int y = b.activation("y", {1, 2, 2, 1}, 0.5F, -128);
    b.pool(MAX_POOL_2D, padded, y, VALID, 2, 2, 1, 1);
    const Outcome outcome = run(b.finish({image}, {y}), {2, 2, 1, {-128, 5, -20, -30}});
    EXPECT_EQ(outcome.output.values, (Values{-128, 5, -20, 5}));
    EXPECT_EQ(outcome.graph.folded, (std::vector<std::string>{"PAD into op01_max_pool_2d"}));
}

// 1/n goes into the multiplier: with 2^e <= n < 2^(e+1), it is floor(multiplier * 2^e / n).
TEST(TfliteMean, OverHeightAndWidth) {
    const Image in = random_image(5, 7, 3, 3);
    for (const bool keep : {false, true}) {
        TfliteBuilder b;
        const int image = b.activation("image", {1, 5, 7, 3}, from.scale, from.zero_point);
        const int y = b.activation("y", keep ? Dims{1, 1, 1, 3} : Dims{1, 3}, other.scale, other.zero_point);
        b.op(MEAN, {image, b.integers("axes", keep ? std::vector<int>{-2, 1} : std::vector<int>{1, 2})}, y);
        Values expected;
        for (int c = 0; c < 3; ++c) {
            std::int64_t sum = 0;
            for (int i = 0; i < 35; ++i) sum += in.at(i / 7, i % 7, c) - from.zero_point;
            // 0.05 / 0.031 is 1.6129, between 1 and 2: mantissa times 2^30.
            const auto mantissa = static_cast<std::int64_t>(
                std::round(double(from.scale) / double(other.scale) * 1073741824.0));
            const double factor = double(mantissa * 32 / 35) / 1073741824.0 / 32;
            expected.push_back(clamped(times(sum, factor), other));
        }
        EXPECT_EQ(run(b.finish({image}, {y}), in).output.values, expected);
    }
}

TEST(TfliteRelu, JoinsWhatIsInFront) {
    for (const int code : {RELU, RELU6, RELU_N1_TO_1}) {
        for (const bool same : {true, false}) {
            const Image in = random_image(3, 3, 1, 4);
            TfliteBuilder b;
            const int image = b.activation("image", {1, 3, 3, 1}, from.scale, from.zero_point);
            const int w = b.weights({1, 1, 1, 1}, {3}, {0.5F});
            const int x = b.activation("x", {1, 3, 3, 1}, to.scale, to.zero_point);
            b.conv({image, w}, x, SAME, 1, 1);
            const Quant q = same ? to : other;
            const int y = b.activation("y", {1, 3, 3, 1}, q.scale, q.zero_point);
            b.op(code, {x}, y);
            const auto level = [&](float real) {
                return q.zero_point + static_cast<int>(std::lround(real / q.scale));
            };
            const int low = level(code == RELU_N1_TO_1 ? -1.0F : 0.0F);
            const int high = code == RELU ? 127 : std::min(127, level(code == RELU6 ? 6.0F : 1.0F));
            Values expected;
            for (const int v : in.values) {
                const std::int32_t conv =
                    clamped(times((v - from.zero_point) * 3, from.scale * 0.5 / to.scale), to);
                expected.push_back(
                    same ? std::clamp(conv, low, high)
                         : clamped(times(conv - to.zero_point,
                                         to.scale / q.scale > 1 ? double(to.scale / q.scale) : 0.0),
                                   q, low, high));
            }
            const Outcome outcome = run(b.finish({image}, {y}), in);
            EXPECT_EQ(outcome.output.values, expected) << code << ", same scale: " << same;
            EXPECT_EQ(outcome.graph.nodes.size(), same ? 1u : 2u);
            EXPECT_EQ(outcome.graph.folded.size(), same ? 1u : 0u);
            EXPECT_EQ(outcome.graph.tensor(outcome.graph.output).name, "y");
        }
    }
}

// What the convolution wrote is read twice: the ReLU must not change it for the other reader.
TEST(TfliteRelu, LeavesASharedTensorAlone) {
    TfliteBuilder b;
    const int image = b.activation("image", {1, 1, 1, 1}, 1.0F, 0);
    const int x = b.activation("x", {1, 1, 1, 1}, 1.0F, 0);
    b.conv({image, b.weights({1, 1, 1, 1}, {1}, {1.0F})}, x, SAME, 1, 1);
    const int r = b.activation("r", {1, 1, 1, 1}, 1.0F, 0);
    b.op(RELU, {x}, r);
    const int y = b.activation("y", {1, 1, 1, 1}, 1.0F, 0);
    b.add(x, r, y);
    const Outcome outcome = run(b.finish({image}, {y}), {1, 1, 1, {-50}});
    EXPECT_EQ(outcome.output.values, (Values{-50}));
}

TEST(TfliteConcatenation, OfChannels) {
    TfliteBuilder b;
    const int image = b.activation("image", {1, 1, 2, 2}, 1.0F, -7);
    const int x = b.activation("x", {1, 1, 2, 1}, 1.0F, -7);
    b.conv({image, b.weights({1, 1, 1, 2}, {1, 1}, {1.0F})}, x, SAME, 1, 1);
    const int y = b.activation("y", {1, 1, 2, 3}, 1.0F, -7);
    b.concatenation({x, image}, y, -1);
    // x - zp: 3 + 5 = 8 and 1 + 2 = 3, so 1 and -4.
    EXPECT_EQ(run(b.finish({image}, {y}), {1, 2, 2, {-4, -2, -6, -5}}).output.values,
              (Values{1, -4, -2, -4, -6, -5}));
}

TEST(TfliteQuantise, InTheMiddle) {
    const Image in = random_image(2, 2, 2, 5);
    TfliteBuilder b;
    const int image = b.activation("image", {1, 2, 2, 2}, from.scale, from.zero_point);
    const int y = requantised(b, image, {1, 2, 2, 2}, to);
    EXPECT_EQ(run(b.finish({image}, {y}), in).output.values, requantised(in, to));
}

// A network of one 1x1 convolution behind an input of any type.
Graph behind_input(int type, const Quant& input, const Quant& inside) {
    TfliteBuilder b;
    const int image = type == FLOAT32
                          ? b.tensor("image", {1, 1, 1, 1}, FLOAT32)
                          : b.tensor("image", {1, 1, 1, 1}, type, {input.scale}, {input.zero_point});
    int x = image;
    if (type != INT8) {
        x = b.activation("x", {1, 1, 1, 1}, inside.scale, inside.zero_point);
        b.op(QUANTIZE, {image}, x);
    }
    const int y = b.activation("y", {1, 1, 1, 1}, 1.0F, 0);
    b.conv({x, b.weights({1, 1, 1, 1}, {1}, {1.0F})}, y, SAME, 1, 1);
    return import_tflite("input.tflite", b.finish({image}, {y}), {});
}

TEST(TfliteInput, TheTypeDecidesWhatAPixelMeans) {
    const Graph plain = behind_input(INT8, {1.0F, -128}, {});
    const Graph unit = behind_input(INT8, {1 / 255.0F, -128}, {});
    const Graph signed_unit = behind_input(INT8, {1 / 127.5F, -1}, {});
    const Graph real = behind_input(FLOAT32, {}, {0.0125F, -40});
    const Graph bytes = behind_input(UINT8, {1.0F, 0}, {1.0F, -128});
    const Graph halves = behind_input(UINT8, {1.0F, 10}, {2.0F, -3});
    for (int p = 0; p < 256; ++p) {
        const auto at = static_cast<std::size_t>(p);
        EXPECT_EQ(plain.input_table[at], p - 128);
        EXPECT_EQ(unit.input_table[at], p - 128);
        // pixel / 127.5 - 1 in steps of 1/127.5 is p - 127.5: each a tie, which float32 decides as a runtime
        // does.
        const int steps = p < 128 ? p - 128 : p - 127;
        EXPECT_NEAR(signed_unit.input_table[at], std::clamp(steps - 1, -128, 127), 1);
        EXPECT_EQ(real.input_table[at], std::lround(p / 255.0 / 0.0125) - 40);
        EXPECT_EQ(bytes.input_table[at], p - 128);
        // The pixel becomes p + 10, at most 255; by half, ties away from zero: (p + 1) / 2.
        EXPECT_EQ(halves.input_table[at], (std::min(p, 245) + 1) / 2 - 3);
    }
    EXPECT_EQ(plain.preprocessing, "real value = pixel; integer = round(real value / 1) - 128");
    EXPECT_NE(signed_unit.preprocessing.find("pixel / 127.5 - 1"), std::string::npos);
    EXPECT_NE(real.preprocessing.find("pixel / 255"), std::string::npos);
    EXPECT_EQ(real.folded, (std::vector<std::string>{"op00_quantize into the image's table"}));
}

TEST(TfliteEnds, SoftmaxAndDequantizeAreLeftToTheHost) {
    TfliteBuilder b;
    const int image = b.activation("image", {1, 4}, 0.1F, 0);
    const int scores = b.activation("scores", {1, 4}, 0.25F, 10);
    b.fully_connected({image, b.weights({4, 4}, random_weights(16, 6), {0.01F})}, scores);
    const int soft = b.activation("soft", {1, 4}, 1 / 256.0F, -128);
    b.softmax(scores, soft, 0.5F);
    const int real = b.tensor("real", {1, 4}, FLOAT32);
    b.op(DEQUANTIZE, {soft}, real);
    const Outcome outcome = run(b.finish({image}, {real}), random_image(1, 1, 4, 7));
    EXPECT_EQ(outcome.graph.softmax_beta, 0.5);
    EXPECT_EQ(outcome.graph.tensor(outcome.graph.output).name, "scores");
    EXPECT_EQ(outcome.graph.folded,
              (std::vector<std::string>{"op01_softmax: left to the host",
                                        "op02_dequantize: left out, the scores stay integers"}));
}

TEST(TfliteReshape, ARowOfNumbersIsAnImageOfOneChannel) {
    TfliteBuilder b;
    const int row = b.activation("row", {1, 6}, 1.0F, 0);
    const int image = b.activation("image", {1, 2, 3, 1}, 1.0F, 0);
    b.op(RESHAPE, {row}, image);
    const int y = b.activation("y", {1, 1, 2, 1}, 1.0F, 0);
    b.pool(MAX_POOL_2D, image, y, VALID, 2, 2, 1, 1);
    EXPECT_EQ(run(b.finish({row}, {y}), {2, 3, 1, {1, 2, 3, 4, 5, 6}}).output.values, (Values{5, 6}));
}

// exp(beta * scale * (x - max)) / sum in real numbers, to 1/256: fixed point is off by no more than one unit.
TEST(Softmax, IsCloseToTheRealOne) {
    for (unsigned seed = 0; seed < 200; ++seed) {
        const Image in = random_image(1, 1, 1 + static_cast<int>(seed % 40), seed);
        const double scale = 0.002 * (1 + seed % 70), beta = seed % 2 == 0 ? 1.0 : 0.7;
        const Values out = tflite_softmax(in.values, beta, scale);
        double sum = 0;
        for (const int v : in.values) sum += std::exp(beta * scale * v);
        for (std::size_t i = 0; i < out.size(); ++i) {
            const double real = std::exp(beta * scale * in.values[i]) / sum * 256 - 128;
            EXPECT_NEAR(out[i], std::min(real, 127.0), 0.51) << "seed " << seed;
        }
    }
}

TEST(Softmax, ByHand) {
    // Two equal scores: 1/2 each. One far above: 1 - 1/256 at most, and 0.
    EXPECT_EQ(tflite_softmax({5, 5}, 1, 0.1), (Values{0, 0}));
    EXPECT_EQ(tflite_softmax({127, -128}, 1, 0.5), (Values{127, -128}));
    EXPECT_EQ(tflite_softmax({9}, 1, 0.1), (Values{127}));
}

}  // namespace
}  // namespace pimvp::net::test
