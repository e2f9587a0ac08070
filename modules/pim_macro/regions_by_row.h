// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "driver/pimvp_macro.h"

namespace pimvp {

/// Which regions hold something derived from a wordline, so that writing a wordline costs the same however
/// many regions there are. Sets of regions are masks, region i in bit i. No SystemC here.
class RegionsByRow {
  public:
    static_assert(PIMVP_MACRO_REGIONS == 64, "a set of regions is a 64-bit mask");

    explicit RegionsByRow(std::uint32_t rows) : at_(rows) {}

    /// Region `index` depends on `rows` wordlines from `row0` on, and on no others.
    void add(unsigned index, std::uint32_t row0, std::uint32_t rows) {
        remove(index);
        ranges_[index] = {row0, rows};
        for (std::uint32_t r = 0; r < rows; ++r) at_[row0 + r] |= bit(index);
    }
    void remove(unsigned index) {
        Range& range = ranges_[index];
        for (std::uint32_t r = 0; r < range.rows; ++r) at_[range.row0 + r] &= ~bit(index);
        range.rows = 0;
    }
    std::uint64_t at(std::uint32_t row) const { return at_[row]; }

  private:
    struct Range {
        std::uint32_t row0 = 0, rows = 0;
    };
    static std::uint64_t bit(unsigned index) { return std::uint64_t{1} << index; }

    std::vector<std::uint64_t> at_;
    std::array<Range, PIMVP_MACRO_REGIONS> ranges_;
};

/// Calls f(i) for every region i of a set.
template <class F>
void for_each_region(std::uint64_t regions, F f) {
    for (unsigned i = 0; regions != 0; ++i, regions >>= 1)
        if ((regions & 1) != 0) f(i);
}

}  // namespace pimvp
