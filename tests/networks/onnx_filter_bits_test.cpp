// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Widths that differ from filter to filter: Max and Min of constant integers with a bound per filter.
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "networks/executor.h"
#include "networks/import.h"
#include "tests/networks/onnx_builder.h"
#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"

namespace pimvp::net {
namespace {

using pimvp::test::TempDir;
using test::Dims;
using test::OnnxBuilder;

constexpr int i8 = onnx::TensorProto::INT8;
const std::vector<std::int64_t> lows{-1, -7, -31}, highs{1, 7, 31};

std::string bounded(OnnxBuilder& b, const std::string& x, const Dims& dims, bool swapped = false) {
    const std::string low = b.integers("low", i8, lows, dims), high = b.integers("high", i8, highs, dims);
    const std::string max = swapped ? b.node("Max", "max", {low, x}) : b.node("Max", "max", {x, low});
    return swapped ? b.node("Min", "min", {high, max}) : b.node("Min", "min", {max, high});
}

std::string dequantised(OnnxBuilder& b, const std::string& x) {
    return b.node("DequantizeLinear", "dq", {x, b.floats("scale", {0.02F})});
}

Graph import(OnnxBuilder& b) {
    const TempDir dir;
    return import_network(b.save(dir.path("net.onnx")));
}

void expect_same_scores(const Graph& found, const Graph& expected) {
    std::mt19937 random(5);
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(found.tensor(found.input).shape.size()));
    for (int image = 0; image < 10; ++image) {
        for (auto& pixel : pixels) pixel = static_cast<std::uint8_t>(random());
        EXPECT_EQ(execute(found, pixels.data())[static_cast<std::size_t>(found.output)],
                  execute(expected, pixels.data())[static_cast<std::size_t>(expected.output)]);
    }
}

// What lies outside a filter's bounds is clipped to them, as the operators are defined.
const std::vector<std::int64_t> written{5, -1, 9, -7, 31, -40}, clipped{1, -1, 7, -7, 31, -31};

TEST(FilterBits, OfAConvolutionComeFromBoundsAlongItsFilters) {
    for (const bool swapped : {false, true}) {
        OnnxBuilder b, plain;
        const std::string x = b.image(2, 3, 3), y = plain.image(2, 3, 3);
        const Dims dims{3, 2, 1, 1};
        b.output(b.node(
            "Conv", "c",
            {x, dequantised(b, bounded(b, b.integers("w", i8, written, dims), {3, 1, 1, 1}, swapped))}));
        plain.output(plain.node("Conv", "c", {y, plain.weights("w", clipped, dims, {0.02F}, -31, 31)}));
        const Graph graph = import(b), expected = import(plain);
        const Node& node = graph.nodes.at(0);
        EXPECT_EQ(node.filter_bits, (std::vector<int>{2, 4, 6}));
        EXPECT_EQ(node.weights, (std::vector<std::int16_t>{1, -1, 7, -7, 31, -31}));
        EXPECT_EQ(node.weight_type.bits, 6);
        EXPECT_EQ(node.weight_type.kind, Kind::signed_integer);
        EXPECT_TRUE(expected.nodes.at(0).filter_bits.empty());
        expect_same_scores(graph, expected);
    }
}

// [inputs, filters], and [filters, inputs] behind a Transpose: the bounds follow their axis.
TEST(FilterBits, OfALinearLayerComeFromBoundsAlongItsOutputs) {
    const std::vector<std::int64_t> across{5, 9, 31, -1, -7, -40};
    for (const int form : {0, 1, 2}) {
        OnnxBuilder b;
        const std::string x = b.node("Flatten", "flat", {b.image(2, 1, 1)});
        std::string w;
        if (form == 0) {
            w = dequantised(b, bounded(b, b.integers("w", i8, across, {2, 3}), {1, 3}));
        } else {
            const std::string integers = b.integers("w", i8, written, {3, 2});
            const std::string of = bounded(b, integers, {3, 1});
            w = form == 1 ? b.node("Transpose", "t", {dequantised(b, of)})
                          : dequantised(b, b.node("Transpose", "t", {of}));
        }
        b.output(b.node("MatMul", "fc", {x, w}));
        const Graph graph = import(b);
        EXPECT_EQ(graph.nodes.at(0).filter_bits, (std::vector<int>{2, 4, 6})) << form;
        EXPECT_EQ(graph.nodes.at(0).weights, (std::vector<std::int16_t>{1, -1, 7, -7, 31, -31})) << form;
    }
}

TEST(FilterBits, OneWidthIsTheTypesAlone) {
    OnnxBuilder b;
    const std::string w = b.integers("w", i8, {5, -1, 2, 1}, {2, 2, 1, 1});
    const std::string max = b.node("Max", "max", {w, b.integers("low", i8, {-7, -8}, {2, 1, 1, 1})});
    const std::string min = b.node("Min", "min", {max, b.integers("high", i8, {7}, {})});
    b.output(b.node("Conv", "c", {b.image(2, 2, 2), dequantised(b, min)}));
    const Graph graph = import(b);
    EXPECT_TRUE(graph.nodes.at(0).filter_bits.empty());
    EXPECT_EQ(graph.nodes.at(0).weight_type.bits, 4);
}

std::string message_of(const std::function<std::string(OnnxBuilder&, const std::string&)>& change) {
    OnnxBuilder b;
    const std::string x = b.image(2, 3, 3), w = b.integers("w", i8, written, {3, 2, 1, 1});
    b.output(b.node("Conv", "c", {x, dequantised(b, change(b, w))}));
    return pimvp::test::error_of([&] { import(b); });
}

TEST(FilterBits, WrongBoundsAreRefused) {
    const struct {
        const char* expected;
        std::function<std::string(OnnxBuilder&, const std::string&)> change;
    } cases[] = {
        {"index 1: expected a range of two values or more, found [7,7]",
         [](OnnxBuilder& b, const std::string& w) {
             const auto max = b.node("Max", "max", {w, b.integers("low", i8, {-1, 7, -3}, {3, 1, 1, 1})});
             return b.node("Min", "min", {max, b.integers("high", i8, {1, 7, 3}, {3, 1, 1, 1})});
         }},
        {"one for each index along one axis of 'w' and the same rank",
         [](OnnxBuilder& b, const std::string& w) {
             return b.node("Max", "max", {w, b.integers("low", i8, {-1, -7, -31}, {3})});
         }},
        {"one for each index along one axis",
         [](OnnxBuilder& b, const std::string& w) {
             return b.node("Max", "max", {w, b.integers("low", i8, {-1, -7}, {2, 1, 1, 1})});
         }},
        {"expected bounds along axis 0, the output channels, found axis 1",
         [](OnnxBuilder& b, const std::string& w) {
             return b.node("Max", "max", {w, b.integers("low", i8, {-1, -7}, {1, 2, 1, 1})});
         }},
        {"expected integers and bounds of one type",
         [](OnnxBuilder& b, const std::string& w) {
             return b.node("Max", "max",
                           {w, b.integers("low", onnx::TensorProto::INT16, lows, {3, 1, 1, 1})});
         }},
        {"expected constant integers and their bounds",
         [](OnnxBuilder& b, const std::string& w) {
             return b.node("Max", "max", {w, "image"});
         }},
        {"expected them along the axis of those before",
         [](OnnxBuilder& b, const std::string& w) {
             const auto max = b.node("Max", "max", {w, b.integers("low", i8, lows, {3, 1, 1, 1})});
             return b.node("Min", "min", {max, b.integers("high", i8, {1, 7}, {1, 2, 1, 1})});
         }},
    };
    for (const auto& item : cases) {
        const std::string message = message_of(item.change);
        EXPECT_NE(message.find(item.expected), std::string::npos) << message;
    }
}

}  // namespace
}  // namespace pimvp::net
