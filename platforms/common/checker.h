// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "networks/executor.h"
#include "networks/schedule.h"

namespace pimvp {

/// Compares every tensor that the hardware makes with the reference executor, image by image. It looks into
/// the buffers through `peek`, debug transport that takes no time and counts nothing.
class Checker {
  public:
    using Peek = std::function<std::vector<std::uint8_t>(const net::TensorHome& home, std::size_t bytes)>;
    Checker(const net::Schedule& schedule, Peek peek);

    /// An image with these integers in CHW is about to run.
    void begin(std::int64_t index, std::vector<std::int32_t> input);
    /// Node of the schedule's graph has just been computed.
    void check(int node);
    /// What the host read at the end of the image.
    void check_scores(const std::vector<std::int32_t>& scores);

    bool exact() const { return mismatch_.empty(); }
    const std::string& first_mismatch() const { return mismatch_; }

  private:
    const net::Schedule& schedule_;
    Peek peek_;
    std::int64_t image_ = 0;
    net::Activations expected_;
    std::string mismatch_;
};

}  // namespace pimvp
