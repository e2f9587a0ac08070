// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "modules/sequencer/command_processor.h"

namespace pimvp {

/// Gives every picosecond of a run to one activity, so that leakage adds up over layers: of layers that
/// overlap on different paths, the one that started first has the time until it ends; what no layer has
/// belongs to `otherwise`.
class Timeline {
  public:
    /// `powered` tells how much of [from, to) there was power; empty: all. What has none leaks nothing.
    explicit Timeline(std::function<std::int64_t(std::int64_t, std::int64_t)> powered = {})
        : powered_(std::move(powered)) {}
    /// [from, to) with the layers that ran in it.
    void add(std::int64_t from_ps, std::int64_t to_ps, std::vector<LayerRecord> layers, int otherwise);
    /// Picoseconds by activity.
    const std::vector<std::uint64_t>& time_ps() const { return time_ps_; }

  private:
    void give(int activity, std::int64_t from_ps, std::int64_t to_ps);
    std::function<std::int64_t(std::int64_t, std::int64_t)> powered_;
    std::vector<std::uint64_t> time_ps_;
};

}  // namespace pimvp
