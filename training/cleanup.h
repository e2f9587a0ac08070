// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Clean-up of unused paths: channels that are always zero, or that nothing reads, need neither filter nor
// input. Only between two layers; channels of what blocks add up stay.
#pragma once

#include <torch/types.h>

#include <map>
#include <string>

#include "training/network.h"

namespace pimvp::training {

/// Channels by the tensor between two layers; what is not named has all of them.
class UsedChannels {
  public:
    /// Of the folded integers: a channel is unused if its filter's weights are all zero and its bias lets no
    /// 1 through, or if all weights that read it are zero. One unused channel may leave others unused. Each
    /// tensor keeps at least one.
    explicit UsedChannels(const Network& network);
    /// Nothing is left out.
    UsedChannels() = default;

    /// Channels that stay, ascending: behind the stem or a plain layer (by its name), or
    /// `blockN.pathP.middle`, N from 0. Undefined: all.
    torch::Tensor of(const std::string& tensor) const;

  private:
    std::map<std::string, torch::Tensor> used_;
};

/// The filters `out` with the input channels `in` alone; undefined: all.
FoldedLayer select(FoldedLayer layer, const torch::Tensor& out, const torch::Tensor& in);

}  // namespace pimvp::training
