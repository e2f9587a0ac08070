// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "platforms/common/claim.h"

namespace pimvp::dualpim {

/// The same publications as of claims(), against ResNet-20 on CIFAR-10: one DualNet, half of the channels on
/// each path, and its single-precision baselines. Their energies and times are those of two images, their
/// accuracies those of all images by the reference executor.
void add_cifar10(ClaimGroup& group, ClaimTable& table);

/// Energy of the three networks, main memory apart; nothing where they were left out.
std::string cifar10_table(const Measured& measured);

}  // namespace pimvp::dualpim
