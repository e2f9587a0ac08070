// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The arithmetic of a ternary gain-cell array on the charges of its storage nodes. No SystemC here.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "driver/pimvp_macro.h"
#include "modules/edram_macro/signed_adc.h"
#include "modules/pim_macro/region.h"
#include "modules/pim_macro/regions_by_row.h"

namespace pimvp {

/// Two nodes a cell: bit 0 charged is +1, bit 1 charged is -1; with both charged both bit lines of the column
/// draw the same current, which the differential converter sees as 0. A region's planes or matrix are derived
/// at its first access after a change.
class EdramArray {
  public:
    /// Sizes as MacroGeometry allows them.
    EdramArray(std::uint32_t rows, std::uint32_t columns, std::uint32_t active_rows, const SignedAdc& adc);

    std::uint32_t row_bytes() const { return row_bytes_; }
    /// Part of one row, `offset` + `bytes` <= row_bytes().
    void write_row(std::uint32_t row, std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes);
    void read_row(std::uint32_t row, std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes) const;
    /// The row's nodes, node 2 c + k is bit k of column c, 64 to a word.
    const std::uint64_t* nodes(std::uint32_t row) const { return &nodes_[row * row_words_]; }
    /// The node's charge is gone.
    void discharge(std::uint32_t row, std::uint32_t node);
    void region_changed(unsigned index);
    void clear();

    /// What happened in an access, over all input bits, groups and columns.
    struct Activity {
        std::uint64_t clipped = 0;     // conversions beyond the codes
        std::uint64_t input_ones = 0;  // rows raised
        std::uint64_t conducting = 0;  // raised nodes that hold a charge
    };
    /// Partial sums of an accepted region, `filters` of them. The ones are counted only if `count_ones`.
    Activity compute(unsigned index, const Region& region, const std::uint8_t* inputs, std::int32_t* sums,
                     bool count_ones);

  private:
    struct Derived {
        bool has_planes = false, has_matrix = false;
        Region region;
        std::uint32_t group_rows = 0;  // rows that are summed before a conversion
        std::size_t words = 0;         // of a group
        std::vector<std::uint64_t>
            planes;  // [group][2 filter + node][word], row i in bit i % 64 of word i / 64
        std::vector<std::int16_t> matrix;  // [filter][padded row]
    };
    void derive_planes(Derived& derived, const Region& region) const;
    void derive_matrix(Derived& derived, const Region& region) const;
    int weight(std::uint32_t row, std::uint32_t column) const;
    void split_inputs(const Derived& derived, const Region& region, const std::uint8_t* inputs);
    void multiply(const Derived& derived, const Region& region, const std::uint8_t* inputs,
                  std::int32_t* sums);
    std::uint64_t convert(const Derived& derived, const Region& region, std::int32_t* sums);
    void count_activity(const Derived& derived, const Region& region, Activity& activity);

    const std::uint32_t rows_, row_bytes_, active_rows_;
    const std::size_t row_words_;
    const SignedAdc adc_;
    std::vector<std::uint64_t> nodes_;  // [row][word]
    std::array<Derived, PIMVP_MACRO_REGIONS> derived_;
    RegionsByRow derived_from_;
    // Scratch of one access.
    std::vector<std::uint8_t> fields_, grouped_;
    std::vector<std::uint64_t> input_planes_;  // [bit][group][word]
    std::vector<std::int16_t> vector_;
    std::vector<std::int32_t> differences_;
    std::vector<std::uint32_t> ones_;
};

}  // namespace pimvp
