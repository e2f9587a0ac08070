// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// QDQ files with 9 to 16 bits a tensor against what their operators say, in exact and in double arithmetic.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "networks/executor.h"
#include "networks/import.h"
#include "tests/networks/onnx_builder.h"
#include "tests/networks/qdq_evaluator.h"
#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"

namespace pimvp::net {
namespace {

using pimvp::test::expect_error;
using pimvp::test::TempDir;
using test::Array;
using test::Dims;
using test::OnnxBuilder;
using test::QdqEvaluator;
using test::Quantiser;

constexpr float pixel = 1.0F / 255;

class WideQdq : public ::testing::Test {
  protected:
    WideQdq() { b.model.mutable_opset_import(0)->set_version(21); }

    std::vector<std::int64_t> random_integers(std::int64_t count, int low, int high) {
        std::vector<std::int64_t> values;
        for (std::int64_t i = 0; i < count; ++i)
            values.push_back(std::uniform_int_distribution(low, high)(random));
        return values;
    }
    std::string conv(const std::string& name, const std::string& x, float input_scale, std::int64_t out,
                     std::int64_t in, int high, const std::vector<float>& scales) {
        std::vector<float> bias_scales;
        for (const float s : scales) bias_scales.push_back(s * input_scale);
        const std::string w = b.weights(name + "_w", random_integers(out * in * 9, -high, high),
                                        {out, in, 3, 3}, scales, -high, high);
        const std::string bias = b.bias(name + "_b", random_integers(out, -(1 << 20), 1 << 20), bias_scales);
        const std::string y = b.node("Conv", name, {x, w, bias});
        b.attribute("pads", Dims{1, 1, 1, 1});
        return y;
    }
    Graph import() { return import_network(b.save(dir.path("net.onnx"))); }

    /// Every integer of every tensor, but where the value before rounding is next to a half: the scale of a
    /// bias is a float, so that a bias may differ by 2^-24 from what it is in units of the accumulator.
    void compare(const Graph& graph) {
        constexpr double near = 1e-3;
        QdqEvaluator evaluator(b.model);
        Activations found;
        evaluator.on_integers = [&](const std::string& name, Array& a) {
            for (std::size_t t = 0; t < graph.tensors.size(); ++t) {
                if (graph.tensors[t].name != name) continue;
                ASSERT_EQ(a.values.size(), found[t].size());
                for (std::size_t i = 0; i < a.values.size(); ++i) {
                    ++elements;
                    if (found[t][i] == a.values[i]) continue;
                    ++ties;
                    EXPECT_LE(std::abs(found[t][i] - a.exact[i]), 0.5 + near) << name << "[" << i << "]";
                    a.values[i] = found[t][i];
                }
            }
        };
        for (int image = 0; image < 5; ++image) {
            const Shape& s = graph.tensor(graph.input).shape;
            const auto values = random_integers(s.size(), 0, 255);
            const std::vector<std::uint8_t> pixels(values.begin(), values.end());
            found = execute(graph, pixels.data());
            const Array scores = evaluator.run(pixels, s.c, s.h, s.w);
            const auto output = static_cast<std::size_t>(graph.output);
            const double scale = graph.tensors[output].type.scale;
            for (std::size_t i = 0; i < scores.values.size(); ++i)
                EXPECT_NEAR(scores.values[i] / scale, found[output][i], 0.5 + 1e-3);
        }
        EXPECT_GT(elements, 1000);
        EXPECT_LE(ties, elements / 500);
    }

    TempDir dir;
    OnnxBuilder b;
    std::mt19937 random{17};
    std::int64_t elements = 0, ties = 0;
};

struct Width {
    int low, high, bits;
    Kind kind;
};
class WideWidths : public WideQdq, public ::testing::WithParamInterface<Width> {};

// Activations and weights of so many bits, with channel scales; sums far beyond 32 bits from 12 bits on.
TEST_P(WideWidths, OfActivationsAndWeights) {
    const Width w = GetParam();
    const float step = 1.0F / float(w.high);
    const int weight = std::max(1, w.kind == Kind::signed_integer ? w.high : w.high / 2);
    std::string x = b.image(3, 6, 6);
    x = b.quantise(conv("c1", x, pixel, 40, 3, 127, {0.003F}), {step, 0, w.low, w.high}, "a1");
    std::vector<float> scales;
    for (int c = 0; c < 8; ++c)
        scales.push_back(std::uniform_real_distribution(0.5F, 1.0F)(random) / float(weight));
    x = b.quantise(conv("c2", x, step, 8, 40, weight, scales), {8 * step, 0, w.low, w.high}, "a2");
    const std::string y = b.node("Add", "sum", {x, x});
    x = b.quantise(y, {13 * step, 0, w.low, w.high}, "a3");
    x = b.node("GlobalAveragePool", "gap", {x});
    b.output(b.quantise(x, {10 * step, 0, w.low, w.high}, "a4"));
    const Graph g = import();
    compare(g);
    ASSERT_EQ(g.nodes.size(), 4u);
    for (const Node& n : g.nodes) {
        EXPECT_EQ(g.tensor(n.output).type.bits, w.bits);
        EXPECT_EQ(g.tensor(n.output).type.kind, w.kind);
        for (const std::int32_t m : n.requant.multiplier) EXPECT_LE(m >> 30, 1);
    }
    EXPECT_GE(g.nodes[1].requant.multiplier[0], 1 << 30) << "31 bits, or outputs of 16 are not exact";
    EXPECT_EQ(g.nodes[1].weight_type.bits, w.bits);
    EXPECT_EQ(g.nodes[0].weight_type.bits, 8);
}
INSTANTIATE_TEST_SUITE_P(
    Ranges, WideWidths,
    ::testing::Values(Width{0, 511, 9, Kind::unsigned_integer}, Width{0, 1023, 10, Kind::unsigned_integer},
                      Width{0, 4095, 12, Kind::unsigned_integer}, Width{0, 32767, 15, Kind::unsigned_integer},
                      Width{0, 65535, 16, Kind::unsigned_integer}, Width{-256, 255, 9, Kind::signed_integer},
                      Width{-2047, 2047, 12, Kind::signed_integer},
                      Width{-16384, 16383, 15, Kind::signed_integer},
                      Width{-32768, 32767, 16, Kind::signed_integer}));

TEST_F(WideQdq, LargeScoresAreRoundedTo16Bits) {
    std::string x = b.image(3, 4, 4);
    x = b.quantise(conv("c1", x, pixel, 64, 3, 127, {0.003F}), {2e-5F, 0, 0, 65535}, "a1");
    x = b.node("Flatten", "flat", {b.node("GlobalAveragePool", "gap", {x})});
    x = b.quantise(x, {1e-5F, 0, 0, 65535}, "a2");
    const std::string w =
        b.weights("w", random_integers(640, -32767, 32767), {10, 64}, {2e-5F}, -32767, 32767);
    b.output(b.node("Gemm", "fc", {x, w}));
    b.attribute("transB", 1);
    const Graph g = import();
    const TensorType& scores = g.tensor(g.output).type;
    EXPECT_EQ(scores.bits, 16);
    const Requant& r = g.nodes.back().requant;
    EXPECT_EQ(r.multiplier, std::vector<std::int32_t>(10, 1));
    // 64 weights of 2^14 on average times 2^16 make 2^36, in 15 bits and a sign.
    EXPECT_GE(r.shift[0], 20);
    EXPECT_LE(r.shift[0], 22);
    EXPECT_FLOAT_EQ(static_cast<float>(scores.scale), std::ldexp(2e-10F, r.shift[0]));
    compare(g);
}

TEST_F(WideQdq, UnsignedWeightsHaveAZeroPoint) {
    const auto build = [&](std::int64_t zero) {
        OnnxBuilder o;
        o.model.mutable_opset_import(0)->set_version(21);
        const std::string x = o.image(1, 1, 1);
        const std::string integers =
            o.integers("w", onnx::TensorProto::UINT16, {0, 32768, 65535}, {3, 1, 1, 1});
        const std::string w = o.node(
            "DequantizeLinear", "wd",
            {integers, o.floats("ws", {0.5F}), o.integers("wz", onnx::TensorProto::UINT16, {zero}, {})});
        o.output(o.quantise(o.node("Conv", "c", {x, w}), {1, 0, -32768, 32767}, "y"));
        return import_network(o.save(dir.path("unsigned.onnx")));
    };
    EXPECT_EQ(build(32768).nodes[0].weights, (std::vector<std::int16_t>{-32768, 0, 32767}));
    expect_error([&] { build(0); }, "weights 'w'", "0..65535");
    expect_error([&] { build(32767); }, "-32767..32768");
}

TEST_F(WideQdq, FloatWeightsAreQuantised) {
    const std::string x = b.image(1, 1, 1);
    for (const bool by_attribute : {false, true}) {
        const std::string name = by_attribute ? "v" : "w";
        std::vector<std::string> inputs = {b.floats(name, {1, -2, 3.25F, -100}, {4, 1, 1, 1}),
                                           b.floats(name + "s", {0.001F})};
        if (!by_attribute) inputs.push_back(b.integers("wz", onnx::TensorProto::INT16, {0}, {}));
        const std::string q = b.node("QuantizeLinear", name + "q", inputs);
        if (by_attribute) b.attribute("output_dtype", onnx::TensorProto::INT16);
        inputs[0] = q;
        b.node("Conv", name + "c", {x, b.node("DequantizeLinear", name + "d", inputs)});
    }
    const std::string a = b.quantise("wc_out", {0.01F, 0, -32768, 32767}, "a");
    b.output(b.quantise(b.node("Add", "sum", {a, b.quantise("vc_out", {0.01F, 0, -32768, 32767}, "v_a")}),
                        {0.02F, 0, -32768, 32767}, "y"));
    const Graph g = import();
    EXPECT_EQ(g.nodes[0].weights, (std::vector<std::int16_t>{1000, -2000, 3250, -32768}));
    EXPECT_EQ(g.nodes[1].weights, g.nodes[0].weights);
}

TEST_F(WideQdq, KnownFromOperatorSet21On) {
    b.output(b.quantise(conv("c1", b.image(1, 2, 2), pixel, 1, 1, 127, {0.003F}), {1, 0, 0, 65535}, "a1"));
    EXPECT_EQ(import().tensors[1].type.bits, 16);
    b.model.mutable_opset_import(0)->set_version(20);
    expect_error([&] { import(); }, "zero point 'a1_zero': expected uint8 or int8");
    // ONNX Runtime's own operators know it in any set.
    for (auto& node : *b.graph().mutable_node())
        if (node.op_type() == "QuantizeLinear" || node.op_type() == "DequantizeLinear")
            if (node.name().rfind("a1", 0) == 0) node.set_domain("com.microsoft");
    EXPECT_EQ(import().tensors[1].type.bits, 16);
}

TEST_F(WideQdq, TypeOfTheAttribute) {
    const std::string c = conv("c1", b.image(1, 2, 2), pixel, 1, 1, 127, {0.003F});
    const std::string q = b.node("QuantizeLinear", "q", {c, b.floats("s", {1})});
    b.attribute("output_dtype", onnx::TensorProto::UINT16);
    onnx::AttributeProto* type = b.last().mutable_attribute(0);
    b.output(b.node("DequantizeLinear", "d", {q, "s"}));
    EXPECT_EQ(import().tensors[1].type.bits, 16);
    type->set_i(onnx::TensorProto::INT8);
    EXPECT_EQ(import().tensors[1].type.lowest(), -128);
    type->set_i(onnx::TensorProto::INT32);
    expect_error([&] { import(); }, "attribute 'output_dtype'", "found 6");
}

}  // namespace
}  // namespace pimvp::net
