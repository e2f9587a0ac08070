// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// How a product is shifted back, by division in 128 bits and by TFLite's own steps.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <limits>

#include "driver/pimvp_program.h"

namespace pimvp {

__extension__ using Wide = __int128;

inline Wide floor_divide(Wide a, Wide b) {
    const Wide q = a / b;
    return a % b != 0 && a < 0 ? q - 1 : q;
}

/// gemmlowp, fixedpoint.h.
inline std::int32_t saturating_rounding_doubling_high_mul(std::int32_t a, std::int32_t b) {
    if (a == b && a == std::numeric_limits<std::int32_t>::min())
        return std::numeric_limits<std::int32_t>::max();
    const std::int64_t ab = std::int64_t{a} * b;
    const std::int32_t nudge = ab >= 0 ? (1 << 30) : (1 - (1 << 30));
    return static_cast<std::int32_t>((ab + nudge) / (std::int64_t{1} << 31));
}
/// gemmlowp, fixedpoint.h.
inline std::int32_t rounding_divide_by_pot(std::int32_t x, int exponent) {
    const std::int64_t mask = (std::int64_t{1} << exponent) - 1;
    const std::int64_t remainder = x & mask;
    const std::int64_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
    return static_cast<std::int32_t>((std::int64_t{x} >> exponent) + (remainder > threshold ? 1 : 0));
}
/// TFLite, common.cc, MultiplyByQuantizedMultiplier with double rounding; shift = 31 - exponent.
inline std::int32_t multiply_by_quantized_multiplier(std::int32_t x, std::int32_t multiplier, int shift) {
    const int exponent = 31 - shift;
    const int left = exponent > 0 ? exponent : 0, right = exponent > 0 ? 0 : -exponent;
    const auto up = static_cast<std::int32_t>(x * (std::int64_t{1} << left));
    return rounding_divide_by_pot(saturating_rounding_doubling_high_mul(up, multiplier), right);
}

/// Whether the doubled rounding can take it.
inline bool stays_in_32_bits(Wide acc, unsigned shift) {
    const Wide up = shift < 31 ? acc * (Wide{1} << (31 - shift)) : acc;
    return up >= INT32_MIN && up <= INT32_MAX;
}

/// acc * multiplier / 2^shift, by the definitions of networks/graph.h.
inline Wide rounded(Wide acc, std::int32_t multiplier, unsigned shift, unsigned rounding) {
    const Wide one = 1, unit = one << shift, p = acc * multiplier;
    if (rounding == PIMVP_ROUND_HALF_UP) return floor_divide(2 * p + (shift == 0 ? 0 : unit), 2 * unit);
    if (rounding == PIMVP_ROUND_HALF_EVEN) {
        const Wide below = floor_divide(p, unit), twice = 2 * (p - below * unit);
        if (twice != unit) return twice < unit ? below : below + 1;
        return below % 2 == 0 ? below : below + 1;
    }
    if (multiplier >= 0)
        return multiply_by_quantized_multiplier(static_cast<std::int32_t>(acc), multiplier,
                                                static_cast<int>(shift));
    // Negative factors are none of TFLite's; the same formula without its saturation.
    const Wide up = shift < 31 ? acc * (one << (31 - shift)) : acc;
    const Wide nudge = up * multiplier >= 0 ? one << 30 : 1 - (one << 30);
    const Wide high = (up * multiplier + nudge) / (one << 31);
    const Wide pot = shift > 31 ? one << (shift - 31) : 1;
    const Wide magnitude = (2 * (high < 0 ? -high : high) + pot) / (2 * pot);
    return high < 0 ? -magnitude : magnitude;
}

}  // namespace pimvp
