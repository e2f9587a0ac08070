// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Damaged ONNX files, seed 11: a slice of them by default, 100,000 with PIMVP_ALL_MUTATIONS (label full).
// Under sanitizers: cmake -DCMAKE_CXX_FLAGS=-fsanitize=address,undefined, then ctest -R OnnxDamage.
#include <gtest/gtest.h>

#include <random>

#include "modules/core/error.h"
#include "networks/import.h"
#include "tests/networks/onnx_builder.h"

namespace pimvp::net::test {
namespace {

#ifdef PIMVP_ALL_MUTATIONS
constexpr int mutations = 100000;
#else
constexpr int mutations = 4000;
#endif
constexpr int u8 = onnx::TensorProto::UINT8, i8 = onnx::TensorProto::INT8, i64 = onnx::TensorProto::INT64;

std::string network_of_integers() {
    OnnxBuilder b;
    b.integer_input("x", u8, {1, 2, 5, 5});
    b.floats("s", {0.5F});
    b.integers("z", u8, {3}, {});
    b.integers("w", u8, std::vector<std::int64_t>(36, 1), {2, 2, 3, 3});
    std::string v = b.node("Pad", "pad", {"x", b.integers("pads", i64, {0, 0, 1, 1, 0, 0, 1, 1}, {8}), "z"});
    v = b.node("QLinearConv", "conv", {v, "s", "z", "w", "s", "z", "s", "z"});
    v = b.node("MaxPool", "max", {v});
    b.attribute("kernel_shape", Dims{2, 2});
    b.attribute("strides", Dims{2, 2});
    v = b.node("com.microsoft.QLinearAdd", "sum", {v, "s", "z", v, "s", "z", "s", "z"});
    v = b.node("Reshape", "flat", {v, b.integers("row", i64, {1, -1}, {2})});
    b.integers("m", i8, std::vector<std::int64_t>(16, 1), {8, 2});
    b.output(b.node("MatMulInteger", "mm", {v, "m", "z"}));
    return b.model.SerializeAsString();
}

std::string network_of_reals() {
    OnnxBuilder b;
    const std::string image = b.image(2, 5, 5);
    const std::string w = b.weights("w", std::vector<std::int64_t>(36, 1), {2, 2, 3, 3}, {0.1F, 0.2F}, -7, 7);
    std::string v = b.node("Conv", "conv", {image, w});
    b.attribute("pads", Dims{1, 0, 1, 2});
    v = b.quantise(b.node("Relu", "relu", {v}), {0.1F, 0, 0, 15}, "a");
    v = b.node("Concat", "join", {v, v});
    b.attribute("axis", 1);
    v = b.quantise(b.node("GlobalAveragePool", "mean", {v}), {0.1F, 0, -8, 7}, "b");
    v = b.node("Gather", "pick", {v, b.integers("i", i64, {3, 0}, {2})});
    b.attribute("axis", 1);
    v = b.node("Flatten", "flat", {v});
    b.output(b.node("Gemm", "fc", {v, b.weights("v", {1, 2, 3, 4}, {2, 2}, {0.5F}, -7, 7)}));
    b.attribute("transB", 1);
    return b.model.SerializeAsString();
}

// Bytes changed, cut out or doubled: the file is read, or refused by an Error; nothing else happens.
void damage(const std::string& good) {
    ASSERT_NO_THROW(import_onnx("good.onnx", good, {}));
    std::mt19937 random(11);
    int refused = 0;
    for (int i = 0; i < mutations / 2; ++i) {
        std::string bad = good;
        for (unsigned k = 1 + random() % 3; k > 0; --k) {
            const std::size_t at = random() % bad.size(), length = 1 + random() % 8;
            if (i % 3 == 0) bad[at] = static_cast<char>(random());
            if (i % 3 == 1) bad.erase(at, length);
            if (i % 3 == 2) bad.insert(at, bad.substr(random() % bad.size(), length));
        }
        try {
            import_onnx("bad.onnx", bad, {});
        } catch (const Error&) {
            ++refused;
        }
    }
    EXPECT_GT(refused, mutations / 8);
    EXPECT_LT(refused, mutations / 2);
}

TEST(OnnxDamage, OfIntegersIsReadOrRefused) {
    damage(network_of_integers());
}

TEST(OnnxDamage, OfRealsIsReadOrRefused) {
    damage(network_of_reals());
}

}  // namespace
}  // namespace pimvp::net::test
