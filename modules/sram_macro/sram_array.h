// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The arithmetic of an SRAM PIM array on its stored bits. No SystemC here.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
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
    /// The filters of an accepted region in the order of their results, none of more than 8 columns; a pure
    /// function of the region.
    using Layout = std::function<std::vector<FilterColumns>(const Region&)>;
    /// Side by side, weight_bits columns each.
    static std::vector<FilterColumns> side_by_side(const Region& region);

    /// Sizes as MacroGeometry allows them. The ADC converts up to active_rows (2^input_bits_per_step - 1)
    /// units: cells that conduct, times the level of their wordline.
    SramArray(std::uint32_t rows, std::uint32_t columns, std::uint32_t active_rows, const Adc& adc,
              std::uint32_t input_bits_per_step = 1, Layout layout = side_by_side);

    void write(std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes);
    void read(std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes) const;
    void region_changed(unsigned index);
    void clear();

    /// What happened in an access, over all steps, groups and columns of filters.
    struct Activity {
        std::uint64_t clipped = 0;     // conversions beyond the greatest code
        std::uint64_t input_ones = 0;  // rows raised, to whatever level
        std::uint64_t conducting = 0;  // raised cells that hold a one, times the level
    };
    enum class Path { automatic, integers, planes };

    /// Partial sums of an accepted region, `filters` of them, and what happened: the ones only if
    /// `with_ones`. `path` forces one of the two ways for comparison; `integers` ignores the ADC.
    Activity compute(unsigned index, const Region& region, const std::uint8_t* inputs, std::int32_t* sums,
                     bool with_ones, Path path = Path::automatic);

  private:
    struct Derived {
        bool has_layout = false, has_matrix = false, has_planes = false, has_ones = false;
        std::vector<FilterColumns> filters;
        std::vector<std::int16_t> matrix;  // [filter][padded row]
        std::vector<std::uint64_t>
            planes;  // [group][column][word], row i of a group in bit i % 64 of word i / 64
        std::vector<std::int32_t> places;    // signed place value by column, filter by filter
        std::vector<std::int16_t> row_ones;  // ones among the filters' columns by row
    };
    void stale_rows(std::uint32_t first, std::uint32_t last);
    void forget_weights(unsigned index);
    void derive_layout(Derived& derived, const Region& region) const;
    void derive_matrix(Derived& derived, const Region& region) const;
    void derive_planes(Derived& derived, const Region& region) const;
    void derive_ones(Derived& derived, const Region& region) const;
    void multiply(const Derived& derived, const Region& region, const std::uint8_t* inputs,
                  std::int32_t* sums);
    std::uint64_t convert(const Derived& derived, const Region& region, std::int32_t* sums);
    /// Into ones_: what the columns of one group conduct in a step of so many bits.
    void count_levels(const Derived& derived, std::uint32_t group, std::uint32_t groups, std::uint32_t bits);
    void count_ones(const Derived& derived, const Region& region, Activity& activity);
    bool cell(std::uint32_t row, std::uint32_t column) const;

    const std::uint32_t row_bytes_, active_rows_, step_bits_;
    const Adc adc_;
    const Layout layout_;
    std::vector<std::uint8_t> cells_;
    std::array<Derived, PIMVP_MACRO_REGIONS> derived_;
    RegionsByRow derived_from_;
    // Scratch of one access.
    std::vector<std::uint8_t> fields_, grouped_;
    std::vector<std::int16_t> vector_;
    std::vector<std::uint64_t> input_planes_;     // [bit of the step][group][word]
    std::vector<std::uint32_t> ones_, bit_ones_;  // by column: of a step, of one of its bits
    std::vector<std::int32_t> column_sums_;
};

/// Whether no partial sum of an SramArray can overflow the region's results, whatever the cells and inputs
/// hold. No filter has more than region.weight_bits columns.
bool sums_fit(const Region& region, const Adc& adc, std::uint32_t active_rows,
              std::uint32_t input_bits_per_step);

}  // namespace pimvp
