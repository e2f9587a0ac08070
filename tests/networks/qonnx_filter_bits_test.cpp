// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Quant of weights whose bit width is a tensor: one per filter.
#include <gtest/gtest.h>

#include "networks/executor.h"
#include "networks/import.h"
#include "tests/networks/qonnx_builder.h"
#include "tests/support/expect_error.h"

namespace pimvp::net {
namespace {

using test::Dims;
using test::QonnxBuilder;

Graph import(const QonnxBuilder& b) {
    return import_onnx("memory.onnx", b.bytes(), {});
}

std::string input(QonnxBuilder& b, int channels) {
    b.image_plain(channels, 2, 2);
    return b.quant("image", {1.0F / 255, 8, false, false, "ROUND", 0}, "q0");
}

std::string quantised(QonnxBuilder& b, const std::string& weights, const std::vector<float>& bits,
                      const Dims& dims, bool narrow = true) {
    const std::string out = b.node(
        "Quant", "wq",
        {weights, b.floats("wq_scale", {0.5F}), b.floats("wq_zero", {0}), b.floats("wq_bits", bits, dims)});
    b.last().set_domain("qonnx.custom_op.general");
    b.attribute("signed", 1);
    b.attribute("narrow", narrow ? 1 : 0);
    b.text("rounding_mode", "ROUND");
    return out;
}

const std::vector<float> written{2.5F, -0.5F, 9, -3, 15.5F, -40};  // in steps of 0.5: 5 -1 18 -6 31 -80
const std::vector<std::int16_t> clipped{1, -1, 7, -6, 31, -31};

TEST(QonnxFilterBits, AreTheWidthsOfTheQuantiser) {
    QonnxBuilder b, plain;
    b.output(
        b.node("Conv", "c",
               {input(b, 2), quantised(b, b.floats("w", written, {3, 2, 1, 1}), {2, 4, 6}, {3, 1, 1, 1})}));
    plain.output(plain.node(
        "Conv", "c",
        {input(plain, 2), plain.quant(plain.floats("w", {0.5F, -0.5F, 3.5F, -3, 15.5F, -15.5F}, {3, 2, 1, 1}),
                                      {0.5F, 6, true, true, "ROUND", 0}, "wq")}));
    const Graph graph = import(b), expected = import(plain);
    EXPECT_EQ(graph.nodes.at(0).filter_bits, (std::vector<int>{2, 4, 6}));
    EXPECT_EQ(graph.nodes.at(0).weights, clipped);
    EXPECT_EQ(graph.nodes.at(0).weight_type.bits, 6);
    EXPECT_EQ(graph.nodes.at(0).weight_type.kind, Kind::signed_integer);
    EXPECT_TRUE(expected.nodes.at(0).filter_bits.empty());
    const std::vector<std::uint8_t> pixels{1, 20, 33, 4, 255, 6, 77, 98};
    EXPECT_EQ(execute(graph, pixels.data()).back(), execute(expected, pixels.data()).back());
}

// All two's complement values: [-2,1], [-8,7], [-32,31].
TEST(QonnxFilterBits, FollowATransposeAndTheWholeRange) {
    QonnxBuilder b;
    const std::string x = b.node("Flatten", "flat", {input(b, 2)});
    const std::string w =
        quantised(b, b.floats("w", std::vector<float>(24, -40), {3, 8}), {2, 4, 6}, {3, 1}, false);
    b.output(b.node("MatMul", "fc", {x, b.node("Transpose", "t", {w})}));
    const Node node = import(b).nodes.at(0);
    EXPECT_EQ(node.filter_bits, (std::vector<int>{2, 4, 6}));
    for (std::size_t i = 0; i < 24; ++i) EXPECT_EQ(node.weights[i], (i < 8 ? -2 : i < 16 ? -8 : -32)) << i;
}

TEST(QonnxFilterBits, EqualWidthsAreTheTypesAlone) {
    QonnxBuilder b;
    b.output(
        b.node("Conv", "c",
               {input(b, 2), quantised(b, b.floats("w", written, {3, 2, 1, 1}), {4, 4, 4}, {3, 1, 1, 1})}));
    EXPECT_TRUE(import(b).nodes.at(0).filter_bits.empty());
    EXPECT_EQ(import(b).nodes.at(0).weight_type.bits, 4);
}

TEST(QonnxFilterBits, WrongWidthsAreRefused) {
    const struct {
        std::vector<float> bits;
        Dims dims;
        const char* expected;
    } cases[] = {
        {{2, 4.5F, 6}, {3, 1, 1, 1}, "bit width: expected a whole number in 1..16, found 4.5"},
        {{2, 17, 6}, {3, 1, 1, 1}, "expected a whole number in 1..16, found 17"},
        {{1, 4, 6}, {3, 1, 1, 1}, "expected 2 or more of signed weights where widths differ"},
        {{2, 4}, {1, 2, 1, 1}, "expected bit widths along axis 0, the output channels, found axis 1"},
        {{2, 4, 6}, {3}, "expected one, or one for each index along one axis of [3,2,1,1], found [3]"},
        {{2, 4, 6, 2}, {4, 1, 1, 1}, "expected one, or one for each index along one axis"},
    };
    for (const auto& item : cases) {
        QonnxBuilder b;
        b.output(
            b.node("Conv", "c",
                   {input(b, 2), quantised(b, b.floats("w", written, {3, 2, 1, 1}), item.bits, item.dims)}));
        const std::string message = pimvp::test::error_of([&] { import(b); });
        EXPECT_NE(message.find(item.expected), std::string::npos) << message;
    }
}

// Activations have one width.
TEST(QonnxFilterBits, OfActivationsAreRefused) {
    QonnxBuilder b;
    const std::string x = b.node("Conv", "c", {input(b, 1), b.floats("w", {1, 2}, {2, 1, 1, 1})});
    b.output(quantised(b, x, {2, 4}, {1, 2, 1, 1}));
    const std::string message = pimvp::test::error_of([&] { import(b); });
    EXPECT_NE(message.find("bit width: expected one for all channels of an activation"), std::string::npos)
        << message;
}

}  // namespace
}  // namespace pimvp::net
