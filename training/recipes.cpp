// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/recipes.h"

#include "modules/core/error.h"

namespace pimvp::training {
namespace {

constexpr Precision int4{WeightType::int4, 4}, ternary{WeightType::ternary, 4},
    ternary_binary{WeightType::ternary, 1};

NetworkSpec single(Precision precision) {
    NetworkSpec spec;
    spec.paths = {precision};
    return spec;
}

NetworkSpec dual(double share) {
    NetworkSpec spec;
    spec.paths = {int4, ternary_binary};
    spec.shares.assign(spec.widths.size(), share);
    return spec;
}

std::vector<Recipe> make_recipes() {
    std::vector<Recipe> all;
    const auto add = [&](const char* name, const char* summary, NetworkSpec network, const char* start,
                         int float_epochs, int epochs, double rate, int minutes) {
        Recipe recipe;
        recipe.name = name, recipe.summary = summary, recipe.network = std::move(network),
        recipe.start = start;
        recipe.float_epochs = float_epochs, recipe.epochs = epochs, recipe.rate = rate;
        recipe.minutes = minutes;
        all.push_back(std::move(recipe));
    };
    add("fmnist_float", "float weights and activations, the start of three others", single(int4), "", 15, 0,
        2e-3, 9);
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
