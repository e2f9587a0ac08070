// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// ONNX files with shapes that overflow, cycles and negative sizes: Errors, each.
#include <gtest/gtest.h>

#include <limits>

#include "networks/import.h"
#include "tests/networks/onnx_builder.h"
#include "tests/support/expect_error.h"

namespace pimvp::net::test {
namespace {

constexpr int u8 = onnx::TensorProto::UINT8, i8 = onnx::TensorProto::INT8, i64 = onnx::TensorProto::INT64;
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max(),
                       least = std::numeric_limits<std::int64_t>::min();

void expect_refused(const OnnxBuilder& b, const std::string& what = "hostile") {
    pimvp::test::expect_error([&] { import_onnx("hostile.onnx", b.model.SerializeAsString(), {}); }, what);
}

/// An integer network of one convolution, or none; `change` is done to what is good.
template <class Change>
OnnxBuilder changed(const Dims& input, const Dims& weights, Change change) {
    OnnxBuilder b;
    b.integer_input("x", u8, input);
    b.integers("z", u8, {3}, {});
    b.integers("w", i8, std::vector<std::int64_t>(36, 1), weights);
    const std::string y = b.node("ConvInteger", "conv", {"x", "w", "z"});
    change(b);
    b.output(y);
    return b;
}
const auto nothing = [](OnnxBuilder&) {};

TEST(HostileOnnx, GoodOneIsRead) {
    EXPECT_NO_THROW(
        import_onnx("good.onnx", changed({1, 2, 5, 5}, {2, 2, 3, 3}, nothing).model.SerializeAsString(), {}));
}

TEST(HostileOnnx, Dimensions) {
    for (const Dims& dims :
         {Dims{1, -2, 5, 5}, Dims{1, 2, -5, 5}, Dims{-1, 2, 5, 5}, Dims{1, 2, 5, 0}, Dims{1, 2, 5, least},
          Dims{1, 2, most, most}, Dims{1, std::int64_t{1} << 32, std::int64_t{1} << 32, 1},
          Dims{1, 2, std::int64_t{1} << 31, 5}, Dims{1, 2, 1 << 20, 1 << 20}})
        expect_refused(changed(dims, {2, 2, 3, 3}, nothing));
}

TEST(HostileOnnx, DimensionsOfConstants) {
    for (const Dims& dims : {Dims{-2, -2, 3, 3}, Dims{2, -2, 3, -3}, Dims{2, 2, 3, most},
                             Dims{least, 2, 3, 3}, Dims{std::int64_t{1} << 32, std::int64_t{1} << 32, 3, 3},
                             Dims{most, most, most, most}, Dims{0, 2, 3, 3}, Dims{1 << 16, 1 << 16, 3, 3}})
        expect_refused(changed({1, 2, 5, 5}, dims, nothing));
}

TEST(HostileOnnx, Windows) {
    for (const std::int64_t n :
         {std::int64_t{-1}, std::int64_t{0}, std::int64_t{1} << 31, std::int64_t{1} << 32, most, least})
        for (const char* name : {"strides", "dilations", "kernel_shape"})
            expect_refused(changed({1, 2, 5, 5}, {2, 2, 3, 3},
                                   [&](OnnxBuilder& b) {
                                       b.attribute(name, Dims{1, n});
                                   }),
                           "conv");
    for (const std::int64_t n :
         {std::int64_t{-1}, std::int64_t{1} << 31, (std::int64_t{1} << 32) + 1, most, least}) {
        expect_refused(changed({1, 2, 5, 5}, {2, 2, 3, 3}, [&](OnnxBuilder& b) {
            b.attribute("pads", Dims{0, n, 0, n});
        }));
        expect_refused(changed({1, 2, 5, 5}, {2, 2, 3, 3}, [&](OnnxBuilder& b) { b.attribute("group", n); }));
    }
}

TEST(HostileOnnx, ShapesThatAreComputed) {
    for (const std::vector<std::int64_t>& shape : {std::vector<std::int64_t>{1, most},
                                                   {most, most},
                                                   {-2, -25},
                                                   {-1, -1},
                                                   {least, 1},
                                                   {1, -1, 0},
                                                   {std::int64_t{1} << 32, std::int64_t{1} << 32}}) {
        OnnxBuilder b;
        b.integer_input("x", u8, {1, 2, 5, 5});
        b.integers("shape", i64, shape, {static_cast<std::int64_t>(shape.size())});
        const std::string row = b.node("Reshape", "flat", {"x", "shape"});
        b.integers("w", i8, std::vector<std::int64_t>(50, 1), {50, 1});
        b.output(b.node("MatMulInteger", "mm", {row, "w"}));
        expect_refused(b);
    }
}

TEST(HostileOnnx, Cycles) {
    OnnxBuilder own;
    own.integer_input("x", u8, {1, 2, 5, 5});
    own.integers("w", i8, std::vector<std::int64_t>(36, 1), {2, 2, 3, 3});
    own.output(own.node("ConvInteger", "conv", {"conv_out", "w"}));
    expect_refused(own);

    OnnxBuilder two;
    two.integer_input("x", u8, {1, 2, 5, 5});
    two.floats("s", {0.5F});
    two.integers("z", u8, {3}, {});
    two.node("com.microsoft.QLinearAdd", "a", {"x", "s", "z", "b_out", "s", "z", "s", "z"});
    two.output(two.node("com.microsoft.QLinearAdd", "b", {"x", "s", "z", "a_out", "s", "z", "s", "z"}));
    expect_refused(two);

    OnnxBuilder constants;
    constants.integer_input("x", u8, {1, 2, 5, 5});
    constants.node("Identity", "p", {"q_out"});
    constants.node("Identity", "q", {"p_out"});
    constants.output(constants.node("ConvInteger", "conv", {"x", "q_out"}));
    expect_refused(constants);
}

}  // namespace
}  // namespace pimvp::net::test
