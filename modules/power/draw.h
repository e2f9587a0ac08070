// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Exact arithmetic of energy that is drawn evenly. No SystemC here.
#pragma once

#include <cstdint>
#include <vector>

#include "modules/core/account.h"

namespace pimvp {

constexpr std::int64_t never_ps = INT64_MAX;

/// `zj` every `ps` picoseconds from start_ps on, spread evenly.
struct Draw {
    std::int64_t start_ps = 0;
    std::int64_t ps = 1;
    Zeptojoules zj = 0;

    /// Drawn from the start until then, rounded down; exact at the end of every step.
    Zeptojoules until(std::int64_t time_ps) const {
        const std::int64_t passed = time_ps - start_ps;
        return zj * (passed / ps) + zj * (passed % ps) / ps;
    }
};

/// First instant in [from_ps, to_ps] at which a store that holds `above` more than a threshold at from_ps,
/// gains `net` zJ/ps and is drawn from by `draws` holds less than the threshold; never_ps if there is none.
/// `above` is what is left when until(from_ps) of each draw is rounded down. All draws last from from_ps to
/// to_ps. Exact in rational numbers while the least common multiple of the step lengths is below 2^48 ps;
/// beyond that each draw is rounded up to 2^-40 zJ/ps, so that the instant is never too late.
std::int64_t first_below(Zeptojoules above, std::int64_t net, std::int64_t from_ps, std::int64_t to_ps,
                         const std::vector<Draw>& draws);

}  // namespace pimvp
