// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/networks.h"
#include "tests/networks/qonnx_builder.h"
#include "tests/support/shared_data.h"

namespace pimvp::fuzz {
namespace {

using namespace net::test;
using Values = std::vector<std::int64_t>;
constexpr int u8 = onnx::TensorProto::UINT8, i8 = onnx::TensorProto::INT8, i64 = onnx::TensorProto::INT64;

// Values of -7..7 that repeat late.
Values values(std::size_t count) {
    Values list(count);
    for (std::size_t i = 0; i < count; ++i) list[i] = static_cast<std::int64_t>((i * i + 3 * i) % 15) - 7;
    return list;
}
std::vector<float> reals(std::size_t count, float step) {
    std::vector<float> list;
    for (const std::int64_t v : values(count)) list.push_back(static_cast<float>(v) * step);
    return list;
}

Outcome run_onnx(const Input& input) {
    return run_network(net::import_onnx, "fuzz.onnx", input[0]);
}

std::string residual() {
    OnnxBuilder b;
    const std::string image = b.image(2, 6, 6);
    const std::string w = b.weights("w", values(36), {2, 2, 3, 3}, {0.1F, 0.2F}, -7, 7);
    std::string v = b.node("Conv", "conv", {image, w, b.bias("b", {3, -4}, {0.1F / 255, 0.2F / 255})});
    b.attribute("pads", Dims{1, 1, 1, 1});
    v = b.quantise(b.node("Relu", "relu", {v}), {0.1F, 0, -128, 127}, "a");
    const std::string u = b.quantise(image, {0.1F, 0, -128, 127}, "skip");
    v = b.quantise(b.node("Add", "sum", {v, u}), {0.2F, 0, 0, 15}, "s");
    v = b.node("MaxPool", "max", {v});
    b.attribute("kernel_shape", Dims{2, 2});
    b.attribute("strides", Dims{2, 2});
    v = b.quantise(b.node("GlobalAveragePool", "mean", {v}), {0.1F, 0, -8, 7}, "m");
    v = b.node("Flatten", "flat", {v});
    b.output(b.node("Gemm", "fc", {v, b.weights("g", values(6), {3, 2}, {0.5F}, -1, 1)}));
    b.attribute("transB", 1);
    return b.model.SerializeAsString();
}

std::string channels() {
    OnnxBuilder b;
    const std::string image = b.image(3, 5, 4);
    std::string v = b.node("Conv", "deep", {image, b.weights("d", values(27), {3, 1, 3, 3}, {0.1F}, -8, 7)});
    b.attribute("group", 3);
    b.attribute("pads", Dims{1, 0, 1, 2});
    v = b.quantise(b.node("Relu", "relu", {v}), {0.1F, 0, 0, 1}, "a");
    v = b.node("Concat", "join", {v, v});
    b.attribute("axis", 1);
    v = b.node("Gather", "pick", {v, b.integers("i", i64, {5, 0, 2, 3}, {4})});
    b.attribute("axis", 1);
    v = b.node("Slice", "cut",
               {v, b.integers("from", i64, {1}, {1}), b.integers("to", i64, {4}, {1}),
                b.integers("ax", i64, {1}, {1})});
    v = b.node("AveragePool", "mean", {v});
    b.attribute("kernel_shape", Dims{2, 2});
    v = b.quantise(v, {0.05F, 0, 0, 255}, "q");
    v = b.node("Reshape", "flat", {v, b.integers("row", i64, {1, -1}, {2})});
    const std::string w = b.weights("m", values(72), {36, 2}, {0.5F}, -127, 127);
    b.output(b.node("MatMul", "mm", {v, w}));
    return b.model.SerializeAsString();
}

std::string integers() {
    OnnxBuilder b;
    b.integer_input("x", u8, {1, 2, 6, 6});
    b.floats("s", {0.5F});
    b.integers("z", u8, {3}, {});
    b.integers("w", i8, values(36), {2, 2, 3, 3});
    b.integers("wz", i8, {0}, {});
    b.integers("bias", onnx::TensorProto::INT32, {5, -6}, {2});
    std::string v = b.node("Pad", "pad", {"x", b.integers("pads", i64, {0, 0, 1, 1, 0, 0, 1, 1}, {8}), "z"});
    v = b.node("QLinearConv", "conv", {v, "s", "z", "w", "s", "wz", "s", "z", "bias"});
    v = b.node("MaxPool", "max", {v});
    b.attribute("kernel_shape", Dims{2, 2});
    b.attribute("strides", Dims{2, 2});
    v = b.node("com.microsoft.QLinearAdd", "sum", {v, "s", "z", v, "s", "z", "s", "z"});
    v = b.node("com.microsoft.QLinearMul", "product", {v, "s", "z", v, "s", "z", "s", "z"});
    v = b.node("com.microsoft.QLinearGlobalAveragePool", "mean", {v, "s", "z", "s", "z"});
    v = b.node("Reshape", "flat", {v, b.integers("row", i64, {1, -1}, {2})});
    v = b.node("QLinearMatMul", "hidden",
               {v, "s", "z", b.integers("h", i8, values(8), {2, 4}), "s", "wz", "s", "z"});
    b.output(b.node("MatMulInteger", "mm", {v, b.integers("m", i8, values(12), {4, 3}), "z"}));
    return b.model.SerializeAsString();
}

std::string convolved_integers() {
    OnnxBuilder b;
    b.integer_input("x", i8, {1, 3, 5, 5});
    b.integers("z", i8, {-1}, {});
    const std::string v =
        b.node("ConvInteger", "conv", {"x", b.integers("w", i8, values(24), {2, 3, 2, 2}), "z"});
    b.attribute("strides", Dims{2, 1});
    b.attribute("dilations", Dims{1, 2});
    b.output(b.node("Flatten", "flat", {v}));
    return b.model.SerializeAsString();
}

QuantSpec spec(float scale, int bits, bool is_signed) {
    QuantSpec q;
    q.scale = scale;
    q.bits = bits;
    q.is_signed = is_signed;
    return q;
}

std::string brevitas() {
    QonnxBuilder b;
    b.image_plain(2, 5, 5);
    std::string v = b.with("Sub", b.with("Mul", "image", 2, "twice"), 1, "centred");
    v = b.quant(v, spec(1 / 128.0F, 8, true), "in");
    std::string w = b.quant(b.floats("w", reals(54, 0.1F), {3, 2, 3, 3}), spec(0.125F, 4, true), "wq");
    v = b.node("Conv", "conv", {v, w});
    b.attribute("kernel_shape", Dims{3, 3});
    v = b.batch_norm(v, {1, 0.5F, -2}, {0, 1, 0.5F}, {0.1F, 0, 0}, {1, 2, 0.5F}, "bn");
    v = b.quant(b.node("Relu", "relu", {v}), spec(0.25F, 3, false), "act");
    v = b.node("MaxPool", "max", {v});
    b.attribute("kernel_shape", Dims{2, 2});
    v = b.node("Flatten", "flat", {v});
    v = b.node("MatMul", "mm", {v, b.bipolar(b.floats("m", reals(48, 0.1F), {12, 4}), 0.5F, "mq")});
    v = b.bipolar(v, 1, "sign");
    v = b.node("MatMul", "out", {v, b.quant(b.floats("o", reals(12, 0.2F), {4, 3}), spec(1, 2, true), "oq")});
    b.output(b.with("Mul", v, 0.5F, "scaled"));
    return b.bytes();
}

std::string finn() {
    QonnxBuilder b;
    b.image_plain(12, 1, 1);
    std::string v = b.node("Flatten", "flat", {"image"});
    v = b.multi_threshold(v, {0.25F, 0.5F, 0.75F}, 1, 1, 0, "UINT2", "mt0");
    v = b.node("MatMul", "mm", {v, b.floats("w", reals(48, 1), {12, 4})});
    v = b.multi_threshold(v, reals(12, 2), 4, 2, -2, "FLOAT32", "mt1");
    v = b.node("MatMul", "out", {v, b.floats("o", reals(8, 1), {4, 2})});
    b.output(b.with("Add", v, 1, "shifted"));
    return b.bytes();
}

std::string averages() {
    QonnxBuilder b;
    b.image_plain(2, 4, 4);
    std::string v = b.quant("image", spec(1 / 256.0F, 8, false), "in");
    std::string w = b.quant(b.floats("w", reals(4, 0.2F), {2, 2, 1, 1}), spec(0.25F, 2, true), "wq");
    const std::string u = b.quant(b.node("Conv", "conv", {v, w}), spec(0.25F, 5, true), "a");
    const std::string t =
        b.quant(b.node("Conv", "other",
                       {v, b.quant(b.floats("x", reals(4, 0.3F), {2, 2, 1, 1}), spec(0.25F, 3, true), "xq")}),
                spec(0.25F, 5, true), "c");
    v = b.quant(b.node("Add", "sum", {u, t}), spec(0.5F, 5, false), "s");
    v = b.node("GlobalAveragePool", "mean", {v});
    v = b.trunc(v, 0.5F, 9, 5, "FLOOR", "tr");
    v = b.node("Flatten", "flat", {v});
    b.output(
        b.node("Gemm", "fc", {v, b.quant(b.floats("g", reals(6, 0.2F), {3, 2}), spec(0.5F, 4, true), "gq")}));
    b.attribute("transB", 1);
    return b.bytes();
}

Format onnx_format(const char* name, int count, std::vector<Input> corpus) {
    return {name, count, std::move(corpus), 0, mutate_protobuf, run_onnx};
}

void add_large(Format& format, const std::string& bytes) {
    if (bytes.empty()) return;
    format.corpus.push_back({bytes});
    ++format.large;
}

}  // namespace

Format qdq_format() {
    Format format = onnx_format("onnx-qdq", 15000, {{residual()}, {channels()}});
    for (const char* name : {"fmnist_dualnet_50", "fmnist_ternary_a1"})
        add_large(format, source_file(std::string("models/") + name + ".onnx"));
    return format;
}

Format qlinear_format() {
    return onnx_format("onnx-qlinear", 10000, {{integers()}, {convolved_integers()}});
}

Format qonnx_format() {
    Format format = onnx_format("qonnx", 15000, {{brevitas()}, {finn()}, {averages()}});
    add_large(format, file_bytes(test::shared_data("models/qonnx/TFC_2W2A.onnx")));
    return format;
}

}  // namespace pimvp::fuzz
