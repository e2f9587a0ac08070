// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/common/si_text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace pimvp {
namespace {

/// The power of ten of the first digit, after rounding to `digits`: 2 for 99.96 with three digits.
int exponent_of(double value, int digits) {
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.*e", digits - 1, value);
    return std::atoi(std::strchr(buffer, 'e') + 1);
}

/// `value` / 10^power in `digits` significant digits.
std::string scaled_text(double value, int power, int digits) {
    char buffer[64];
    const int decimals = std::max(digits - 1 - (exponent_of(value, digits) - power), 0);
    std::snprintf(buffer, sizeof buffer, "%.*f", decimals, value / std::pow(10.0, power));
    return buffer;
}

}  // namespace

std::string si_text(double value, const std::string& unit, int digits) {
    static constexpr const char* prefixes[] = {"f", "p", "n", "u", "m", "", "k", "M", "G", "T"};
    constexpr int none = 5;
    if (value == 0 || !std::isfinite(value))
        return (value == 0 ? "0" : std::to_string(value)) + (unit.empty() ? "" : " " + unit);
    const int exponent = exponent_of(value, digits);
    const int thousands = std::clamp(exponent >= 0 ? exponent / 3 : -((2 - exponent) / 3), -5, 4);
    const std::string tail = prefixes[none + thousands] + unit;
    return scaled_text(value, 3 * thousands, digits) + (tail.empty() ? "" : " " + tail);
}

std::string area_text(Area area, int digits) {
    if (area.si() == 0) return "0 mm2";
    const bool small = std::abs(area.si()) < 1e-7;
    return scaled_text(area.si(), small ? -12 : -6, digits) + (small ? " um2" : " mm2");
}

std::string percent_text(double share, int decimals) {
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.*f %%", decimals, share * 100);
    return buffer;
}

}  // namespace pimvp
