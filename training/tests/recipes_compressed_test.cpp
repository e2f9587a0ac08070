// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Shipped recipes of compressed networks do what their summaries say.
#include "training/recipes_compressed.h"

#include <cmath>
#include <regex>

#include "training/cleanup.h"
#include "training/compress.h"
#include "training/tests/fixtures.h"

namespace pimvp::training {
namespace {

std::vector<Recipe> compressed() {
    std::vector<Recipe> found;
    add_compressed(found);
    return found;
}

const Recipe* named(const std::vector<Recipe>& recipes, const std::string& name) {
    for (const auto& recipe : recipes)
        if (recipe.name == name) return &recipe;
    return nullptr;
}

// Shortcuts of given weights pass channels on: all other weights are zero.
void as_given(const Recipe& recipe, Network& network) {
    if (!recipe.given_start) return;
    torch::NoGradGuard guard;
    for (auto& item : network.named_parameters()) {
        if (item.key().find("shortcut.weight") == std::string::npos) continue;
        auto weight = item.value();
        weight.zero_();
        for (std::int64_t c = 0; c < weight.size(1); ++c) weight[c][c].fill_(1.0);
    }
}

std::int64_t weights_of(const Network& network, bool all) {
    std::int64_t count = 0;
    for (const auto& item : network.named_parameters())
        if (item.value().dim() > 1)
            count += all ? item.value().numel() : item.value().ne(0).sum().item<int>();
    return count;
}

// Filters of a layer.
std::int64_t filter_count(const Network& network, const std::string& layer) {
    return network.named_parameters()[layer + ".weight"].size(0);
}

// Multiply-accumulates of all weights, from the sizes alone.
std::int64_t macs_of(const NetworkSpec& spec) {
    std::int64_t sum = 0, in = spec.image_channels, size = spec.image_size;
    const auto layer = [&](const PlainLayer& plain) {
        size = size + 2 * plain.pad - plain.kernel + 1;
        sum += in * plain.width * plain.kernel * plain.kernel * size * size;
        in = plain.width, size /= plain.pool;
    };
    layer(spec.stem);
    for (const auto& plain : spec.plain) layer(plain);
    for (std::size_t b = 0; b < spec.widths.size(); ++b) {
        const std::int64_t out = spec.widths[b];
        size = (size + spec.stride(b) - 1) / spec.stride(b);
        sum += (in + out) * out * 9 * size * size;
        if (in != out || spec.stride(b) != 1) sum += in * out * size * size;
        in = out;
    }
    return sum + in * spec.classes;
}

// As the recipes follow each other: one that starts from another keeps its zeros.
void project_along(const std::vector<Recipe>& recipes, const Recipe& recipe, Network& network) {
    if (const auto* start = named(recipes, recipe.start)) project_along(recipes, *start, network);
    project(network, recipe.compression);
}

TEST(CompressedRecipes, TargetsGiveTheRateOfTheSummary) {
    // By hand: weights, and those that remain.
    const std::map<std::string, std::pair<int, int>> by_hand = {
        {"lenet5_mnist_admm37_pruned", {430500, 11396}},
        {"lenet5_fmnist_admm37_pruned", {430500, 11396}},
        {"cifar10_resnet20_admm2_pruned", {270896, 150240}},
        {"cifar10_resnet20_admm3_pruned", {270896, 85472}},
        {"cifar10_resnet20_admm6_pruned", {270896, 42976}},
        {"cifar10_resnet20_admm10_pruned", {270896, 26592}},
        {"cifar10_resnet20_admm18_pruned", {270896, 14720}},
        {"lenet5_mnist_admm100_pruned", {430500, 3944}},
        {"lenet5_mnist_unstructured_pruned", {430500, 11000}},
        {"cifar10_vgg7_admm3_pruned", {72496, 24548}}};
    const auto recipes = compressed();
    std::size_t checked = 0;
    for (const auto& recipe : recipes) {
        SCOPED_TRACE(recipe.name);
        torch::manual_seed(1);
        Network network(recipe.network), after_others(recipe.network);
        as_given(recipe, network);
        as_given(recipe, after_others);
        EXPECT_NO_THROW(constraints(network, recipe.compression));
        if (recipe.compression.targets.empty()) continue;
        const auto dense = weights_of(network, true);
        project(network, recipe.compression);
        project_along(recipes, recipe, after_others);
        const auto left = weights_of(network, false), left_along = weights_of(after_others, false);
        const double rate = static_cast<double>(dense) / static_cast<double>(left);
        // Columns that an earlier step took away may be of filters that a later one keeps.
        EXPECT_LE(left_along, left);
        EXPECT_GE(static_cast<double>(left_along), 0.95 * static_cast<double>(left));
        std::smatch claimed;
        ASSERT_TRUE(std::regex_search(recipe.summary, claimed, std::regex("([0-9.]+) times fewer")));
        EXPECT_NEAR(rate / std::stod(claimed[1]), 1.0, 0.03) << recipe.summary;
        if (const auto hand = by_hand.find(recipe.name); hand != by_hand.end()) {
            EXPECT_EQ(dense, hand->second.first);
            EXPECT_EQ(left, hand->second.second);
            ++checked;
        }
    }
    EXPECT_EQ(checked, by_hand.size());
}

// What stays of filters is what clean-up keeps: random weights are far from zero.
TEST(CompressedRecipes, CleanUpLeavesTheFiltersOfTheTargets) {
    for (const auto& recipe : compressed()) {
        bool whole = !recipe.compression.targets.empty();
        for (const auto& target : recipe.compression.targets) whole &= target.structure != Structure::weight;
        if (!whole) continue;
        SCOPED_TRACE(recipe.name);
        torch::manual_seed(2);
        Network network(recipe.network);
        network.train();
        {
            torch::NoGradGuard guard;
            project(network, recipe.compression);
            network.forward(torch::rand(
                {4, recipe.network.image_channels, recipe.network.image_size, recipe.network.image_size}));
        }
        network.eval();
        const UsedChannels used(network);
        for (const auto& target : recipe.compression.targets) {
            if (target.structure != Structure::filter) continue;
            const auto end = target.layer.rfind(".conv");
            const bool inner = target.layer.find(".conv_a") != std::string::npos;
            const auto kept = used.of(target.layer.substr(0, end) + (inner ? ".middle" : ""));
            if (!kept.defined()) {  // all of them
                EXPECT_EQ(target.keep, filter_count(network, target.layer)) << target.layer;
                continue;
            }
            EXPECT_LE(kept.numel(), target.keep) << target.layer;
            EXPECT_GE(kept.numel(), target.keep - 1) << target.layer;  // coarse levels may leave one out
        }
    }
}

TEST(CompressedRecipes, StepsFollowEachOther) {
    const auto recipes = compressed();
    for (const auto& recipe : recipes) {
        SCOPED_TRACE(recipe.name);
        const bool cifar10 = recipe.dataset == "cifar10";
        // Networks from given weights are tuned for a short time only.
        if (!recipe.given_start) {
            EXPECT_LE(macs_of(recipe.network), cifar10 ? 15000000 : 2300000);
        }
        EXPECT_EQ(recipe.mirrored, recipe.dataset != "mnist");  // a mirrored digit is none
        EXPECT_GT(recipe.minutes, 0);
        if (recipe.start.empty()) continue;
        const auto* start = named(recipes, recipe.start);
        ASSERT_NE(start, nullptr) << recipe.start;
        EXPECT_EQ(start->dataset, recipe.dataset);
        if (!start->compression.targets.empty()) {
            EXPECT_TRUE(recipe.held_zeros);
        }
        if (!recipe.compression.targets.empty()) {
            EXPECT_EQ(recipe.epochs, 0);  // in float: the quantised one starts from it
            EXPECT_LT(recipe.admm_epochs(), recipe.float_epochs);
            EXPECT_GT(recipe.admm_epochs(), 0);
            const auto* quantised = named(recipes, recipe.name.substr(0, recipe.name.rfind("_pruned")));
            ASSERT_NE(quantised, nullptr);
            EXPECT_EQ(quantised->start, recipe.name);
            EXPECT_TRUE(quantised->compression.levels);
            EXPECT_GT(quantised->epochs, 0);
        }
    }
    EXPECT_EQ(macs_of(named(recipes, "lenet5_mnist_int4")->network), 2293000);
    EXPECT_NE(named(recipes, "cifar10_vgg7_float"), nullptr);
}

}  // namespace
}  // namespace pimvp::training
