// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/recipes_sun.h"

#include <utility>

#include "modules/core/error.h"

namespace pimvp::training {
namespace {

constexpr Precision paired{WeightType::paired, 4}, int8{WeightType::int8, 8};

Recipe named(std::string name, std::string summary, NetworkSpec network, std::string start) {
    Recipe recipe;
    recipe.name = std::move(name), recipe.summary = std::move(summary);
    recipe.network = std::move(network), recipe.start = std::move(start);
    return recipe;
}

NetworkSpec network_of(const std::vector<Recipe>& recipes, const std::string& name) {
    for (const auto& recipe : recipes)
        if (recipe.name == name) return recipe.network;
    throw Error("recipe " + name + ": expected it ahead of those that take its network");
}

/// Two recipes, NAME_pruned in float and NAME, and what they have in common.
struct Pair {
    std::string name, summary;
    NetworkSpec network;
    std::string start;  // a float network; "": given weights
    std::string dataset = "fashion-mnist";
    std::size_t epoch_images = 0;
    double distilled = 0;
    double sparsity = 0.5, penalty = 1;
    int penalised = 3, retrained = 8, quantised = 8;  // epochs
    std::size_t width_images = 4096;
    int minutes = 0, minutes_quantised = 0;
};

void add(std::vector<Recipe>& recipes, const Pair& pair) {
    const auto common = [&](Recipe recipe) {
        recipe.dataset = pair.dataset, recipe.epoch_images = pair.epoch_images;
        recipe.distilled = pair.distilled;
        recipe.given_start = pair.start.empty();
        if (pair.distilled != 0) recipe.teacher = pair.start;
        recipe.weight_decay = 0;
        return recipe;
    };
    Recipe first =
        common(named(pair.name + "_pruned", pair.summary + ": first step", pair.network, pair.start));
    first.float_epochs = pair.penalised + pair.retrained, first.float_rate = 2e-3;
    first.compression.groups = {pair.sparsity, pair.penalty, {}};
    first.compression.epochs = pair.penalised;
    first.compression.steady = true;
    first.minutes = pair.minutes;
    recipes.push_back(first);
    Recipe second = common(named(pair.name, pair.summary, pair.network, first.name));
    second.epochs = pair.quantised, second.rate = 1e-3;
    second.held_zeros = true;
    second.width_images = pair.width_images;
    second.minutes = pair.minutes_quantised;
    recipes.push_back(second);
}

}  // namespace

void add_sun(std::vector<Recipe>& recipes) {
    NetworkSpec dense;
    dense.paths = {int8};
    Recipe baseline = named("fmnist_int8", "8-bit weights, 8-bit activations", dense, "fmnist_float");
    baseline.epochs = 6, baseline.rate = 1e-3, baseline.minutes = 5;
    recipes.push_back(baseline);

    // All layers: the mean of all weights is 4 bits.
    Pair fmnist{
        "fmnist_sun", "group-pruned, filters of 2..6 bits in pairs, 4-bit activations", {}, "fmnist_float"};
    fmnist.network.paths = {paired};
    fmnist.network.stem.weights = WeightType::paired;
    fmnist.network.classifier_bits = 4;
    fmnist.distilled = 0.9;
    fmnist.sparsity = 0.52, fmnist.penalty = 1.2;
    fmnist.penalised = 5, fmnist.retrained = 10, fmnist.quantised = 30;
    fmnist.minutes = 11, fmnist.minutes_quantised = 28;
    add(recipes, fmnist);

    Pair vgg7{"cifar10_sun_vgg7", "VGG type, group-pruned, filters of 2..6 bits in pairs, 4-bit activations",
              network_of(recipes, "cifar10_vgg7_float"), "cifar10_vgg7_float"};
    vgg7.network.paths = {paired};
    for (auto& layer : vgg7.network.plain) layer.weights = WeightType::paired;
    vgg7.dataset = "cifar10", vgg7.epoch_images = 20000;
    vgg7.penalty = 2;
    vgg7.penalised = 3, vgg7.retrained = 9, vgg7.quantised = 8;
    vgg7.minutes = 8, vgg7.minutes_quantised = 6;
    add(recipes, vgg7);

    Pair resnet20{"cifar10_sun_resnet20",
                  "ResNet-20, group-pruned, filters of 2..6 bits in pairs, 4-bit activations",
                  network_of(recipes, "cifar10_int4"), ""};
    resnet20.network.paths = {paired};
    resnet20.network.paths[0].int8_shortcut = true;  // the given ones are mostly zeros
    resnet20.dataset = "cifar10", resnet20.epoch_images = 10000;
    resnet20.distilled = 0.9;
    resnet20.penalty = 4;
    resnet20.penalised = 2, resnet20.retrained = 5, resnet20.quantised = 5;
    resnet20.width_images = 2048;
    resnet20.minutes = 9, resnet20.minutes_quantised = 7;
    add(recipes, resnet20);
}

}  // namespace pimvp::training
