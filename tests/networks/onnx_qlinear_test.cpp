// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "networks/executor.h"
#include "networks/import.h"
#include "networks/requant.h"
#include "tests/networks/integer_reference.h"
#include "tests/networks/onnx_builder.h"

namespace pimvp::net::test {
namespace {

constexpr int u8 = onnx::TensorProto::UINT8, i8 = onnx::TensorProto::INT8, i32 = onnx::TensorProto::INT32;

class QLinear : public ::testing::Test {
  protected:
    int draw(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
    float draw_scale() { return std::uniform_real_distribution<float>(0.004F, 0.05F)(random_); }
    std::vector<std::int64_t> draw_list(std::size_t count, int low, int high) {
        std::vector<std::int64_t> list(count);
        for (std::int64_t& v : list) v = draw(low, high);
        return list;
    }
    Quantity draw_quantity() {
        Quantity q{draw_scale(), 0, draw(0, 1) == 1};
        q.zero_point = q.is_signed ? draw(-128, 127) : draw(0, 255);
        return q;
    }
    Planes draw_planes(int c, int h, int w, const Quantity& q) {
        Planes p{c, h, w, {}};
        p.values =
            draw_list(static_cast<std::size_t>(c) * h * w, q.is_signed ? -128 : 0, q.is_signed ? 127 : 255);
        return p;
    }
    Planes draw_like(const Planes& p, const Quantity& q) { return draw_planes(p.c, p.h, p.w, q); }

    /// Names of a scale and a zero point.
    std::vector<std::string> stated(const std::string& name, const Quantity& q) {
        return {b.floats(name + "_scale", {q.scale}),
                b.integers(name + "_zero", q.is_signed ? i8 : u8, {q.zero_point}, {})};
    }

    ConvSpec draw_conv(int inputs, bool signed_weights, bool by_channel) {
        ConvSpec s;
        s.groups = draw(0, 2) == 0 ? inputs : inputs % 2 == 0 && draw(0, 1) == 0 ? 2 : 1;
        s.outputs = s.groups * draw(1, 3);
        s.kernel_h = draw(1, 3);
        s.kernel_w = draw(1, 3);
        s.stride = draw(1, 2);
        s.dilation = draw(1, 2);
        const int span_h = s.dilation * (s.kernel_h - 1), span_w = s.dilation * (s.kernel_w - 1);
        s.top = draw(0, span_h), s.bottom = draw(0, span_h), s.left = draw(0, span_w),
        s.right = draw(0, span_w);
        const int low = signed_weights ? -128 : 0;
        s.weights =
            draw_list(static_cast<std::size_t>(s.outputs) * (inputs / s.groups) * s.kernel_h * s.kernel_w,
                      low, low + 255);
        s.zero_points = draw_list(static_cast<std::size_t>(s.outputs), low, low + 255);
        if (!by_channel) std::fill(s.zero_points.begin(), s.zero_points.end(), s.zero_points[0]);
        s.bias = draw_list(static_cast<std::size_t>(s.outputs), -20000, 20000);
        return s;
    }

    /// The names of a convolution's weights, their scales and zero points.
    std::vector<std::string> weights(const ConvSpec& s, int inputs, const std::vector<float>& scales,
                                     bool signed_weights, const std::string& name) {
        const int type = signed_weights ? i8 : u8;
        const auto count = static_cast<std::int64_t>(scales.size());
        const Dims dims = count == 1 ? Dims{} : Dims{count};
        return {
            b.integers(name, type, s.weights, {s.outputs, inputs / s.groups, s.kernel_h, s.kernel_w}),
            b.floats(name + "_scale", scales, dims),
            b.integers(name + "_zero", type,
                       {s.zero_points.begin(), s.zero_points.begin() + static_cast<std::ptrdiff_t>(count)},
                       dims)};
    }
    void window(const ConvSpec& s) {
        b.attribute("group", s.groups);
        b.attribute("strides", Dims{s.stride, s.stride});
        b.attribute("dilations", Dims{s.dilation, s.dilation});
        b.attribute("pads", Dims{s.top, s.left, s.bottom, s.right});
    }

    Graph import(const ImportOptions& options = {}) {
        return import_onnx("net.onnx", b.model.SerializeAsString(), options);
    }
    static std::vector<std::int64_t> run(const Graph& graph, const Planes& x) {
        const Activations a = execute(graph, std::vector<std::int32_t>(x.values.begin(), x.values.end()));
        const auto& out = a[static_cast<std::size_t>(graph.output)];
        return {out.begin(), out.end()};
    }

    OnnxBuilder b;
    std::mt19937 random_{7};
};

std::vector<std::string> join(std::vector<std::string> a, const std::vector<std::string>& more) {
    a.insert(a.end(), more.begin(), more.end());
    return a;
}

// The same convolution in all its spellings: QLinearConv, QDQ rounded half to even, ConvInteger.
TEST_F(QLinear, ConvolutionsOfRandomShapes) {
    std::int64_t elements = 0, as_float32 = 0;
    for (int trial = 0; trial < 150; ++trial) {
        const Quantity x = draw_quantity(), y = draw_quantity();
        const bool signed_weights = draw(0, 1) == 1, by_channel = draw(0, 1) == 1;
        const Planes image = draw_planes(draw(1, 6), draw(5, 8), draw(5, 8), x);
        const ConvSpec s = draw_conv(image.c, signed_weights, by_channel);
        std::vector<float> scales(by_channel ? static_cast<std::size_t>(s.outputs) : 1);
        for (float& scale : scales) scale = draw_scale();
        const Planes accumulators = convolve(image, x.zero_point, s);
        const Planes expected = requantised(accumulators, x.scale, scales, y);

        b = OnnxBuilder();
        b.integer_input("x", x.is_signed ? i8 : u8, {1, image.c, image.h, image.w});
        const auto xq = stated("x", x), yq = stated("y", y);
        const auto w = weights(s, image.c, scales, signed_weights, "w");
        const std::string bias = b.integers("bias", i32, s.bias, {s.outputs});
        b.output(b.node("QLinearConv", "conv", join(join(join({"x"}, xq), w), join(yq, {bias}))));
        window(s);
        EXPECT_EQ(run(import(), image), expected.values) << "QLinearConv, trial " << trial;

        b.graph().clear_node();
        b.graph().clear_output();
        std::vector<float> bias_scales;
        for (const float scale : scales) bias_scales.push_back(x.scale * scale);
        b.floats("bias_scale", bias_scales, scales.size() == 1 ? Dims{} : Dims{s.outputs});
        b.node("DequantizeLinear", "xr", join({"x"}, xq));
        b.node("DequantizeLinear", "wr", w);
        b.attribute("axis", 0);
        b.node("DequantizeLinear", "br", {bias, "bias_scale"});
        b.attribute("axis", 0);
        b.node("Conv", "conv", {"xr_out", "wr_out", "br_out"});
        window(s);
        b.output(b.node("QuantizeLinear", "q", join({"conv_out"}, yq)));
        ImportOptions options;
        options.qdq = Rounding::half_even;
        EXPECT_EQ(run(import(options), image), expected.values) << "QDQ, trial " << trial;

        ConvSpec plain = s;
        std::fill(plain.bias.begin(), plain.bias.end(), 0);
        b.graph().clear_node();
        b.graph().clear_output();
        b.output(b.node("ConvInteger", "conv", {"x", "w", "x_zero", "w_zero"}));
        window(s);
        EXPECT_EQ(run(import(), image), convolve(image, x.zero_point, plain).values) << "trial " << trial;

        // Runtimes round accumulator and product to float32 before they round to an integer.
        const std::size_t plane = accumulators.values.size() / static_cast<std::size_t>(s.outputs);
        for (std::size_t i = 0; i < accumulators.values.size(); ++i, ++elements) {
            const float factor = x.scale * scales[scales.size() == 1 ? 0 : i / plane] / y.scale;
            const float product = static_cast<float>(accumulators.values[i]) * factor;
            const std::int64_t other = quantised(product, y);
            EXPECT_LE(std::abs(other - expected.values[i]), 1);
            as_float32 += other != expected.values[i] ? 1 : 0;
        }
    }
    EXPECT_GT(elements, 10000);
    RecordProperty("elements", std::to_string(elements));
    RecordProperty("differ_in_float32", std::to_string(as_float32));
    EXPECT_LE(as_float32, elements / 10000) << "of " << elements;
}

TEST_F(QLinear, TiesGoToTheEvenNumber) {
    b.integer_input("x", i8, {1, 7});
    const auto q = stated("one", {1, 0, true}), half = stated("half", {0.5F, 0, true});
    std::vector<std::int64_t> identity(49, 0);
    for (std::size_t i = 0; i < 7; ++i) identity[i * 8] = 1;
    b.integers("v", i8, identity, {7, 7});
    b.output(b.node("QLinearMatMul", "mm", join(join(join({"x"}, q), join({"v"}, half)), q)));
    EXPECT_EQ(run(import(), {7, 1, 1, {-5, -3, -1, 0, 1, 3, 5}}),
              (std::vector<std::int64_t>{-2, -2, 0, 0, 0, 2, 2}));
}

TEST_F(QLinear, MatricesWithScalesByColumn) {
    for (int trial = 0; trial < 40; ++trial) {
        const Quantity x = draw_quantity(), y = draw_quantity();
        const bool signed_weights = draw(0, 1) == 1;
        const Planes row = draw_planes(draw(1, 40), 1, 1, x);
        ConvSpec s = draw_conv(1, signed_weights, true);
        s = {draw(1, 9), 1, 1, 1, 1, 1, 0, 0, 0, 0, {}, {}, {}};
        const auto n = static_cast<std::size_t>(s.outputs);
        const int low = signed_weights ? -128 : 0, type = signed_weights ? i8 : u8;
        s.weights = draw_list(n * static_cast<std::size_t>(row.c), low, low + 255);
        s.zero_points = draw_list(n, low, low + 255);
        s.bias = draw_list(n, -9000, 9000);
        std::vector<float> scales(n);
        for (float& scale : scales) scale = draw_scale();
        std::vector<std::int64_t> columns(s.weights.size());  // [input][output]
        for (std::size_t o = 0; o < n; ++o)
            for (std::size_t i = 0; i < static_cast<std::size_t>(row.c); ++i)
                columns[i * n + o] = s.weights[o * static_cast<std::size_t>(row.c) + i];

        b = OnnxBuilder();
        b.integer_input("a", x.is_signed ? i8 : u8, {1, row.c});
        const auto xq = stated("a", x), yq = stated("y", y);
        b.integers("rows", type, s.weights, {s.outputs, row.c});
        b.integers("columns", type, columns, {row.c, s.outputs});
        b.floats("b_scale", scales, {s.outputs});
        b.integers("b_zero", type, s.zero_points, {s.outputs});
        b.integers("c", i32, s.bias, {s.outputs});
        b.output(b.node("com.microsoft.QGemm", "g",
                        join(join(join({"a"}, xq), {"rows", "b_scale", "b_zero", "c"}), yq)));
        b.attribute("transB", 1);
        const Planes with_bias = convolve(row, x.zero_point, s);
        EXPECT_EQ(run(import(), row), requantised(with_bias, x.scale, scales, y).values);

        std::fill(s.bias.begin(), s.bias.end(), 0);
        const Planes plain = convolve(row, x.zero_point, s);
        b.graph().clear_node();
        b.graph().clear_output();
        b.output(
            b.node("QLinearMatMul", "m", join(join(join({"a"}, xq), {"columns", "b_scale", "b_zero"}), yq)));
        EXPECT_EQ(run(import(), row), requantised(plain, x.scale, scales, y).values);

        b.graph().clear_node();
        b.graph().clear_output();
        b.output(b.node("MatMulInteger", "m", {"a", "columns", "a_zero", "b_zero"}));
        EXPECT_EQ(run(import(), row), plain.values);
    }
}

// Two operands are two quantisers of one input's halves.
TEST_F(QLinear, SumsProductsAndJoinedChannels) {
    for (int trial = 0; trial < 60; ++trial) {
        const Quantity x = draw_quantity(), y = draw_quantity();
        Quantity z = draw_quantity();
        z.is_signed = x.is_signed, z.zero_point = x.zero_point;
        const Planes image = draw_planes(4, 3, 2, x);
        b = OnnxBuilder();
        b.integer_input("x", x.is_signed ? i8 : u8, {1, 4, 3, 2});
        const auto xq = stated("x", x), yq = stated("y", y), zq = stated("z", z);
        for (const int i : {0, 1, 2, 4})
            b.integers("n" + std::to_string(i), onnx::TensorProto::INT64, {i}, {1});
        const std::string a = b.node("Slice", "a", {"x", "n0", "n2", "n1"});
        const std::string c = b.node("Slice", "c", {"x", "n2", "n4", "n1"});
        const auto operands = join(join(join({a}, xq), join({c}, zq)), yq);
        std::vector<std::int64_t> sums, products, joined;
        const float ratio_x = x.scale / y.scale, ratio_z = z.scale / y.scale,
                    both = x.scale * z.scale / y.scale;
        for (std::size_t i = 0; i < 12; ++i) {
            const double p = double(image.values[i]) - x.zero_point,
                         q = double(image.values[i + 12]) - z.zero_point;
            sums.push_back(quantised(p * double{ratio_x} + q * double{ratio_z}, y));
            products.push_back(quantised(p * q * double{both}, y));
        }
        for (std::size_t i = 0; i < 24; ++i)
            joined.push_back(
                quantised((double(image.values[(i + 12) % 24]) - x.zero_point) * double{ratio_x}, y));
        b.output(b.node("com.microsoft.QLinearAdd", "sum", operands));
        EXPECT_EQ(run(import(), image), sums) << trial;
        b.graph().mutable_node()->RemoveLast();
        b.graph().clear_output();
        b.output(b.node("com.microsoft.QLinearMul", "product", operands));
        EXPECT_EQ(run(import(), image), products) << trial;
        b.graph().mutable_node()->RemoveLast();
        b.graph().clear_output();
        b.output(b.node("com.microsoft.QLinearConcat", "both", join(join(yq, join({c}, xq)), join({a}, xq))));
        b.attribute("axis", 1);
        EXPECT_EQ(run(import(), image), joined) << trial;
    }
}

TEST_F(QLinear, Averages) {
    for (int trial = 0; trial < 40; ++trial) {
        const Quantity x = draw_quantity(), y = draw_quantity();
        const Planes image = draw_planes(3, 6, 5, x);
        for (const bool global : {true, false}) {
            b = OnnxBuilder();
            b.integer_input("x", x.is_signed ? i8 : u8, {1, 3, 6, 5});
            const auto inputs = join(join({"x"}, stated("x", x)), stated("y", y));
            ConvSpec s;
            s.outputs = s.groups = 3;
            s.kernel_h = global ? 6 : 3, s.kernel_w = global ? 5 : 2;
            s.zero_points = s.bias = {0, 0, 0};
            s.weights.assign(static_cast<std::size_t>(3 * s.kernel_h * s.kernel_w), 1);
            b.output(
                b.node(global ? "com.microsoft.QLinearGlobalAveragePool" : "com.microsoft.QLinearAveragePool",
                       "pool", inputs));
            if (!global) {
                s.top = 1, s.right = 1, s.stride = 2;
                b.attribute("kernel_shape", Dims{3, 2});
                b.attribute("strides", Dims{2, 2});
                b.attribute("pads", Dims{1, 0, 0, 1});
                b.attribute("count_include_pad", 1);
            }
            const float factor = x.scale / (y.scale * static_cast<float>(s.kernel_h * s.kernel_w));
            std::vector<std::int64_t> expected;
            for (const std::int64_t sum : convolve(image, x.zero_point, s).values)
                expected.push_back(quantised(double(sum) * double{factor}, y));
            EXPECT_EQ(run(import(), image), expected) << trial << global;
        }
    }
}

// Integers pass through whatever does not compute: one network with all of it.
TEST_F(QLinear, IntegersBetweenLayers) {
    const Quantity x{0.02F, 3, false}, y{0.03F, -5, true};
    for (int trial = 0; trial < 20; ++trial) {
        const Planes image = draw_planes(2, 7, 6, x);
        ConvSpec s = draw_conv(2, true, false);
        s = {4, 1, 3, 3, 1, 1, 1, 0, 2, 1, draw_list(72, -128, 127), {0, 0, 0, 0}, {5, 6, 7, 8}};
        b = OnnxBuilder();
        b.integer_input("x", u8, {1, 2, 7, 6});
        const std::string pads = b.integers("pads", onnx::TensorProto::INT64, {0, 0, 1, 0, 0, 0, 2, 1}, {8});
        const auto xq = stated("x", x), yq = stated("y", y);
        const auto w = weights(s, 2, {0.01F}, true, "w");
        const std::string bias = b.integers("bias", i32, s.bias, {4});
        const std::string around = b.node("Pad", "pad", {"x", pads, "x_zero"});
        std::string v = b.node("QLinearConv", "conv", join(join(join({around}, xq), w), join(yq, {bias})));
        v = b.node("Relu", "relu", {v});
        v = b.node("Clip", "clip", {v, b.integers("low", i8, {-100}, {}), b.integers("high", i8, {90}, {})});
        v = b.node("MaxPool", "max", {v});
        b.attribute("kernel_shape", Dims{2, 3});
        b.attribute("strides", Dims{2, 2});
        b.attribute("pads", Dims{1, 1, 0, 2});
        v = b.node("Gather", "pick", {v, b.integers("order", onnx::TensorProto::INT64, {3, -4, 0}, {3})});
        b.attribute("axis", 1);
        v = b.node("Clip", "clip2", {v, b.integers("low2", i8, {7}, {})});
        v = b.node("Flatten", "flat", {v});
        b.output(b.node("DequantizeLinear", "dq", join({v}, yq)));

        Planes c = requantised(convolve(image, x.zero_point, s), x.scale, {0.01F}, y);
        for (std::int64_t& value : c.values)
            value = std::min<std::int64_t>(std::max<std::int64_t>(value, 0), 90);
        std::vector<std::int64_t> expected;
        const int oh = (c.h + 1 - 2) / 2 + 1, ow = (c.w + 3 - 3) / 2 + 1;
        for (const int channel : {3, 0, 0}) {
            for (int oy = 0; oy < oh; ++oy) {
                for (int ox = 0; ox < ow; ++ox) {
                    std::int64_t most = -128;
                    for (int yy = std::max(0, 2 * oy - 1); yy < std::min(c.h, 2 * oy + 1); ++yy)
                        for (int xx = std::max(0, 2 * ox - 1); xx < std::min(c.w, 2 * ox + 2); ++xx)
                            most = std::max(most, c.at(channel, yy, xx));
                    expected.push_back(std::max<std::int64_t>(most, 7));
                }
            }
        }
        const Graph graph = import();
        EXPECT_EQ(run(graph, image), expected);
        EXPECT_EQ(graph.tensor(graph.output).type.zero_point, -5);
        EXPECT_FLOAT_EQ(static_cast<float>(graph.tensor(graph.output).type.scale), 0.03F);
    }
}

// Relu and a Clip of floats (ReLU6) before a quantiser bound its integers; in old files by attributes.
TEST_F(QLinear, BoundsOfFloats) {
    for (const int opset : {10, 13}) {
        const Quantity x{0.05F, 128, false}, y{0.04F, -20, true};
        Planes image{256, 1, 1, {}};
        for (int i = 0; i < 256; ++i) image.values.push_back(i);
        b = OnnxBuilder();
        b.model.mutable_opset_import(0)->set_version(opset);
        b.integer_input("x", u8, {1, 256});
        const auto xq = stated("x", x), yq = stated("y", y);
        std::string v = b.node("DequantizeLinear", "dq", join({"x"}, xq));
        if (opset < 11) {
            v = b.node("Clip", "clip", {v});
            for (const auto& [name, bound] : {std::pair{"min", -0.5F}, std::pair{"max", 3.1F}}) {
                onnx::AttributeProto* a = b.last().add_attribute();
                a->set_name(name);
                a->set_type(onnx::AttributeProto::FLOAT);
                a->set_f(bound);
            }
        } else {
            v = b.node("Clip", "clip", {v, b.floats("low", {-0.5F}), b.floats("high", {3.1F})});
        }
        b.output(b.node("QuantizeLinear", "q", join({v}, yq)));
        ImportOptions options;
        options.qdq = Rounding::half_even;
        std::vector<std::int64_t> expected;
        for (int i = 0; i < 256; ++i) {
            const double real = std::clamp((i - 128) * double{x.scale / y.scale}, double{-0.5F / y.scale},
                                           double{3.1F / y.scale});
            expected.push_back(quantised(real, y));
        }
        EXPECT_EQ(run(import(options), image), expected);
    }
}

TEST_F(QLinear, BytesOfAnImageForSignedInput) {
    b.integer_input("x", i8, {1, 2});
    b.output(b.node("Relu", "r", {"x"}));
    const Graph graph = import();
    const std::uint8_t bytes[] = {0, 255};
    EXPECT_EQ(input_integers(graph, bytes), (std::vector<std::int32_t>{-128, 127}));
    EXPECT_EQ(graph.preprocessing, "pixel - 128");
}

// A float image with any quantiser: pixel / 255 is a table of 256 integers.
TEST_F(QLinear, TableOfAFloatImage) {
    b.image_plain(1, 2, 2);
    b.output(b.quantise("image", {0.0125F, -10, -100, 60}, "p"));
    const Graph graph = import();
    ASSERT_EQ(graph.input_table.size(), 256U);
    for (int pixel = 0; pixel < 256; ++pixel) {
        const float real = static_cast<float>(pixel) / 255.0F / 0.0125F;
        EXPECT_EQ(graph.input_table[static_cast<std::size_t>(pixel)],
                  std::clamp<int>(static_cast<int>(std::nearbyint(real)) - 10, -100, 60));
    }
}

TEST(ExactFactor, IsTheFloatItself) {
    std::mt19937 random(3);
    for (int i = 0; i < 20000; ++i) {
        const float factor = std::ldexp(std::uniform_real_distribution<float>(1, 2)(random),
                                        std::uniform_int_distribution<int>(-39, 30)(random));
        const FixedPoint fixed = exact_fixed_point(factor);
        EXPECT_EQ(std::ldexp(double(fixed.multiplier), -fixed.shift), double{factor});
        EXPECT_LE(fixed.shift, 62);
    }
    EXPECT_EQ(exact_fixed_point(1).multiplier, 1);
    EXPECT_EQ(exact_fixed_point(1).shift, 0);
    EXPECT_EQ(exact_fixed_point(0.375F).multiplier, 3);
    EXPECT_EQ(exact_fixed_point(0.375F).shift, 3);
    EXPECT_EQ(exact_fixed_point(1e-20F).multiplier, 0);
    // Sums of 48 bits still see what is below 2^-39.
    EXPECT_EQ(exact_fixed_point(std::ldexp(0x1.000002P0F, -42)).multiplier, 1 << 20);
    EXPECT_EQ(exact_fixed_point(std::ldexp(0x1.8P0F, -42)).multiplier, 3);
    EXPECT_EQ(exact_fixed_point(std::ldexp(0x1.8P0F, -42)).shift, 43);
    EXPECT_EQ(exact_fixed_point(std::ldexp(0x1.fffffeP0F, -42)).multiplier, 1 << 21);
    EXPECT_EQ(exact_fixed_point(std::ldexp(0x1.fffffeP0F, -42)).shift, 62);
    EXPECT_EQ(exact_fixed_point(0).multiplier, 0);
    EXPECT_THROW(exact_fixed_point(-1), std::exception);
    EXPECT_THROW(exact_fixed_point(INFINITY), std::exception);
    EXPECT_THROW(exact_fixed_point(std::ldexp(1.0F, 31)), std::exception);
}

TEST(ExactFactor, SharesOneShift) {
    const Requant near = make_exact_common_requant({0.7F, 0.0061F}, -128, 127);
    EXPECT_EQ(near.shift[0], near.shift[1]);
    EXPECT_EQ(std::ldexp(double(near.multiplier[0]), -near.shift[0]), double{0.7F});
    EXPECT_EQ(std::ldexp(double(near.multiplier[1]), -near.shift[1]), double{0.0061F});
    const Requant far = make_exact_common_requant({0.7F, 1e-6F}, -128, 127);
    EXPECT_NEAR(std::ldexp(double(far.multiplier[1]), -far.shift[1]), double{1e-6F},
                0.7 * std::ldexp(1.0, -31));
}

}  // namespace
}  // namespace pimvp::net::test
