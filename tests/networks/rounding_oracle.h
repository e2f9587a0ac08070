// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The three roundings as their sources define them, written differently from networks/requant.cpp.
#pragma once

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

__extension__ using Wide = __int128;

/// Any rounding, of accumulators of up to 48 bits, by division and by which neighbour is nearer.
inline Wide rounded_wide(std::int64_t acc, std::int32_t multiplier, int shift, Rounding rounding) {
    if (rounding == Rounding::doubled)
        return multiply_by_quantized_multiplier(static_cast<std::int32_t>(acc), multiplier, 31 - shift);
    const Wide product = static_cast<Wide>(acc) * multiplier, unit = std::int64_t{1} << shift;
    const Wide rest = (product % unit + unit) % unit, below = (product - rest) / unit;
    if (2 * rest != unit) return 2 * rest < unit ? below : below + 1;
    return rounding == Rounding::half_even && below % 2 == 0 ? below : below + 1;
}
/// Where it fits 64 bits.
inline std::int64_t rounded(std::int64_t acc, std::int32_t multiplier, int shift, Rounding rounding) {
    return static_cast<std::int64_t>(rounded_wide(acc, multiplier, shift, rounding));
}

}  // namespace pimvp::net::test
