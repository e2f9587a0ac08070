// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "networks/graph.h"

namespace pimvp::net {

/// Fixed-point requantisation by real factors, one multiplier and shift each: |multiplier / 2^shift - factor|
/// is at most half a unit of a mantissa of `mantissa_bits`. The multiplier is a full mantissa, 2^(bits-1) <=
/// m < 2^bits, but for two cases: a factor of exactly 1 becomes 1 / 2^0, and one too small for shift 62 keeps
/// fewer bits. Throws Error for a factor that is not finite and positive, or that is 2^mantissa_bits or more.
Requant make_requant(const std::vector<double>& factors, std::int64_t low, std::int64_t high,
                     int mantissa_bits = 15);

/// The same with one shift for all factors, as Op::add needs it: the largest factor gets the full mantissa.
Requant make_common_requant(const std::vector<double>& factors, std::int64_t low, std::int64_t high,
                            int mantissa_bits = 15);

/// acc * multiplier / 2^shift as an integer, rounded as said. Throws std::overflow_error where `doubled`
/// would leave 32 bits before its multiplication.
std::int64_t scale_back(std::int64_t acc, std::int32_t multiplier, int shift, Rounding rounding);

/// TFLite's fixed point of a real factor in 0..2^31: multiplier 2^30 .. 2^31 - 1 and shift = 31 - exponent,
/// or 0 and 31 for a factor that is too small (its QuantizeMultiplier). Throws Error for any other factor.
struct FixedPoint {
    std::int32_t multiplier = 0;
    int shift = 31;
};
FixedPoint tflite_fixed_point(double factor);

}  // namespace pimvp::net
