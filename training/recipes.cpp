// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/recipes.h"

#include "modules/core/error.h"
#include "training/recipes_compressed.h"
#include "training/recipes_sun.h"

namespace pimvp::training {
namespace {

constexpr Precision int8{WeightType::int8, 8}, int4{WeightType::int4, 4}, ternary{WeightType::ternary, 4},
    ternary_binary{WeightType::ternary, 1};

constexpr Precision dorefa(int weight_bits, int activation_bits) {
    return {weight_bits == 1 ? WeightType::dorefa1 : WeightType::dorefa2, activation_bits};
}

NetworkSpec single(Precision precision) {
    NetworkSpec spec;
    spec.paths = {precision};
    return spec;
}

// ResNet-20 for CIFAR-10 (He et al., CVPR 2016), with 1x1 convolutions as the two shortcuts that change
// shape.
NetworkSpec resnet20() {
    NetworkSpec spec = single(int8);
    spec.image_channels = 3, spec.image_size = 32;
    spec.widths = {16, 16, 16, 32, 32, 32, 64, 64, 64};
    spec.strides = {1, 1, 1, 2, 1, 1, 2, 1, 1};
    return spec;
}

NetworkSpec with_scores(NetworkSpec spec, int bits) {
    spec.score_bits = bits;
    return spec;
}

NetworkSpec dual(double share) {
    NetworkSpec spec;
    spec.paths = {int4, ternary_binary};
    spec.shares.assign(spec.widths.size(), share);
    return spec;
}

// Both paths in ResNet-20's shape.
NetworkSpec dual_resnet20(std::vector<double> shares) {
    NetworkSpec spec = resnet20();
    spec.paths = {int4, ternary_binary};
    for (auto& path : spec.paths) path.int8_shortcut = true;
    spec.shares = std::move(shares);
    return spec;
}

std::vector<Recipe> make_recipes() {
    std::vector<Recipe> all;
    const auto add = [&](const char* name, const char* summary, NetworkSpec network, const char* start,
                         int float_epochs, int epochs, double rate, int minutes) -> Recipe& {
        Recipe recipe;
        recipe.name = name, recipe.summary = summary, recipe.network = std::move(network),
        recipe.start = start;
        recipe.float_epochs = float_epochs, recipe.epochs = epochs, recipe.rate = rate;
        recipe.minutes = minutes;
        all.push_back(std::move(recipe));
        return all.back();
    };
    // 16 bits are not trained: they are as good as float, in which the same epochs are trained.
    const auto post_16 = [](Recipe& recipe, std::size_t held_out) {
        recipe.post_bits = 16, recipe.held_out = held_out;
        recipe.frozen_statistics = true;
        recipe.float_rate = recipe.rate;
    };
    const auto searched = [](Recipe& recipe, std::size_t held_out, std::size_t images, double loss) {
        recipe.held_out = held_out, recipe.search_images = images;
        recipe.loss_budget = loss, recipe.accuracy_budget = 0.01;
        recipe.frozen_statistics = true;
    };
    add("fmnist_float", "float weights and activations, the start of others", single(int4), "", 15, 0, 2e-3,
        9);
    add("fmnist_int4", "4-bit weights, 4-bit activations", single(int4), "fmnist_float", 0, 6, 1e-3, 5);
    add("fmnist_ternary", "ternary weights, 4-bit activations", single(ternary), "fmnist_float", 0, 8, 2e-3,
        6);
    add("fmnist_ternary_a1", "ternary weights, 1-bit activations", single(ternary_binary), "fmnist_float", 0,
        10, 2e-3, 8);
    add("fmnist_dualnet_25", "1/4 of the channels 4-bit, the others ternary weights and 1-bit activations",
        dual(0.25), "", 4, 12, 2e-3, 12);
    add("fmnist_dualnet_50_first", "first round of the next", dual(0.5), "", 5, 20, 2e-3, 18);
    add("fmnist_dualnet_50", "half of the channels 4-bit, the others ternary weights and 1-bit activations",
        dual(0.5), "fmnist_dualnet_50_first", 0, 12, 1.5e-3, 9);
    add("fmnist_dualnet_75", "3/4 of the channels 4-bit, the others ternary weights and 1-bit activations",
        dual(0.75), "", 4, 12, 2e-3, 12);
    post_16(add("fmnist_16bit", "16-bit weights and activations", with_scores(single(int8), 16),
                "fmnist_float", 3, 0, 3e-4, 2),
            5000);
    auto& layerwise = add("fmnist_layerwise", "bits of weights and activations layer by layer, by a search",
                          single(int8), "fmnist_float", 0, 3, 3e-4, 4);
    searched(layerwise, 5000, 2000, 0.01);
    layerwise.epoch_images = 20000;
    auto& cifar10 = add("cifar10_16bit", "ResNet-20, 16-bit weights and activations",
                        with_scores(resnet20(), 16), "", 0, 0, 1e-4, 1);
    post_16(cifar10, 1024);
    cifar10.dataset = "cifar10", cifar10.given_start = true;
    // Its weights are those of the former: at this budget nothing is left to train for.
    auto& cifar10_searched = add("cifar10_layerwise", "ResNet-20, bits layer by layer, by a search",
                                 resnet20(), "", 0, 0, 1e-4, 10);
    searched(cifar10_searched, 1024, 256, 0.004);
    cifar10_searched.dataset = "cifar10", cifar10_searched.given_start = true;
    add("fmnist_w1a1", "DoReFa-style: 1-bit weights -1, 1; 1-bit activations", single(dorefa(1, 1)),
        "fmnist_float", 0, 6, 2e-3, 4);
    add("fmnist_w1a2", "DoReFa-style: 1-bit weights, 2-bit activations", single(dorefa(1, 2)), "fmnist_float",
        0, 7, 2e-3, 5);
    add("fmnist_w1a4", "DoReFa-style: 1-bit weights, 4-bit activations", single(dorefa(1, 4)), "fmnist_float",
        0, 10, 2e-3, 7);
    add("fmnist_w1a8", "DoReFa-style: 1-bit weights, 8-bit activations", single(dorefa(1, 8)), "fmnist_float",
        0, 10, 2e-3, 7);
    add("fmnist_w2a2", "DoReFa-style: 2-bit weights -3, -1, 1, 3; 2-bit activations", single(dorefa(2, 2)),
        "fmnist_float", 0, 10, 2e-3, 7);
    auto dorefa_resnet20 = resnet20();
    dorefa_resnet20.paths = {dorefa(1, 4)};
    dorefa_resnet20.paths[0].int8_shortcut = true;  // the given ones are mostly zeros
    auto& cifar10_dorefa = add("cifar10_w1a4", "ResNet-20, DoReFa-style: 1-bit weights, 4-bit activations",
                               dorefa_resnet20, "", 0, 5, 2e-3, 12);
    cifar10_dorefa.dataset = "cifar10", cifar10_dorefa.given_start = true;
    cifar10_dorefa.distilled = 0.9, cifar10_dorefa.epoch_images = 10000;
    const auto resnet20_of = [](Precision precision) {
        auto spec = resnet20();
        spec.paths = {precision};
        spec.paths[0].int8_shortcut = true;
        return spec;
    };
    const auto taught = [](Recipe& recipe) {
        recipe.dataset = "cifar10", recipe.given_start = true;
        recipe.distilled = 0.9, recipe.epoch_images = 10000;
    };
    taught(add("cifar10_int4", "ResNet-20, 4-bit weights, 4-bit activations", resnet20_of(int4), "", 0, 4,
               1e-3, 10));
    taught(add("cifar10_ternary", "ResNet-20, ternary weights, 4-bit activations", resnet20_of(ternary), "",
               0, 8, 2e-3, 20));
    auto& cifar10_dualnet =
        add("cifar10_dualnet",
            "ResNet-20, half of the channels 4-bit, the others ternary weights and 1-bit activations",
            dual_resnet20(std::vector<double>(9, 0.5)), "", 2, 8, 2e-3, 12);
    taught(cifar10_dualnet);
    cifar10_dualnet.float_rate = 2e-3;
    auto& fmnist_shares = add("fmnist_share_search", "search of the 4-bit path's share of the channels",
                              dual(0.5), "fmnist_float", 0, 6, 2e-3, 8);
    fmnist_shares.held_out = 5000, fmnist_shares.share_candidates = 60;
    auto found = dual(0.5);
    found.shares = {0.125, 0.875, 0.5};
    add("fmnist_dualnet_search_first", "first round of the next", found, "", 5, 20, 2e-3, 18);
    add("fmnist_dualnet_search", "two paths, the 4-bit one's shares by fmnist_share_search", found,
        "fmnist_dualnet_search_first", 0, 12, 1.5e-3, 9);
    auto& cifar10_shares = add("cifar10_share_search", "the same for ResNet-20",
                               dual_resnet20(std::vector<double>(9, 0.5)), "", 0, 3, 2e-3, 12);
    taught(cifar10_shares);
    cifar10_shares.held_out = 1000, cifar10_shares.share_candidates = 40;
    add_compressed(all);
    add_sun(all);
    return all;
}

}  // namespace

const std::vector<Recipe>& recipes() {
    static const std::vector<Recipe> all = make_recipes();
    return all;
}

const Recipe& find_recipe(const std::string& name) {
    std::string known;
    for (const auto& recipe : recipes()) {
        if (recipe.name == name) return recipe;
        known += " " + recipe.name;
    }
    throw Error("recipe '" + name + "': expected one of" + known);
}

}  // namespace pimvp::training
