// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Group pruning and widths by filter, from the penalty to the exported file.
#include "modules/core/error.h"
#include "networks/executor.h"
#include "networks/import.h"
#include "training/batches.h"
#include "training/compress.h"
#include "training/evaluate.h"
#include "training/export_onnx.h"
#include "training/filter_widths.h"
#include "training/recipes_sun.h"
#include "training/run_recipe.h"
#include "training/tests/fixtures.h"
#include "training/tests/onnx_layers.h"
#include "training/trainer.h"

namespace pimvp::training {
namespace {

// Blocks of 16 and 32 channels behind a stem of 16: 9 + 9 groups, then 18 + 36 and a shortcut of 2.
Recipe pruning() {
    Recipe recipe = small_recipe({{WeightType::paired, 4}}, 2, 0);
    recipe.name = "pruned";
    recipe.network.stem.width = 16;
    recipe.network.stem.weights = WeightType::paired;
    recipe.network.widths = {16, 32};
    recipe.network.strides = {2, 2};
    recipe.compression.groups = {0.5, 2.0, {}};
    recipe.compression.epochs = 1;
    recipe.compression.steady = true;
    return recipe;
}

constexpr std::int64_t groups = 9 + 9 + 1 + 18 + 36 + 2;

Recipe quantised() {
    Recipe recipe = pruning();
    recipe.name = "quantised", recipe.start = "pruned";
    recipe.compression = {};
    recipe.float_epochs = 0, recipe.epochs = 2;
    recipe.held_zeros = true;
    recipe.width_images = 64;
    return recipe;
}

std::shared_ptr<Network> run(const std::string& directory, std::function<bool()> should_stop = nullptr) {
    at::set_num_threads(1);
    RunOptions options;
    options.directory = directory;
    options.should_stop = std::move(should_stop);
    static const net::Dataset data = squares(400, 1), test = squares(100, 2);
    return run_recipe(
        quantised(), [](const std::string&) { return pruning(); }, data, test, options);
}

TEST(Sun, TrainingPrunesGroupsKeepsThemAndPairsWidths) {
    const TemporaryDirectory directory;
    const auto network = run(directory.file(""));
    ASSERT_TRUE(network);
    const auto count = count_groups(*network, {});
    EXPECT_EQ(count.all, groups);
    EXPECT_GE(count.zero, groups / 2);  // the penalty's last step may have made more than one group zero
    EXPECT_LE(count.zero, groups / 2 + 3);
    // The stem, whose only group is its window, and the classifier are dense.
    EXPECT_EQ(network->stem->weight().eq(0).sum().item<int>(), 0);

    // The mask is that of the float network.
    Network pruned(pruning().network);
    load_weights(pruned, directory.file("pruned.pt"));
    const auto weights = network->named_parameters();
    int layers = 0;
    for (const auto& item : pruned.named_parameters()) {
        if (item.value().dim() != 4) continue;
        ++layers;
        EXPECT_TRUE(item.value().eq(0).equal(weights[item.key()].eq(0))) << item.key();
    }
    EXPECT_EQ(layers, 7);

    const std::string file = directory.file("net.onnx");
    export_onnx(*network, "net", file, "", false);
    const auto exported = read_layers(file);
    const auto graph = net::import_network(file);
    const auto bits_of = [&](const std::string& name) {
        for (const auto& node : graph.nodes)
            if (node.name == name)
                return node.filter_bits.empty() ? std::vector<int>(node.bias.size(), node.weight_type.bits)
                                                : node.filter_bits;
        ADD_FAILURE() << name;
        return std::vector<int>();
    };
    const struct {
        const char* name;
        const QuantizedConv* conv;
        double input_scale;
    } convs[] = {{"stem", network->stem.get(), pixel_scale},
                 {"block1_conv_a", network->blocks[0]->paths[0]->conv_a.get(), network->stem_output->scale()},
                 {"block2_conv_b", network->blocks[1]->paths[0]->conv_b.get(),
                  network->blocks[1]->paths[0]->middle->scale()}};
    for (const auto& item : convs) {
        auto file_name = std::string(item.name);
        if (const auto at = file_name.find('_'); at != std::string::npos) file_name[at] = '.';
        const auto folded = item.conv->fold(item.input_scale);
        const auto& layer = exported.layers.at(file_name);
        const auto integers = folded.weights.flatten().to(torch::kInt).contiguous();
        EXPECT_EQ(layer.weights,
                  std::vector<int>(integers.data_ptr<int>(), integers.data_ptr<int>() + integers.numel()));
        const auto bits = bits_of(item.name);
        ASSERT_EQ(static_cast<std::int64_t>(bits.size()), folded.bits.numel());
        for (std::size_t first = 0; first < bits.size(); first += paired_filters) {
            int of[9] = {};
            for (std::size_t f = first; f < first + paired_filters; ++f) {
                ++of[bits[f]];
                EXPECT_EQ(bits[f], item.conv->filter_bits()[static_cast<std::int64_t>(f)].item<int>());
            }
            EXPECT_EQ(of[2], of[6]);
            EXPECT_EQ(of[3], of[5]);
            EXPECT_EQ(of[4] % 2, 0);
            EXPECT_EQ(of[2] + of[3] + of[4] + of[5] + of[6], paired_filters);
        }
    }
    const auto test = squares(100, 2);
    EXPECT_NEAR(integer_accuracy(graph, test, 1), accuracy(*network, test), 0.02);
    EXPECT_EQ(exported.operators.at("Max"), 7);
    EXPECT_EQ(exported.operators.at("Min"), 7);
}

TEST(Sun, InterruptedTrainingGivesTheSameWeights) {
    const TemporaryDirectory directory;
    std::filesystem::create_directories(directory.file("whole"));
    std::filesystem::create_directories(directory.file("parts"));
    const auto whole = run(directory.file("whole"));
    std::shared_ptr<Network> parts;
    for (int round = 0; round < 20 && !parts; ++round) {
        int batches = 0;
        parts = run(directory.file("parts"), [&] { return ++batches == 3; });
    }
    ASSERT_TRUE(whole && parts);
    const auto weights = whole->named_parameters(), buffers = whole->named_buffers();
    for (const auto& item : parts->named_parameters())
        EXPECT_TRUE(item.value().equal(weights[item.key()])) << item.key();
    for (const auto& item : parts->named_buffers())
        EXPECT_TRUE(item.value().equal(buffers[item.key()])) << item.key();
}

TEST(Sun, ThePenaltyMakesGroupsSmall) {
    Network network(pruning().network), other(pruning().network);
    const auto target = pruning().compression.groups;
    {
        torch::NoGradGuard guard;
        auto to = other.named_parameters();
        for (const auto& item : network.named_parameters()) to[item.key()].copy_(item.value());
    }
    shrink(network, target, 0.1);
    const auto before = other.blocks[0]->paths[0]->conv_a->weight(),
               after = network.blocks[0]->paths[0]->conv_a->weight();
    const auto norms = group_norms(before, {}), found = group_norms(after, {});
    const double square = norms.square().mean().item<double>();
    const auto largest = norms.argmax(1)[0].item<std::int64_t>();  // one tile, whose largest group stays
    for (std::int64_t g = 0; g < norms.size(1); ++g) {
        const double norm = norms[0][g].item<double>();
        EXPECT_NEAR(found[0][g].item<double>(),
                    g == largest ? norm : std::max(0.0, norm - 0.1 * 2.0 * square / norm), 1e-5);
    }
    EXPECT_TRUE(network.stem->weight().equal(other.stem->weight()));
    EXPECT_EQ(count_groups(network, {}).zero, 0);
}

// Convolutions in groups of 16 x 16, by hand.
TEST(SunRecipes, HaveTheGroupsAndWidthsThatTheySay) {
    const struct {
        const char* name;
        std::int64_t all, zero;
    } cases[] = {
        {"fmnist_sun_pruned", 9 + 9 + 1 + 18 + 36 + 2 + 72 + 144 + 8, 155},
        {"cifar10_sun_vgg7_pruned", 9 + 18 + 36 + 72 + 144, 139},
        {"cifar10_sun_resnet20_pruned", 6 * 9 + 18 + 5 * 36 + 72 + 5 * 144, 522},
    };
    for (const auto& item : cases) {
        const Recipe& recipe = find_recipe(item.name);
        torch::manual_seed(1);
        Network network(recipe.network);
        EXPECT_EQ(count_groups(network, recipe.compression.groups.shape).all, item.all) << item.name;
        project(network, recipe.compression);
        EXPECT_EQ(count_groups(network, {}).zero, item.zero) << item.name;
        EXPECT_GE(2 * item.zero, item.all - 1);
        const Recipe& second = find_recipe(recipe.name.substr(0, recipe.name.size() - 7));
        EXPECT_EQ(second.start, recipe.name);
        EXPECT_EQ(second.network.describe(), recipe.network.describe());
        EXPECT_TRUE(second.held_zeros);
        EXPECT_GT(second.width_images, 0u);
        EXPECT_EQ(second.network.paths[0].activation_bits, 4);
    }
    EXPECT_EQ(find_recipe("fmnist_int8").network.widths, find_recipe("fmnist_sun").network.widths);
    EXPECT_EQ(find_recipe("fmnist_sun").teacher, "fmnist_float");
}

}  // namespace
}  // namespace pimvp::training
