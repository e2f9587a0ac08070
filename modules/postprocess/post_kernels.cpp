// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Every loop is free of branches and is compiled twice, so that it becomes vector code where AVX2 is there.
#include "modules/postprocess/post_kernels.h"

#include <algorithm>
#include <cstring>

#include "driver/pimvp_program.h"

namespace pimvp::post {
namespace {

__extension__ using Wide = __int128;

constexpr std::uint64_t top_bit = std::uint64_t{1} << 63;

#define PIMVP_INLINE [[gnu::always_inline]] inline

/// floor(x / 2^shift). AVX2 shifts 64 bits by a count of each lane's own, but only logically.
PIMVP_INLINE std::int64_t floor_shift(std::int64_t x, std::uint64_t shift, std::uint64_t offset) {
    return static_cast<std::int64_t>(((static_cast<std::uint64_t>(x) ^ top_bit) >> shift) - offset);
}
PIMVP_INLINE std::int64_t shift_up(std::int64_t x, std::uint64_t left) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(x) << left);
}
/// Not zero if x does not fit a signed number of `bits`.
PIMVP_INLINE std::uint64_t outside(std::int64_t x, unsigned bits) {
    return (static_cast<std::uint64_t>(x) + (std::uint64_t{1} << (bits - 1))) >> bits;
}
PIMVP_INLINE std::int64_t product(std::int32_t a, std::int32_t b) {
    return std::int64_t{a} * b;
}
PIMVP_INLINE std::int32_t clamped(std::int64_t x, const Range& range) {
    const std::int64_t y = x + range.zero_point;
    const std::int64_t raised = y < range.low ? range.low : y;
    return static_cast<std::int32_t>(raised > range.high ? range.high : raised);
}

template <unsigned rounding>
PIMVP_INLINE std::int64_t shift_back(std::int64_t p, std::uint64_t shift, std::uint64_t offset,
                                     std::int64_t half, std::int64_t tie) {
    if constexpr (rounding == PIMVP_ROUND_HALF_UP) return floor_shift(p + half, shift, offset);
    if constexpr (rounding == PIMVP_ROUND_HALF_EVEN) {
        // A little less than a half goes up, except from an odd number.
        const std::int64_t odd = floor_shift(p, shift, offset) & 1;
        return floor_shift(p + half + (tie & (odd - 1)), shift, offset);
    }
    // TFLite's quotient towards zero, with its nudge of either sign, is the floor with this one.
    constexpr std::int64_t nudge = std::int64_t{1} << 30;
    const std::int64_t high = floor_shift(p + nudge, 31, top_bit >> 31);
    const std::int64_t below = high < 0 ? tie : 0;  // a tie goes away from zero
    return floor_shift(high + half + below, shift, offset);
}

struct Lanes {
    const std::int32_t* __restrict multiplier;
    const std::uint64_t* __restrict left;
    const std::uint64_t* __restrict shift;
    const std::uint64_t* __restrict offset;
    const std::int64_t* __restrict half;
    const std::int64_t* __restrict tie;
};

template <unsigned rounding>
PIMVP_INLINE std::uint64_t scale_body(const std::int32_t* __restrict acc, Lanes f, std::size_t n, Range range,
                                      std::int32_t* __restrict out) {
    std::uint64_t beyond = 0;
    for (std::size_t i = 0; i < n; ++i) {
        std::int32_t x = acc[i];
        if constexpr (rounding == PIMVP_ROUND_DOUBLED) {
            const std::int64_t up = shift_up(x, f.left[i]);
            beyond |= outside(up, 32);
            x = static_cast<std::int32_t>(up);
        }
        const std::int64_t p = product(x, f.multiplier[i]);
        out[i] = clamped(shift_back<rounding>(p, f.shift[i], f.offset[i], f.half[i], f.tie[i]), range);
    }
    return beyond;
}

template <unsigned rounding>
PIMVP_INLINE std::uint64_t scale_sums_body(std::int64_t* __restrict sums, Factor f, std::size_t n,
                                           Range range, std::int32_t* __restrict out) {
    std::uint64_t beyond = 0;
    for (std::size_t i = 0; i < n; ++i) {
        std::int64_t p = sums[i];
        if constexpr (rounding == PIMVP_ROUND_DOUBLED) {
            beyond |= outside(p, 32);
            p = shift_up(p, f.left);
            beyond |= outside(p, 32);
        }
        out[i] = clamped(shift_back<rounding>(p, f.shift, f.offset, f.half, f.tie), range);
        sums[i] = 0;
    }
    return beyond;
}

template <unsigned rounding>
PIMVP_INLINE std::uint64_t add_scaled_body(const std::int32_t* __restrict x, std::int32_t zero, unsigned left,
                                           Factor f, unsigned bits, std::size_t n,
                                           std::int64_t* __restrict sums) {
    std::uint64_t beyond = 0;
    for (std::size_t i = 0; i < n; ++i) {
        std::int64_t up = shift_up(std::int64_t{x[i]} - zero, left);
        beyond |= outside(up, bits);
        if constexpr (rounding == PIMVP_ROUND_DOUBLED) {
            up = shift_up(static_cast<std::int32_t>(up), f.left);
            beyond |= outside(up, 32);
        }
        const std::int64_t p = product(static_cast<std::int32_t>(up), f.multiplier);
        const std::int64_t r = shift_back<rounding>(p, f.shift, f.offset, f.half, f.tie);
        beyond |= outside(r, bits);
        sums[i] += static_cast<std::int32_t>(r);
    }
    return beyond;
}

template <class Integer>
PIMVP_INLINE void add_sums_body(const std::uint8_t* __restrict data, std::size_t n,
                                std::int64_t* __restrict sums) {
    for (std::size_t i = 0; i < n; ++i) {
        Integer value;
        std::memcpy(&value, data + sizeof value * i, sizeof value);
        sums[i] += value;
    }
}

PIMVP_INLINE std::uint64_t add_wide_sums_body(const std::uint8_t* __restrict data, unsigned bits,
                                              std::size_t n, std::int64_t* __restrict sums) {
    std::uint64_t beyond = 0;
    for (std::size_t i = 0; i < n; ++i) {
        std::int64_t value;
        std::memcpy(&value, data + sizeof value * i, sizeof value);
        beyond |= outside(value, bits);
        sums[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(sums[i]) +
                                            static_cast<std::uint64_t>(value));
    }
    return beyond;
}

PIMVP_INLINE std::uint64_t fit_body(const std::int64_t* __restrict sums, const std::int32_t* __restrict bias,
                                    std::size_t n) {
    std::uint64_t beyond = 0;
    for (std::size_t i = 0; i < n; ++i) beyond |= outside(sums[i] + bias[i], 32);
    return beyond;
}

PIMVP_INLINE void add_elements_body(const std::int32_t* __restrict x, std::size_t n,
                                    std::int64_t* __restrict sums) {
    for (std::size_t i = 0; i < n; ++i) sums[i] += x[i];
}

PIMVP_INLINE std::uint64_t take_sums_body(std::int64_t* __restrict sums, const std::int32_t* __restrict bias,
                                          std::size_t n, unsigned bits, std::int32_t* __restrict acc) {
    std::uint64_t beyond = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const std::int64_t biased = sums[i] + bias[i];
        beyond |= outside(sums[i], bits) | outside(biased, bits);
        acc[i] = static_cast<std::int32_t>(biased);
        sums[i] = 0;
    }
    return beyond;
}

PIMVP_INLINE void add_products_body(const std::int32_t* __restrict x, std::int32_t zero,
                                    std::int32_t multiplier, std::size_t n, std::int64_t* __restrict sums) {
    for (std::size_t i = 0; i < n; ++i) sums[i] += product(x[i] - zero, multiplier);
}

PIMVP_INLINE void multiply_body(const std::int32_t* __restrict x, std::int32_t x_zero,
                                const std::int32_t* __restrict y, std::int32_t y_zero, std::size_t n,
                                std::int64_t* __restrict sums) {
    for (std::size_t i = 0; i < n; ++i) sums[i] = product(x[i] - x_zero, y[i] - y_zero);
}

PIMVP_INLINE void count_body(const std::int32_t* __restrict acc, const std::int32_t* __restrict thresholds,
                             std::size_t count, std::size_t lanes, std::int32_t* __restrict out) {
    for (std::size_t i = 0; i < lanes; ++i) out[i] = 0;
    for (std::size_t k = 0; k < count; ++k) {
        const std::int32_t* row = thresholds + k * lanes;
        for (std::size_t i = 0; i < lanes; ++i) out[i] += acc[i] >= row[i] ? 1 : 0;
    }
}

/// The same by bisection: fewer steps where there are many thresholds.
void bisect(const std::int32_t* acc, const std::int32_t* thresholds, std::size_t count, std::size_t lanes,
            std::int32_t* out) {
    for (std::size_t i = 0; i < lanes; ++i) {
        std::size_t low = 0, high = count;
        while (low < high) {
            const std::size_t middle = (low + high) / 2;
            if (acc[i] >= thresholds[middle * lanes + i])
                low = middle + 1;
            else
                high = middle;
        }
        out[i] = static_cast<std::int32_t>(low);
    }
}
constexpr std::size_t bisect_from = 64;

/// Products of more than 64 bits, shifted back half up or half to even.
Wide scale_product(std::int64_t acc, std::int32_t multiplier, unsigned shift, unsigned rounding) {
    const Wide p = static_cast<Wide>(acc) * multiplier;
    if (shift == 0) return p;
    const Wide half = std::int64_t{1} << (shift - 1), odd = (p >> shift) & 1;
    return (p + half - (rounding == PIMVP_ROUND_HALF_EVEN ? 1 - odd : 0)) >> shift;
}

#if defined(__x86_64__) && defined(__GNUC__)
const bool has_avx2 = __builtin_cpu_supports("avx2");

template <auto body, class... Arguments>
__attribute__((target("avx2"))) auto wide(Arguments... arguments) {
    return body(arguments...);
}
template <auto body, class... Arguments>
auto run(Arguments... arguments) {
    return has_avx2 ? wide<body>(arguments...) : body(arguments...);
}
#else
template <auto body, class... Arguments>
auto run(Arguments... arguments) {
    return body(arguments...);
}
#endif

}  // namespace

Factor::Factor(std::int32_t factor, unsigned total_shift, unsigned how)
    : multiplier(factor), rounding(how), shift(total_shift) {
    if (how == PIMVP_ROUND_DOUBLED) {
        left = total_shift < 31 ? 31 - total_shift : 0;
        shift = total_shift > 31 ? total_shift - 31 : 0;
    }
    offset = top_bit >> shift;
    half = shift == 0 ? 0 : std::int64_t{1} << (shift - 1);
    tie = shift == 0 ? 0 : -1;
}

void Factors::resize(std::size_t lanes) {
    multiplier_.resize(lanes);
    for (auto* field : {&left_, &shift_, &offset_}) field->resize(lanes);
    for (auto* field : {&half_, &tie_}) field->resize(lanes);
}

void Factors::set(std::size_t lane, const Factor& factor) {
    rounding_ = factor.rounding;
    multiplier_[lane] = factor.multiplier;
    left_[lane] = factor.left;
    shift_[lane] = factor.shift;
    offset_[lane] = factor.offset;
    half_[lane] = factor.half;
    tie_[lane] = factor.tie;
}

void Factors::fill(std::size_t lanes, const Factor& factor) {
    for (std::size_t lane = 0; lane < lanes; ++lane) set(lane, factor);
}

bool Factors::scale(const std::int32_t* acc, std::size_t lanes, const Range& range, std::int32_t* out) const {
    const Lanes f{multiplier_.data(), left_.data(), shift_.data(), offset_.data(), half_.data(), tie_.data()};
    switch (rounding_) {
        case PIMVP_ROUND_HALF_UP:
            return run<scale_body<PIMVP_ROUND_HALF_UP>>(acc, f, lanes, range, out) == 0;
        case PIMVP_ROUND_HALF_EVEN:
            return run<scale_body<PIMVP_ROUND_HALF_EVEN>>(acc, f, lanes, range, out) == 0;
        default:
            return run<scale_body<PIMVP_ROUND_DOUBLED>>(acc, f, lanes, range, out) == 0;
    }
}

bool Factors::scale_wide(std::int64_t* sums, const std::int32_t* bias, std::size_t lanes, unsigned bits,
                         const Range& range, std::int32_t* out) const {
    std::uint64_t beyond = 0;
    for (std::size_t i = 0; i < lanes; ++i) {
        const std::int64_t acc = sums[i] + bias[i];
        beyond |= outside(sums[i], bits) | outside(acc, bits);
        if (rounding_ == PIMVP_ROUND_DOUBLED) beyond |= outside(acc, 32);
        sums[i] = 0;
        const Wide x = scale_product(acc, multiplier_[i], static_cast<unsigned>(shift_[i]), rounding_) +
                       range.zero_point;
        out[i] = static_cast<std::int32_t>(
            std::clamp(x, static_cast<Wide>(range.low), static_cast<Wide>(range.high)));
    }
    return beyond == 0;
}

bool add_sums(const std::uint8_t* data, unsigned bytes_each, unsigned bits, std::size_t n,
              std::int64_t* sums) {
    if (bytes_each == 8) return run<add_wide_sums_body>(data, bits, n, sums) == 0;
    if (bytes_each == 2)
        run<add_sums_body<std::int16_t>>(data, n, sums);
    else
        run<add_sums_body<std::int32_t>>(data, n, sums);
    return true;
}

bool fit_32_bits(const std::int64_t* sums, const std::int32_t* bias, std::size_t n) {
    return run<fit_body>(sums, bias, n) == 0;
}

void add_elements(const std::int32_t* x, std::size_t n, std::int64_t* sums) {
    run<add_elements_body>(x, n, sums);
}

bool take_sums(std::int64_t* sums, const std::int32_t* bias, std::size_t n, unsigned bits,
               std::int32_t* acc) {
    return run<take_sums_body>(sums, bias, n, bits, acc) == 0;
}

void add_products(const std::int32_t* x, std::int32_t zero, std::int32_t multiplier, std::size_t n,
                  std::int64_t* sums) {
    run<add_products_body>(x, zero, multiplier, n, sums);
}

bool add_scaled(const std::int32_t* x, std::int32_t zero, unsigned left, const Factor& factor, unsigned bits,
                std::size_t n, std::int64_t* sums) {
    switch (factor.rounding) {
        case PIMVP_ROUND_HALF_UP:
            return run<add_scaled_body<PIMVP_ROUND_HALF_UP>>(x, zero, left, factor, bits, n, sums) == 0;
        case PIMVP_ROUND_HALF_EVEN:
            return run<add_scaled_body<PIMVP_ROUND_HALF_EVEN>>(x, zero, left, factor, bits, n, sums) == 0;
        default:
            return run<add_scaled_body<PIMVP_ROUND_DOUBLED>>(x, zero, left, factor, bits, n, sums) == 0;
    }
}

bool scale_sums(std::int64_t* sums, const Factor& factor, std::size_t n, const Range& range,
                std::int32_t* out) {
    switch (factor.rounding) {
        case PIMVP_ROUND_HALF_UP:
            return run<scale_sums_body<PIMVP_ROUND_HALF_UP>>(sums, factor, n, range, out) == 0;
        case PIMVP_ROUND_HALF_EVEN:
            return run<scale_sums_body<PIMVP_ROUND_HALF_EVEN>>(sums, factor, n, range, out) == 0;
        default:
            return run<scale_sums_body<PIMVP_ROUND_DOUBLED>>(sums, factor, n, range, out) == 0;
    }
}

void multiply(const std::int32_t* x, std::int32_t x_zero, const std::int32_t* y, std::int32_t y_zero,
              std::size_t n, std::int64_t* sums) {
    run<multiply_body>(x, x_zero, y, y_zero, n, sums);
}

void count_reached(const std::int32_t* acc, const std::int32_t* thresholds, std::size_t count,
                   std::size_t lanes, std::int32_t* out) {
    if (count >= bisect_from)
        bisect(acc, thresholds, count, lanes, out);
    else
        run<count_body>(acc, thresholds, count, lanes, out);
}

bool count_reached_wide(std::int64_t* sums, const std::int32_t* bias, unsigned bits,
                        const std::int32_t* thresholds, std::size_t count, std::size_t lanes,
                        std::int32_t* out) {
    std::uint64_t beyond = 0;
    for (std::size_t i = 0; i < lanes; ++i) {
        const std::int64_t acc = sums[i] + bias[i];
        beyond |= outside(sums[i], bits) | outside(acc, bits);
        sums[i] = 0;
        out[i] = 0;
        for (std::size_t k = 0; k < count; ++k) out[i] += acc >= thresholds[k * lanes + i] ? 1 : 0;
    }
    return beyond == 0;
}

}  // namespace pimvp::post
