// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Bits per layer in a file of their own, and 9..16 bits.
#include "networks/layer_table_precision.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "networks/dataset.h"
#include "networks/executor.h"
#include "networks/import.h"
#include "tests/networks/layer_table_text.h"
#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"

namespace pimvp::net {
namespace {

using namespace test;

class PrecisionTable : public ::testing::Test {
  protected:
    LayerTable read(const std::string& nodes, const std::string& keys) {
        folder_.write("base.json", json_table(nodes));
        return read_json_layers(folder_.path("bits.json"), "{\"base\":\"base.json\"" + keys + "}");
    }
    TempDir folder_;
};

std::vector<int> activation_bits(const LayerTable& table) {
    std::vector<int> bits;
    for (const TableLayer& layer : table.layers) bits.push_back(layer.activation_bits);
    return bits;
}

TEST_F(PrecisionTable, AnInputsBitsAreThoseOfTheTensorThatIsRead) {
    const LayerTable table =
        read(image(3, 8) + conv("a", "image", 3, 4, 8, 3, 1, 1) + pool("p", "a", 4, 4, 0) +
                 conv("b", "p", 4, 4, 4, 3, 1, 1, R"(,"weight_bits":3,"activation_bits":3)") +
                 node("f", "OP_FLATTEN", R"("b")", "[1,64]", "") + linear("c", "f", 64, 5, 0),
             R"(,"weight_bits":[4,5,6],"input_bits":[9,12,16])");
    // image, a, p, b, c: nothing reads the scores.
    EXPECT_EQ(activation_bits(table), (std::vector<int>{9, 12, 12, 16, 0}));
    EXPECT_EQ(table.layers[1].weight_bits, 4);
    EXPECT_EQ(table.layers[3].weight_bits, 5) << "the bits of the base do not count";
    EXPECT_EQ(table.layers[4].weight_bits, 6);
    EXPECT_TRUE(table.folded.empty());
}

TEST_F(PrecisionTable, ATensorHasTheBitsOfTheReaderThatWantsMost) {
    // a feeds b (5 bits), c through a pool (7), and with b's output a concatenation that d reads with 6.
    const LayerTable table =
        read(image(3, 8) + conv("a", "image", 3, 4, 8, 3, 1, 1) + conv("b", "a", 4, 2, 8, 1, 1, 1) +
                 node("j", "OP_CONCAT", R"("a","b")", "[1,6,8,8]", "") + conv("d", "j", 6, 4, 8, 1, 1, 0) +
                 node("e", "OP_ELTWISE", R"("d","a")", "[1,4,8,8]", R"("eletype":2)") +
                 pool("q", "e", 4, 4, 0) + pool("p", "a", 4, 4, 0) + conv("c", "p", 4, 4, 4, 1, 1, 0) +
                 node("s", "OP_ELTWISE", R"("c","q")", "[1,4,4,4]", R"("eletype":2)") +
                 conv("z", "s", 4, 4, 4, 1, 1, 0),
             R"(,"weight_bits":10,"input_bits":[8,5,6,7,4],"source":"by hand")");
    std::vector<std::pair<std::string, int>> found;
    for (const TableLayer& layer : table.layers) found.emplace_back(layer.name, layer.activation_bits);
    EXPECT_EQ(found, (std::vector<std::pair<std::string, int>>{{"image", 8},
                                                               {"a", 7},
                                                               {"b", 6},
                                                               {"j", 6},
                                                               {"d", 4},
                                                               {"e", 4},
                                                               {"q", 4},
                                                               {"p", 7},
                                                               {"c", 4},
                                                               {"s", 4},
                                                               {"z", 0}}));
    for (const TableLayer& layer : table.layers)
        EXPECT_EQ(layer.weight_bits, layer.kind == TableLayer::Kind::conv ? 10 : 0) << layer.name;
    EXPECT_EQ(table.folded, std::vector<std::string>{"bits of each layer: by hand"});
}

TEST_F(PrecisionTable, WhatDoesNotFitIsRefused) {
    const std::string nodes =
        image(3, 8) + conv("a", "image", 3, 4, 8, 3, 1, 1) + conv("b", "a", 4, 4, 8, 3, 1, 0);
    const std::string file = folder_.path("bits.json");
    const auto refused = [&](const std::string& keys, const std::string& message) {
        expect_error([&] { read(nodes, keys); }, file, message);
    };
    const std::string both =
        ", an integer of 1..16 or a list of 2 of them, one for each layer with weights, found ";
    refused(R"(,"input_bits":8)", "'weight_bits'" + both + "none");
    refused(R"(,"weight_bits":8)", "'input_bits'" + both + "none");
    refused(R"(,"weight_bits":8,"input_bits":[8])", "'input_bits'" + both + "1");
    refused(R"(,"weight_bits":[8,8,8],"input_bits":8)", "'weight_bits'" + both + "3");
    refused(R"(,"weight_bits":17,"input_bits":8)", "'weight_bits'" + both + "17");
    refused(R"(,"weight_bits":[8,0],"input_bits":8)", "'weight_bits'" + both + "0");
    refused(R"(,"weight_bits":8,"input_bits":"8")", "'input_bits'" + both + "\"8\"");
    refused(R"(,"weight_bits":8,"input_bits":8,"bits":8)", "found 'bits'");
    refused(R"(,"weight_bits":8,"input_bits":8,"source":3)", "'source', a text");

    const auto base_refused = [&](const std::string& base, const auto&... parts) {
        expect_error(
            [&] { read_json_layers(file, "{\"base\":" + base + R"(,"weight_bits":8,"input_bits":8})"); },
            parts...);
    };
    base_refused("3", file, "key 'base', a text");
    base_refused(R"("../base.json")", file, "in the same folder", "'../base.json'");
    base_refused(R"("base.csv")", file, "name of a .json file");
    base_refused(R"("none.json")", folder_.path("none.json"), "expected a layer table");
    folder_.write("folder.json/x", "");
    base_refused(R"("folder.json")", folder_.path("folder.json"), "found a folder");
    folder_.write("broken.json", "{");
    base_refused(R"("broken.json")", folder_.path("broken.json"), "expected JSON");
    folder_.write("bits.json", R"({"base":"bits.json","weight_bits":8,"input_bits":8})");
    base_refused(R"("bits.json")", file, "'node_list'");
}

TEST_F(PrecisionTable, ImagesOfMoreBitsThanAPixelHas) {
    folder_.write("base.json", json_table(image(1, 2) + conv("a", "image", 1, 2, 2, 1, 1, 0)));
    const std::string file =
        folder_.write("net.json", R"({"base":"base.json","weight_bits":16,"input_bits":10})");
    const Graph graph = import_network(file);
    EXPECT_EQ(graph.name, "net");
    EXPECT_EQ(graph.tensor(graph.input).type.bits, 10);
    EXPECT_EQ(graph.preprocessing, "pixels 0..255 to 0..1023");
    const std::uint8_t pixels[] = {0, 1, 128, 255};
    // 1 * 1023 / 255 = 4.01; 128: 513.5, rounded half up.
    EXPECT_EQ(input_integers(graph, pixels), (std::vector<std::int32_t>{0, 4, 514, 1023}));
    EXPECT_EQ(graph.nodes[0].weight_type.bits, 16);
}

class WideBits : public ::testing::TestWithParam<int> {};

// As NeitherDiesNorSaturates of layer_table_test.cpp: with 4096 weights per output at the end, whose sums
// would leave the 32 bits of scores from about 12 bits on, and leave them in the middle.
TEST_P(WideBits, StayInRange) {
    const int bits = GetParam();
    std::string nodes = image(3, 8), before = "image";
    for (int i = 0; i < 12; ++i) {
        const std::string name = "l" + std::to_string(i);
        nodes += conv(name, before, i == 0 ? 3 : 64, 64, 8, 3, 1, 1);
        before = name;
    }
    ImportOptions options;
    options.bits = bits;
    const Graph graph =
        import_layer_table("net.json",
                           json_table(nodes + node("f", "OP_FLATTEN", "\"" + before + "\"", "[1,4096]", "") +
                                      linear("fc", "f", 4096, 50, 0)),
                           options);
    const Dataset images = draw_images({3, 8, 8}, 1, 7);
    Accumulators sums;
    const Activations values = execute(graph, input_integers(graph, images.image(0)), &sums);
    for (std::size_t i = 0; i + 1 < graph.nodes.size(); ++i) {
        const Node& node = graph.nodes[i];
        const auto& out = values[static_cast<std::size_t>(node.output)];
        const auto n = static_cast<double>(out.size());
        const auto highest = (std::int64_t{1} << bits) - 1;
        EXPECT_EQ(graph.tensor(node.output).type.highest(), highest);
        EXPECT_GT(static_cast<double>(std::count(out.begin(), out.end(), 0)) / n, 0.2) << i;
        EXPECT_LT(static_cast<double>(std::count(out.begin(), out.end(), 0)) / n, 0.85) << i;
        EXPECT_LT(static_cast<double>(std::count(out.begin(), out.end(), highest)) / n, 0.1) << i;
        // Bits that are there are used.
        EXPECT_GT(*std::max_element(out.begin(), out.end()), highest / 4) << i;
        const auto [low, high] = std::minmax_element(node.weights.begin(), node.weights.end());
        EXPECT_GT(*high, (1 << (bits - 1)) * 0.9) << i;
        EXPECT_EQ(*low >= -(1 << (bits - 1)) + 1, true) << i;
    }
    const auto largest = [&](int tensor) {
        std::int64_t most = 0;
        for (const std::int64_t sum : sums[static_cast<std::size_t>(tensor)])
            most = std::max(most, std::abs(sum));
        return most;
    };
    if (bits == 16) {
        EXPECT_GT(largest(graph.nodes[5].output), INT32_MAX) << "sums of more than 32 bits occur";
    }
    const auto& scores = values[static_cast<std::size_t>(graph.output)];
    EXPECT_GT(*std::max_element(scores.begin(), scores.end()), 1000);
}

INSTANTIATE_TEST_SUITE_P(Bits, WideBits, ::testing::Values(9, 12, 16));

}  // namespace
}  // namespace pimvp::net
