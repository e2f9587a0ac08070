// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "modules/sequencer/command_processor.h"

namespace pimvp {

/// Gives every picosecond of a run to one activity, so that leakage adds up over layers: of layers that
/// overlap on different paths, the one that started first has the time until it ends; what no layer has
/// belongs to `otherwise`.
class Timeline {
  public:
    /// [from, to) with the layers that ran in it.
    void add(std::int64_t from_ps, std::int64_t to_ps, std::vector<LayerRecord> layers, int otherwise);
    /// Picoseconds by activity.
    const std::vector<std::uint64_t>& time_ps() const { return time_ps_; }

  private:
    void give(int activity, std::int64_t ps);
    std::vector<std::uint64_t> time_ps_;
};

}  // namespace pimvp
