// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "networks/dataset.h"
#include "networks/executor.h"
#include "networks/import.h"
#include "networks/layer_table_values.h"
#include "tests/networks/layer_table_text.h"
#include "tests/support/expect_error.h"
#include "tests/support/shared_data.h"

namespace pimvp::net {
namespace {

using namespace test;

Graph json_network(const std::string& nodes, const ImportOptions& options = {}) {
    return import_layer_table("folder/net.json", json_table(nodes), options);
}

Graph csv_network(const std::string& rows, const ImportOptions& options = {}) {
    return import_layer_table("net.csv", std::string(csv_header) + "\n" + rows, options);
}

std::int64_t weight_count(const Graph& graph) {
    std::int64_t count = 0;
    for (const Node& node : graph.nodes) count += static_cast<std::int64_t>(node.weights.size());
    return count;
}

// Totals, published or, where the comment says so, of the file. Parameters: the common counts of the trained
// networks less biases and normalisation.
struct Totals {
    const char* file;
    std::int64_t macs, weights;
};

// MACs: ResNet: He et al. 2016, 1.8, 3.6 and 3.8 billion. VGG-16: Simonyan 2015, 15.5 billion. GoogLeNet:
// Szegedy 2015, 1.5 billion. MobileNetV2: Sandler 2018, 300 million. AlexNet: the paper has 724 million; this
// file reads 224 x 224 pixels without padding, so that its maps are 54, 26, 12 wide instead of 55, 27, 13.
// ShuffleNet: Zhang 2018 has 38 million for half the width and 4 groups; this file does not narrow the middle
// of its blocks to a quarter as the paper does.
class ThirdParty : public ::testing::TestWithParam<Totals> {};

TEST_P(ThirdParty, TotalsAreThoseOfTheFile) {
    const std::string file = shared_data(std::string("layers/") + GetParam().file);
    if (file.empty()) GTEST_SKIP() << "no layer tables: set PIMVP_DATA";
    const Graph graph = import_network(file);
    EXPECT_EQ(graph.macs(), GetParam().macs);
    EXPECT_EQ(weight_count(graph), GetParam().weights);
    EXPECT_TRUE(graph.shape_only);
    EXPECT_EQ(graph.tensor(graph.output).type.bits, 32);
    EXPECT_EQ(graph.tensor(graph.input).type.bits, 8);
}

INSTANTIATE_TEST_SUITE_P(
    Json, ThirdParty,
    ::testing::Values(Totals{"pimcomp/alexnet.json", 654560384, 60965224 - 10568},
                      Totals{"pimcomp/vgg16.json", 15470264320, 138357544 - 13416},
                      Totals{"pimcomp/googlenet.json", 1582671872, 6998552 - 8280},
                      Totals{"pimcomp/resnet18.json", 1814073344, 11689512 - 9600 - 1000},
                      Totals{"pimcomp/resnet34.json", 3663761408, 21797672 - 17024 - 1000},
                      Totals{"pimcomp/resnet50.json", 3857973248, 25557032 - 53120 - 1000},
                      Totals{"pimcomp/mobilenetv2.json", 300774272, 3504872 - 34112 - 1000},
                      Totals{"pimcomp/shufflenet.json", 124664528, 1365464}));

// Not published: the table of AlexNet has no groups and no linear layers, so that its total is its own, by
// hand: 54^2 96 363 + 27^2 256 2400 + 13^2 (384 2304 + 384 3456 + 256 3456).
INSTANTIATE_TEST_SUITE_P(Csv, ThirdParty,
                         ::testing::Values(Totals{"scale-sim/Resnet18.csv", 1814073344, 11678912},
                                           Totals{"scale-sim/Resnet50.csv", 3857973248, 25502912},
                                           Totals{"scale-sim/alexnet.csv", 1072835712, 3745824}));

// Tables whose rows contradict each other: what is wrong is found, not covered up.
struct Wrong {
    const char *file, *message;
};
class WrongTable : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongTable, IsRefused) {
    const std::string file = shared_data(std::string("layers/scale-sim/") + GetParam().file);
    if (file.empty()) GTEST_SKIP() << "no layer tables: set PIMVP_DATA";
    EXPECT_EQ(error_of([&] { import_network(file); }), file + GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Csv, WrongTable,
    ::testing::Values(
        // The first layer has 16 filters in the network; here it has 4.
        Wrong{"yolo_tiny.csv",
              ":3: layer 'Conv2': expected input 16x208x208, as its row says, found 4x414x414 or "
              "4x416x416 from 'Conv1' before it, and no earlier output that fits; a table joins "
              "branches by sums only"},
        // The last depthwise layer has stride 1 in the network; here it has 2.
        Wrong{"mobilenet.csv",
              ":27: layer 'Conv26': expected a row behind it that reads its output 1024x3x3 or "
              "1024x4x4, found none"},
        // Upsampling and concatenation are not in the table.
        Wrong{"UNet_2d.csv",
              ":12: layer 'Conv6a': expected input 1024x241x241, as its row says, found 1024x121x121 "
              "or 1024x123x123 from 'Conv5b' before it, and no earlier output that fits; a table "
              "joins branches by sums only"},
        Wrong{"Googlenet.csv",
              ":12: layer 'Inc3b_1x1': expected input 256x28x28, as its row says, found 32x28x28 "
              "from 'Inc3a_pp' before it, and no earlier output that fits; a table joins branches "
              "by sums only"}));

TEST(LayerTable, ChainOfEveryOperator) {
    const Graph graph = json_network(
        image(3, 8) + conv("a", "image", 3, 6, 8, 3, 1, 0) + relu("r", "a", 6, 8) + pool("m", "r", 6, 4, 0) +
        conv("b", "m", 6, 6, 4, 3, 1, 0, R"(,"weight_bits":4,"activation_bits":5)") +
        node("s", "OP_SHUFFLE", R"("b")", "[1,6,4,4]", R"("split_factor":3)") +
        node("e", "OP_ELTWISE", R"("s","m")", "[1,6,4,4]", R"("eletype":2)") +
        node("c", "OP_CONCAT", R"("e","m")", "[1,12,4,4]", "") + pool("g", "c", 12, 2, 1) +
        node("f", "OP_FLATTEN", R"("g")", "[1,48]", "") + linear("fc", "f", 48, 5, 0) +
        node("p", "OP_SOFTMAX", R"("fc")", "[1,5]", ""));
    EXPECT_EQ(graph.name, "net");
    ASSERT_EQ(graph.nodes.size(), 8U);
    const auto& n = graph.nodes;
    EXPECT_EQ(n[0].op, Op::conv);
    EXPECT_EQ(n[0].groups, 1);
    EXPECT_EQ(n[0].requant.low, 0);
    EXPECT_EQ(n[0].requant.high, 255);
    EXPECT_EQ(n[1].op, Op::max_pool);
    EXPECT_EQ(n[2].weight_type.bits, 4);
    EXPECT_EQ(graph.tensor(n[2].output).type.bits, 5);
    EXPECT_EQ(graph.tensor(n[2].output).type.kind, Kind::signed_integer);
    EXPECT_EQ(n[2].requant.low, -16);
    EXPECT_EQ(n[3].op, Op::merge);
    // 3 groups of 2 channels, transposed: 0 2 4 1 3 5.
    std::vector<int> channels;
    for (const ChannelRef& ref : n[3].channels) channels.push_back(ref.channel);
    EXPECT_EQ(channels, (std::vector<int>{0, 2, 4, 1, 3, 5}));
    EXPECT_EQ(n[4].op, Op::add);
    EXPECT_EQ(n[5].op, Op::merge);
    EXPECT_EQ(n[5].inputs.size(), 2U);
    EXPECT_EQ(n[6].op, Op::average_pool);
    EXPECT_EQ(n[7].kernel_h, 2);
    EXPECT_EQ(n[7].weights.size(), 240U);
    EXPECT_TRUE(n[7].requant.empty());
    EXPECT_EQ(graph.macs(), 8 * 8 * 6 * 27 + 16 * 6 * 54 + 240);
    EXPECT_EQ(graph.folded,
              (std::vector<std::string>{"r (OP_RELU): into 'a'",
                                        "p (OP_SOFTMAX): left out, does not change which score is largest"}));
}

// A ReLU can't move into a layer whose other reader wants the sign.
TEST(LayerTable, ReluBehindASharedLayerStaysOne) {
    const Graph graph =
        json_network(image(2, 4) + conv("a", "image", 2, 2, 4, 1, 1, 0) + relu("r", "a", 2, 4) +
                     node("e", "OP_ELTWISE", R"("a","r")", "[1,2,4,4]", R"("eletype":2)"));
    ASSERT_EQ(graph.nodes.size(), 3U);
    EXPECT_EQ(graph.nodes[0].requant.low, -128);
    EXPECT_EQ(graph.nodes[1].op, Op::merge);
    EXPECT_EQ(graph.nodes[1].requant.low, 0);
    EXPECT_EQ(graph.tensor(graph.nodes[1].output).type.kind, Kind::unsigned_integer);
    // The same behind a layer that was left out in between.
    const Graph other =
        json_network(image(2, 4) + conv("a", "image", 2, 2, 4, 1, 1, 0) +
                     node("d", "OP_DROPOUT", R"("a")", "[1,2,4,4]", "") + relu("r", "d", 2, 4) +
                     node("e", "OP_ELTWISE", R"("a","r")", "[1,2,4,4]", R"("eletype":0)"));
    ASSERT_EQ(other.nodes.size(), 3U);
    EXPECT_EQ(other.nodes[1].op, Op::merge);
    EXPECT_EQ(other.nodes[2].op, Op::multiply);
}

TEST(LayerTable, OrderOfTheFileDoesNotMatter) {
    const std::string a = conv("a", "image", 2, 4, 4, 3, 1, 1), b = conv("b", "a", 4, 2, 4, 3, 1, 1);
    const Graph sorted = json_network(image(2, 4) + a + b), mixed = json_network(b + a + image(2, 4));
    ASSERT_EQ(mixed.nodes.size(), 2U);
    EXPECT_EQ(mixed.nodes[0].name, "a");
    EXPECT_EQ(mixed.nodes[1].weights, sorted.nodes[1].weights);
}

TEST(LayerTable, SeedAndBitsSayWhatIsDrawn) {
    const std::string nodes =
        image(2, 4) + conv("a", "image", 2, 40, 4, 3, 1, 1) + conv("b", "a", 40, 4, 4, 3, 1, 0);
    const Graph first = json_network(nodes), again = json_network(nodes);
    ImportOptions options;
    options.seed = 2;
    const Graph other = json_network(nodes, options);
    EXPECT_EQ(first.nodes[0].weights, again.nodes[0].weights);
    EXPECT_EQ(first.nodes[0].bias, again.nodes[0].bias);
    EXPECT_NE(first.nodes[0].weights, other.nodes[0].weights);
    // Layer 2 under seed 1 isn't layer 1 under seed 2.
    EXPECT_FALSE(std::equal(other.nodes[0].weights.begin(), other.nodes[0].weights.begin() + 100,
                            first.nodes[1].weights.begin()));
    const struct {
        int bits;
        Kind kind;
        int lowest, highest;
    } cases[] = {{1, Kind::bipolar, -1, 1},
                 {2, Kind::ternary, -1, 1},
                 {3, Kind::signed_integer, -3, 3},
                 {4, Kind::signed_integer, -7, 7},
                 {8, Kind::signed_integer, -127, 127}};
    for (const auto& c : cases) {
        options.bits = c.bits;
        const Graph graph = json_network(nodes, options);
        EXPECT_EQ(graph.nodes[1].weight_type.kind, c.kind) << c.bits;
        EXPECT_EQ(graph.tensor(graph.nodes[0].output).type.highest(), (1 << c.bits) - 1);
        EXPECT_EQ(graph.tensor(graph.input).type.bits, 8);
        const auto [low, high] =
            std::minmax_element(graph.nodes[1].weights.begin(), graph.nodes[1].weights.end());
        EXPECT_GE(*low, c.lowest);
        EXPECT_LE(*high, c.highest);
        if (c.bits < 8) {
            EXPECT_EQ(*low, c.lowest);
        }
    }
    options.bits = 17;
    expect_error([&] { json_network(nodes, options); }, "folder/net.json: bits: expected 1..16, found 17");
}

// A normal distribution of deviation 127 / 3 that is cut at 127 has this second moment; the sample's may be
// off by some of its standard errors, sqrt(2 / n).
TEST(LayerTable, WeightsAreNormal) {
    const Graph graph = json_network(image(64, 2) + conv("a", "image", 64, 512, 2, 3, 1, 0));
    const auto& weights = graph.nodes[0].weights;
    const auto n = static_cast<double>(weights.size());
    double mean = 0, square = 0, inside = 0;
    for (const int w : weights) {
        mean += w / n;
        square += double(w) * w / n;
        inside += std::abs(w) <= 42 ? 1 / n : 0;
    }
    const double deviation = 127.0 / 3;
    EXPECT_NEAR(mean, 0, 5 * deviation / std::sqrt(n));
    EXPECT_NEAR(square, deviation * deviation, 0.01 * deviation * deviation);
    EXPECT_NEAR(inside, std::erf(42.5 / deviation / std::sqrt(2.0)), 5 * 0.5 / std::sqrt(n));
}

// First numbers of the generator for state 1234567, as its authors' implementation prints them.
TEST(LayerTable, RandomBitsAreSplitMix64) {
    RandomBits random(1234567);
    EXPECT_EQ(random.next(), 6457827717110365317U);
    EXPECT_EQ(random.next(), 3203168211198807973U);
    double sum = 0, square = 0;
    const int n = 20000;
    for (int i = 0; i < n; ++i) {
        const double x = random.normal();
        sum += x;
        square += x * x;
    }
    EXPECT_NEAR(sum / n, 0, 5 / std::sqrt(n));
    EXPECT_NEAR(square / n, 1, 5 * std::sqrt(2.0 / n));
}

struct Deep {
    int bits;
    bool depthwise;
};
class DeepNetwork : public ::testing::TestWithParam<Deep> {};

// 50 layers: about half of what a ReLU leaves is zero, few values are at the top, and the scores of two
// images differ.
TEST_P(DeepNetwork, NeitherDiesNorSaturates) {
    std::string nodes = image(3, 8), before = "image";
    int channels = 3;
    for (int i = 0; i < 50; ++i) {
        const std::string name = "l" + std::to_string(i);
        const bool depthwise = GetParam().depthwise && i % 2 == 1;
        nodes += conv(name, before, channels, 32, 8, 3, depthwise ? 32 : 1, 1);
        channels = 32;
        before = name;
    }
    ImportOptions options;
    options.bits = GetParam().bits;
    const Graph graph = json_network(nodes + node("f", "OP_FLATTEN", "\"" + before + "\"", "[1,2048]", "") +
                                         linear("fc", "f", 2048, 10, 0),
                                     options);
    const Dataset images = draw_images({3, 8, 8}, 2, 7);
    const Activations a = execute(graph, images.image(0)), b = execute(graph, images.image(1));
    for (std::size_t i = 0; i + 1 < graph.nodes.size(); ++i) {
        const auto& values = a[static_cast<std::size_t>(graph.nodes[i].output)];
        const auto n = static_cast<double>(values.size());
        const auto zeros = static_cast<double>(std::count(values.begin(), values.end(), 0));
        const auto highest = graph.tensor(graph.nodes[i].output).type.highest();
        const auto tops = static_cast<double>(std::count(values.begin(), values.end(), highest));
        EXPECT_GT(zeros / n, 0.2) << i;
        EXPECT_LT(zeros / n, 0.85) << i;
        EXPECT_LT(tops / n, options.bits == 1 ? 0.6 : options.bits < 4 ? 0.3 : 0.1) << i;
    }
    EXPECT_NE(a[static_cast<std::size_t>(graph.output)], b[static_cast<std::size_t>(graph.output)]);
}

INSTANTIATE_TEST_SUITE_P(Bits, DeepNetwork,
                         ::testing::Values(Deep{8, false}, Deep{8, true}, Deep{4, false}, Deep{2, false},
                                           Deep{1, false}));

TEST(LayerTable, FewerBitsOfTheImage) {
    const Graph graph = json_network(
        R"({"name":"image","operation":"OP_INPUT","output_dim":[1,1,1,2],"activation_bits":3},)" +
        node("fc", "OP_FC", R"("image")", "[1,4]", R"("num_input":2,"num_output":4)"));
    EXPECT_EQ(graph.tensor(graph.input).type.bits, 3);
    EXPECT_EQ(graph.preprocessing, "upper 3 bits of each pixel");
    const std::uint8_t pixels[] = {255, 100};
    EXPECT_EQ(input_integers(graph, pixels), (std::vector<std::int32_t>{7, 3}));
}

TEST(LayerTable, RowsBecomeAChain) {
    const Graph graph = csv_network(
        "c1, 8,8, 3,3, 3,4, 1,\n\n,,,,\nc2, 4,4, 3,3, 4,1, 1,\nc3, 4,4,1,1, 4,8,2\n"
        "fc1,1,1,1,1,32,16,1\nfc2,1,1,1,1,16,5,1\n");
    ASSERT_EQ(graph.nodes.size(), 6U);
    EXPECT_EQ(graph.folded,
              (std::vector<std::string>{
                  "ReLU behind every layer but the last: a table names none", "'c1' padded to 4x8x8",
                  "max pool 2x2 /2 between 'c1' and 'c2', from their shapes",
                  "'c2' is depthwise: one filter on 4 channels, and the next row reads as many",
                  "'c2' padded to 4x4x4", "'c3' flattened for 'fc1'"}));
    EXPECT_EQ(graph.nodes[2].groups, 4);
    EXPECT_EQ(graph.nodes[4].kernel_h, 2);
    EXPECT_EQ(graph.macs(), 64 * 4 * 27 + 16 * 4 * 9 + 4 * 8 * 4 + 32 * 16 + 16 * 5);
}

TEST(LayerTable, OptionalColumnsOfRows) {
    const Graph graph = import_layer_table("net.csv",
                                           "\xef\xbb\xbflayer NAME,IFMAP Height,IFMAP Width,Filter "
                                           "Height,Filter Width,Channels,Num Filter,Strides,"
                                           "Notes,Groups,Padding,Weight bits,Activation bits\r\n"
                                           "a,5,5,3,3,4,4,2,x,2,same,3,6\r\nb,3,3,3,3,4,2,1,,,valid\r\n",
                                           {});
    EXPECT_EQ(graph.folded[0], "columns left out: Notes");
    EXPECT_EQ(graph.nodes[0].groups, 2);
    EXPECT_EQ(graph.nodes[0].pad_top, 1);
    EXPECT_EQ(graph.nodes[0].weight_type.bits, 3);
    EXPECT_EQ(graph.tensor(graph.nodes[0].output).type.bits, 6);
    EXPECT_EQ(graph.nodes[1].weight_type.bits, 8);
    EXPECT_TRUE((graph.tensor(graph.output).shape == Shape{2, 1, 1}));
}

// A block of a residual network: the shortcut's row reads what the block's first row reads, and the row
// behind the block what both make.
TEST(LayerTable, RowsOfAShortcut) {
    const Graph graph = csv_network(
        "a,8,8,3,3,4,8,1\nb,8,8,3,3,8,16,2\nc,4,4,3,3,16,16,1\ns,8,8,1,1,8,16,2\n"
        "d,4,4,3,3,16,4,1\n");
    ASSERT_EQ(graph.nodes.size(), 6U);
    EXPECT_EQ(graph.nodes[4].op, Op::add);
    EXPECT_EQ(graph.nodes[3].inputs, graph.nodes[1].inputs);
    EXPECT_EQ(graph.tensor(graph.nodes[2].output).type.kind, Kind::signed_integer);
    EXPECT_EQ(graph.tensor(graph.nodes[4].output).type.kind, Kind::unsigned_integer);
}

TEST(LayerTable, DrawnImages) {
    const Dataset a = draw_images({3, 5, 7}, 2, 1), b = draw_images({3, 5, 7}, 3, 1),
                  c = draw_images({3, 5, 7}, 2, 2);
    EXPECT_EQ(a.labels, (std::vector<int>{-1, -1}));
    EXPECT_FALSE(a.integers);
    EXPECT_EQ(a.pixels.size(), 210U);
    EXPECT_TRUE(std::equal(a.pixels.begin(), a.pixels.end(), b.pixels.begin()));
    EXPECT_NE(a.pixels, c.pixels);
    EXPECT_FALSE(std::equal(a.image(0), a.image(0) + 105, a.image(1)));
    const Dataset many = draw_images({1, 256, 256}, 1, 3);
    double sum = 0;
    for (const std::uint8_t pixel : many.pixels) sum += pixel;
    EXPECT_NEAR(sum / 65536, 127.5, 5 * 73.9 / 256);
}

}  // namespace
}  // namespace pimvp::net
