// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Requantisation that is exact by construction: whatever monotone function leads from an accumulator to a
// level is asked at the integers around each of its jumps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "networks/float_steps.h"
#include "networks/graph.h"

namespace pimvp::net {

/// For each channel a monotone function from the integers lowest[c]..highest[c] to levels 0..steps.
struct StepFunction {
    std::function<int(std::size_t channel, std::int64_t x)> level;
    std::vector<std::int64_t> lowest, highest;  // within 32 bits, one below its largest
    std::vector<bool> falling;                  // channels whose level sinks as x rises
    int steps = 1;
};

/// Thresholds of at most 255 steps, found by bisection. A level that no x reaches has the threshold
/// highest + 1, one that all reach has lowest (the other way round where the function falls).
Requant make_thresholds(const StepFunction& function, std::int64_t low, std::int64_t high);

/// Multipliers and an integer offset per channel that give the same level for every x, or nothing where there
/// are none: y = clamp(zero_point + half_even((x + offset[c]) * multiplier / 2^shift)). `lines` are the
/// function without rounding, in levels above the zero point.
struct ExactMultipliers {
    Requant requant;
    std::vector<std::int32_t> offset;
};
std::optional<ExactMultipliers> make_exact_multipliers(const StepFunction& function,
                                                       const std::vector<Line>& lines, std::int64_t low,
                                                       std::int64_t high, int zero_point);

}  // namespace pimvp::net
