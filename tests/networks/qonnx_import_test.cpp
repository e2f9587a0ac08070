// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <ostream>
#include <random>

#include "networks/executor.h"
#include "networks/import.h"
#include "tests/networks/qonnx_builder.h"
#include "tests/networks/qonnx_evaluator.h"

namespace pimvp::net {
namespace {

using test::Dims;
using test::FloatArray;
using test::QonnxBuilder;
using test::QuantSpec;
using Pixels = std::vector<std::uint8_t>;

Graph import(const QonnxBuilder& b) {
    return import_onnx("memory.onnx", b.bytes(), {});
}

Pixels random_pixels(std::mt19937& random, std::size_t count) {
    Pixels pixels(count);
    for (std::uint8_t& p : pixels) p = static_cast<std::uint8_t>(random());
    return pixels;
}

// Every tensor of the graph that a value of the file has the name of, and the scores.
void expect_equal(const QonnxBuilder& b, const Graph& graph, const Pixels& pixels) {
    const auto expected = test::evaluate_floats(b.model, pixels);
    const Activations tensors = execute(graph, pixels.data());
    int compared = 0;
    for (std::size_t t = 0; t < tensors.size(); ++t) {
        const Tensor& tensor = graph.tensors[t];
        const auto found = expected.find(tensor.name);
        if (found == expected.end() || tensor.type.bits == 32) continue;
        ++compared;
        ASSERT_EQ(found->second.values.size(), tensors[t].size()) << tensor.name;
        for (std::size_t i = 0; i < tensors[t].size(); ++i) {
            const auto real = static_cast<float>(tensors[t][i] - tensor.type.zero_point) *
                              static_cast<float>(tensor.type.scale);
            ASSERT_EQ(real, found->second.values[i]) << tensor.name << " element " << i;
        }
    }
    EXPECT_GE(compared, 2);
    const FloatArray& scores = expected.at(b.model.graph().output(0).name());
    const std::vector<float> found = host_outputs(graph, tensors[static_cast<std::size_t>(graph.output)]);
    ASSERT_EQ(found.size(), scores.values.size());
    // The tail is rounded once here, after each operator there.
    for (std::size_t i = 0; i < found.size(); ++i)
        EXPECT_NEAR(found[i], scores.values[i], 1e-5 * (1 + std::abs(scores.values[i])));
}

/// Draws networks whose scales are powers of two: their sums are exact in float32, in whatever order.
class Drawer {
  public:
    explicit Drawer(unsigned seed) : random_(seed) {}

    int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
    float power(int low, int high) { return std::ldexp(1.0F, low + below(high - low + 1)); }
    std::string mode() {
        const char* modes[] = {"ROUND", "CEIL", "FLOOR", "ROUND_TO_ZERO", "UP", "HALF_UP", "HALF_DOWN"};
        return modes[below(7)];
    }

    QuantSpec spec(float scale) {
        QuantSpec q;
        q.scale = scale;
        q.bits = 1 + below(8);
        q.is_signed = below(2) == 0;
        q.narrow = q.bits > 2 && below(2) == 0;
        q.mode = mode();
        if (q.bits > 1 && below(4) == 0) q.zero_point = static_cast<float>(q.is_signed ? below(3) - 1 : 1);
        return q;
    }

    std::vector<float> floats(std::size_t count, int numerators, int denominator) {
        std::vector<float> values(count);
        for (float& v : values)
            v = static_cast<float>(below(2 * numerators + 1) - numerators) / static_cast<float>(denominator);
        return values;
    }

    std::string weights(QonnxBuilder& b, const Dims& dims, const std::string& name) {
        std::size_t size = 1;
        for (const std::int64_t d : dims) size *= static_cast<std::size_t>(d);
        const int kind = below(4);
        if (kind == 0) return b.floats(name, floats(size, 1, 1), dims);
        const std::string raw = b.floats(name, floats(size, 300, 64), dims);
        if (kind == 1) return b.bipolar(raw, power(-3, 2), name + "_q");
        QuantSpec q;
        q.scale = power(-3, 1);
        q.bits = 2 + below(7);
        q.narrow = below(2) == 0;
        if (kind == 2) return b.quant(raw, q, name + "_q");
        Dims scale_dims(dims.size(), 1);
        scale_dims[0] = dims[0];
        std::vector<float> scales;
        for (std::int64_t c = 0; c < dims[0]; ++c) scales.push_back(power(-3, 1));
        return b.quant_scales(raw, b.floats(name + "_scales", scales, scale_dims), q, name + "_q");
    }

    // A quantiser of `channels` channels; values of any size come in.
    std::string activation(QonnxBuilder& b, const std::string& x, int channels, const std::string& name) {
        const int kind = below(4);
        if (kind == 0) return b.bipolar(x, power(-2, 1), name);
        if (kind == 1) {
            const int rows = below(2) == 0 ? 1 : channels, steps = 1 + below(7);
            const float scale = power(-2, 1), bias = scale * static_cast<float>(below(4) - 2);
            // Thresholds in units of 1/4: accumulators lie on them.
            return b.multi_threshold(x, floats(static_cast<std::size_t>(rows * steps), 60, 4), rows, scale,
                                     bias, "FLOAT32", name);
        }
        return b.quant(x, spec(power(-3, 3)), name);
    }

    std::string batch_norm(QonnxBuilder& b, const std::string& x, int channels, const std::string& name,
                           bool positive) {
        const auto n = static_cast<std::size_t>(channels);
        std::vector<float> scale = floats(n, 200, 64), variance = floats(n, 100, 32);
        for (float& v : variance) v = std::abs(v) + 0.5F;
        if (positive)
            for (float& s : scale) s = std::abs(s);
        return b.batch_norm(x, scale, floats(n, 100, 32), floats(n, 100, 16), variance, name);
    }

  private:
    std::mt19937 random_;
};

class RandomQonnx : public ::testing::TestWithParam<unsigned> {};

TEST_P(RandomQonnx, EqualsTheFloatEvaluationBitForBit) {
    Drawer draw(GetParam());
    std::mt19937 random(GetParam() + 1000);
    QonnxBuilder b;
    const int channels = 1 + draw.below(3), outs = 2 * (1 + draw.below(3));
    b.image_plain(channels, 6, 5);
    std::string x = "image";
    if (draw.below(2) == 0) {
        x = b.with("Mul", x, 2.0F, "pre_mul");
        x = b.node(
            "Sub", "pre_sub",
            {x, b.floats("mean", draw.floats(static_cast<std::size_t>(channels), 9, 10), {channels, 1, 1})});
        x = b.with("Div", x, 0.3F, "pre_div");
    }
    // The names of tensors are those of the values.
    QuantSpec input = draw.spec(draw.power(-7, 0));
    x = draw.below(4) == 0 ? b.bipolar(x, 0.5F, "q0") : b.quant(x, input, "q0");
    const bool bipolar_input = b.last().op_type() == "BipolarQuant" || (input.bits == 1 && input.is_signed);

    x = b.node("Conv", "c1", {x, draw.weights(b, {outs, channels, 3, 2}, "w1")});
    if (!bipolar_input && draw.below(2) == 0) b.attribute("pads", {1, 0, 1, 1});
    if (draw.below(2) == 0) x = draw.batch_norm(b, x, outs, "bn1", false);
    if (draw.below(3) == 0) x = b.node("Relu", "relu1", {x});
    const bool pool_first = draw.below(3) == 0;
    if (pool_first) {
        x = b.node("MaxPool", "mp", {x});
        b.attribute("kernel_shape", {2, 2});
        if (draw.below(2) == 0) x = draw.batch_norm(b, x, outs, "bn1b", true);
    }
    x = draw.activation(b, x, outs, "q1");
    if (!pool_first && draw.below(2) == 0) {
        x = b.node("MaxPool", "mp", {x});
        b.attribute("kernel_shape", {2, 1});
        b.attribute("strides", {2, 1});
    }
    // Depthwise or grouped.
    const int groups = draw.below(2) == 0 ? outs : 2;
    x = b.node("Conv", "c2",
               {x, draw.weights(b, {outs, outs / groups, 1, 1}, "w2"),
                b.floats("bias2", draw.floats(static_cast<std::size_t>(outs), 50, 8), {outs})});
    b.attribute("group", groups);
    x = draw.activation(b, x, outs, "q2");
    x = b.node("Flatten", "flat", {x});
    const std::int64_t inputs = static_cast<std::int64_t>(
        test::evaluate_floats(b.model, random_pixels(random, static_cast<std::size_t>(channels) * 30))
            .at(x)
            .values.size());
    x = b.node("MatMul", "m3", {x, b.node("Transpose", "t3", {draw.weights(b, {4, inputs}, "w3")})});
    if (draw.below(2) == 0) x = draw.batch_norm(b, x, 4, "bn3", false);
    x = draw.activation(b, x, 4, "q3");
    x = b.node("Gemm", "g4",
               {x, draw.weights(b, {5, 4}, "w4"), b.floats("bias4", draw.floats(5, 9, 4), {5})});
    b.attribute("transB", 1);
    if (draw.below(2) == 0) x = b.with("Div", b.with("Sub", x, 0.7F, "tail_sub"), 3.1F, "tail_div");
    b.output(x);
    // A value q1_out names the tensor q1_out; what a pool ahead of a quantiser leaves is under its own name.
    const Graph graph = import(b);
    for (int image = 0; image < 12; ++image)
        expect_equal(b, graph, random_pixels(random, static_cast<std::size_t>(channels) * 30));
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomQonnx, ::testing::Range(0U, 120U));

/// image byte -> accumulator `sign` * (byte - 128) -> Quant of scale 2: every second accumulator is a tie.
struct Ties {
    const char* mode;
    double (*expected)(double);
};

void PrintTo(const Ties& ties, std::ostream* out) {
    *out << ties.mode;
}

class RoundingModes : public ::testing::TestWithParam<Ties> {};

TEST_P(RoundingModes, FollowTheirDefinitionAtTiesInEveryWidth) {
    for (int bits = 1; bits <= 8; ++bits) {
        for (const bool is_signed : {false, true}) {
            for (const bool narrow : {false, true}) {
                for (const float sign : {1.0F, -1.0F}) {
                    if ((bits == 2 && is_signed && narrow) || (bits == 1 && (is_signed || narrow))) continue;
                    QonnxBuilder b;
                    b.image_plain(1, 1, 1);
                    std::string x = b.with("Sub", b.with("Mul", "image", 255.0F, "up"), 128.0F, "down");
                    x = b.quant(x, {}, "q0");
                    x = b.node("Conv", "c", {x, b.floats("w", {sign}, {1, 1, 1, 1})});
                    b.output(b.quant(x, {2.0F, bits, is_signed, narrow, GetParam().mode, 0}, "q"));
                    const Graph graph = import(b);
                    const int half = 1 << (bits - 1);
                    const int low = !is_signed ? 0 : narrow ? 1 - half : -half;
                    const int high = is_signed ? half - 1 : narrow ? 2 * half - 2 : 2 * half - 1;
                    for (int byte = 0; byte < 256; ++byte) {
                        const auto pixel = static_cast<std::uint8_t>(byte);
                        const double real = sign * (byte - 128) / 2;
                        const double clamped = std::min(double(high), std::max(double(low), real));
                        const Activations tensors = execute(graph, &pixel);
                        ASSERT_EQ(tensors[static_cast<std::size_t>(graph.output)][0],
                                  GetParam().expected(clamped))
                            << bits << " bits, byte " << byte;
                    }
                }
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(
    Modes, RoundingModes,
    ::testing::Values(
        Ties{"ROUND",
             [](double x) {
                 const double down = std::floor(x);
                 return x - down != 0.5 ? std::round(x) : std::remainder(down, 2) == 0 ? down : down + 1;
             }},
        Ties{"CEIL", [](double x) { return std::ceil(x); }},
        Ties{"FLOOR", [](double x) { return std::floor(x); }},
        Ties{"ROUND_TO_ZERO", [](double x) { return double(int(x)); }},
        Ties{"UP", [](double x) { return x < 0 ? std::floor(x) : std::ceil(x); }},
        Ties{"HALF_UP", [](double x) { return x < 0 ? -std::floor(0.5 - x) : std::floor(x + 0.5); }},
        Ties{"HALF_DOWN", [](double x) { return x < 0 ? std::floor(x + 0.5) : std::ceil(x - 0.5); }}),
    [](const auto& info) { return std::string(info.param.mode); });

/// One pixel per image, an 8-bit integer byte - 128 in `q0_out` (scale 1).
std::string signed_pixel(QonnxBuilder& b, int channels, int side) {
    b.image_plain(channels, side, side);
    return b.quant(b.with("Sub", b.with("Mul", "image", 255.0F, "up"), 128.0F, "down"), {}, "q0");
}

TEST(Qonnx, ATernaryNarrowRangeIsTernaryAndOneSignedBitIsBipolar) {
    QonnxBuilder b;
    std::string x = signed_pixel(b, 2, 2);
    x = b.node(
        "Conv", "c",
        {x, b.quant(b.floats("w", {-2, 0.4F, 7, 0.6F}, {2, 2, 1, 1}), {1, 2, true, true, "ROUND", 0}, "wq")});
    x = b.quant(x, {1, 2, true, true, "ROUND", 0}, "t");
    x = b.node("Conv", "d", {x, b.floats("v", {-1, 1, 1, 1}, {2, 2, 1, 1})});
    b.output(b.quant(x, {1, 1, true, false, "ROUND", 0}, "u"));
    const Graph graph = import(b);
    EXPECT_EQ(graph.nodes[0].weights, (std::vector<std::int16_t>{-1, 0, 1, 1}));
    EXPECT_EQ(graph.nodes[0].weight_type.kind, Kind::ternary);
    EXPECT_EQ(graph.nodes[1].weight_type.kind, Kind::bipolar);
    EXPECT_EQ(graph.tensors[1].type.kind, Kind::ternary);
    EXPECT_EQ(graph.tensors[2].type.kind, Kind::bipolar);
    EXPECT_EQ(graph.tensors[0].type.bits, 8);
    std::mt19937 random(3);
    for (int i = 0; i < 20; ++i) expect_equal(b, graph, random_pixels(random, 8));
}

TEST(Qonnx, TheMetadataPropertyNamesTheDataSet) {
    QonnxBuilder b;
    std::string x = b.node("Conv", "c", {signed_pixel(b, 2, 2), b.floats("v", {-1, 1, 1, 1}, {2, 2, 1, 1})});
    b.output(b.quant(x, {1, 2, true, false, "ROUND", 0}, "u"));
    EXPECT_EQ(import(b).dataset, "");
    auto* property = b.model.add_metadata_props();
    property->set_key("dataset");
    property->set_value("cifar10");
    EXPECT_EQ(import(b).dataset, "cifar10");
}

TEST(Qonnx, SumsOfOneScaleAndOfTwoAreExactForAllPairs) {
    for (const float second : {0.5F, 0.25F, 2.0F}) {
        QonnxBuilder b;
        const std::string x = signed_pixel(b, 1, 2);
        const std::string w = b.floats("w", {3}, {1, 1, 1, 1}), v = b.floats("v", {-2}, {1, 1, 1, 1});
        const std::string a = b.quant(b.node("Conv", "c", {x, w}), {0.5F, 6, true, false, "ROUND", 0}, "a");
        const std::string d = b.quant(b.node("Conv", "e", {x, v}), {second, 5, true, true, "ROUND", 0}, "d");
        std::string sum = b.node("Add", "sum", {a, d});
        sum = b.node("Relu", "relu", {sum});
        b.output(b.quant(sum, {1, 5, false, false, "ROUND", 0}, "s"));
        const Graph graph = import(b);
        EXPECT_EQ(graph.nodes.back().op, Op::add);
        std::mt19937 random(9);
        for (int i = 0; i < 64; ++i) expect_equal(b, graph, random_pixels(random, 4));
    }
}

TEST(Qonnx, AveragesAndTruncShiftTheSum) {
    QonnxBuilder b;
    const std::string x = signed_pixel(b, 2, 4);
    // FINN writes the sum of a window as the average times its size, and drops the bits that it gained.
    std::string y = b.node("AveragePool", "ap", {x});
    b.attribute("kernel_shape", {2, 2});
    b.attribute("strides", {2, 2});
    y = b.trunc(b.with("Mul", y, 4.0F, "times"), 1.0F, 10, 8, "FLOOR", "tr");
    y = b.node("GlobalAveragePool", "gap", {y});
    y = b.quant(y, {0.5F, 8, true, false, "ROUND", 0}, "q");
    b.output(y);
    const Graph graph = import(b);
    std::mt19937 random(5);
    for (int i = 0; i < 50; ++i) {
        const Pixels pixels = random_pixels(random, 32);
        expect_equal(b, graph, pixels);
        // The first window by hand.
        const int sum = pixels[0] + pixels[1] + pixels[4] + pixels[5] - 4 * 128;
        EXPECT_EQ(execute(graph, pixels.data())[1][0], sum >> 2);
    }
}

TEST(Qonnx, JoinedChannelsAndSecondQuantisersKeepTheirValues) {
    for (const bool bipolar : {false, true}) {
        QonnxBuilder b;
        const std::string x = signed_pixel(b, 2, 2);
        const auto activation = [&](const std::string& v, const std::string& name) {
            return bipolar ? b.bipolar(v, 0.5F, name) : b.quant(v, {2, 4, true, false, "FLOOR", 0}, name);
        };
        const std::string w = b.floats("w", {1, 2, -1, 1}, {2, 2, 1, 1});
        const std::string a = activation(b.node("Conv", "c", {x, w}), "a");
        const std::string d = activation(b.node("Conv", "e", {x, w}), "d");
        std::string y = b.node("Concat", "cat", {a, d});
        b.attribute("axis", 1);
        y = b.batch_norm(y, {1, -2, 0.5F, 3}, {0, 1, 2, -1}, {0, 0, 1, 1}, {1, 2, 3, 4}, "bn");
        b.output(b.quant(y, {1, 3, true, false, "ROUND", 0}, "again"));
        const Graph graph = import(b);
        EXPECT_EQ(graph.nodes.back().op, Op::merge);
        std::mt19937 random(6);
        for (int i = 0; i < 30; ++i) expect_equal(b, graph, random_pixels(random, 8));
    }
}

TEST(Qonnx, QuantisingAgainInTheSameStepsAddsNoNode) {
    QonnxBuilder b;
    const QuantSpec q{0.5F, 4, true, false, "ROUND", 0};
    std::string x = b.node("Conv", "c", {signed_pixel(b, 1, 2), b.floats("w", {3}, {1, 1, 1, 1})});
    b.output(b.quant(b.quant(x, q, "once"), q, "twice"));
    EXPECT_EQ(import(b).nodes.size(), 1U);
}

TEST(Qonnx, WideOutputsHaveMultipliersThatAreExact) {
    QonnxBuilder b;
    std::string x =
        b.node("Conv", "c", {signed_pixel(b, 2, 3), b.floats("w", {37, -90, 5, 127}, {2, 2, 1, 1})});
    x = b.with("Add", x, 3.0F, "offset");
    b.output(b.quant(b.node("Relu", "relu", {x}), {8, 12, true, false, "ROUND", 0}, "q"));
    const Graph graph = import(b);
    EXPECT_EQ(graph.nodes[0].requant.steps, 0);
    EXPECT_EQ(graph.nodes[0].requant.rounding, Rounding::half_even);
    EXPECT_EQ(graph.nodes[0].bias, (std::vector<std::int32_t>{3, 3}));
    std::mt19937 random(8);
    for (int i = 0; i < 60; ++i) expect_equal(b, graph, random_pixels(random, 18));
}

TEST(Qonnx, ScoresOfSeveralScalesAreTheHostsToCompare) {
    QonnxBuilder b;
    std::string x = b.node("Flatten", "f", {signed_pixel(b, 1, 2)});
    QuantSpec q{1, 4, true, true, "ROUND", 0};
    std::vector<float> w;
    for (int i = 0; i < 12; ++i) w.push_back(static_cast<float>(i % 5) * 0.11F - 0.2F);
    x = b.node(
        "MatMul", "m",
        {x, b.quant_scales(b.floats("w", w, {4, 3}), b.floats("s", {0.1F, 0.03F, 0.07F}, {1, 3}), q, "wq")});
    b.output(b.node("Sub", "flip", {b.floats("one", {1.0F}), x}));
    const Graph graph = import(b);
    EXPECT_TRUE(graph.nodes[0].requant.empty());
    ASSERT_EQ(graph.host_steps.size(), 3U);
    EXPECT_EQ(graph.host_steps[0].values, (std::vector<double>{0.1F, 0.03F, 0.07F}));
    std::mt19937 random(2);
    for (int i = 0; i < 20; ++i) {
        const Pixels pixels = random_pixels(random, 4);
        const Activations tensors = execute(graph, pixels.data());
        const auto& accumulators = tensors[static_cast<std::size_t>(graph.output)];
        const std::vector<float> found = host_outputs(graph, accumulators);
        const FloatArray expected = test::evaluate_floats(b.model, pixels).at("flip_out");
        for (std::size_t c = 0; c < 3; ++c) {
            EXPECT_EQ(found[c], static_cast<float>(-(accumulators[c] * graph.host_steps[0].values[c]) + 1.0));
            EXPECT_NEAR(found[c], expected.values[c], 2e-4);
        }
    }
}

TEST(Qonnx, ArbitraryScalesGiveTheLevelsOfRealArithmetic) {
    // Float sums differ with their order then: levels are compared where no tie is near.
    for (unsigned seed = 0; seed < 20; ++seed) {
        std::mt19937 random(seed);
        QonnxBuilder b;
        std::string x = b.node("Flatten", "f", {signed_pixel(b, 2, 4)});
        std::vector<float> w;
        for (int i = 0; i < 32 * 6; ++i) w.push_back(static_cast<float>(random() % 1000) / 499.0F - 1.0F);
        x = b.node("MatMul", "m",
                   {x, b.quant(b.floats("w", w, {32, 6}), {0.0371F, 5, true, true, "ROUND", 0}, "wq")});
        x = b.batch_norm(x, {1, -1.3F, 0.7F, 2, -0.2F, 0.9F}, {1, 2, 3, -4, 5, 6}, {9, -8, 7, 6, 5, 4},
                         {1, 20, 3, 40, 5, 60}, "bn");
        b.output(b.quant(x, {0.713F, 6, true, false, "ROUND", 0}, "q"));
        const Graph graph = import(b);
        const Pixels pixels = random_pixels(random, 32);
        const Activations tensors = execute(graph, pixels.data());
        const auto values = test::evaluate_floats(b.model, pixels);
        for (std::size_t c = 0; c < 6; ++c) {
            const double real = values.at("bn_out").values[c] / 0.713;
            if (std::abs(real - std::floor(real) - 0.5) < 1e-3) continue;
            EXPECT_EQ(tensors.back()[c], std::clamp(std::round(real), -32.0, 31.0)) << "seed " << seed;
        }
    }
}

TEST(Qonnx, TheListOfFoldsNamesEveryNode) {
    QonnxBuilder b;
    std::string x =
        b.node("Conv", "c", {signed_pixel(b, 1, 2), b.quant(b.floats("w", {3}, {1, 1, 1, 1}), {}, "wq")});
    x = b.quant(b.batch_norm(x, {2}, {1}, {1}, {4}, "bn"), {}, "q");
    x = b.node("Conv", "d", {x, b.floats("v", {1}, {1, 1, 1, 1})});
    b.output(b.with("Add", x, 1, "tail"));
    EXPECT_EQ(import(b).folded,
              (std::vector<std::string>{"up, down, q0 into the table from pixels to input integers",
                                        "wq into the weights of c", "bn, q into thresholds of c",
                                        "tail into what the host computes on the scores"}));
}

TEST(Qonnx, BytesThatAreTheIntegersNeedNoTable) {
    QonnxBuilder b;
    b.image_plain(1, 2, 2);
    const std::string x = b.quant("image", {1.0F / 255, 8, false, false, "ROUND", 0}, "q0");
    b.output(b.node("Conv", "c", {x, b.floats("w", {3}, {1, 1, 1, 1})}));
    EXPECT_TRUE(import(b).input_table.empty());
}

}  // namespace
}  // namespace pimvp::net
