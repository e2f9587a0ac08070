// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <ostream>

#include "networks/import.h"
#include "tests/networks/qonnx_builder.h"
#include "tests/support/expect_error.h"

namespace pimvp::net {
namespace {

using test::QonnxBuilder;
using test::QuantSpec;
using B = QonnxBuilder;

struct Case {
    const char* name;
    std::function<void(B&)> build;
    std::vector<std::string> message;
};

void PrintTo(const Case& c, std::ostream* out) {
    *out << c.name;
}

std::string input(B& b, int channels = 1) {
    b.image_plain(channels, 4, 4);
    return b.quant("image", {1.0F / 255, 8, false, false, "ROUND", 0}, "q0");
}

std::string conv(B& b, const std::string& x, const std::string& name = "c") {
    return b.node("Conv", name, {x, b.floats(name + "_w", {1, 2}, {2, 1, 1, 1})});
}

class QonnxErrors : public ::testing::TestWithParam<Case> {};

TEST_P(QonnxErrors, NameFileNodeAndReason) {
    B b;
    GetParam().build(b);
    const std::string message = pimvp::test::error_of([&] { import_onnx("some/bad.onnx", b.bytes(), {}); });
    EXPECT_NE(message.find("some/bad.onnx"), std::string::npos) << message;
    for (const std::string& part : GetParam().message)
        EXPECT_NE(message.find(part), std::string::npos) << "'" << part << "' is not in: " << message;
}

INSTANTIATE_TEST_SUITE_P(
    Cases, QonnxErrors,
    ::testing::Values(
        Case{"operator_", [](B& b) { b.output(b.node("Sigmoid", "s", {input(b)})); },
             {"node 's' (Sigmoid)", "not supported; supported: Add, AveragePool"}},
        Case{"operator_on_activations", [](B& b) { b.output(b.node("Sqrt", "s", {input(b)})); },
             {"node 's' (Sqrt)", "is not supported on activations"}},
        Case{"quantiser_without_domain",
             [](B& b) {
                 const std::string x = input(b);
                 b.output(b.quant(x, {}, "mine"));
                 b.last().set_domain("custom");
             },
             {"node 'mine' (Quant)", "custom.Quant is not supported"}},
        Case{"rounding_mode",
             [](B& b) { b.output(b.quant(conv(b, input(b)), {1, 8, true, false, "SIDEWAYS", 0}, "q")); },
             {"node 'q' (Quant)", "'rounding_mode'", "found 'SIDEWAYS'"}},
        Case{"scale_per_channel_of_activations",
             [](B& b) {
                 b.output(b.quant_scales(conv(b, input(b)), b.floats("s", {1, 2}, {1, 2, 1, 1}), {}, "q"));
             },
             {"node 'q' (Quant)", "scale", "one for all channels of an activation"}},
        Case{"scale_of_zero", [](B& b) { b.output(b.quant(conv(b, input(b)), {0}, "q")); },
             {"node 'q' (Quant)", "scale: expected a positive number, found 0"}},
        Case{"scale_not_constant",
             [](B& b) {
                 const std::string x = input(b);
                 b.output(b.quant_scales(x, x, {}, "q"));
             },
             {"node 'q' (Quant)", "expected a constant, found activations"}},
        Case{"zero_point_of_a_half",
             [](B& b) { b.output(b.quant(conv(b, input(b)), {1, 8, true, false, "ROUND", 0.5F}, "q")); },
             {"node 'q' (Quant)", "zero point: expected a whole number", "0.5"}},
        Case{"bits", [](B& b) { b.output(b.quant(conv(b, input(b)), {1, 17}, "q")); },
             {"node 'q' (Quant)", "bit width: expected a whole number in 1..16, found 17"}},
        Case{"no_range",
             [](B& b) { b.output(b.quant(conv(b, input(b)), {1, 1, false, true, "ROUND", 0}, "q")); },
             {"node 'q' (Quant)", "expected a range of two values or more"}},
        Case{"image_not_quantised",
             [](B& b) {
                 b.image_plain(1, 4, 4);
                 b.output(b.quant(conv(b, "image"), {}, "q"));
             },
             {"node 'c' (Conv)", "found the image before its quantiser"}},
        Case{"image_quantised_twice",
             [](B& b) {
                 const std::string x = input(b);
                 b.output(b.node("Add", "sum", {x, b.quant("image", {}, "other")}));
             },
             {"node 'other' (Quant)", "one quantiser of the image"}},
        Case{"layer_on_accumulators",
             [](B& b) {
                 const std::string x = conv(b, input(b));
                 b.output(b.node("Conv", "d", {x, b.floats("w", {1, 2}, {1, 2, 1, 1})}));
             },
             {"node 'd' (Conv)", "found a result that is not quantised yet"}},
        Case{"offset_ahead_of_a_layer",
             [](B& b) { b.output(conv(b, b.with("Add", input(b), 1, "plus"))); },
             {"node 'c' (Conv)", "behind node 'plus'"}},
        Case{"negative_factor_ahead_of_a_layer",
             [](B& b) { b.output(conv(b, b.with("Mul", input(b), -1, "minus"))); },
             {"node 'c' (Conv)", "only one positive factor"}},
        Case{"weights_without_quantiser",
             [](B& b) {
                 b.output(b.node("Conv", "c", {input(b), b.floats("w", {0.5F}, {1, 1, 1, 1})}));
             },
             {"node 'c' (Conv)", "expected a quantiser behind them, or whole numbers", "0.5"}},
        Case{"weights_too_wide",
             [](B& b) {
                 b.output(b.node("Conv", "c", {input(b), b.floats("w", {40000}, {1, 1, 1, 1})}));
             },
             {"node 'c' (Conv)", "16 bits", "40000"}},
        Case{"weights_of_unsigned_16_bits",
             [](B& b) {
                 const std::string x = input(b);
                 const std::string w = b.floats("w", {40000}, {1, 1, 1, 1});
                 b.output(b.node("Conv", "c", {x, b.quant(w, {1, 16, false, false, "ROUND", 0}, "wq")}));
             },
             {"node 'c' (Conv)", "signed numbers of 16 bits, found 0..65535"}},
        Case{"weight_scale_inside_a_channel",
             [](B& b) {
                 const std::string x = input(b, 2);
                 const std::string w = b.floats("w", {1, 2}, {1, 2, 1, 1});
                 b.output(b.node(
                     "Conv", "c",
                     {x, b.quant_scales(w, b.floats("s", {1, 2}, {1, 2, 1, 1}), {}, "wq")}));
             },
             {"node 'c' (Conv)", "one scale in each output channel"}},
        Case{"weight_scale_dimensions",
             [](B& b) {
                 const std::string x = input(b);
                 const std::string w = b.floats("w", {1, 2}, {2, 1, 1, 1});
                 b.output(b.node("Conv", "c", {x, b.quant_scales(w, b.floats("s", {1, 2, 3}, {3, 1, 1, 1}),
                                                                 {}, "wq")}));
             },
             {"node 'wq' (Quant)", "scale: expected dimensions that fit [2,1,1,1]"}},
        Case{"weight_not_a_number",
             [](B& b) {
                 const std::string x = input(b);
                 const float nan = std::numeric_limits<float>::quiet_NaN();
                 b.output(b.node("Conv", "c",
                                 {x, b.quant(b.floats("w", {nan}, {1, 1, 1, 1}), {}, "wq")}));
             },
             {"node 'wq' (Quant)", "found NaN"}},
        Case{"bipolar_padding",
             [](B& b) {
                 b.image_plain(1, 4, 4);
                 b.output(b.node("Conv", "c",
                                 {b.bipolar("image", 1, "q0"),
                                  b.floats("w", {1, 1, 1, 1, 1, 1, 1, 1, 1}, {1, 1, 3, 3})}));
                 b.attribute("pads", {1, 1, 1, 1});
             },
             {"node 'c' (Conv)", "no padding of activations that are -1 or 1"}},
        Case{"second_quantiser",
             [](B& b) {
                 const std::string x = conv(b, input(b));
                 const std::string first = b.quant(x, {}, "a");
                 b.output(b.node("Add", "sum", {first, b.quant(x, {2}, "b")}));
             },
             {"node 'b' (Quant)", "behind node 'c'", "computed twice"}},
        Case{"pool_ahead_of_a_falling_norm",
             [](B& b) {
                 std::string x = b.node("MaxPool", "mp", {conv(b, input(b))});
                 b.attribute("kernel_shape", {2, 2});
                 x = b.batch_norm(x, {1, -1}, {0, 0}, {0, 0}, {1, 1}, "bn");
                 b.output(b.quant(x, {}, "q"));
             },
             {"node 'q' (Quant)", "channel 1", "maximum pool 'mp'"}},
        Case{"variance",
             [](B& b) {
                 b.output(b.batch_norm(conv(b, input(b)), {1, 1}, {0, 0}, {0, 0}, {1, -1}, "bn"));
             },
             {"node 'bn' (BatchNormalization)", "channel 1", "positive variance"}},
        Case{"constant_per_position",
             [](B& b) {
                 b.output(b.node("Mul", "m", {conv(b, input(b)), b.floats("v", {1, 2, 3, 4}, {4})}));
             },
             {"node 'm' (Mul)", "one for each of 2 channels", "[4]"}},
        Case{"divided_by_zero",
             [](B& b) { b.output(b.with("Div", conv(b, input(b)), 0, "d")); },
             {"node 'd' (Div)", "a divisor other than 0"}},
        Case{"divided_by_activations",
             [](B& b) { b.output(b.node("Div", "d", {b.floats("one", {1}), conv(b, input(b))})); },
             {"node 'd' (Div)", "expected a constant divisor"}},
        Case{"overflow",
             [](B& b) {
                 std::string x = b.with("Mul", conv(b, input(b)), 3e38F, "huge");
                 b.output(b.quant(b.with("Mul", x, 10, "more"), {}, "q"));
             },
             {"node 'q' (Quant)", "overflow of float32"}},
        Case{"wide_without_multipliers",
             [](B& b) {
                 b.output(b.quant(b.with("Add", conv(b, input(b)), 0.25F, "plus"),
                                  {0.5F, 12, true, false, "FLOOR", 0}, "q"));
             },
             {"node 'q' (Quant)", "at most 255 steps", "4095 steps behind node 'c'"}},
        Case{"sum_not_exact",
             [](B& b) {
                 const std::string x = input(b);
                 const std::string a = b.quant(conv(b, x, "c"), {1, 8, false, false, "ROUND", 0}, "a");
                 const std::string d = b.quant(conv(b, x, "e"), {1, 8, false, false, "ROUND", 0}, "d");
                 b.output(b.quant(b.node("Add", "sum", {a, d}), {4, 8, false, false, "FLOOR", 0}, "s"));
             },
             {"node 's' (Quant)", "multipliers of 30 bits express exactly", "found another result for"}},
        Case{"sum_without_quantiser",
             [](B& b) {
                 const std::string x = input(b);
                 const std::string a = b.quant(conv(b, x, "c"), {}, "a");
                 b.output(b.node("Add", "sum", {a, b.quant(conv(b, x, "e"), {}, "d")}));
             },
             {"graph output 'sum_out'", "expected a quantiser behind node 'sum'"}},
        Case{"sum_of_accumulators",
             [](B& b) {
                 const std::string x = input(b);
                 b.output(b.node("Add", "sum", {conv(b, x, "c"), conv(b, x, "e")}));
             },
             {"node 'sum' (Add)", "expected a quantiser before it"}},
        Case{"thresholds_shape",
             [](B& b) {
                 b.output(b.multi_threshold(conv(b, input(b)), {1, 2, 3}, 3, 1, 0, "UINT1", "mt"));
             },
             {"node 'mt' (MultiThreshold)", "[2,T] or [1,T]", "[3,1]"}},
        Case{"thresholds_bias",
             [](B& b) {
                 b.output(b.multi_threshold(conv(b, input(b)), {1, 2}, 1, 1, 0.25F, "FLOAT32", "mt"));
             },
             {"node 'mt' (MultiThreshold)", "out_bias that is a multiple of out_scale"}},
        Case{"thresholds_type",
             [](B& b) {
                 b.output(b.multi_threshold(conv(b, input(b)), {1, 2, 3, 4}, 1, 1, 0, "UINT2", "mt"));
             },
             {"node 'mt' (MultiThreshold)", "'out_dtype'", "found UINT2"}},
        Case{"trunc_width",
             [](B& b) { b.output(b.trunc(conv(b, input(b)), 1.0F / 255, 8, 4, "FLOOR", "tr")); },
             {"node 'tr' (Trunc)", "expected results of 4 bits, found 0..31"}},
        Case{"reshape",
             [](B& b) {
                 const std::string x = input(b);
                 b.integers("shape", onnx::TensorProto::INT64, {1, 2, 8}, {3});
                 b.output(b.node("Reshape", "r", {x, "shape"}));
             },
             {"node 'r' (Reshape)", "expected to flatten [1,1,4,4] to [1,16]", "[1,2,8]"}},
        Case{"transpose",
             [](B& b) {
                 b.output(b.node("Transpose", "t", {input(b)}));
                 b.attribute("perm", {0, 2, 3, 1});
             },
             {"node 't' (Transpose)", "the order [1,C,H,W]"}},
        Case{"matrix_of_planes",
             [](B& b) { b.output(b.node("MatMul", "m", {input(b), b.floats("w", {1}, {1, 1})})); },
             {"node 'm' (MatMul)", "expected a flattened input"}},
        Case{"relu_behind_scores",
             [](B& b) { b.output(b.node("Relu", "r", {conv(b, input(b))})); },
             {"graph output 'r_out'", "without Relu or Clip, found node 'r'"}},
        Case{"folded_dimensions",
             [](B& b) {
                 const std::string x = input(b);
                 b.output(b.node("Mul", "m",
                                 {conv(b, x), b.node("Add", "a", {b.floats("u", {1, 2}, {2}),
                                                                  b.floats("v", {1, 2, 3}, {3})})}));
             },
             {"node 'a' (Add)", "constants whose dimensions fit, found [2] and [3]"}},
        Case{"folded_too_large",
             [](B& b) {
                 const std::string x = input(b);
                 const std::vector<float> many(8192, 1.0F);
                 b.output(b.node("Mul", "m",
                                 {conv(b, x), b.node("Add", "a", {b.floats("u", many, {8192, 1}),
                                                                  b.floats("v", many, {1, 8192})})}));
             },
             {"node 'a' (Add)", "a constant result of at most"}}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace pimvp::net
