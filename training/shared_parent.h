// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "networks/dataset.h"
#include "training/network.h"
#include "training/share_search.h"
#include "training/split_paths.h"

namespace pimvp::training {

/// Weights that the two-path networks of all shares have in common (after Bender et al., ICML 2018, and Guo
/// et al., "Single Path One-Shot", ECCV 2020): both paths at full width, the first as a network of its own,
/// which this is, the second beside it. A network with certain shares takes a part of either, as split_paths
/// would take it of the float network that all of them start from.
class SharedParent : public Network {
  public:
    /// `start`: one path, in float. It alone decides which channels a path has at a share; it has to stay as
    /// it is.
    SharedParent(const NetworkSpec& spec, const Network& start);

    /// With weights and scales as they are now. Means and variances of its normalisation are nobody's.
    std::shared_ptr<Network> take(const Shares& shares) const;

    /// Behind a backward pass of what take() gave: adds its gradients to those here, and keeps the first
    /// values of scales that it found.
    void give_back(const Network& taken);

  private:
    NetworkSpec two_paths_;
    const Network& start_;
    torch::OrderedDict<std::string, torch::Tensor> tensors_;
};

/// One share for each block out of `values`, drawn for a batch of an epoch, such that no path is left without
/// channels.
Shares drawn_shares(const NetworkSpec& spec, const std::vector<double>& values, std::uint64_t seed,
                    std::uint64_t epoch, std::uint64_t batch);

/// Whether validate() lets a network with these shares pass.
bool usable_shares(NetworkSpec spec, const Shares& shares);

/// Means and variances of all normalisations from so many batches of `data`. Leaves evaluation mode.
void renew_statistics(Network& network, const net::Dataset& data, std::size_t batches, std::size_t batch);

}  // namespace pimvp::training
