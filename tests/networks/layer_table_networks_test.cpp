// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The networks in traces/layers: totals and bits as published.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "networks/dataset.h"
#include "networks/executor.h"
#include "networks/import.h"
#include "networks/layer_table.h"

namespace pimvp::net {
namespace {

std::string path_of(const std::string& name) {
    return PIMVP_SOURCE_DIR "/traces/layers/" + name + ".json";
}

LayerTable table_of(const std::string& name) {
    std::ifstream in(path_of(name));
    std::stringstream text;
    text << in.rdbuf();
    return read_json_layers(path_of(name), text.str());
}

struct Totals {
    const char* name;
    std::int64_t macs, weights;
    std::size_t layers;  // with weights
};

class ShippedNetwork : public ::testing::TestWithParam<Totals> {};

// Layer by layer from the shapes alone. Published: AlexNet 724 million (Krizhevsky 2012), VGG-16 15.5 and
// VGG-19 19.6 billion (Simonyan 2015), GoogLeNet 1.58 billion by its table (Szegedy 2015), ResNet-50 3.8
// billion (He 2016: stride 2 in the first 1x1), MobileNet 569 million (Howard 2017). SqueezeNet: Ho 2019
// gives each layer's, whose sum is 861 million; there zeros are padded around the last layer, a 1x1. Weights:
// the common counts of parameters less biases.
TEST_P(ShippedNetwork, HasThePublishedTotals) {
    const LayerTable table = table_of(GetParam().name);
    std::int64_t macs = 0, weights = 0;
    std::size_t layers = 0;
    for (const TableLayer& layer : table.layers) {
        if (layer.kind != TableLayer::Kind::conv) continue;
        const Shape& in = table.layers[static_cast<std::size_t>(layer.inputs[0])].shape;
        const std::int64_t filter = std::int64_t{in.c / layer.groups} * layer.kernel_h * layer.kernel_w;
        weights += filter * layer.shape.c;
        macs += filter * layer.shape.size();
        ++layers;
    }
    EXPECT_EQ(macs, GetParam().macs);
    EXPECT_EQ(weights, GetParam().weights);
    EXPECT_EQ(layers, GetParam().layers);
    const Shape& scores = table.layers.back().shape;
    EXPECT_EQ(scores.c, 1000);
    EXPECT_EQ(scores.h * scores.w, 1);
}

INSTANTIATE_TEST_SUITE_P(All, ShippedNetwork,
                         ::testing::Values(Totals{"alexnet", 724406816, 60965224 - 10568, 8},
                                           Totals{"vgg16", 15470264320, 138357544 - 13416, 16},
                                           Totals{"vgg19", 19632062464, 143667240 - 14696, 19},
                                           Totals{"googlenet", 1582671872, 6998552 - 8280, 58},
                                           Totals{"resnet50", 3857973248, 25557032 - 53120 - 1000, 54},
                                           Totals{"mobilenet", 568740352, 4231976 - 21888 - 1000, 28},
                                           Totals{"squeezenet", 861339936 - (15 * 15 - 13 * 13) * 512000,
                                                  1248424 - 3976, 26}));

struct Precision {
    const char* name;
    std::vector<int> inputs, weights;  // of each layer with weights, in the published order
};

class ShippedPrecision : public ::testing::TestWithParam<Precision> {};

// `inputs` as tensors have them: where layers read one tensor with different bits, the most.
TEST_P(ShippedPrecision, IsTheOneThatWasPublished) {
    const LayerTable table = table_of(GetParam().name);
    std::vector<int> inputs, weights;
    for (const TableLayer& layer : table.layers) {
        if (layer.kind != TableLayer::Kind::conv) continue;
        inputs.push_back(table.layers[static_cast<std::size_t>(layer.inputs[0])].activation_bits);
        weights.push_back(layer.weight_bits);
    }
    EXPECT_EQ(inputs, GetParam().inputs);
    EXPECT_EQ(weights, GetParam().weights);
    EXPECT_EQ(table.layers[0].activation_bits, GetParam().inputs[0]);
}

std::vector<int> all(std::size_t n, int bits, const std::vector<int>& last = {}) {
    std::vector<int> result(n, bits);
    result.insert(result.end(), last.begin(), last.end());
    return result;
}

// Six convolutions in each of nine blocks.
std::vector<int> blocks(std::vector<int> first, const std::vector<int>& of_block) {
    for (const int bits : of_block) first.insert(first.end(), 6, bits);
    first.push_back(16);
    return first;
}

INSTANTIATE_TEST_SUITE_P(
    All, ShippedPrecision,
    ::testing::Values(
        Precision{"alexnet_stripes99", {9, 7, 4, 5, 7, 16, 16, 16}, all(8, 10)},
        Precision{"alexnet_stripes100", {9, 8, 5, 5, 7, 16, 16, 16}, all(5, 11, {10, 9, 9})},
        Precision{"alexnet_mupod", {6, 6, 5, 6, 7, 16, 16, 16}, all(8, 10)},
        Precision{"vgg19_stripes99",
                  {9, 9, 9, 8, 12, 10, 10, 12, 13, 11, 12, 13, 13, 13, 13, 13, 16, 16, 16},
                  all(19, 11)},
        Precision{"vgg19_stripes100",
                  {12, 12, 12, 11, 12, 10, 11, 11, 13, 12, 13, 13, 13, 13, 13, 13, 16, 16, 16},
                  all(16, 12, {10, 9, 9})},
        Precision{"vgg19_mupod", {8, 6, 8, 8, 8, 8, 7, 6, 9, 8, 8, 8, 9, 8, 10, 8, 16, 16, 16}, all(19, 11)},
        Precision{"googlenet_stripes99", blocks({10, 8, 8}, {9, 8, 8, 9, 10, 8, 9, 10, 8}), all(58, 9)},
        Precision{"googlenet_stripes100", blocks({10, 8, 8}, {10, 9, 8, 10, 9, 8, 9, 10, 7}),
                  all(57, 11, {7})},
        // Each line a block of 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5, projection; behind it, with how many
        // bits the four that read the block's input do so.
        Precision{"googlenet_mupod",
                  {8, 7, 7,           //
                   6, 6, 7, 6, 5, 6,  // 6 5 4 5
                   7, 7, 7, 7, 6, 7,  // 7 6 6 6
                   7, 7, 7, 7, 6, 7,  // 7 7 6 6
                   9, 9, 9, 9, 7, 9,  // 9 8 7 7
                   9, 9, 7, 9, 8, 9,  // 9 8 8 7
                   8, 8, 7, 8, 7, 8,  // 8 8 7 7
                   8, 8, 7, 8, 6, 8,  // 8 8 8 8
                   9, 9, 7, 9, 7, 9,  // 9 9 8 7
                   9, 9, 8, 9, 7, 9,  // 8 9 8 6
                   16},
                  all(58, 9)},
        // A line is a stage of blocks. The shortcut of a stage's first block and the layer behind it read one
        // tensor: published are 11 and 10, 8 and 6, 8 and 7, 8 and 8 bits.
        Precision{"resnet50_mupod",
                  {9,                                                            //
                   11, 11, 10, 9, 8, 8, 8, 8, 7, 7,                              //
                   8,  8,  7,  7, 7, 6, 6, 7, 8, 10, 8, 8, 8,                    //
                   8,  8,  8,  8, 7, 8, 9, 7, 8, 8,  7, 8, 9, 7, 8, 9, 8, 8, 9,  //
                   8,  8,  8,  9, 9, 7, 7, 9, 8, 8,                              //
                   14},
                  all(54, 9)},
        Precision{"mobilenet_mupod",
                  {9, 11, 10, 10, 10, 10, 9,  9,  9,  9,  8,  8,  10, 9,
                   8, 8,  9,  8,  9,  9,  10, 11, 11, 11, 12, 10, 10, 13},
                  all(28, 10)},
        Precision{"squeezenet_mupod",
                  {8, 10, 11, 11, 9, 10, 10, 9, 9, 9, 9, 10, 10, 8, 9, 9, 9, 10, 10, 11, 10, 10, 9, 9, 9, 8},
                  all(26, 8)}));

struct Run {
    const char* name;
    int bits;
};
class ShippedNetworkRun : public ::testing::TestWithParam<Run> {};

// Drawn values stay alive through the whole network, and no sum leaves the reference's 48 bits, no score 32.
TEST_P(ShippedNetworkRun, NeitherDiesNorSaturates) {
    ImportOptions options;
    options.bits = GetParam().bits;
    const Graph graph = import_network(path_of(GetParam().name), options);
    const Shape& shape = graph.tensor(graph.input).shape;
    const Dataset images = draw_images(shape, 1, 3);
    const Activations values = execute(graph, images.image(0));
    for (std::size_t i = 0; i + 1 < graph.nodes.size(); ++i) {
        const Node& node = graph.nodes[i];
        if (node.op != Op::conv) continue;
        const auto& out = values[static_cast<std::size_t>(node.output)];
        const TensorType& type = graph.tensor(node.output).type;
        const auto n = static_cast<double>(out.size());
        EXPECT_LT(static_cast<double>(std::count(out.begin(), out.end(), 0)) / n, 0.85) << node.name;
        EXPECT_LT(static_cast<double>(std::count(out.begin(), out.end(), type.highest())) / n, 0.1)
            << node.name;
    }
    const auto& scores = values[static_cast<std::size_t>(graph.output)];
    EXPECT_NE(*std::min_element(scores.begin(), scores.end()),
              *std::max_element(scores.begin(), scores.end()));
}

INSTANTIATE_TEST_SUITE_P(Some, ShippedNetworkRun,
                         ::testing::Values(Run{"alexnet", 16}, Run{"alexnet_stripes99", 8},
                                           Run{"googlenet_mupod", 8}, Run{"mobilenet_mupod", 8},
                                           Run{"squeezenet_mupod", 8}));

}  // namespace
}  // namespace pimvp::net
