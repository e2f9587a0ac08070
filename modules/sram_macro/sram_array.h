// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The arithmetic of an SRAM PIM array on its stored bits. No SystemC here.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "driver/pimvp_macro.h"
#include "modules/pim_macro/adc.h"
#include "modules/pim_macro/region.h"
#include "modules/pim_macro/regions_by_row.h"

namespace pimvp {

/// Cells as bits, rows of columns / 8 bytes. A region's weights are derived from its bits at the first access
/// after a change, as a matrix of integers where the ADC is lossless and else as bit planes, column by
/// column.
class SramArray {
  public:
    /// Sizes as MacroGeometry allows them.
    SramArray(std::uint32_t rows, std::uint32_t columns, std::uint32_t active_rows, const Adc& adc);

    void write(std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes);
    void read(std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes) const;
    void region_changed(unsigned index);
    void clear();

    /// What happened in an access, over all input bits, groups and columns.
    struct Activity {
        std::uint64_t clipped = 0;     // conversions beyond the greatest code
        std::uint64_t input_ones = 0;  // rows raised
        std::uint64_t conducting = 0;  // raised cells that hold a one
    };
    enum class Path { automatic, integers, planes };

    /// Partial sums of an accepted region, `filters` of them, and what happened: the ones only if
    /// `count_ones`. `path` forces one of the two ways for comparison; `integers` ignores the ADC.
    Activity compute(unsigned index, const Region& region, const std::uint8_t* inputs, std::int32_t* sums,
                     bool count_ones, Path path = Path::automatic);

  private:
    struct Derived {
        bool has_matrix = false, has_planes = false, has_ones = false;
        std::vector<std::int16_t> matrix;  // [filter][padded row]
        std::vector<std::uint64_t>
            planes;  // [group][column][word], row i of a group in bit i % 64 of word i / 64
        std::vector<std::int32_t> places;    // signed place value by column
        std::vector<std::int16_t> row_ones;  // ones among the region's columns by row
    };
    void stale_rows(std::uint32_t first, std::uint32_t last);
    void derive_matrix(Derived& derived, const Region& region);
    void derive_planes(Derived& derived, const Region& region) const;
    void derive_ones(Derived& derived, const Region& region) const;
    void multiply(const Derived& derived, const Region& region, const std::uint8_t* inputs,
                  std::int32_t* sums);
    std::uint64_t convert(const Derived& derived, const Region& region, std::int32_t* sums);
    unsigned field(std::uint32_t row, std::uint32_t column, std::uint32_t bits) const;

    const std::uint32_t row_bytes_, active_rows_;
    const Adc adc_;
    std::vector<std::uint8_t> cells_;
    std::array<Derived, PIMVP_MACRO_REGIONS> derived_;
    RegionsByRow derived_from_;
    // Scratch of one access.
    std::vector<std::uint8_t> fields_, grouped_;
    std::vector<std::int16_t> vector_;
    std::vector<std::int16_t> weights_;  // of a few rows
    std::vector<std::uint64_t> input_planes_;
    std::vector<std::uint32_t> ones_;
    std::vector<std::int32_t> column_sums_;
};

}  // namespace pimvp
