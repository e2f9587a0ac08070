// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/networks/tflite_resnet8.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "networks/executor.h"
#include "networks/npy.h"
#include "networks/softmax.h"

namespace pimvp::net::test {
namespace {

// The graph's CHW as the file's HWC.
template <class Integer>
std::vector<std::int32_t> hwc(const Shape& shape, const std::vector<Integer>& chw) {
    std::vector<std::int32_t> out(chw.size());
    std::size_t i = 0;
    for (int c = 0; c < shape.c; ++c)
        for (int y = 0; y < shape.h; ++y)
            for (int x = 0; x < shape.w; ++x)
                out[(static_cast<std::size_t>(y) * shape.w + x) * shape.c + c] =
                    static_cast<std::int32_t>(chw[i++]);
    return out;
}

std::vector<std::int32_t> of_image(const NpyArray& array, std::size_t image) {
    const std::vector<std::int32_t> all = array.integers();
    const std::size_t size = all.size() / 2;
    return {all.begin() + static_cast<std::ptrdiff_t>(image * size),
            all.begin() + static_cast<std::ptrdiff_t>((image + 1) * size)};
}

struct ResNet8Test : ::testing::Test {
    void SetUp() override {
        if (!data.there()) GTEST_SKIP() << "no ResNet-8 or CIFAR-10: set PIMVP_DATA";
    }
    ResNet8 data;
};

TEST_F(ResNet8Test, IsWhatTheFileSays) {
    const Graph graph = data.graph(Rounding::doubled);
    EXPECT_EQ(graph.name, "pretrainedResnet_quant");
    EXPECT_EQ(graph.macs(), 12501632);
    std::size_t parameters = 0;
    for (const Node& node : graph.nodes) parameters += node.weights.size() + node.bias.size();
    EXPECT_EQ(parameters, 77706u);
    EXPECT_EQ(graph.nodes.size(), 14u);  // 10 convolutions, 3 additions, a pooling; 16 operators in the file
    EXPECT_EQ(graph.softmax_beta, 1.0);
    EXPECT_EQ(graph.preprocessing, "real value = pixel; integer = round(real value / 1) - 128");
    ASSERT_EQ(graph.input_table.size(), 256u);
    for (int pixel = 0; pixel < 256; ++pixel)
        EXPECT_EQ(graph.input_table[static_cast<std::size_t>(pixel)], pixel - 128);
    EXPECT_EQ(graph.folded, (std::vector<std::string>{"op15_softmax: left to the host"}));
}

TEST_F(ResNet8Test, EveryLayerOfTwoImages) {
    const Graph graph = data.graph(Rounding::doubled);
    const Dataset dataset = data.dataset();
    const std::string folder = data.golden + "/activations/";
    const NpyArray input = read_npy(folder + "input.npy");
    int accumulators_seen = 0;
    for (std::size_t image = 0; image < 2; ++image) {
        Accumulators accumulators;
        const std::vector<std::int32_t> integers = input_integers(graph, dataset.image(image));
        EXPECT_EQ(hwc(graph.tensor(graph.input).shape, integers), of_image(input, image));
        const Activations tensors = execute(graph, integers, &accumulators);
        for (const Node& node : graph.nodes) {
            const auto at = static_cast<std::size_t>(node.output);
            const Shape& shape = graph.tensor(node.output).shape;
            EXPECT_EQ(hwc(shape, tensors[at]), of_image(read_npy(folder + node.name + "_out.npy"), image))
                << node.name << ", image " << image;
            if (node.op != Op::conv) continue;
            EXPECT_EQ(hwc(shape, accumulators[at]),
                      of_image(read_npy(folder + node.name + "_acc.npy"), image))
                << node.name << ", image " << image;
            ++accumulators_seen;
        }
        const Tensor& scores = graph.tensor(graph.output);
        EXPECT_EQ(tflite_softmax(tensors[static_cast<std::size_t>(graph.output)], graph.softmax_beta,
                                 scores.type.scale),
                  of_image(read_npy(folder + "op15_softmax_out.npy"), image));
    }
    EXPECT_EQ(accumulators_seen, 20);
}

TEST_F(ResNet8Test, First100LogitsRoundedTwice) {
    compare_logits(data, Rounding::doubled, "test_1000_logits_double.npy", 0, 99);
}

TEST_F(ResNet8Test, First100LogitsRoundedOnce) {
    compare_logits(data, Rounding::half_up, "test_1000_logits_single.npy", 0, 99);
}

// Columns: index, label, prediction, 10 logits, 10 softmax outputs, 10 logits rounded once.
TEST_F(ResNet8Test, SoftmaxOf200Images) {
    const double scale = [&] {
        const Graph graph = data.graph(Rounding::doubled);
        return graph.tensor(graph.output).type.scale;
    }();
    std::ifstream table(data.golden + "/first200.csv");
    std::string line;
    std::getline(table, line);
    int rows = 0;
    for (; std::getline(table, line); ++rows) {
        std::istringstream cells(line);
        std::vector<std::int32_t> values;
        for (std::string cell; std::getline(cells, cell, ',');) values.push_back(std::stoi(cell));
        ASSERT_EQ(values.size(), 33u);
        const std::vector<std::int32_t> logits(values.begin() + 3, values.begin() + 13);
        EXPECT_EQ(tflite_softmax(logits, 1.0, scale),
                  std::vector<std::int32_t>(values.begin() + 13, values.begin() + 23))
            << "row " << rows;
    }
    EXPECT_EQ(rows, 200);
}

}  // namespace
}  // namespace pimvp::net::test
