// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/requant.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "modules/core/error.h"

namespace pimvp::net {
namespace {

constexpr int longest_shift = 62;

// The shift at which `factor` fills the mantissa, rounding included.
int full_shift(double factor, int mantissa_bits) {
    if (!std::isfinite(factor) || factor <= 0) {
        throw Error("requantisation factor: expected a positive number, found " + std::to_string(factor));
    }
    int exponent = 0;
    const double fraction = std::frexp(factor, &exponent);  // 0.5 <= fraction < 1
    if (std::round(std::ldexp(fraction, mantissa_bits)) == std::ldexp(1.0, mantissa_bits)) ++exponent;
    const int shift = mantissa_bits - exponent;
    if (shift < 0) {
        throw Error("requantisation factor: expected less than 2^" + std::to_string(mantissa_bits) +
                    ", found " + std::to_string(factor));
    }
    return std::min(shift, longest_shift);
}

std::int32_t multiplier(double factor, int shift) {
    return static_cast<std::int32_t>(std::llround(std::ldexp(factor, shift)));
}

}  // namespace

Requant make_requant(const std::vector<double>& factors, std::int64_t low, std::int64_t high,
                     int mantissa_bits) {
    Requant requant;
    requant.low = low;
    requant.high = high;
    for (const double factor : factors) {
        const int shift = factor == 1.0 ? 0 : full_shift(factor, mantissa_bits);
        requant.multiplier.push_back(multiplier(factor, shift));
        requant.shift.push_back(shift);
    }
    return requant;
}

Requant make_common_requant(const std::vector<double>& factors, std::int64_t low, std::int64_t high,
                            int mantissa_bits) {
    Requant requant;
    requant.low = low;
    requant.high = high;
    const bool all_one = std::all_of(factors.begin(), factors.end(), [](double f) { return f == 1.0; });
    int shift = longest_shift;
    for (const double factor : factors) shift = std::min(shift, full_shift(factor, mantissa_bits));
    if (all_one) shift = 0;
    for (const double factor : factors) requant.multiplier.push_back(multiplier(factor, shift));
    requant.shift.assign(factors.size(), shift);
    return requant;
}

}  // namespace pimvp::net
