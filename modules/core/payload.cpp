// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/payload.h"

#include <cmath>
#include <stdexcept>

namespace pimvp {

std::int64_t ticks_per_ps() {
    const double ticks = 1e-12 / sc_core::sc_get_time_resolution().to_seconds();
    if (ticks < 0.5) throw std::logic_error("the time resolution is coarser than 1 ps");
    return std::llround(ticks);
}

}  // namespace pimvp
