// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/power/draw.h"

#include <numeric>

namespace pimvp {

namespace {

constexpr std::int64_t exact_limit = std::int64_t{1} << 48;
constexpr std::int64_t rounded_scale = std::int64_t{1} << 40;

/// A scale that makes the power of every draw an integer, or rounded_scale.
std::int64_t scale_of(const std::vector<Draw>& draws) {
    std::int64_t scale = 1;
    for (const Draw& draw : draws) {
        const std::int64_t factor = draw.ps / std::gcd(scale, draw.ps);
        if (factor >= exact_limit / scale) return rounded_scale;
        scale *= factor;
    }
    return scale;
}

Zeptojoules scaled(Zeptojoules zj, std::int64_t ps, std::int64_t scale) {
    return scale % ps == 0 ? zj * (scale / ps) : (zj * scale + ps - 1) / ps;
}

}  // namespace

std::int64_t first_below(Zeptojoules above, std::int64_t net, std::int64_t from_ps, std::int64_t to_ps,
                         const std::vector<Draw>& draws) {
    const std::int64_t scale = scale_of(draws);
    Zeptojoules margin = above * scale;
    Zeptojoules slope = Zeptojoules{net} * scale;
    for (const Draw& draw : draws) {
        // until() left a fraction of a zeptojoule in the store.
        const Zeptojoules left = draw.zj * ((from_ps - draw.start_ps) % draw.ps) % draw.ps;
        margin -= scaled(left, draw.ps, scale);
        slope -= scaled(draw.zj, draw.ps, scale);
    }
    if (margin < 0) return from_ps;
    if (slope >= 0) return never_ps;
    const Zeptojoules after = margin / -slope + 1;
    return after <= to_ps - from_ps ? from_ps + static_cast<std::int64_t>(after) : never_ps;
}

}  // namespace pimvp
