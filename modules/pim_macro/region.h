// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a macro is, and the rectangles of its cells that hold weight tiles. The meaning of every field is that
// of the address map in driver/pimvp_macro.h. No SystemC here.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace pimvp {

/// What the macro's identification registers say.
struct MacroGeometry {
    std::uint32_t id = 0;  // PIMVP_MACRO_ID_*
    std::uint32_t version = 1;
    std::uint32_t rows = 0;         // wordlines: 8..1024, a multiple of 8
    std::uint32_t columns = 0;      // cells per wordline: 8..1024, a multiple of 8
    std::uint32_t cell_bits = 1;    // stored bits per cell: 1, 2 or 4
    std::uint32_t active_rows = 0;  // wordlines raised at once: 1..rows
    std::uint32_t adc_bits = 0;     // effective resolution

    std::uint32_t row_bytes() const { return columns * cell_bits / 8; }
    std::uint32_t cell_bytes() const { return rows * row_bytes(); }
};

/// Throws Error if a size is outside what the address map allows; `block` names the configuration section.
void check_geometry(const MacroGeometry& geometry, const std::string& block);

/// One region's registers as written. Zeroed, it is no valid region.
struct Region {
    std::uint32_t row0 = 0, rows = 0, column0 = 0, filters = 0;
    std::uint32_t weight_bits = 0, weight_kind = 0;
    std::uint32_t input_bits = 0, input_kind = 0;
    std::uint32_t result_bytes = 0;
    std::uint32_t shift = 0;
    std::uint32_t slots_low = 0, slots_high = 0;  // SUN macros alone

    std::uint32_t input_size() const { return (rows * input_bits + 7) / 8; }  // bytes of an input write
    std::uint32_t result_size() const { return filters * result_bytes; }      // bytes of a result read
    bool signed_inputs() const { return input_kind != 0; }
    /// Array steps per input bit: wordlines are raised `active_rows` at a time, from row0 on.
    std::uint32_t groups(std::uint32_t active_rows) const { return (rows + active_rows - 1) / active_rows; }
};

/// Where a filter's weights lie in the columns of a region, least significant bit first; signed: two's
/// complement.
struct FilterColumns {
    std::uint32_t first = 0, columns = 0;  // counted from the region's first column
    bool is_signed = false;
};

/// The input bits that an array takes at once. Several are one level of a wordline, and a level is not
/// negative: a sign bit has a step of its own.
struct InputStep {
    std::uint32_t first_bit = 0, bits = 1;
    bool negative = false;

    std::uint32_t greatest_level() const { return (1u << bits) - 1; }
    std::int32_t place() const { return negative ? -(1 << first_bit) : 1 << first_bit; }
};
/// Steps of a whole input, `bits_per_step` bits at most in each: ceil(input bits / bits_per_step); of a
/// signed one ceil((input bits - 1) / bits_per_step) + 1.
std::uint32_t input_steps(const Region& region, std::uint32_t bits_per_step);
/// Lowest bits first.
InputStep input_step(const Region& region, std::uint32_t bits_per_step, std::uint32_t index);

/// The steps of an access that raise equally many wordlines.
struct ArraySteps {
    std::uint32_t rows = 0;         // wordlines raised
    std::uint32_t adc_bits = 0;     // resolution of the conversions
    std::int64_t count = 0;         // input bits x groups of that many wordlines
    std::int64_t cycles = 0;        // of one step
    std::uint64_t conversions = 0;  // of all steps
};
/// Groups of `active_rows` wordlines, then a last group that has fewer; count 0: there are none. Rows and
/// counts are filled in, the rest is the array's matter.
std::array<ArraySteps, 2> array_steps(const Region& region, std::uint32_t active_rows);

/// Whether the region lies in the array with `columns_per_weight` columns per filter, its inputs and results
/// fit their format and window. What the weights may be is the array's matter.
bool fits(const Region& region, const MacroGeometry& geometry, std::uint32_t columns_per_weight);

/// Whether a partial sum between the two bounds, times 2^shift, can be stored in the region's result bytes.
bool results_fit(const Region& region, std::int64_t least, std::int64_t greatest);

/// What a result read returns: region.filters partial sums of an accepted region, times 2^shift, little
/// endian. The shift is wiring and costs nothing.
void store_results(const Region& region, const std::int32_t* sums, std::uint8_t* results);

}  // namespace pimvp
