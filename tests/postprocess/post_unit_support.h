// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// For tests of the unit: elements written bit by bit, and draws that often hit an end of their range.
#pragma once

#include <algorithm>
#include <random>
#include <vector>

#include "driver/pimvp_macro.h"
#include "modules/postprocess/post_unit.h"
#include "tests/postprocess/rounding_oracle.h"

namespace pimvp {

using Bytes = std::vector<std::uint8_t>;

inline std::size_t bytes_for(std::size_t bits) {
    return (bits + 7) / 8;
}

inline void write_field(Bytes& bytes, std::size_t at, unsigned bits, std::int64_t value) {
    for (unsigned i = 0; i < bits; ++i)
        if ((value >> i) & 1) bytes[(at + i) / 8] |= static_cast<std::uint8_t>(1 << ((at + i) % 8));
}

/// Elements back to back, on as few bytes as hold them.
inline Bytes packed(const std::vector<std::int64_t>& values, unsigned bits) {
    Bytes bytes(bytes_for(values.size() * bits));
    for (std::size_t i = 0; i < values.size(); ++i) write_field(bytes, i * bits, bits, values[i]);
    return bytes;
}

inline Bytes little_endian(const std::vector<std::int64_t>& sums, unsigned bytes) {
    return packed(sums, 8 * bytes);
}

inline Bytes row_of(const PostUnit& unit) {
    return {unit.row(), unit.row() + unit.row_bytes()};
}

struct Random {
    std::mt19937_64 rng;
    explicit Random(unsigned seed) : rng(seed) {}
    std::int64_t operator()(std::int64_t low, std::int64_t high) {
        return std::uniform_int_distribution<std::int64_t>(low, high)(rng);
    }
    /// Half of the draws are at or next to an end or to 0.
    std::int64_t extreme(std::int64_t low, std::int64_t high) {
        switch ((*this)(0, 7)) {
            case 0:
                return low;
            case 1:
                return high;
            case 2:
                return std::clamp<std::int64_t>(low + 1, low, high);
            case 3:
                return std::clamp<std::int64_t>(0, low, high);
            default:
                return (*this)(low, high);
        }
    }
};

struct ElementRange {
    unsigned bits;
    bool is_signed;
    std::int64_t low() const { return is_signed ? -(std::int64_t{1} << (bits - 1)) : 0; }
    std::int64_t high() const { return (std::int64_t{1} << (is_signed ? bits - 1 : bits)) - 1; }
    unsigned kind() const { return is_signed ? PIMVP_KIND_SIGNED : PIMVP_KIND_UNSIGNED; }
    std::uint32_t format(unsigned count = 0) const { return PIMVP_COUNTED_FORMAT(bits, kind(), count); }
};

inline ElementRange random_range(Random& random, unsigned most = 16) {
    return {static_cast<unsigned>(random(1, most)), random(0, 1) == 1};
}

inline pimvp_post make_post(unsigned mode, unsigned channels, unsigned width, ElementRange out) {
    pimvp_post post{};
    post.mode = mode;
    post.channels = channels;
    post.width = width;
    post.format = out.format();
    post.low = static_cast<std::int32_t>(out.low());
    post.high = static_cast<std::int32_t>(out.high());
    return post;
}

inline void randomise_clamp(pimvp_post& post, ElementRange out, Random& random) {
    post.zero_point = static_cast<std::int32_t>(random.extreme(out.low(), out.high()));
    post.low = static_cast<std::int32_t>(random.extreme(out.low(), out.high()));
    post.high = static_cast<std::int32_t>(random(post.low, out.high()));
}

inline std::vector<pimvp_post_entry> random_entries(unsigned count, Random& random, std::int64_t bias_limit) {
    std::vector<pimvp_post_entry> entries(count);
    for (auto& e : entries) {
        e.bias = static_cast<std::int32_t>(random.extreme(-bias_limit, bias_limit));
        e.multiplier = static_cast<std::int32_t>(random.extreme(INT32_MIN, INT32_MAX));
        e.shift = static_cast<std::uint32_t>(random.extreme(0, 62));
        if (random(0, 1) == 0)
            e.multiplier = static_cast<std::int32_t>(random(1, 4));  // so that halves occur
        if (e.multiplier < 5 && e.multiplier > 0) e.shift = static_cast<std::uint32_t>(random(0, 8));
    }
    return entries;
}

/// The last step of most modes.
inline std::int64_t clamped_output(Wide rounded, const pimvp_post& post) {
    return static_cast<std::int64_t>(std::clamp<Wide>(rounded + post.zero_point, post.low, post.high));
}

}  // namespace pimvp
