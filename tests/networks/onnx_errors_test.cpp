// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>

#include "networks/import.h"
#include "tests/networks/onnx_builder.h"
#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"

namespace pimvp::net {
namespace {

using pimvp::test::expect_error;
using pimvp::test::TempDir;
using test::Dims;
using test::OnnxBuilder;

constexpr float pixel = 1.0F / 255;

std::string conv(OnnxBuilder& b, const std::string& x, const std::vector<float>& scales = {0.1F}) {
    return b.node("Conv", "c1",
                  {x, b.weights("w", std::vector<std::int64_t>(8, 1), {2, 1, 2, 2}, scales, -7, 7)});
}

std::string layer(OnnxBuilder& b, const std::string& x) {
    return b.quantise(conv(b, x), {0.1F, 0, 0, 15}, "a1");
}

struct Case {
    const char* name;
    std::function<void(OnnxBuilder&)> build;
    std::vector<std::string> message;
};

class ImportErrors : public ::testing::TestWithParam<Case> {};

TEST_P(ImportErrors, Names) {
    const TempDir dir;
    OnnxBuilder b;
    GetParam().build(b);
    const std::string file = b.save(dir.path("bad.onnx"));
    const std::string message = pimvp::test::error_of([&] { import_network(file); });
    EXPECT_NE(message.find(file), std::string::npos) << message;
    for (const std::string& part : GetParam().message) {
        EXPECT_NE(message.find(part), std::string::npos) << "'" << part << "' is not in: " << message;
    }
}

using B = OnnxBuilder;
INSTANTIATE_TEST_SUITE_P(
    Cases, ImportErrors,
    ::testing::Values(
        Case{"operator_",
             [](B& b) { b.output(b.node("Softmax", "soft", {layer(b, b.image(1, 4, 4))})); },
             {"node 'soft' (Softmax)", "not supported; supported: Add, AveragePool, Clip"}},
        Case{"domain",
             [](B& b) {
                 b.output(b.node("Conv", "mine", {b.image(1, 4, 4)}));
                 b.last().set_domain("custom");
             },
             {"node 'mine' (Conv)", "custom.Conv is not supported"}},
        Case{"attribute",
             [](B& b) {
                 conv(b, b.image(1, 4, 4));
                 b.attribute("mystery", 1);
                 b.output("c1_out");
             },
             {"node 'c1' (Conv)", "'mystery' is not supported", "dilations"}},
        Case{"image_not_quantised",
             [](B& b) {
                 b.image_plain(1, 4, 4);
                 b.output(conv(b, "image"));
             },
             {"node 'c1' (Conv)", "found the image before its quantiser"}},
        Case{"batch",
             [](B& b) {
                 b.image(1, 4, 4);
                 b.graph()
                     .mutable_input(0)
                     ->mutable_type()
                     ->mutable_tensor_type()
                     ->mutable_shape()
                     ->mutable_dim(0)
                     ->set_dim_value(8);
                 b.output("pixels_dq_out");
             },
             {"graph input 'image'", "[1,C,H,W]", "[8,1,4,4]"}},
        Case{"not_quantised_between",
             [](B& b) {
                 const std::string x = conv(b, b.image(1, 4, 4));
                 b.output(b.node("MaxPool", "max", {x}));
             },
             {"node 'max' (MaxPool)", "'c1_out'", "found a result that is not quantised yet"}},
        Case{"relu_not_quantised",
             [](B& b) {
                 const std::string x = b.node("Relu", "r", {layer(b, b.image(1, 4, 4))});
                 b.output(b.node("GlobalAveragePool", "gap", {x}));
             },
             {"node 'gap' (GlobalAveragePool)", "quantiser after Relu"}},
        Case{"two_quantisers",
             [](B& b) {
                 const std::string x = conv(b, b.image(1, 4, 4));
                 b.quantise(x, {0.1F, 0, 0, 15}, "a1");
                 b.output(b.quantise(x, {0.1F, 0, 0, 3}, "a2"));
             },
             {"node 'a2_q'", "one quantiser after node 'c1'"}},
        Case{"bias_scale",
             [](B& b) {
                 const std::string w = b.weights("w", {1, 1}, {2, 1, 1, 1}, {0.1F}, -7, 7);
                 b.output(b.node("Conv", "c1", {b.image(1, 4, 4), w, b.bias("bias", {1, 2}, {0.1F})}));
             },
             {"node 'c1' (Conv)", "bias 'bias', channel 0", "input times weights"}},
        Case{"weights_float",
             [](B& b) {
                 b.output(b.node("Conv", "c1", {b.image(1, 4, 4), b.floats("w", {1}, {1, 1, 1, 1})}));
             },
             {"node 'c1' (Conv)", "'w'", "DequantizeLinear of int8"}},
        Case{"weight_channels",
             [](B& b) { b.output(conv(b, b.image(3, 4, 4))); },
             {"node 'c1' (Conv)", "expected 3 input channels", "found 1"}},
        Case{"scale_count",
             [](B& b) {
                 b.output(conv(b, b.image(1, 2, 2), {0.1F, 0.2F, 0.3F}));
             },
             {"node 'w_dq' (DequantizeLinear)", "1 or 2 scales, found 3"}},
        Case{"scale_zero",
             [](B& b) { b.output(conv(b, b.image(1, 2, 2), {0.0F})); },
             {"node 'w_dq'", "expected positive numbers, found 0"}},
        Case{"kernel_too_large",
             [](B& b) { b.output(conv(b, b.image(1, 1, 4))); },
             {"node 'c1' (Conv)", "found 2x2 on 1x4"}},
        Case{"average_padding",
             [](B& b) {
                 b.output(b.node("AveragePool", "avg", {b.image(1, 4, 4)}));
                 b.attribute("kernel_shape", Dims{2, 2});
                 b.attribute("pads", Dims{1, 1, 0, 0});
             },
             {"node 'avg' (AveragePool)", "count_include_pad = 1"}},
        Case{"concat_scales",
             [](B& b) {
                 const std::string x = b.image(1, 4, 4);
                 const std::string y = b.node("Concat", "cat", {x, layer(b, x)});
                 b.attribute("axis", 1);
                 b.output(y);
             },
             {"node 'cat' (Concat)", "height and width 4x4, found 3x3"}},
        Case{"concat_axis",
             [](B& b) {
                 const std::string x = b.image(1, 4, 4);
                 b.output(b.node("Concat", "cat", {x, x}));
                 b.attribute("axis", 2);
             },
             {"node 'cat' (Concat)", "expected 1, the channels, found 2"}},
        Case{"joined_scales",
             [](B& b) {
                 const std::string x = b.image(1, 4, 4);
                 const std::string y = b.node("Concat", "cat", {x, b.quantise(x, {0.1F, 0, 0, 15}, "a")});
                 b.attribute("axis", 1);
                 b.output(b.node("GlobalAveragePool", "gap", {y}));
             },
             {"node 'gap'", "'cat_out'", "one scale and zero point"}},
        Case{"gather_index",
             [](B& b) {
                 const std::string i = b.integers("i", onnx::TensorProto::INT64, {0, 1}, {2});
                 b.output(b.node("Gather", "pick", {b.image(1, 4, 4), i}));
                 b.attribute("axis", 1);
             },
             {"node 'pick' (Gather)", "channel of 0..0, found 1"}},
        Case{"add_shapes",
             [](B& b) {
                 const std::string x = b.image(1, 4, 4);
                 b.output(b.node("Add", "sum", {x, layer(b, x)}));
             },
             {"node 'sum' (Add)", "one shape, found 1x4x4 and 2x3x3"}},
        Case{"gemm_not_flat",
             [](B& b) {
                 const std::string w =
                     b.weights("w", std::vector<std::int64_t>(16, 1), {1, 16}, {0.1F}, -7, 7);
                 b.output(b.node("Gemm", "fc", {b.image(1, 4, 4), w}));
                 b.attribute("transB", 1);
             },
             {"node 'fc' (Gemm)", "flattened input"}},
        Case{"gemm_transposed",
             [](B& b) {
                 b.output(b.node("Gemm", "fc", {b.image(1, 4, 4), "image"}));
                 b.attribute("transA", 1);
             },
             {"node 'fc' (Gemm)", "transA = 0"}},
        Case{"unknown_input",
             [](B& b) { b.output(b.node("Relu", "r", {b.image(1, 4, 4) + "x"})); },
             {"node 'r' (Relu)", "'pixels_dq_outx'", "a node before it"}},
        Case{"unknown_output",
             [](B& b) {
                 b.image(1, 4, 4);
                 b.output("nothing");
             },
             {"graph output 'nothing'"}},
        Case{"no_output", [](B& b) { b.image(1, 4, 4); }, {"one graph output", "found 0"}},
        Case{"dequantised_otherwise",
             [](B& b) {
                 b.image(1, 4, 4);
                 b.output(b.node("DequantizeLinear", "dq", {"pixels_q_out", b.floats("s", {0.5F})}));
             },
             {"node 'dq' (DequantizeLinear)", "scale and zero point of its QuantizeLinear"}},
        Case{"opset",
             [](B& b) { b.model.mutable_opset_import(0)->set_version(6); },
             {"operator set 7", "found 6"}},
        Case{"external",
             [](B& b) {
                 b.floats("w", {});
                 b.graph().mutable_initializer(0)->set_data_location(onnx::TensorProto::EXTERNAL);
             },
             {"constant 'w'", "external data is not supported"}},
        Case{"constant_size",
             [](B& b) {
                 b.integers("w", onnx::TensorProto::INT8, {1, 2, 3}, {2, 2});
             },
             {"constant 'w'", "declare 4 bytes, found 3"}},
        Case{"constant_huge",
             [](B& b) {
                 b.integers("w", onnx::TensorProto::INT8, {}, {1LL << 40, 1LL << 40});
             },
             {"constant 'w'", "declare more than 1073741824 elements"}},
        Case{"constant_negative",
             [](B& b) { b.integers("w", onnx::TensorProto::INT8, {}, {-1}); },
             {"constant 'w'", "negative dimension -1"}},
        Case{"constant_type",
             [](B& b) { b.integers("w", onnx::TensorProto::BOOL, {1}, {1}); },
             {"'w'", "found BOOL"}},
        Case{"constant_twice",
             [](B& b) {
                 b.floats("w", {1});
                 b.floats("w", {1});
             },
             {"constant 'w' is there twice"}}),
    [](const auto& info) { return info.param.name; });

TEST(ImportFile, IsNoOnnxFile) {
    const TempDir dir;
    expect_error([&] { import_network(dir.path("nothing.onnx")); }, dir.path("nothing.onnx"),
                 "expected a network file, found none");
    const std::string text = dir.write("text.onnx", "this is no protobuf");
    expect_error([&] { import_network(text); }, text, "expected an ONNX model", "19 bytes");
    OnnxBuilder b;
    b.output(conv(b, b.image(1, 4, 4)));
    const std::string whole = b.model.SerializeAsString();
    const std::string cut = dir.write("cut.onnx", whole.substr(0, whole.size() - 20));
    expect_error([&] { import_network(cut); }, cut, "truncated");
}

// Any prefix of a good file, and any byte of it changed, is either read or refused by an Error; nothing else
// happens.
TEST(ImportFile, DamagedBytesAreReadOrRefused) {
    const TempDir dir;
    OnnxBuilder b;
    std::string x = layer(b, b.image(1, 4, 4));
    x = b.node("Flatten", "flat", {b.node("GlobalAveragePool", "gap", {x})});
    x = b.quantise(x, {0.1F, 0, 0, 15}, "a2");
    b.output(b.node("Gemm", "fc", {x, b.weights("v", {1, 2, 3, 4}, {2, 2}, {pixel}, -7, 7)}));
    b.attribute("transB", 1);
    const std::string good = b.model.SerializeAsString();
    EXPECT_NO_THROW(import_network(dir.write("good.onnx", good)));
    int refused = 0;
    for (std::size_t i = 0; i < good.size(); i += 3) {
        std::string bad = good;
        bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
        const std::string file = dir.write("bad" + std::to_string(i) + ".onnx", bad);
        try {
            import_network(file);
        } catch (const Error&) {
            ++refused;
        }
    }
    EXPECT_GT(refused, static_cast<int>(good.size() / 12));
}

}  // namespace
}  // namespace pimvp::net
