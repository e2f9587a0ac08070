// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "training/recipes.h"

namespace pimvp::training {

/// Networks that ADMM compresses: LeNet-5 on MNIST and Fashion-MNIST, ResNet-20 and a VGG type on CIFAR-10,
/// dense and pruned to one or several degrees.
void add_compressed(std::vector<Recipe>& recipes);

}  // namespace pimvp::training
