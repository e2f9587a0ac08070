// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/units.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "modules/core/error.h"
#include "modules/core/quantity_text.h"

namespace pimvp {

Period Period::of(Duration time, const char* key) {
    const double picoseconds = time.si() * 1e12;
    const double whole = std::round(picoseconds);
    // Written so that NaN fails; the upper bound keeps the conversion to an integer defined.
    if (!(whole >= 1 && whole < 9e18 && std::abs(picoseconds - whole) <= 1e-6)) {
        const std::string found = std::isfinite(time.si()) ? print_quantity(time.si(), ParamType::duration)
                                                           : std::to_string(time.si()) + " s";
        throw Error(std::string(key) + ": expected whole picoseconds, found " + found);
    }
    return {static_cast<std::int64_t>(whole)};
}

std::int64_t Period::cycles(Duration time) const {
    const double picoseconds = time.si() * 1e12;
    return std::max<std::int64_t>(
        1, static_cast<std::int64_t>(std::ceil((picoseconds - 1e-3) / static_cast<double>(ps))));
}

}  // namespace pimvp
