// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a recipe's compression means for a network's layers.
#pragma once

#include <torch/types.h>

#include <string>
#include <vector>

#include "training/recipes.h"

namespace pimvp::training {

/// Filters and columns of the targets rounded up to whole tiles of the engine, as far as `tile` says so.
Compression rounded(Network& network, Compression compression);

/// The constraints of a recipe on the weights of the network. Where one layer alone reads another's filters,
/// it loses the input channels of those that the target leaves out, and its own target counts what is left.
/// Throws Error for a layer that the network does not have and for targets beyond its structures.
Admm constraints(Network& network, const Compression& compression);

/// Projects the weights for good, target by target: of the filters and of the inputs that stay, the columns
/// that weigh most. Filters without weights lose their normalisation's offset, so that what they feed reads
/// zero. Levels: each layer's step becomes the projection's.
void project(Network& network, const Compression& compression);

std::string describe(const Compression& compression);

/// Weights that are zero now, and the normalisation of filters that have no other, stay so.
class HeldZeros {
  public:
    HeldZeros() = default;
    explicit HeldZeros(Network& network);
    /// After each step of an optimiser.
    void apply() const;

  private:
    struct Held {
        torch::Tensor values, mask;
    };
    std::vector<Held> held_;
};

}  // namespace pimvp::training
