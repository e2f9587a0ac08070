// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cctype>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <random>

#include "networks/dataset.h"
#include "networks/executor.h"
#include "networks/import.h"
#include "tests/networks/onnx_builder.h"
#include "tests/networks/qdq_evaluator.h"
#include "tests/support/temp_dir.h"

namespace pimvp::net {
namespace {

using pimvp::test::TempDir;
using test::Array;
using test::Dims;
using test::OnnxBuilder;
using test::QdqEvaluator;
using test::Quantiser;

/// Runs the integer graph and the model side by side. Every integer tensor must be equal, but where the
/// model's value before rounding is so close to a half that a 15-bit multiplier or the direction of rounding
/// decides; the model then goes on with the graph's integer, so that one tie is not counted in every layer
/// after it.
class SideBySide {
  public:
    SideBySide(const Graph& graph, const onnx::ModelProto& model) : graph_(graph), evaluator_(model) {
        evaluator_.on_integers = [this](const std::string& name, Array& a) { compare(name, a); };
    }

    void run(const std::vector<std::uint8_t>& pixels) {
        activations_ = execute(graph_, pixels.data());
        const Shape& s = graph_.tensor(graph_.input).shape;
        const Array scores = evaluator_.run(pixels, s.c, s.h, s.w);
        const Tensor& out = graph_.tensor(graph_.output);
        const std::vector<std::int32_t>& integers = activations_[static_cast<std::size_t>(graph_.output)];
        ASSERT_EQ(scores.values.size(), integers.size());
        for (std::size_t i = 0; i < integers.size(); ++i) {
            // A float that is a whole number of accumulator units, but for double rounding.
            EXPECT_NEAR(scores.values[i] / out.type.scale + out.type.zero_point, integers[i], 1e-3);
        }
    }

    int compared = 0, ties = 0;
    std::int64_t elements = 0;

  private:
    void compare(std::string name, Array& a) {
        for (char& c : name) {
            if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
        }
        for (std::size_t t = 0; t < graph_.tensors.size(); ++t) {
            if (graph_.tensors[t].name != name) continue;
            ++compared;
            ASSERT_EQ(a.values.size(), activations_[t].size()) << name;
            for (std::size_t i = 0; i < a.values.size(); ++i) {
                ++elements;
                const double found = activations_[t][i], zero = graph_.tensors[t].type.zero_point;
                if (found == a.values[i]) continue;
                // Half a unit of a 15-bit mantissa, 2^-15 of the value, for each of two inputs of an
                // addition.
                const double tolerance = std::ldexp(std::abs(a.exact[i] - zero) + 16, -14);
                EXPECT_LE(std::abs(found - a.exact[i]), 0.5 + tolerance)
                    << name << "[" << i << "]: model " << a.values[i] << ", graph " << found;
                a.values[i] = found;
                ++ties;
            }
        }
    }

    const Graph& graph_;
    QdqEvaluator evaluator_;
    Activations activations_;
};

class Import : public ::testing::Test {
  protected:
    std::vector<std::int64_t> random_integers(std::int64_t count, int low, int high) {
        std::vector<std::int64_t> values;
        for (std::int64_t i = 0; i < count; ++i) {
            values.push_back(std::uniform_int_distribution<int>(low, high)(random_));
        }
        return values;
    }
    std::vector<float> random_floats(std::int64_t count, float low, float high) {
        std::vector<float> values;
        for (std::int64_t i = 0; i < count; ++i) {
            values.push_back(std::uniform_real_distribution<float>(low, high)(random_));
        }
        return values;
    }

    // A convolution with random weights and a bias; `input_scale` is that of `x`.
    std::string conv(const std::string& name, const std::string& x, float input_scale, const Dims& dims,
                     int low, int high, const std::vector<float>& scales, bool with_bias = true) {
        const std::int64_t size =
            std::accumulate(dims.begin(), dims.end(), std::int64_t{1}, std::multiplies<>());
        std::vector<std::string> inputs{
            x, b.weights(name + "_w", random_integers(size, low, high), dims, scales, low, high)};
        if (with_bias) {
            std::vector<float> bias_scales;
            for (const float s : scales) bias_scales.push_back(s * input_scale);
            inputs.push_back(b.bias(name + "_b", random_integers(dims[0], -300, 300), bias_scales));
        }
        return b.node("Conv", name, inputs);
    }

    Graph import() { return import_network(b.save(dir.path("net.onnx"))); }

    // Imports, then compares on random images; returns the graph.
    Graph check(int expected_tensors) {
        Graph graph = import();
        EXPECT_EQ(graph.name, "net");
        SideBySide both(graph, b.model);
        const std::int64_t size = graph.tensor(graph.input).shape.size();
        for (int image = 0; image < 20; ++image) {
            const std::vector<std::int64_t> values = random_integers(size, 0, 255);
            both.run({values.begin(), values.end()});
        }
        EXPECT_EQ(both.compared, 20 * expected_tensors);
        EXPECT_LE(both.ties, both.elements / 100);
        return graph;
    }

    TempDir dir;
    OnnxBuilder b;
    std::mt19937 random_{11};
};

constexpr float pixel = 1.0F / 255;

TEST_F(Import, ConvolutionWithReluAndChannelScales) {
    std::string x = b.image(3, 8, 7);
    x = conv("c1", x, pixel, {5, 3, 3, 3}, -127, 127, random_floats(5, 0.002F, 0.01F));
    b.attribute("pads", Dims{1, 0, 2, 1});
    b.attribute("strides", Dims{2, 1});
    x = b.node("Relu", "r1", {x});
    x = b.quantise(x, {0.05F, 0, 0, 15}, "a1");
    b.output(x);
    const Graph g = check(2);
    ASSERT_EQ(g.nodes.size(), 1U);
    const Node& n = g.nodes[0];
    EXPECT_EQ(n.name, "c1");
    EXPECT_EQ(n.pad_top, 1);
    EXPECT_EQ(n.pad_left, 0);
    EXPECT_EQ(n.pad_bottom, 2);
    EXPECT_EQ(n.pad_right, 1);
    EXPECT_EQ(n.stride_h, 2);
    EXPECT_TRUE((g.tensor(n.output).shape == Shape{5, 5, 6}));
    EXPECT_EQ(g.tensor(n.output).type.bits, 4);
    EXPECT_EQ(g.tensor(n.output).name, "a1_clip_out");
    for (const std::int32_t m : n.requant.multiplier) {
        EXPECT_GE(m, 1 << 14);
        EXPECT_LT(m, 1 << 15);
    }
}

/// Whoever made the file decides how it rounds, unless somebody says it.
TEST_F(Import, OtherToolsFilesRoundAsRuntimesDo) {
    std::string x = b.image(2, 4, 4);
    x = conv("c1", x, pixel, {3, 2, 3, 3}, -127, 127, random_floats(3, 0.002F, 0.01F));
    b.output(b.quantise(x, {0.05F, 0, -128, 127}, "a1"));
    const auto rounding = [&](const ImportOptions& options) {
        return import_network(b.save(dir.path("net.onnx")), options).nodes.at(0).requant.rounding;
    };
    ImportOptions half_up, half_even;
    half_up.qdq = Rounding::half_up;
    half_even.qdq = Rounding::half_even;
    EXPECT_EQ(rounding({}), Rounding::half_up);  // by pimvp-train
    EXPECT_EQ(rounding(half_even), Rounding::half_even);
    for (const char* producer : {"", "pytorch"}) {
        b.model.set_producer_name(producer);
        EXPECT_EQ(rounding({}), Rounding::half_even) << producer;
        EXPECT_EQ(rounding(half_up), Rounding::half_up) << producer;
    }
}

TEST_F(Import, TheMetadataPropertyNamesTheDataSet) {
    std::string x = b.image(2, 5, 5);
    b.output(conv("c1", x, pixel, {3, 2, 1, 1}, -8, 7, {0.02F}));
    EXPECT_EQ(import().dataset, "");
    const auto add = [&](const std::string& key, const std::string& value) {
        auto* property = b.model.add_metadata_props();
        property->set_key(key);
        property->set_value(value);
    };
    add("author", "nobody");
    EXPECT_EQ(import().dataset, "");
    add("dataset", "mnist");
    EXPECT_EQ(import().dataset, "mnist");
    EXPECT_EQ(outline_network(dir.path("net.onnx")).dataset, "mnist");
    EXPECT_TRUE(is_named_dataset("mnist"));
    EXPECT_FALSE(is_named_dataset("imagenet"));
    b.model.mutable_metadata_props(1)->set_value("imagenet");  // of which nothing more is known
    EXPECT_EQ(import().dataset, "imagenet");
}

TEST_F(Import, ReluIsTheLowClampOfASignedQuantiser) {
    std::string x = b.image(2, 5, 5);
    x = conv("c1", x, pixel, {3, 2, 1, 1}, -8, 7, {0.02F});
    x = b.node("Relu", "r1", {x});
    x = b.quantise(x, {0.003F, -20, -128, 127}, "a1");
    b.output(x);
    const Graph g = check(2);
    EXPECT_EQ(g.nodes[0].requant.low, -20);
    EXPECT_EQ(g.nodes[0].requant.high, 127);
}

struct Width {
    int low, high, bits;
    Kind kind;
};

class ImportWidths : public Import, public ::testing::WithParamInterface<Width> {};

TEST_P(ImportWidths, OfActivations) {
    const Width w = GetParam();
    std::string x = b.image(2, 4, 4);
    x = b.quantise(x, {0.9F / float(w.high + 1), 0, w.low, w.high}, "a0");
    x = conv("c1", x, 0.9F / float(w.high + 1), {2, 2, 3, 3}, -7, 7, {0.01F});
    x = b.quantise(x, {0.1F / float(w.high + 1), 0, w.low, w.high}, "a1");
    b.output(x);
    const Graph g = check(3);
    for (const Node& n : g.nodes) {
        EXPECT_EQ(g.tensor(n.output).type.bits, w.bits);
        EXPECT_EQ(g.tensor(n.output).type.kind, w.kind);
    }
    EXPECT_EQ(g.nodes[1].weight_type.bits, 4);
    EXPECT_EQ(g.nodes[1].weight_type.kind, Kind::signed_integer);
}

INSTANTIATE_TEST_SUITE_P(
    Ranges, ImportWidths,
    ::testing::Values(Width{0, 1, 1, Kind::unsigned_integer}, Width{0, 3, 2, Kind::unsigned_integer},
                      Width{0, 15, 4, Kind::unsigned_integer}, Width{0, 255, 8, Kind::unsigned_integer},
                      Width{-1, 1, 2, Kind::signed_integer}, Width{-8, 7, 4, Kind::signed_integer},
                      Width{-7, 7, 4, Kind::signed_integer}, Width{-128, 127, 8, Kind::signed_integer}));

TEST_F(Import, WeightTypesFollowTheirClip) {
    std::string x = b.image(2, 4, 4);
    x = conv("c1", x, pixel, {2, 2, 1, 1}, -1, 1, {0.5F});
    x = b.quantise(x, {0.02F, 0, -128, 127}, "a1");
    x = conv("c2", x, 0.02F, {2, 2, 1, 1}, -8, 7, {0.1F});
    x = b.quantise(x, {0.02F, 0, -128, 127}, "a2");
    x = conv("c3", x, 0.02F, {2, 1, 1, 1}, -128, 127, {0.01F});
    b.attribute("group", 2);
    x = b.quantise(x, {0.02F, 0, -128, 127}, "a3");
    b.output(x);
    const Graph g = check(4);
    EXPECT_EQ(g.nodes[0].weight_type.kind, Kind::ternary);
    EXPECT_EQ(g.nodes[0].weight_type.bits, 2);
    EXPECT_EQ(g.nodes[1].weight_type.bits, 4);
    EXPECT_EQ(g.nodes[2].weight_type.bits, 8);
    EXPECT_EQ(g.nodes[2].groups, 2);
}

TEST_F(Import, SignedInputWithZeroPointDilationAndGroups) {
    std::string x = b.image(4, 9, 9);
    x = b.quantise(x, {0.006F, -100, -128, 127}, "a0");
    x = conv("c1", x, 0.006F, {6, 2, 3, 2}, -7, 7, random_floats(6, 0.01F, 0.05F));
    b.attribute("group", 2);
    b.attribute("dilations", Dims{2, 3});
    b.attribute("pads", Dims{2, 1, 2, 1});
    b.attribute("kernel_shape", Dims{3, 2});
    x = b.quantise(x, {0.01F, 5, -128, 127}, "a1");
    b.output(x);
    check(3);
}

TEST_F(Import, GemmScoresAreRawAccumulators) {
    std::string x = b.image(2, 3, 3);
    x = b.node("Flatten", "flat", {x});
    const std::string w = b.weights("w", random_integers(10 * 18, -127, 127), {10, 18}, {0.004F}, -127, 127);
    const std::string bias = b.bias("bias", random_integers(10, -5000, 5000), {0.004F * pixel});
    b.output(b.node("Gemm", "fc", {x, w, bias}));
    b.attribute("transB", 1);
    const Graph g = check(1);
    const Tensor& out = g.tensor(g.output);
    EXPECT_EQ(out.type.bits, 32);
    EXPECT_EQ(out.type.kind, Kind::signed_integer);
    EXPECT_EQ(g.nodes[0].kernel_h, 3);
    EXPECT_TRUE(g.nodes[0].requant.empty());
    EXPECT_EQ(g.macs(), 180);
}

TEST_F(Import, MatMulAndAddIsTheSameAsGemm) {
    std::string x = b.image(2, 3, 2);
    x = b.node("Flatten", "flat", {x});
    const std::string w =
        b.weights("w", random_integers(12 * 5, -8, 7), {12, 5}, random_floats(5, 0.01F, 0.02F), -8, 7, 1);
    x = b.node("MatMul", "mm", {x, w});
    std::vector<float> scales;
    for (const auto& t : b.graph().initializer()) {
        if (t.name() != "w_scale") continue;
        for (const float s : t.float_data()) scales.push_back(s * pixel);
    }
    x = b.node("Add", "plus", {b.bias("bias", random_integers(5, -500, 500), scales), x});
    x = b.quantise(x, {0.002F, 0, -128, 127}, "a1");
    b.output(x);
    const Graph g = check(2);
    EXPECT_EQ(g.nodes.size(), 1U);
}

TEST_F(Import, ResidualOfTwoScales) {
    std::string x = b.image(3, 6, 6);
    const std::string a =
        b.quantise(conv("c1", x, pixel, {4, 3, 1, 1}, -7, 7, {0.03F}), {0.004F, 0, -128, 127}, "a1");
    const std::string c =
        b.quantise(conv("c2", x, pixel, {4, 3, 1, 1}, -7, 7, {0.05F}), {0.011F, 3, -128, 127}, "a2");
    x = b.node("Relu", "r", {b.node("Add", "sum", {a, c})});
    x = b.quantise(x, {0.05F, 0, 0, 15}, "a3");
    b.output(x);
    const Graph g = check(4);
    const Node& add = g.nodes.back();
    EXPECT_EQ(add.name, "sum");
    EXPECT_EQ(add.op, Op::add);
    EXPECT_EQ(add.requant.shift[0], add.requant.shift[1]);
    EXPECT_GE(add.requant.multiplier[1], 1 << 14);
}

TEST_F(Import, Pools) {
    std::string x = b.image(3, 8, 8);
    x = b.quantise(x, {0.01F, -128, -128, 127}, "a0");
    x = b.node("MaxPool", "max", {x});
    b.attribute("kernel_shape", Dims{3, 3});
    b.attribute("strides", Dims{2, 2});
    b.attribute("pads", Dims{1, 1, 0, 0});
    x = b.node("AveragePool", "avg", {x});
    b.attribute("kernel_shape", Dims{2, 2});
    b.attribute("pads", Dims{0, 1, 1, 0});
    b.attribute("count_include_pad", 1);
    x = b.quantise(x, {0.009F, -100, -128, 127}, "a1");
    x = b.node("GlobalAveragePool", "gap", {x});
    x = b.node("Flatten", "flat", {x});
    x = b.quantise(x, {0.005F, 0, 0, 255}, "a2");
    const std::string w = b.weights("w", random_integers(30, -127, 127), {10, 3}, {0.01F}, -127, 127);
    b.output(b.node("Gemm", "fc", {x, w}));
    b.attribute("transB", 1);
    const Graph g = check(4);
    EXPECT_EQ(g.nodes.size(), 5U);
    EXPECT_EQ(g.nodes[3].name, "gap");
}

TEST_F(Import, ChannelChainsBecomeOneMergeForEachQuantiser) {
    const std::string x = b.image(3, 4, 4);
    const std::string a =
        b.quantise(conv("c1", x, pixel, {4, 3, 1, 1}, -7, 7, {0.03F}), {0.02F, 0, 0, 15}, "a1");
    const std::string c =
        b.quantise(conv("c2", x, pixel, {3, 3, 1, 1}, -1, 1, {0.3F}), {0.04F, 0, 0, 15}, "a2");
    std::string y = b.node("Concat", "cat", {a, c});
    b.attribute("axis", 1);
    y = b.node("Gather", "pick",
               {y, b.integers("which", onnx::TensorProto::INT64, {6, 0, 5, -5, 1, 3}, {6})});
    b.attribute("axis", 1);
    y = b.node("Slice", "cut",
               {y, b.integers("start", onnx::TensorProto::INT64, {1}, {1}),
                b.integers("end", onnx::TensorProto::INT64, {INT64_MAX}, {1}),
                b.integers("axes", onnx::TensorProto::INT64, {1}, {1}),
                b.integers("steps", onnx::TensorProto::INT64, {2}, {1})});
    const std::string p = b.quantise(y, {0.02F, 0, 0, 15}, "q1");
    const std::string q = b.quantise(y, {0.3F, 0, 0, 1}, "q2");
    y = b.node("Concat", "end", {p, q});
    b.attribute("axis", 1);
    y = b.quantise(y, {0.02F, 0, 0, 15}, "q3");
    b.output(y);
    const Graph g = check(6);
    // Channels 0, 5 and 3 of the six gathered are left: 0 of the first, 2 of the first, 3 of the first.
    ASSERT_EQ(g.nodes.size(), 5U);
    const Node& merge = g.nodes[2];
    EXPECT_EQ(merge.op, Op::merge);
    ASSERT_EQ(merge.channels.size(), 3U);
    EXPECT_EQ(merge.channels[0].channel, 0);
    EXPECT_EQ(merge.channels[1].channel, 2);
    EXPECT_EQ(merge.channels[2].channel, 3);
    EXPECT_EQ(merge.requant.multiplier, (std::vector<std::int32_t>{1, 1, 1}));
    EXPECT_EQ(merge.requant.shift, (std::vector<int>{0, 0, 0}));
    EXPECT_EQ(g.tensor(g.nodes[3].output).type.bits, 1);
}

TEST_F(Import, ConcatReadByAPoolIsAnIdentityMerge) {
    const std::string x = b.image(2, 4, 4);
    const std::string a =
        b.quantise(conv("c1", x, pixel, {2, 2, 1, 1}, -7, 7, {0.03F}), {0.02F, 0, 0, 15}, "a1");
    const std::string c =
        b.quantise(conv("c2", x, pixel, {3, 2, 1, 1}, -7, 7, {0.03F}), {0.02F, 0, 0, 3}, "a2");
    std::string y = b.node("Concat", "cat", {a, c});
    b.attribute("axis", 1);
    y = b.quantise(b.node("GlobalAveragePool", "gap", {y}), {0.01F, 0, 0, 255}, "a3");
    b.output(y);
    const Graph g = check(4);
    ASSERT_EQ(g.nodes.size(), 4U);
    EXPECT_EQ(g.nodes[2].op, Op::merge);
    EXPECT_EQ(g.tensor(g.nodes[2].output).type.bits, 4);
}

TEST_F(Import, QuantiserThatChangesNothingMakesNoNode) {
    std::string x = b.image(2, 4, 4);
    x = b.quantise(conv("c1", x, pixel, {2, 2, 1, 1}, -7, 7, {0.03F}), {0.02F, 0, -7, 7}, "a1");
    x = b.node("MaxPool", "max", {x});
    b.attribute("kernel_shape", Dims{2, 2});
    x = b.quantise(x, {0.02F, 0, -7, 7}, "a2");
    b.output(x);
    EXPECT_EQ(check(2).nodes.size(), 2U);
}

TEST_F(Import, NamesAreSanitisedAndUnique) {
    std::string x = b.image(1, 3, 3);
    x = b.quantise(conv("/layer.1/conv", x, pixel, {1, 1, 1, 1}, -7, 7, {0.03F}), {0.02F, 0, 0, 15}, "/a/q");
    x = b.quantise(conv("layer_1_conv", x, 0.02F, {1, 1, 1, 1}, -7, 7, {0.03F}), {0.02F, 0, 0, 15}, "a.q");
    b.output(x);
    const Graph g = import();
    EXPECT_EQ(g.nodes[0].name, "layer_1_conv");
    EXPECT_EQ(g.nodes[1].name, "layer_1_conv_2");
    EXPECT_EQ(g.tensor(g.nodes[0].output).name, "a_q_clip_out");
    EXPECT_EQ(g.tensor(g.nodes[1].output).name, "a_q_clip_out_2");
}

// Every network that ships, on images it was made for.
TEST(ShippedNetworks, AgreeWithTheirFloatingPointMeaning) {
    const std::filesystem::path folder = std::filesystem::path(PIMVP_SOURCE_DIR) / "models";
    if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist")) GTEST_SKIP() << "no Fashion-MNIST";
    const Dataset images = load_dataset("fashion-mnist", "", Split::test);
    int networks = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".onnx") continue;
        const Graph graph = import_network(entry.path().string());
        if (!(graph.tensor(graph.input).shape == images.shape)) continue;
        ++networks;
        onnx::ModelProto model;
        std::ifstream file(entry.path(), std::ios::binary);
        ASSERT_TRUE(model.ParseFromIstream(&file));
        SideBySide both(graph, model);
        for (std::size_t i = 0; i < 10; ++i)
            both.run({images.image(i), images.image(i) + images.shape.size()});
        EXPECT_GE(both.compared, 10 * 4) << graph.name;
        EXPECT_LE(both.ties, both.elements / 1000) << graph.name;
        RecordProperty(graph.name + "_elements", std::to_string(both.elements));
        RecordProperty(graph.name + "_ties", both.ties);
    }
    if (networks == 0) GTEST_SKIP() << "no network for 28x28 images in " << folder;
}

}  // namespace
}  // namespace pimvp::net
