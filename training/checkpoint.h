// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/optim/adamw.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "training/network.h"

namespace pimvp::training {

/// Where a run is. The weights and the optimiser's moments go into the same file.
struct Checkpoint {
    std::string identity;  // recipe, network, seed, epochs, images; loading compares it when it is not empty
    std::uint64_t epoch = 0, batch = 0;    // the next batch to train on
    std::vector<double> sums = {0, 0, 0};  // loss, right answers, images of the epoch so far
    std::vector<double> history;           // loss, train accuracy, test accuracy per epoch
    bool finished = false;
    std::vector<std::pair<std::string, torch::Tensor>> constraints;  // Admm::state, empty without ADMM
};

bool checkpoint_exists(const std::string& file);

/// Whether the file is there and its run came to its end. Throws Error if it is unreadable.
bool checkpoint_finished(const std::string& file);

/// Writes FILE.tmp, then renames it: a kill at any time leaves the old file or the new one. Throws Error if
/// it cannot.
void save_checkpoint(const std::string& file, const Checkpoint& state, const Network& network,
                     const torch::optim::AdamW& optimizer);

/// `optimizer` may be null; then constraints are not read, else those that `state` names are. Throws Error if
/// the file is unreadable, of another network or of another run.
void load_checkpoint(const std::string& file, Checkpoint& state, Network& network,
                     torch::optim::AdamW* optimizer);

}  // namespace pimvp::training
