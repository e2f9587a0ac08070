// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The arithmetic of a ReRAM crossbar on its stored levels. No SystemC here.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "driver/pimvp_macro.h"
#include "modules/pim_macro/adc.h"
#include "modules/pim_macro/region.h"
#include "modules/pim_macro/regions_by_row.h"
#include "modules/reram_crossbar/reram_crossbar_cost.h"

namespace pimvp {

/// Cells as levels of cell_bits, packed. A region's weights are derived from its levels at the first access
/// after a change, as a matrix of integers where the ADC is lossless and else as levels, row by row.
class ReramArray {
  public:
    /// Parameters as check_params() allows them.
    explicit ReramArray(const ReramCrossbarParams& params);

    void write(std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes);
    void read(std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes) const;
    void region_changed(unsigned index);
    void clear();

    /// What happened in an access; the units as in ReramAccessCost.
    struct Activity {
        std::uint64_t clipped = 0;  // conversions beyond the greatest code
        std::uint64_t line_units = 0, level_cycles = 0, off_cycles = 0;
    };
    enum class Path { automatic, integers, levels };

    /// Partial sums of an accepted region, `filters` of them, and what happened: the units only if `cost`,
    /// which is the region's, is given. `path` forces one of the two ways for comparison; `integers` ignores
    /// the ADC.
    Activity compute(unsigned index, const Region& region, const std::uint8_t* inputs, std::int32_t* sums,
                     const ReramAccessCost* cost, Path path = Path::automatic);

  private:
    struct Derived {
        bool has_matrix = false, has_levels = false;
        std::vector<std::int16_t> matrix;       // [filter][padded row]
        std::vector<std::int16_t> levels;       // [row][column]
        std::vector<std::uint32_t> row_levels;  // sum of a row's levels
    };
    void derive_matrix(Derived& derived, const Region& region) const;
    void derive_levels(Derived& derived, const Region& region) const;
    void multiply(const Derived& derived, const Region& region, std::int32_t* sums) const;
    std::uint64_t convert(const Derived& derived, const Region& region, std::int32_t* sums);
    void count(const Derived& derived, const Region& region, const ReramAccessCost& cost,
               Activity& activity) const;
    std::uint32_t columns_of(const Region& region) const;

    const ReramCrossbarParams params_;
    const Adc adc_;
    const std::uint32_t row_bytes_;
    std::vector<std::uint8_t> cells_;
    std::array<Derived, PIMVP_MACRO_REGIONS> derived_;
    RegionsByRow derived_from_;
    // Scratch of one access.
    std::vector<std::int16_t> vector_;
    std::vector<std::int32_t> currents_, column_sums_;
};

}  // namespace pimvp
