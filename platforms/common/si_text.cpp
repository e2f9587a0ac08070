// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/common/si_text.h"

#include <cmath>
#include <cstdio>

namespace pimvp {
namespace {

std::string rounded(double value, int digits) {
    const int before = value == 0 ? 1 : static_cast<int>(std::floor(std::log10(std::abs(value)))) + 1;
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.*f", before > digits ? 0 : digits - before, value);
    return buffer;
}

}  // namespace

std::string si_text(double value, const std::string& unit, int digits) {
    if (value == 0) return "0" + (unit.empty() ? "" : " " + unit);
    static constexpr const char* prefixes[] = {"f", "p", "n", "u", "m", "", "k", "M", "G", "T"};
    constexpr int none = 5, last = 9;
    int prefix = none;
    // Rounding first: 999.96 with four digits is 1.000 k.
    double scaled = value;
    if (std::isfinite(value)) {
        const double unit_step = std::pow(10.0, digits - 1 - std::floor(std::log10(std::abs(value))));
        const double near = std::round(value * unit_step) / unit_step;
        prefix = none + static_cast<int>(std::floor(std::log10(std::abs(near)) / 3 + 1e-9));
        prefix = prefix < 0 ? 0 : prefix > last ? last : prefix;
        scaled = value / std::pow(10.0, 3 * (prefix - none));
    }
    const std::string tail = prefixes[prefix] + unit;
    return rounded(scaled, digits) + (tail.empty() ? "" : " " + tail);
}

std::string area_text(Area area, int digits) {
    const bool small = std::abs(area.si()) < 1e-7;
    return rounded(area.si() * (small ? 1e12 : 1e6), digits) + (small ? " um2" : " mm2");
}

std::string percent_text(double share, int decimals) {
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.*f %%", decimals, share * 100);
    return buffer;
}

}  // namespace pimvp
