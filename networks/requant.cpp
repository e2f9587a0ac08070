// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/requant.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "modules/core/error.h"

namespace pimvp::net {
namespace {

__extension__ using Wide = __int128;

constexpr int longest_shift = 62;
constexpr std::int64_t largest_result = std::int64_t{1} << 62;

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

std::int64_t scale_doubled(std::int64_t acc, std::int32_t multiplier, int shift) {
    const int left = std::max(0, 31 - shift), right = std::max(0, shift - 31);
    const Wide x = static_cast<Wide>(acc) * (std::int64_t{1} << left);
    if (x < INT32_MIN || x > INT32_MAX)
        throw std::overflow_error("accumulator " + std::to_string(acc) + " times 2^" + std::to_string(left) +
                                  " leaves 32 bits");
    const std::int64_t product = static_cast<std::int64_t>(x) * multiplier;
    const std::int64_t nudge = product >= 0 ? std::int64_t{1} << 30 : 1 - (std::int64_t{1} << 30);
    const std::int64_t high = (product + nudge) / (std::int64_t{1} << 31);
    const std::int64_t unit = std::int64_t{1} << right, magnitude = std::abs(high);
    const std::int64_t rounded = (magnitude + unit / 2) / unit;
    return high < 0 ? -rounded : rounded;
}

// Right shift of a negative number rounds down (arithmetic in every compiler, and by C++20's rule).
template <class Integer>
Integer shift_back(Integer product, int shift, Rounding rounding) {
    if (shift == 0) return product;
    const Integer half = Integer{1} << (shift - 1);
    if (rounding == Rounding::half_up) return (product + half) >> shift;
    const Integer floor = product >> shift, rest = product - floor * (Integer{1} << shift);
    return rest > half || (rest == half && floor % 2 != 0) ? floor + 1 : floor;
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

std::int64_t scale_back(std::int64_t acc, std::int32_t multiplier, int shift, Rounding rounding) {
    if (rounding == Rounding::doubled) return scale_doubled(acc, multiplier, shift);
    std::int64_t product = 0;
    if (!__builtin_mul_overflow(acc, std::int64_t{multiplier}, &product) && product >= -largest_result &&
        product <= largest_result)
        return shift_back(product, shift, rounding);
    const Wide result = shift_back(static_cast<Wide>(acc) * multiplier, shift, rounding);
    return static_cast<std::int64_t>(
        std::clamp(result, -static_cast<Wide>(largest_result), static_cast<Wide>(largest_result)));
}

FixedPoint tflite_fixed_point(double factor) {
    if (!std::isfinite(factor) || factor < 0)
        throw Error("requantisation factor: expected 0 or a positive number, found " +
                    std::to_string(factor));
    if (factor == 0) return {};
    int exponent = 0;
    const double fraction = std::frexp(factor, &exponent);
    auto mantissa = static_cast<std::int64_t>(std::llround(std::ldexp(fraction, 31)));
    if (mantissa == std::int64_t{1} << 31) {
        mantissa /= 2;
        ++exponent;
    }
    if (exponent < -31) return {};
    if (exponent > 31)
        throw Error("requantisation factor: expected less than 2^31, found " + std::to_string(factor));
    return {static_cast<std::int32_t>(mantissa), 31 - exponent};
}

FixedPoint exact_fixed_point(float factor) {
    constexpr int mantissa_bits = 24;
    if (!std::isfinite(factor) || factor < 0)
        throw Error("requantisation factor: expected 0 or a positive number, found " +
                    std::to_string(factor));
    int exponent = 0;
    auto mantissa = static_cast<std::int64_t>(std::ldexp(std::frexp(factor, &exponent), mantissa_bits));
    int shift = mantissa_bits - exponent;
    while (shift > 0 && mantissa != 0 && mantissa % 2 == 0) {
        mantissa /= 2;
        --shift;
    }
    if (exponent > 31)
        throw Error("requantisation factor: expected less than 2^31, found " + std::to_string(factor));
    if (shift < 0) return {static_cast<std::int32_t>(mantissa << -shift), 0};
    if (shift > longest_shift) {
        const std::int32_t rounded = multiplier(factor, longest_shift);
        return {rounded, rounded == 0 ? 0 : longest_shift};
    }
    return {static_cast<std::int32_t>(mantissa), shift};
}

Requant make_exact_requant(const std::vector<float>& factors, std::int64_t low, std::int64_t high) {
    Requant requant;
    requant.low = low;
    requant.high = high;
    requant.rounding = Rounding::half_even;
    for (const float factor : factors) {
        const FixedPoint fixed = exact_fixed_point(factor);
        requant.multiplier.push_back(fixed.multiplier);
        requant.shift.push_back(fixed.shift);
    }
    return requant;
}

Requant make_exact_common_requant(const std::vector<float>& factors, std::int64_t low, std::int64_t high) {
    Requant requant = make_exact_requant(factors, low, high);
    int shift = *std::max_element(requant.shift.begin(), requant.shift.end());
    const double largest = *std::max_element(factors.begin(), factors.end());
    while (shift > 0 && std::ldexp(largest, shift) > INT32_MAX) --shift;
    for (std::size_t i = 0; i < factors.size(); ++i) {
        requant.multiplier[i] = multiplier(factors[i], shift);
        requant.shift[i] = shift;
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

Divider exact_divider(int n, std::int64_t largest_sum) {
    const std::int64_t most = largest_sum + n / 2;
    for (int shift = 0; shift <= 46; ++shift) {
        const std::int64_t power = std::int64_t{1} << shift, multiplier = (power + n - 1) / n;
        if (multiplier > INT32_MAX) break;
        if (most * (multiplier * n - power) < power) return {static_cast<std::int32_t>(multiplier), shift};
    }
    throw Error("division by " + std::to_string(n) + " of sums up to " + std::to_string(largest_sum) +
                ": expected a multiplier of at most 31 bits");
}

}  // namespace pimvp::net
