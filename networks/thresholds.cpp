// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/thresholds.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "networks/requant.h"

namespace pimvp::net {
namespace {

// The level of a function that rises, or the levels missing to the top of one that falls: it always rises.
int risen(const StepFunction& f, std::size_t c, std::int64_t x) {
    const int level = f.level(c, x);
    return f.falling[c] ? f.steps - level : level;
}

// The smallest x in from..highest with at least `level` rises, highest + 1 if there is none.
std::int64_t first_at_least(const StepFunction& f, std::size_t c, int level, std::int64_t from) {
    std::int64_t below = from - 1, reached = f.highest[c] + 1;
    while (reached - below > 1) {
        const std::int64_t middle = below + (reached - below) / 2;
        (risen(f, c, middle) >= level ? reached : below) = middle;
    }
    return reached;
}

void shorten(std::int32_t& multiplier, int& shift) {
    while (multiplier != 0 && multiplier % 2 == 0 && shift > 0) multiplier /= 2, --shift;
}

bool has_multiplier(double factor) {
    return std::isfinite(factor) && factor > 0 && factor < double(1 << 30);
}

}  // namespace

Requant make_thresholds(const StepFunction& f, std::int64_t low, std::int64_t high) {
    Requant requant;
    requant.low = low;
    requant.high = high;
    requant.steps = f.steps;
    const std::size_t channels = f.lowest.size();
    for (std::size_t c = 0; c < channels; ++c) {
        std::int64_t threshold = f.lowest[c];
        for (int level = 1; level <= f.steps; ++level) {
            threshold = first_at_least(f, c, level, threshold);
            requant.thresholds.push_back(static_cast<std::int32_t>(threshold));
        }
    }
    if (std::find(f.falling.begin(), f.falling.end(), true) != f.falling.end()) requant.falling = f.falling;
    return requant;
}

std::optional<ExactMultipliers> make_exact_multipliers(const StepFunction& f, const std::vector<Line>& lines,
                                                       std::int64_t low, std::int64_t high, int zero_point) {
    // The clamp is where the function itself stops: a ReLU ahead of the quantiser raises its lower end.
    std::int64_t bottom = high, top = low;
    for (std::size_t c = 0; c < lines.size(); ++c) {
        bottom = std::min(bottom, low + f.level(c, f.lowest[c]));
        top = std::max(top, low + f.level(c, f.highest[c]));
    }
    ExactMultipliers result;
    result.requant.low = bottom;
    result.requant.high = top;
    result.requant.rounding = Rounding::half_even;
    for (std::size_t c = 0; c < lines.size(); ++c) {
        const double offset = lines[c].offset / lines[c].slope;
        if (f.falling[c] || !has_multiplier(lines[c].slope) || !(std::abs(offset) < double(1 << 30)))
            return std::nullopt;
        Requant one = make_requant({lines[c].slope}, bottom, top, 31);
        shorten(one.multiplier[0], one.shift[0]);
        const auto added = static_cast<std::int32_t>(std::llround(offset));
        const auto level = [&](std::int64_t x) {
            const std::int64_t y =
                zero_point + scale_back(x + added, one.multiplier[0], one.shift[0], Rounding::half_even);
            return static_cast<int>(std::clamp(y, bottom, top) - low);
        };
        std::int64_t x = f.lowest[c];
        if (level(x) != f.level(c, x) || level(f.highest[c]) != f.level(c, f.highest[c])) return std::nullopt;
        // Both rise, so that they are equal if they are on both sides of every jump of one of them, and the
        // other has none between: it is at the same level at both ends of each flat piece.
        while (x < f.highest[c]) {
            const std::int64_t next = first_at_least(f, c, f.level(c, x) + 1, x);
            if (level(next - 1) != f.level(c, next - 1)) return std::nullopt;
            if (next > f.highest[c]) break;
            if (level(next) != f.level(c, next)) return std::nullopt;
            x = next;
        }
        result.requant.multiplier.push_back(one.multiplier[0]);
        result.requant.shift.push_back(one.shift[0]);
        result.offset.push_back(added);
    }
    return result;
}

}  // namespace pimvp::net
