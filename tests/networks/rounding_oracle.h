// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The three roundings as their sources define them, written differently from networks/requant.cpp.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "networks/graph.h"

namespace pimvp::net::test {

/// gemmlowp (fixedpoint/fixedpoint.h), which TFLite's reference kernels call, in 32-bit arithmetic.
inline std::int32_t saturating_rounding_doubling_high_mul(std::int32_t a, std::int32_t b) {
    const bool overflow = a == b && a == std::numeric_limits<std::int32_t>::min();
    const auto ab = static_cast<std::int64_t>(a) * static_cast<std::int64_t>(b);
    const std::int32_t nudge = ab >= 0 ? (1 << 30) : (1 - (1 << 30));
    const auto high = static_cast<std::int32_t>((ab + nudge) / (1ll << 31));
    return overflow ? std::numeric_limits<std::int32_t>::max() : high;
}
inline std::int32_t rounding_divide_by_pot(std::int32_t x, int exponent) {
    const auto mask = static_cast<std::int32_t>((1ll << exponent) - 1);
    const std::int32_t remainder = x & mask;
    const std::int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
    return (x >> exponent) + (remainder > threshold ? 1 : 0);
}
/// TFLite's MultiplyByQuantizedMultiplier; `exponent` as its QuantizeMultiplier gives it, 31 - our shift.
inline std::int32_t multiply_by_quantized_multiplier(std::int32_t x, std::int32_t multiplier, int exponent) {
    const int left = exponent > 0 ? exponent : 0, right = exponent > 0 ? 0 : -exponent;
    return rounding_divide_by_pot(
        saturating_rounding_doubling_high_mul(static_cast<std::int32_t>(x * (1ll << left)), multiplier),
        right);
}

/// Any rounding. The product has at most 62 bits, which a long double of 64 holds exactly.
inline std::int64_t rounded(std::int64_t acc, std::int32_t multiplier, int shift, Rounding rounding) {
    static_assert(std::numeric_limits<long double>::digits >= 64);
    if (rounding == Rounding::doubled)
        return multiply_by_quantized_multiplier(static_cast<std::int32_t>(acc), multiplier, 31 - shift);
    const long double quotient = std::ldexp(static_cast<long double>(acc * multiplier), -shift);
    if (rounding == Rounding::half_even) return static_cast<std::int64_t>(std::nearbyint(quotient));
    const long double down = std::floor(quotient);  // quotient + 1/2 might not fit 64 bits
    return static_cast<std::int64_t>(down) + (quotient - down >= 0.5L ? 1 : 0);
}

}  // namespace pimvp::net::test
