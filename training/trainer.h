// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "networks/dataset.h"
#include "training/recipes.h"

namespace pimvp::training {

/// Networks that take their weights from the one that is trained, another one for every batch.
struct WeightSharing {
    std::function<Network&(std::uint64_t epoch, std::uint64_t batch)> network;  // the weights as they are now
    std::function<void()> give_back;   // its gradients to the one that is trained, behind the backward pass
    std::function<double()> accuracy;  // at the end of an epoch
};

struct TrainOptions {
    std::string checkpoint;      // file that is resumed from and written to; "" = none
    Network* teacher = nullptr;  // float network in evaluation mode, where the recipe is distilled
    const WeightSharing* sharing = nullptr;
    std::uint64_t seed = 1;
    std::size_t batch = 128;
    std::ostream* log = nullptr;
    std::function<bool()> should_stop;  // asked after each batch; true: write the checkpoint and return
};

struct EpochResult {
    double loss = 0, train_accuracy = 0, test_accuracy = 0;  // accuracies as fractions
};

struct TrainResult {
    std::vector<EpochResult> epochs;  // all since the start, also those before a resume
    bool finished = false;
};

/// Trains `network` in place by the recipe's schedule. A checkpoint of the same run (recipe, seed, epochs,
/// images) is continued such that the weights come out as without the interruption; one of another run throws
/// Error. The same number of threads gives the same weights.
TrainResult train(Network& network, const Recipe& recipe, const net::Dataset& training_data,
                  const net::Dataset& test_data, const TrainOptions& options);

/// Fraction of right answers in evaluation mode: the folded integers, in float arithmetic.
double accuracy(Network& network, const net::Dataset& data);

/// What makes two runs the same: recipe, network, seed, epochs, images. `data`: name of the data set.
std::string run_identity(const Recipe& recipe, const std::string& data, std::size_t images,
                         const TrainOptions& options);

/// Reads the weights of a finished checkpoint. Throws Error if it is missing, unreadable, unfinished, of
/// another shape or of another run than `identity`; "" = of any.
void load_weights(Network& network, const std::string& checkpoint, const std::string& identity = "");

}  // namespace pimvp::training
