// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Networks of integers that are refused, and files that no exporter writes.
#include <gtest/gtest.h>

#include <functional>

#include "networks/import.h"
#include "tests/networks/onnx_builder.h"
#include "tests/support/expect_error.h"

namespace pimvp::net::test {
namespace {

constexpr int u8 = onnx::TensorProto::UINT8, i8 = onnx::TensorProto::INT8, i64 = onnx::TensorProto::INT64;

/// Scales and zero points that all cases use, and a uint8 input x.
void begin(OnnxBuilder& b, const Dims& dims = {1, 2, 5, 5}) {
    b.integer_input("x", u8, dims);
    b.floats("s", {0.5F});
    b.integers("z", u8, {3}, {});
    b.integers("other_z", u8, {4}, {});
}

std::string conv(OnnxBuilder& b, const std::string& x = "x") {
    b.integers("w", u8, std::vector<std::int64_t>(36, 1), {2, 2, 3, 3});
    return b.node("QLinearConv", "conv", {x, "s", "z", "w", "s", "z", "s", "z"});
}

struct Case {
    const char* name;
    std::function<void(OnnxBuilder&)> build;
    std::vector<std::string> message;
};

void PrintTo(const Case& c, std::ostream* out) {
    *out << c.name;
}

class Refused : public ::testing::TestWithParam<Case> {};

TEST_P(Refused, SaysWhere) {
    OnnxBuilder b;
    GetParam().build(b);
    const std::string bytes = b.model.SerializeAsString();
    const std::string message = pimvp::test::error_of([&] { import_onnx("bad.onnx", bytes, {}); });
    EXPECT_NE(message.find("bad"), std::string::npos) << message;
    for (const std::string& part : GetParam().message)
        EXPECT_NE(message.find(part), std::string::npos) << "'" << part << "' is not in: " << message;
}

using B = OnnxBuilder;

INSTANTIATE_TEST_SUITE_P(
    Integers, Refused,
    ::testing::Values(
        Case{"dynamic",
             [](B& b) {
                 b.image_plain(1, 2, 2);
                 b.node("DynamicQuantizeLinear", "dyn", {"image"});
                 b.last().add_output("dyn_scale");
                 b.last().add_output("dyn_zero");
                 b.output("dyn_out");
             },
             {"node 'dyn' (DynamicQuantizeLinear)", "each image's own range", "statically"}},
        Case{"zero_points_differ",
             [](B& b) {
                 begin(b);
                 const std::string y = conv(b);
                 b.integers("v", u8, std::vector<std::int64_t>(36, 1), {2, 2, 3, 3});
                 b.output(b.node("ConvInteger", "next", {y, "v", "other_z"}));
             },
             {"node 'next' (ConvInteger)", "expected the zero point 3", "found 4"}},
        Case{"weights_not_constant",
             [](B& b) {
                 begin(b);
                 b.output(b.node("ConvInteger", "ci", {"x", "x"}));
             },
             {"node 'ci' (ConvInteger)", "input 'x': expected a constant"}},
        Case{"weights_int32",
             [](B& b) {
                 begin(b);
                 b.integers("w", onnx::TensorProto::INT32, {1, 1}, {1, 2, 1, 1});
                 b.output(b.node("ConvInteger", "ci", {"x", "w"}));
             },
             {"node 'ci' (ConvInteger)", "weights 'w': expected int8 or uint8"}},
        Case{"weight_zero_point_type",
             [](B& b) {
                 begin(b);
                 b.integers("w", i8, {1, 1}, {1, 2, 1, 1});
                 b.output(b.node("ConvInteger", "ci", {"x", "w", "z", "z"}));
             },
             {"node 'ci' (ConvInteger)", "zero point 'z': expected the element type of 'w'"}},
        Case{"weight_zero_points",
             [](B& b) {
                 begin(b);
                 b.integers("w", u8, {1, 1}, {1, 2, 1, 1});
                 b.integers("zs", u8, {1, 1, 1}, {3});
                 b.output(b.node("ConvInteger", "ci", {"x", "w", "z", "zs"}));
             },
             {"node 'ci' (ConvInteger)", "expected 1 or 1 zero points, found 3"}},
        Case{"no_floats",
             [](B& b) {
                 begin(b);
                 b.output(b.node("Conv", "c", {"x", "x"}));
             },
             {"node 'c' (Conv)", "found integers that are not dequantised"}},
        Case{"no_integers",
             [](B& b) {
                 b.image(1, 5, 5);
                 b.integers("w", u8, {1}, {1, 1, 1, 1});
                 b.output(b.node("ConvInteger", "ci", {"pixels_dq_out", "w"}));
             },
             {"node 'ci' (ConvInteger)", "expected integer activations, found activations"}},
        Case{"add_of_integers",
             [](B& b) {
                 begin(b);
                 b.output(b.node("Add", "sum", {"x", "x"}));
             },
             {"node 'sum' (Add)", "found integers"}},
        Case{"bias_count",
             [](B& b) {
                 begin(b);
                 b.output(conv(b));
                 b.integers("bias", onnx::TensorProto::INT32, {1, 2, 3}, {3});
                 b.last().add_input("bias");
             },
             {"node 'conv' (QLinearConv)", "bias 'bias': expected 2 elements of int32, found 3"}},
        Case{"bias_type",
             [](B& b) {
                 begin(b);
                 b.output(conv(b));
                 b.integers("bias", i64, {1, 2}, {2});
                 b.last().add_input("bias");
             },
             {"node 'conv' (QLinearConv)", "of another type"}},
        Case{"channels_last",
             [](B& b) {
                 begin(b);
                 b.output(b.node("com.microsoft.QLinearGlobalAveragePool", "p", {"x", "s", "z", "s", "z"}));
                 b.attribute("channels_last", 1);
             },
             {"QLinearGlobalAveragePool", "'channels_last': expected 0"}},
        Case{"concat_scale",
             [](B& b) {
                 begin(b);
                 b.floats("t", {0.25F});
                 b.output(b.node("com.microsoft.QLinearConcat", "cat",
                                 {"s", "z", "x", "s", "z", conv(b), "t", "z"}));
                 b.attribute("axis", 1);
             },
             {"QLinearConcat", "expected the scale that its integers have"}},
        Case{"auto_pad_and_pads",
             [](B& b) {
                 begin(b);
                 b.output(conv(b));
                 b.attribute("pads", Dims{1, 1, 1, 1});
                 b.attribute("auto_pad", 0);
                 b.last().mutable_attribute(1)->set_s("SAME_UPPER");
             },
             {"node 'conv' (QLinearConv)", "either the attribute 'pads' or 'auto_pad'"}},
        Case{"auto_pad_word",
             [](B& b) {
                 begin(b);
                 b.output(conv(b));
                 b.attribute("auto_pad", 0);
                 b.last().mutable_attribute(0)->set_s("SAME");
             },
             {"attribute 'auto_pad'", "found SAME"}},
        Case{"average_ceil",
             [](B& b) {
                 begin(b, {1, 2, 4, 4});
                 b.output(b.node("com.microsoft.QLinearAveragePool", "p", {"x", "s", "z", "s", "z"}));
                 b.attribute("kernel_shape", Dims{3, 3});
                 b.attribute("strides", Dims{2, 2});
                 b.attribute("ceil_mode", 1);
             },
             {"QLinearAveragePool", "'ceil_mode'"}},
        Case{"pad_value",
             [](B& b) {
                 begin(b);
                 b.integers("pads", i64, {0, 0, 1, 1, 0, 0, 1, 1}, {8});
                 b.output(conv(b, b.node("Pad", "pad", {"x", "pads", "other_z"})));
             },
             {"node 'pad' (Pad)", "value: expected the zero point"}},
        Case{"pad_channels",
             [](B& b) {
                 begin(b);
                 b.integers("pads", i64, {0, 1, 0, 0, 0, 0, 0, 0}, {8});
                 b.output(conv(b, b.node("Pad", "pad", {"x", "pads", "z"})));
             },
             {"node 'pad' (Pad)", "leave batch and channels alone"}},
        Case{"pad_before_nothing",
             [](B& b) {
                 begin(b);
                 b.integers("pads", i64, {0, 0, 1, 1, 0, 0, 1, 1}, {8});
                 b.output(b.node("Relu", "r", {b.node("Pad", "pad", {"x", "pads"})}));
             },
             {"node 'r' (Relu)", "expected a Pad before convolutions and pools alone"}},
        Case{"reshape_elements",
             [](B& b) {
                 begin(b);
                 b.output(b.node("Reshape", "r", {"x", b.integers("to", i64, {1, 49}, {2})}));
             },
             {"node 'r' (Reshape)", "expected 50 elements, found [1,49]"}},
        Case{"reshape_layout",
             [](B& b) {
                 begin(b);
                 b.output(b.node("Reshape", "r", {"x", b.integers("to", i64, {1, 5, 5, 2}, {4})}));
             },
             {"node 'r' (Reshape)", "expected the shape [1,2,5,5] or [1,50]"}},
        Case{"reshape_overflow",
             [](B& b) {
                 begin(b);
                 const std::int64_t huge = std::int64_t{1} << 62;
                 b.output(b.node("Reshape", "r", {"x", b.integers("to", i64, {huge, huge, -1}, {3})}));
             },
             {"node 'r' (Reshape)", "at most 2^40 elements"}},
        Case{"reshape_negative",
             [](B& b) {
                 begin(b);
                 b.output(b.node("Reshape", "r", {"x", b.integers("to", i64, {-1, -1, 2}, {3})}));
             },
             {"node 'r' (Reshape)", "dimensions of 0 or more"}},
        Case{"transpose",
             [](B& b) {
                 begin(b);
                 b.output(b.node("Transpose", "t", {"x"}));
             },
             {"node 't' (Transpose)", "expected a constant to transpose"}},
        Case{"permutation",
             [](B& b) {
                 begin(b);
                 b.integers("w", u8, {1, 2}, {1, 2});
                 b.output(b.node("Transpose", "t", {"w"}));
                 b.attribute("perm", Dims{1, 1});
             },
             {"node 't' (Transpose)", "'perm': expected each axis once"}},
        Case{"factor_too_large",
             [](B& b) {
                 begin(b);
                 b.floats("big", {3e20F});
                 b.integers("w", u8, std::vector<std::int64_t>(36, 1), {2, 2, 3, 3});
                 b.output(b.node("QLinearConv", "conv", {"x", "big", "z", "w", "big", "z", "s", "z"}));
             },
             {"node 'conv' (QLinearConv)", "requantisation factor"}},
        Case{"second_output",
             [](B& b) {
                 begin(b);
                 b.output(b.node("MaxPool", "m", {"x"}));
                 b.attribute("kernel_shape", Dims{2, 2});
                 b.last().add_output("indices");
             },
             {"node 'm' (MaxPool)", "expected one output, found 2"}},
        Case{"slice_as_attribute_of_two_axes",
             [](B& b) {
                 begin(b);
                 b.model.mutable_opset_import(0)->set_version(9);
                 b.output(b.node("Slice", "cut", {"x"}));
                 b.attribute("starts", Dims{0, 0});
                 b.attribute("ends", Dims{1, 1});
             },
             {"node 'cut' (Slice)", "'starts': expected one number"}},
        Case{"clip_as_attribute",
             [](B& b) {
                 begin(b);
                 b.model.mutable_opset_import(0)->set_version(10);
                 b.output(b.node("Clip", "c", {"x"}));
                 b.attribute("min", 1);
             },
             {"node 'c' (Clip)", "attribute 'min' is not supported"}}),
    [](const auto& info) { return std::string(info.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Files, Refused,
    ::testing::Values(Case{"cycle",
                           [](B& b) {
                               begin(b);
                               b.node("Relu", "first", {"second_out"});
                               b.output(b.node("Relu", "second", {"first_out"}));
                           },
                           {"node 'first' (Relu)", "'second_out'", "a node before it"}},
                      Case{"itself",
                           [](B& b) {
                               begin(b);
                               b.output(b.node("Relu", "loop", {"loop_out"}));
                           },
                           {"node 'loop' (Relu)", "'loop_out'"}},
                      Case{"output_twice",
                           [](B& b) {
                               begin(b);
                               b.node("Relu", "r", {"x"});
                               b.output(b.node("Relu", "r", {"x"}));
                           },
                           {"node 'r' (Relu)", "expected a new name"}},
                      Case{"output_is_input",
                           [](B& b) {
                               begin(b);
                               b.node("Relu", "r", {"x"});
                               b.last().set_output(0, "x");
                               b.output("x");
                           },
                           {"node 'r' (Relu)", "expected a new name"}},
                      Case{"no_outputs",
                           [](B& b) {
                               begin(b);
                               b.node("Relu", "r", {"x"});
                               b.last().clear_output();
                               b.output("x");
                           },
                           {"node 'r' (Relu)", "expected an output, found none"}},
                      Case{"no_inputs",
                           [](B& b) {
                               begin(b);
                               b.output(b.node("Relu", "r", {}));
                           },
                           {"node 'r' (Relu)", "input"}},
                      Case{"negative_dimension",
                           [](B& b) {
                               begin(b, {1, 2, -5, 5});
                               b.output("x");
                           },
                           {"[1,2,-5,5]"}},
                      Case{"zero_dimension",
                           [](B& b) {
                               begin(b, {1, 2, 0, 5});
                               b.output("x");
                           },
                           {"graph input 'x'"}},
                      Case{"huge_dimensions",
                           [](B& b) {
                               const std::int64_t huge = std::int64_t{1} << 40;
                               begin(b, {1, huge, huge, huge});
                               b.output("x");
                           },
                           {"graph input 'x'", "at most 268435456 elements"}},
                      Case{"huge_vector",
                           [](B& b) {
                               begin(b, {1, INT64_MAX});
                               b.output("x");
                           },
                           {"graph input 'x'"}},
                      Case{"three_dimensions",
                           [](B& b) {
                               begin(b, {1, 2, 5});
                               b.output("x");
                           },
                           {"[1,C,H,W] or [1,n]"}},
                      Case{"constants_of_overflow",
                           [](B& b) {
                               begin(b);
                               b.integers("w", u8, {}, {1LL << 32, 1LL << 32, 0});
                               b.output("x");
                           },
                           {"constant 'w'", "declare more than"}},
                      Case{"kernel_of_overflow",
                           [](B& b) {
                               begin(b);
                               b.output(b.node("MaxPool", "m", {"x"}));
                               b.attribute("kernel_shape", Dims{65536, 65536});
                               b.attribute("dilations", Dims{65536, 65536});
                               b.attribute("pads", Dims{65536, 65536, 65536, 65536});
                           },
                           {"node 'm'", "fits the padded input"}},
                      Case{"stride_of_overflow",
                           [](B& b) {
                               begin(b);
                               b.output(b.node("MaxPool", "m", {"x"}));
                               b.attribute("kernel_shape", Dims{1, 1});
                               b.attribute("strides", Dims{INT64_MAX, 1});
                           },
                           {"node 'm'", "'strides'"}},
                      Case{"doubling",
                           [](B& b) {
                               begin(b);
                               std::string v = "x";
                               for (int i = 0; i < 60; ++i) {
                                   v = b.node("Concat", "c" + std::to_string(i), {v, v});
                                   b.attribute("axis", 1);
                               }
                               b.output(v);
                           },
                           {"(Concat)", "expected at most 268435456 weights, constants and channels"}},
                      Case{"two_inputs",
                           [](B& b) {
                               begin(b);
                               b.integer_input("y", u8, {1, 2});
                               b.output("x");
                           },
                           {"expected one graph input"}}),
    [](const auto& info) { return std::string(info.param.name); });

// Older exporters list initializers among the graph's inputs as well.
TEST(OldFiles, InitializersAreNoInputs) {
    B b;
    b.model.mutable_opset_import(0)->set_version(10);
    begin(b);
    b.output(conv(b));
    for (const char* name : {"s", "z", "w"}) b.integer_input(name, u8, {});
    EXPECT_NO_THROW(import_onnx("old.onnx", b.model.SerializeAsString(), {}));
}

TEST(OldFiles, AttributesInsteadOfInputs) {
    B b;
    b.model.mutable_opset_import(0)->set_version(9);
    begin(b, {1, 4, 3, 3});
    const std::string cut = b.node("Slice", "cut", {"x"});
    b.attribute("axes", Dims{1});
    b.attribute("starts", Dims{-3});
    b.attribute("ends", Dims{INT64_MAX});
    const std::string max = b.node("MaxPool", "max", {cut});
    b.attribute("kernel_shape", Dims{3, 3});
    b.output(b.node("Squeeze", "flat", {max}));
    b.attribute("axes", Dims{2, 3});
    const Graph graph = import_onnx("old.onnx", b.model.SerializeAsString(), {});
    EXPECT_EQ(graph.tensor(graph.output).shape, (Shape{3, 1, 1}));
}

}  // namespace
}  // namespace pimvp::net::test
