// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/operands.h"

#include <cmath>

#include "modules/core/error.h"
#include "networks/executor.h"
#include "networks/import.h"
#include "training/batches.h"
#include "training/evaluate.h"
#include "training/export_onnx.h"
#include "training/run_recipe.h"
#include "training/tests/fixtures.h"
#include "training/trainer.h"

namespace pimvp::training {
namespace {

constexpr Precision int8{WeightType::int8, 8};

// One block with an identity shortcut, one with a convolution.
Recipe recipe_of(int float_epochs, int score_bits) {
    Recipe recipe = small_recipe({int8}, float_epochs, 0);
    recipe.network.strides = {1, 2};
    recipe.network.score_bits = score_bits;
    return recipe;
}

std::shared_ptr<Network> trained(const Recipe& recipe, const net::Dataset& data) {
    at::set_num_threads(1);
    torch::manual_seed(3);
    auto network = std::make_shared<Network>(recipe.network);
    TrainOptions options;
    options.batch = 16;
    train(*network, recipe, data, first_images(data, 50), options);
    return network;
}

const net::Node& node(const net::Graph& graph, const std::string& name) {
    for (const auto& n : graph.nodes)
        if (n.name == name) return n;
    throw std::runtime_error(name);
}

int output_bits(const net::Graph& graph, const std::string& name) {
    return graph.tensor(node(graph, name).output).type.bits;
}

TEST(Operands, CountTheMultiplicationsThatReadThem) {
    Network network(recipe_of(0, 0).network);
    std::map<std::string, std::int64_t> macs;
    for (const auto& width : widths_of(network)) macs[width.operand.name] = width.operand.macs;
    EXPECT_EQ(macs.at("stem.weight"), 8 * 9 * 28 * 28);
    EXPECT_EQ(macs.at("stem.output"), 8 * 8 * 9 * 28 * 28);  // no shortcut reads it
    EXPECT_EQ(macs.at("block2.shortcut.weight"), 8 * 16 * 14 * 14);
    EXPECT_EQ(macs.at("block1.output"), 8 * 16 * 14 * 14 * (9 + 1));
    EXPECT_EQ(macs.at("block2.middle"), 16 * 16 * 9 * 14 * 14);
    EXPECT_EQ(macs.at("block2.output"), 16 * 14 * 14);
    EXPECT_EQ(macs.at("classifier.weight"), 160);
    EXPECT_EQ(macs.size(), 13u);
    Network dual(small_recipe({int4, ternary_binary}, 0, 1).network);
    EXPECT_THROW(widths_of(dual), Error);
}

// The file says the widths that were asked for, and its integers compute what the network in float does.
TEST(Operands, ExportTheWidthsTheyWereGiven) {
    const TemporaryDirectory directory;
    const auto data = squares(600, 1), test = squares(100, 2);
    auto network = trained(recipe_of(2, 0), data);
    const double as_float = accuracy(*network, test);
    observe(*network, first_images(data, 64));
    Divergence divergence(*network, test);
    const std::map<std::string, int> bits{{"stem.output", 6},          {"block1.conv_a.weight", 5},
                                          {"block1.middle", 5},        {"block2.shortcut.weight", 7},
                                          {"block2.conv_b.weight", 4}, {"pool.output", 7}};
    quantize_post_training(*network, bits, 8);
    EXPECT_LT(divergence().loss, 0.1);

    const auto file = directory.file("net.onnx");
    export_onnx(*network, "net", file);
    const auto graph = net::import_network(file);
    EXPECT_EQ(node(graph, "block1_conv_a").weight_type.bits, 5);
    EXPECT_EQ(node(graph, "block2_shortcut").weight_type.bits, 7);
    EXPECT_EQ(node(graph, "block2_conv_b").weight_type.bits, 4);
    EXPECT_EQ(node(graph, "block1_conv_b").weight_type.bits, 8);
    EXPECT_EQ(output_bits(graph, "stem"), 6);
    EXPECT_EQ(output_bits(graph, "block1_conv_a"), 5);
    EXPECT_EQ(output_bits(graph, "pool"), 7);
    EXPECT_EQ(output_bits(graph, "block2_sum"), 8);
    EXPECT_NEAR(integer_accuracy(graph, test, 1), as_float, 0.05);
    std::int64_t macs = 0;
    for (const auto& width : widths_of(*network))
        if (width.operand.name.find(".weight") != std::string::npos) macs += width.operand.macs;
    EXPECT_EQ(graph.macs(), macs);

    try {
        quantize_post_training(*network, {{"block9.middle", 4}}, 8);
        FAIL();
    } catch (const Error& problem) {
        EXPECT_NE(std::string(problem.what()).find("block1.middle"), std::string::npos);
    }
}

TEST(Operands, FewerBitsDivergeMoreAndSixteenHardly) {
    const auto data = squares(600, 1), test = squares(100, 2);
    auto network = trained(recipe_of(2, 16), data);
    observe(*network, first_images(data, 64));
    Divergence divergence(*network, test);
    std::vector<double> losses;
    for (const int bits : {16, 8, 5, 3}) {
        quantize_post_training(*network, {}, bits);
        losses.push_back(divergence().loss);
    }
    EXPECT_LT(losses[0], 1e-5);
    EXPECT_LT(losses[0], losses[1]);
    EXPECT_LT(losses[1], losses[2]);
    EXPECT_LT(losses[2], losses[3]);
}

// At 16 bits both operands' full scales make 2^31: a larger bias takes coarser weights instead of wrapping.
TEST(Operands, SixteenBitWeightsLeaveRoomForTheBias) {
    torch::manual_seed(5);
    QuantizedConv conv(2, 3, 3, 1, 1, WeightType::int8);
    torch::NoGradGuard guard;
    conv.set_bits(16);
    auto parameters = conv.named_parameters();
    const float largest = parameters["weight"].abs().max().item<float>();
    parameters["offset"].copy_(torch::tensor({0.0f, 8 * largest, -100 * largest}));
    const double input_scale = 1.0 / 65535;
    const auto folded = conv.fold(input_scale);
    for (int c = 0; c < 3; ++c) {
        EXPECT_LT(std::abs(folded.bias[c].item<double>()), 2147483648.0);
        const double offset = folded.bias[c].item<double>() * folded.scale[c].item<double>() * input_scale;
        EXPECT_NEAR(offset, parameters["offset"][c].item<double>(), 1e-6 * largest);
        const auto real = folded.weights[c].to(torch::kDouble) * folded.scale[c].item<double>();
        const auto wanted = parameters["weight"][c].to(torch::kDouble) / std::sqrt(1.00001);
        EXPECT_LE((real - wanted).abs().max().item<double>(), folded.scale[c].item<double>() * 0.51) << c;
    }
    EXPECT_GT(folded.weights[0].abs().max().item<float>(), 32000);
    EXPECT_LT(folded.weights[2].abs().max().item<float>(), 3000);
}

// The whole way of a recipe, and that it goes on where it was stopped.
TEST(Operands, SearchedRecipeContinuesToTheSameNetwork) {
    at::set_num_threads(1);
    const TemporaryDirectory directory;
    const auto data = squares(400, 1), test = squares(50, 2);
    Recipe start = small_recipe({int8}, 1, 0);
    start.name = "start";
    Recipe recipe = small_recipe({int8}, 0, 1);
    recipe.start = "start", recipe.frozen_statistics = true;
    recipe.held_out = 80, recipe.search_images = 40;
    recipe.loss_budget = 0.05, recipe.accuracy_budget = 0.1, recipe.epoch_images = 200;
    const auto start_of = [&](const std::string&) { return start; };
    RunOptions options;
    options.directory = directory.file("");
    const auto whole = run_recipe(recipe, start_of, data, test, options);
    ASSERT_TRUE(whole);
    for (const char* file : {"small.pt", "small.search"}) std::filesystem::remove(directory.file(file));

    int batches = 0;
    options.should_stop = [&] { return ++batches == 30; };
    std::shared_ptr<Network> network;
    int runs = 0;
    while (!(network = run_recipe(recipe, start_of, data, test, options)) && runs < 100) ++runs, batches = 0;
    ASSERT_GT(runs, 1);
    const auto first = whole->named_parameters(), second = network->named_parameters();
    for (const auto& item : first) EXPECT_TRUE(item.value().equal(second[item.key()])) << item.key();
}

}  // namespace
}  // namespace pimvp::training
