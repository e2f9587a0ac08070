// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The tables of networks with weights of a bit or two: shapes, precisions, and what is drawn for them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

#include "networks/dataset.h"
#include "networks/executor.h"
#include "networks/import.h"
#include "networks/layer_table.h"
#include "networks/layer_table_values.h"
#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"

namespace pimvp::net {
namespace {

std::string path_of(const std::string& name) {
    return PIMVP_SOURCE_DIR "/traces/layers/" + name + ".json";
}

struct Work {
    std::string name;
    std::int64_t positions, outputs, window;  // MACs are their product
    int weight_bits, input_bits;
    std::int64_t macs() const { return positions * outputs * window; }
};

std::vector<Work> work_of(const std::string& name) {
    std::ifstream in(path_of(name));
    std::stringstream text;
    text << in.rdbuf();
    const LayerTable table = read_json_layers(path_of(name), text.str());
    std::vector<Work> all;
    for (const TableLayer& layer : table.layers) {
        if (layer.kind != TableLayer::Kind::conv) continue;
        const TableLayer& from = table.layers[static_cast<std::size_t>(layer.inputs[0])];
        all.push_back({layer.name, std::int64_t{layer.shape.h} * layer.shape.w, layer.shape.c,
                       std::int64_t{from.shape.c / layer.groups} * layer.kernel_h * layer.kernel_w,
                       layer.weight_bits, from.activation_bits});
    }
    return all;
}

/// MACs of the layers with that many bits of weights; 0: of all.
std::int64_t macs(const std::string& name, int weight_bits = 0) {
    std::int64_t sum = 0;
    for (const Work& work : work_of(name))
        if (weight_bits == 0 || work.weight_bits == weight_bits) sum += work.macs();
    return sum;
}

std::int64_t weights(const std::string& name) {
    std::int64_t sum = 0;
    for (const Work& work : work_of(name)) sum += work.outputs * work.window;
    return sum;
}

// tensorpack's svhn-digit-dorefa: each layer's outputs, filters and window by hand.
TEST(DorefaTables, SvhnIsTheOneOfTheExample) {
    const std::vector<std::vector<std::int64_t>> expected = {
        {36 * 36, 48, 75},  {18 * 18, 64, 432}, {18 * 18, 64, 576}, {7 * 7, 128, 576},
        {7 * 7, 128, 1152}, {5 * 5, 128, 1152}, {1, 512, 3200},     {1, 10, 512}};
    const auto all = work_of("svhn_dorefa");
    ASSERT_EQ(all.size(), expected.size());
    for (std::size_t i = 0; i < all.size(); ++i)
        EXPECT_EQ((std::vector<std::int64_t>{all[i].positions, all[i].outputs, all[i].window}), expected[i])
            << all[i].name;
    EXPECT_EQ(macs("svhn_dorefa"), 41735424);
    EXPECT_EQ(weights("svhn_dorefa"), 2080272);
    EXPECT_EQ(macs("svhn_dorefa_w1a1", 1), 37064704);
    for (const auto& [columns, row_operations] : {std::pair{512, 106752}, std::pair{256, 176512}}) {
        std::int64_t sum = 0;
        for (const Work& work : work_of("svhn_dorefa_w1a1"))
            if (work.weight_bits == 1)
                sum += work.positions * work.outputs * ((work.window + columns - 1) / columns);
        EXPECT_EQ(sum, row_operations) << columns << " columns";
    }
}

// tensorpack's alexnet-dorefa, whose second, fourth and fifth convolution have two groups.
TEST(DorefaTables, AlexNetIsTheOneOfTheExample) {
    std::map<std::string, std::int64_t> by_layer;
    for (const Work& work : work_of("alexnet_dorefa")) by_layer[work.name] = work.macs();
    const std::map<std::string, std::int64_t> expected = {
        {"conv0", 54 * 54 * 96 * 12 * 12 * 3},  {"conv1", 54 * 54 * 256 * 5 * 5 * 48},
        {"conv2", 27 * 27 * 384 * 3 * 3 * 256}, {"conv3", 14 * 14 * 384 * 3 * 3 * 192},
        {"conv4", 14 * 14 * 256 * 3 * 3 * 192}, {"fc0", std::int64_t{6} * 6 * 256 * 4096},
        {"fc1", std::int64_t{4096} * 4096},     {"fct", 4096 * 1000}};
    EXPECT_EQ(by_layer, expected);
    const std::int64_t conv = by_layer["conv1"] + by_layer["conv2"] + by_layer["conv3"] + by_layer["conv4"];
    EXPECT_EQ(conv, 1757528064);
    EXPECT_EQ(macs("alexnet_dorefa_w1a1", 1), 1812054016) << "with two linear layers";
    EXPECT_EQ(macs("alexnet_dorefa"), 1937082368);
    EXPECT_EQ(weights("alexnet_dorefa"), 60961280);
    EXPECT_EQ(macs("alexnet_dorefa_w1a1", 8), by_layer["conv0"] + by_layer["fct"]);
}

TEST(DorefaTables, LeNets) {
    std::map<std::string, std::int64_t> by_layer;
    for (const char* name : {"lenet5_conv", "lenet_caffe"})
        for (const Work& work : work_of(name)) by_layer[work.name] = work.macs();
    EXPECT_EQ(by_layer, (std::map<std::string, std::int64_t>{{"c1", 117600},
                                                             {"c3", 240000},
                                                             {"c5", 48000},
                                                             {"conv1", 288000},
                                                             {"conv2", 1600000},
                                                             {"ip1", 400000},
                                                             {"ip2", 5000}}));
    EXPECT_EQ(macs("lenet5_conv_w1a8", 1), 405600);
    EXPECT_EQ(macs("lenet_caffe_w1a8", 1), 2293000);
    EXPECT_EQ(weights("lenet_caffe"), 430500);
}

struct Precision {
    const char* name;
    int weight_bits, input_bits;
    bool wide_ends;  // first and last layer 8:8
};
std::ostream& operator<<(std::ostream& out, const Precision& p) {
    return out << p.name;
}

const Precision precisions[] = {{"svhn_dorefa_w1a1", 1, 1, true},  {"svhn_dorefa_w1a2", 1, 2, true},
                                {"svhn_dorefa_w1a4", 1, 4, true},  {"svhn_dorefa_w1a8", 1, 8, true},
                                {"svhn_dorefa_w2a2", 2, 2, true},  {"alexnet_dorefa_w1a1", 1, 1, true},
                                {"lenet5_conv_w1a8", 1, 8, false}, {"lenet_caffe_w1a8", 1, 8, false}};

class DorefaPrecision : public ::testing::TestWithParam<Precision> {};

TEST_P(DorefaPrecision, IsWhatTheNameSays) {
    const Precision& p = GetParam();
    const auto all = work_of(p.name);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const bool wide = p.wide_ends && (i == 0 || i + 1 == all.size());
        EXPECT_EQ(all[i].weight_bits, wide ? 8 : p.weight_bits) << all[i].name;
        EXPECT_EQ(all[i].input_bits, i == 0 || wide ? 8 : p.input_bits) << all[i].name;
    }
}

INSTANTIATE_TEST_SUITE_P(All, DorefaPrecision, ::testing::ValuesIn(precisions));

class DorefaDrawn : public ::testing::TestWithParam<Precision> {};

TEST_P(DorefaDrawn, WeightsAreOddAndActivationsUnsigned) {
    const Precision& p = GetParam();
    const Graph graph = import_network(path_of(p.name));
    std::size_t layer = 0;
    const auto all = work_of(p.name);
    for (const Node& node : graph.nodes) {
        if (node.op != Op::conv) continue;
        const Work& work = all[layer++];
        const TensorType& in = graph.tensor(node.inputs[0]).type;
        EXPECT_EQ(in.kind, Kind::unsigned_integer) << node.name;
        EXPECT_EQ(in.bits, work.input_bits) << node.name;
        std::map<int, std::int64_t> found;
        for (const int weight : node.weights) ++found[weight];
        const auto n = static_cast<double>(node.weights.size());
        if (work.weight_bits == 1) {
            EXPECT_EQ(node.weight_type.kind, Kind::bipolar);
            ASSERT_EQ(found.size(), 2u) << node.name;
            EXPECT_NEAR(static_cast<double>(found[-1]) / n, 0.5, 4 / std::sqrt(n));
            EXPECT_GT(found[1], 0);
        } else if (work.weight_bits == 2) {
            EXPECT_EQ(node.weight_type.kind, Kind::signed_integer);
            EXPECT_EQ(node.weight_type.bits, 3) << "which hold -3..3";
            ASSERT_EQ(found.size(), 4u) << node.name;
            for (const int weight : {-3, -1, 1, 3}) EXPECT_GT(found[weight], 0) << node.name;
            EXPECT_NEAR(static_cast<double>(found[-1] + found[-3]) / n, 0.5, 4 / std::sqrt(n));
        } else {
            EXPECT_EQ(node.weight_type.bits, 8);
            EXPECT_GT(found[0], 0) << node.name;
        }
    }
    EXPECT_EQ(layer, all.size());
}

// What 1-bit activations make of one another, layer after layer.
TEST_P(DorefaDrawn, ActivationsNeitherDieNorSaturate) {
    const Graph graph = import_network(path_of(GetParam().name));
    const Dataset images = draw_images(graph.tensor(graph.input).shape, 1, 3);
    const Activations values = execute(graph, input_integers(graph, images.image(0)));
    for (const Node& node : graph.nodes) {
        if (node.op != Op::conv || node.output == graph.output) continue;
        const auto& out = values[static_cast<std::size_t>(node.output)];
        const double zeros =
            static_cast<double>(std::count(out.begin(), out.end(), 0)) / static_cast<double>(out.size());
        EXPECT_GT(zeros, 0.15) << node.name;
        EXPECT_LT(zeros, 0.95) << node.name;
    }
}

TEST_P(DorefaDrawn, ComeFromTheSeed) {
    ImportOptions options;
    const Graph first = import_network(path_of(GetParam().name), options),
                again = import_network(path_of(GetParam().name), options);
    options.seed = 2;
    const Graph other = import_network(path_of(GetParam().name), options);
    for (std::size_t i = 0; i < first.nodes.size(); ++i) {
        EXPECT_EQ(first.nodes[i].weights, again.nodes[i].weights);
        if (first.nodes[i].op == Op::conv) {
            EXPECT_NE(first.nodes[i].weights, other.nodes[i].weights) << first.nodes[i].name;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Small, DorefaDrawn,
                         ::testing::Values(precisions[0], precisions[3], precisions[4], precisions[6],
                                           precisions[7]));

TEST(OddWeights, OfThreeBits) {
    const TensorType type = drawn_weight_type(3, true);
    EXPECT_EQ(type.bits, 4);
    std::vector<std::int16_t> values(20000);
    RandomBits random(1);
    DrawnWeights(type, true).fill(values, random);
    std::map<int, int> found;
    for (const int value : values) ++found[value];
    EXPECT_EQ(found.size(), 8u);
    EXPECT_EQ(found.begin()->first, -7);
    for (const auto& [value, count] : found) EXPECT_EQ(value % 2 != 0, true) << value;
    // Between two odd numbers the border is the even one: of deviation 7/3, erf(6/7 / sqrt 2) lie within 2.
    EXPECT_NEAR((found[-1] + found[1]) / 20000.0, std::erf(6.0 / 7 / std::sqrt(2.0)), 0.015);
    DrawnWeights(type, true, 4).fill(values, random);
    EXPECT_EQ(*std::max_element(values.begin(), values.end()), 3) << "an even cap leaves the odd one below";
    EXPECT_EQ(drawn_weight_type(1, true).kind, Kind::bipolar);
}

TEST(OddWeights, OnlyWhereTheFileSaysSo) {
    test::TempDir folder;
    folder.write("base.json", R"({"node_list":[
        {"name":"image","operation":"OP_INPUT","output_dim":[1,1,4,4]},
        {"name":"a","operation":"OP_FC","provider":["image"],"output_dim":[1,4],"param":{"num_input":16,"num_output":4}}]})");
    const auto read = [&](const std::string& keys) {
        const std::string file = folder.path("bits.json");
        return read_json_layers(file, "{\"base\":\"base.json\",\"input_bits\":8" + keys + "}").layers[1];
    };
    EXPECT_FALSE(read(R"(,"weight_bits":2)").odd_weights);
    EXPECT_TRUE(read(R"(,"weight_bits":2,"weight_kind":"dorefa")").odd_weights);
    EXPECT_TRUE(read(R"(,"weight_bits":7,"weight_kind":"dorefa")").odd_weights);
    EXPECT_FALSE(read(R"(,"weight_bits":8,"weight_kind":"dorefa")").odd_weights);
    for (const char* kind : {R"("ternary")", "1", "null"})
        test::expect_error([&] { read(R"(,"weight_bits":2,"weight_kind":)" + std::string(kind)); },
                           folder.path("bits.json"), "'weight_kind', \"dorefa\", found");
}

}  // namespace
}  // namespace pimvp::net
