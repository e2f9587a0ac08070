// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>

#include "networks/dataset.h"
#include "training/recipes.h"

namespace pimvp::training {

struct RunOptions {
    std::string directory;      // checkpoints and states of searches, by recipe
    std::string given_weights;  // folder, for recipes that start from given weights
    std::uint64_t seed = 1;
    std::ostream* log = nullptr;
    std::function<bool()> should_stop;
};

/// Makes a recipe's network: the recipes that it starts from, the search of widths, training, post-training
/// quantisation; continues what it finds in the directory. Null if it was stopped. `start_of` gives the
/// recipe behind a name.
std::shared_ptr<Network> run_recipe(const Recipe& recipe,
                                    const std::function<Recipe(const std::string&)>& start_of,
                                    const net::Dataset& training_data, const net::Dataset& test_data,
                                    const RunOptions& options);

}  // namespace pimvp::training
