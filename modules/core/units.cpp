// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/units.h"

#include <algorithm>
#include <cmath>

namespace pimvp {

Period Period::of(Duration time) { return {std::max<std::int64_t>(1, std::llround(time.si() * 1e12))}; }

std::int64_t Period::cycles(Duration time) const {
    const double picoseconds = time.si() * 1e12;
    return std::max<std::int64_t>(
        1, static_cast<std::int64_t>(std::ceil((picoseconds - 1e-3) / static_cast<double>(ps))));
}

}  // namespace pimvp
