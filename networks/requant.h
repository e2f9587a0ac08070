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

/// The exact value of a float32 factor of 0..2^31: a mantissa of at most 24 bits and no more shift than it
/// needs, a factor of 1 being 1 / 2^0. Of one below 2^-39 shift 62 may cut bits: times an accumulator of 48
/// bits they are less than 2^-15. Throws Error for any other factor.
struct FixedPoint {
    std::int32_t multiplier = 0;
    int shift = 31;
};
FixedPoint exact_fixed_point(float factor);

/// Requantisation by exactly these factors, rounding half to even: what ONNX's quantised operators define.
Requant make_exact_requant(const std::vector<float>& factors, std::int64_t low, std::int64_t high);

/// The same with one shift for all factors, for Op::add. Exact where the factors' mantissas fit 31 bits
/// together (factors up to 2^7 apart always do); else the smaller ones are rounded to 2^-31 of the largest.
Requant make_exact_common_requant(const std::vector<float>& factors, std::int64_t low, std::int64_t high);

/// acc * multiplier / 2^shift as an integer, rounded as said; exact for any accumulator, multiplier and shift
/// of 0..62. A result beyond +-2^62, which every clamp cuts, is given as +-2^62. Throws std::overflow_error
/// where `doubled`, which TFLite defines on 32 bits alone, would leave them before its multiplication.
std::int64_t scale_back(std::int64_t acc, std::int32_t multiplier, int shift, Rounding rounding);

/// TFLite's fixed point of a real factor in 0..2^31: multiplier 2^30 .. 2^31 - 1 and shift = 31 - exponent,
/// or 0 and 31 for a factor that is too small (its QuantizeMultiplier). Throws Error for any other factor.
FixedPoint tflite_fixed_point(double factor);

/// floor(a / n) = (a * multiplier) >> shift for all 0 <= a <= largest_sum + n / 2, 1 <= n <= 65536. With
/// multiplier = ceil(2^shift / n) and e = multiplier * n - 2^shift the quotient is exact if a * e < 2^shift
/// (Granlund and Montgomery, PLDI 1994); the smallest such shift. Throws Error where the multiplier would
/// leave 31 bits.
struct Divider {
    std::int32_t multiplier = 1;
    int shift = 0;
};
Divider exact_divider(int n, std::int64_t largest_sum);

}  // namespace pimvp::net
