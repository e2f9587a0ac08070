// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The postprocessor's loops over the channels of a pixel, or over a stretch of a row. Those that return bool
// return false if a value left its range; what they wrote is then of no use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pimvp::post {

/// Of outputs: clamp(zero_point + x, low, high).
struct Range {
    std::int64_t zero_point = 0, low = 0, high = 0;
};

/// multiplier / 2^shift with its rounding (enum pimvp_rounding), taken apart as the loops need it.
struct Factor {
    Factor() = default;
    Factor(std::int32_t factor, unsigned total_shift, unsigned how);

    std::int32_t multiplier = 1;
    unsigned rounding = 0;
    std::uint64_t left = 0;    // doubled: bits up before the multiplication
    std::uint64_t shift = 0;   // bits down; doubled: after the high half was taken
    std::uint64_t offset = 0;  // 2^63 >> shift
    std::int64_t half = 0;     // 2^(shift - 1), or 0
    std::int64_t tie = 0;      // -1 if there is a shift
};

/// One factor per lane, all of one rounding, field by field.
class Factors {
  public:
    void resize(std::size_t lanes);
    void set(std::size_t lane, const Factor& factor);
    void fill(std::size_t lanes, const Factor& factor);

    /// out = clamp(zero_point + acc * factor).
    bool scale(const std::int32_t* acc, std::size_t lanes, const Range& range, std::int32_t* out) const;
    /// out = clamp(zero_point + (sums + bias) * factor) for sums beyond 32 bits, one after the other; both
    /// must fit `bits`, and 32 where the rounding is doubled. Clears the sums.
    bool scale_wide(std::int64_t* sums, const std::int32_t* bias, std::size_t lanes, unsigned bits,
                    const Range& range, std::int32_t* out) const;

  private:
    unsigned rounding_ = 0;
    std::vector<std::int32_t> multiplier_;
    std::vector<std::uint64_t> left_, shift_, offset_;
    std::vector<std::int64_t> half_, tie_;
};

/// sums += little-endian integers of 2, 4 or 8 bytes, of which those of 8 must fit `bits`.
bool add_sums(const std::uint8_t* data, unsigned bytes_each, unsigned bits, std::size_t n,
              std::int64_t* sums);
void add_elements(const std::int32_t* x, std::size_t n, std::int64_t* sums);
/// acc = sums + bias, both of which must fit `bits`; clears the sums.
bool take_sums(std::int64_t* sums, const std::int32_t* bias, std::size_t n, unsigned bits, std::int32_t* acc);
/// Whether all of sums + bias fit 32 bits.
bool fit_32_bits(const std::int64_t* sums, const std::int32_t* bias, std::size_t n);
/// sums += (x - zero) * multiplier.
void add_products(const std::int32_t* x, std::int32_t zero, std::int32_t multiplier, std::size_t n,
                  std::int64_t* sums);
/// sums += (x - zero) * 2^left * factor, rounded; what is multiplied and what is added must fit `bits`.
bool add_scaled(const std::int32_t* x, std::int32_t zero, unsigned left, const Factor& factor, unsigned bits,
                std::size_t n, std::int64_t* sums);
/// out = clamp(zero_point + sums / 2^shift); the factor's multiplier is 1. Clears the sums.
bool scale_sums(std::int64_t* sums, const Factor& factor, std::size_t n, const Range& range,
                std::int32_t* out);
/// sums = (x - x_zero) * (y - y_zero).
void multiply(const std::int32_t* x, std::int32_t x_zero, const std::int32_t* y, std::int32_t y_zero,
              std::size_t n, std::int64_t* sums);
/// out = number of thresholds that acc reaches; threshold k of lane i is thresholds[k * lanes + i], ascending
/// in k.
void count_reached(const std::int32_t* acc, const std::int32_t* thresholds, std::size_t count,
                   std::size_t lanes, std::int32_t* out);
/// The same for sums + bias beyond 32 bits; both must fit `bits`. Clears the sums.
bool count_reached_wide(std::int64_t* sums, const std::int32_t* bias, unsigned bits,
                        const std::int32_t* thresholds, std::size_t count, std::size_t lanes,
                        std::int32_t* out);

}  // namespace pimvp::post
