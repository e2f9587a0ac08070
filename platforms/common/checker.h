// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "networks/executor.h"

namespace pimvp {

/// Compares every tensor that the hardware makes with the reference executor, image by image. It looks at
/// tensors through `look`, debug transport that takes no time and counts nothing.
class Checker {
  public:
    /// Integers in CHW of a tensor of the graph as it is in the hardware now.
    using Look = std::function<std::vector<std::int32_t>(int tensor)>;
    Checker(const net::Graph& graph, Look look);

    /// An image with these integers in CHW is about to run.
    void begin(std::int64_t index, std::vector<std::int32_t> input);
    /// Node of the graph has just been computed.
    void check(int node);
    /// What the host read at the end of the image.
    void check_scores(const std::vector<std::int32_t>& scores);

    bool exact() const { return mismatch_.empty(); }
    const std::string& first_mismatch() const { return mismatch_; }

  private:
    const net::Graph& graph_;
    Look look_;
    std::int64_t image_ = 0;
    net::Activations expected_;
    std::string mismatch_;
};

}  // namespace pimvp
