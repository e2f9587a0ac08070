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

/// The constraints of a recipe on the weights of the network, a target's by the name of constraint_name.
/// Where one layer alone reads another's filters, it loses the input channels of those that the target's Z
/// leaves out. Targets choose among what earlier targets of the layer and its inputs leave, as Z has it: one
/// decision for each, whoever follows it. Throws Error for a layer that the network does not have and for
/// targets beyond its structures.
Admm constraints(Network& network, const Compression& compression);

std::string constraint_name(const LayerTarget& target);

/// Penalty on groups: its proximal step for one step of an optimiser at this learning rate. Nothing without
/// `groups`, and once the target is reached.
void shrink(Network& network, const GroupTarget& groups, double rate);

/// Of the groups that `groups` may zero, over all layers.
struct GroupCount {
    std::int64_t zero = 0, all = 0;
    double share() const { return static_cast<double>(zero) / static_cast<double>(all); }
};
GroupCount count_groups(Network& network, GroupShape shape);

/// Projects the weights for good onto the structures that Z has, and the inputs that these feed; or leaves
/// out the smallest groups. Filters without weights lose their normalisation's offset, so that what they feed
/// reads zero. Levels: each layer's step becomes the projection's. Without `admm`: what constraints() chooses
/// from the weights as they are.
void project(Network& network, const Compression& compression, const Admm& admm);
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
