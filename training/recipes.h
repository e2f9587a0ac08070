// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "training/network.h"

namespace pimvp::training {

/// How a shipped network is made. Epochs in float come first and have a learning-rate schedule of their own.
struct Recipe {
    std::string name, summary;
    NetworkSpec network;
    std::string start;         // recipe whose weights this one starts from; "" = from random weights
    int float_epochs = 0;      // ahead of quantisation
    int epochs = 0;            // quantised
    double float_rate = 4e-3;  // peak learning rates of AdamW
    double rate = 2e-3;
    double weight_decay = 0.02;
    int minutes = 0;  // on one core of a 2021 server, without the recipe it starts from
};

const std::vector<Recipe>& recipes();

/// Throws Error that lists the names.
const Recipe& find_recipe(const std::string& name);

}  // namespace pimvp::training
