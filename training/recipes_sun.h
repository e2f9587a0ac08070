// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "training/recipes.h"

namespace pimvp::training {

/// Networks whose groups of 16 inputs by 16 filters are pruned, and whose filters have widths that pair to 8
/// bits: on Fashion-MNIST, and a VGG type and ResNet-20 on CIFAR-10. Behind recipes.cpp's and
/// recipes_compressed.cpp's, whose float networks they start from.
void add_sun(std::vector<Recipe>& recipes);

}  // namespace pimvp::training
