// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Q(i).(f) below: i integer bits, f fraction bits and the sign in 32 bits.
#include "networks/softmax.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "modules/core/error.h"
#include "networks/requant.h"

namespace pimvp::net {
namespace {

using i64 = std::int64_t;

constexpr i64 largest = std::numeric_limits<std::int32_t>::max();
constexpr i64 smallest = std::numeric_limits<std::int32_t>::min();

// a * b / 2^31 to the nearest.
i64 product(i64 a, i64 b) {
    const i64 p = a * b;
    return std::min((p + (p >= 0 ? i64{1} << 30 : 1 - (i64{1} << 30))) / (i64{1} << 31), largest);
}

// x / 2^bits to the nearest, ties away from zero.
i64 shift_right(i64 x, int bits) {
    const i64 rounded = (std::abs(x) + (bits > 0 ? i64{1} << (bits - 1) : 0)) >> bits;
    return x < 0 ? -rounded : rounded;
}

i64 shift_left(i64 x, int bits) {
    return std::clamp(x * (i64{1} << bits), smallest, largest);
}

// exp(a) in Q0.31 for -1/4 <= a < 0 in Q0.31: Taylor's series around -1/8 up to the fourth power.
i64 exp_near_zero(i64 a) {
    constexpr i64 exp_of_minus_eighth = 1895147668, third = 715827883;  // e^(-1/8) and 1/3 in Q0.31
    const i64 x = a + (i64{1} << 28), x2 = product(x, x), x3 = product(x2, x), x4 = product(x2, x2);
    const i64 tail = shift_right(product(shift_right(x4, 2) + x3, third) + x2, 1);
    return exp_of_minus_eighth + product(exp_of_minus_eighth, x + tail);
}

// exp(a) in Q0.31 for a <= 0 in Q5.26: the part below 1/4 by the series, each bit above by a constant.
i64 exp_of(i64 a) {
    if (a == 0) return largest;
    constexpr i64 quarter = i64{1} << 24;
    const i64 below = (a & (quarter - 1)) - quarter;
    const i64 above = below - a;
    // e^(-1/4), e^(-1/2), e^-1 ... e^-16 in Q0.31.
    constexpr i64 powers[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
    i64 y = exp_near_zero(shift_left(below, 5));
    for (int bit = 0; bit < 7; ++bit)
        if ((above >> (24 + bit) & 1) != 0) y = product(y, powers[bit]);
    return y;
}

// 1 / (1 + a) in Q0.31 for 0 <= a < 1 in Q0.31: three steps of Newton and Raphson in Q2.29.
i64 reciprocal(i64 a) {
    constexpr i64 start = 1515870810, slope = -1010580540;  // 48/17 and -32/17 in Q2.29
    const i64 half = (a + largest + 1) / 2;
    i64 x = start + product(half, slope);
    for (int step = 0; step < 3; ++step) x += shift_left(product(x, (i64{1} << 29) - product(half, x)), 2);
    return shift_left(x, 1);
}

}  // namespace

std::vector<std::int32_t> tflite_softmax(const std::vector<std::int32_t>& scores, double beta, double scale) {
    if (scores.empty() || scores.size() > 4095)
        throw Error("softmax: expected 1..4095 scores, found " + std::to_string(scores.size()));
    const double real = std::min(beta * scale * double(1 << 26), double(largest));
    if (!(real > 1))
        throw Error("softmax: expected a beta * scale above 2^-26, found " + std::to_string(beta) + " * " +
                    std::to_string(scale));
    const FixedPoint factor = tflite_fixed_point(real);
    const int left = 31 - factor.shift;
    // Differences beyond the radius would leave Q5.26, and their exponentials are 0.
    const i64 radius = (i64{31} << 26) >> left;
    const i64 top = *std::max_element(scores.begin(), scores.end());
    const auto exponential = [&](i64 score) {
        return exp_of(product((score - top) * (i64{1} << left), factor.multiplier));
    };

    i64 sum = 0;  // Q12.19
    for (const i64 score : scores)
        if (score - top >= -radius) sum += shift_right(exponential(score), 12);
    int zeros = 0;  // above the sum's highest bit
    while ((sum >> (31 - zeros)) == 0) ++zeros;
    const i64 inverse = reciprocal((sum << zeros) - (i64{1} << 31));
    const int exponent = 12 - zeros + 31 - 8;

    std::vector<std::int32_t> out;
    for (const i64 score : scores) {
        i64 y = -128;
        if (score - top >= -radius)
            y = std::clamp<i64>(shift_right(product(inverse, exponential(score)), exponent) - 128, -128, 127);
        out.push_back(static_cast<std::int32_t>(y));
    }
    return out;
}

}  // namespace pimvp::net
