// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "networks/dataset.h"
#include "training/run_recipe.h"
#include "training/share_search.h"

namespace pimvp::training {

struct FindSharesOptions {
    RunOptions run;
    std::string pimvp;     // program that simulates: `pimvp run dualpim`
    std::string data_dir;  // of the data set, for that program; "" = its own choice
    /// J per inference, or a network file that needs as much; "" = the recipe's own shares'.
    std::string budget;
};

/// Energy per inference in J of a network file on platform dualpim, by simulation of one image; infinite
/// where a tensor does not fit the platform's buffers. Throws Error with what else the program says is wrong.
double simulated_energy(const std::string& file, const FindSharesOptions& options);

/// Trains the recipe's shared weights (shared_parent.h) and searches shares (share_search.h): accuracy on the
/// held-out training images, with the shared weights as they are and statistics of their own; energy by
/// simulation. Both continue what they find in the directory.
ShareSearchResult find_shares(const Recipe& recipe, const std::function<Recipe(const std::string&)>& start_of,
                              const net::Dataset& training_data, const net::Dataset& test_data,
                              const FindSharesOptions& options);

}  // namespace pimvp::training
