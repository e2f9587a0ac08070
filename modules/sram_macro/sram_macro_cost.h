// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What an SRAM PIM macro costs: parameters, cycles, events per access, prices and areas. Composed from
// component primitives as ZigZag-IMC composes its analog macro, so that a changed geometry changes them. No
// SystemC here.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "modules/core/technology.h"
#include "modules/pim_macro/adc.h"
#include "modules/pim_macro/region.h"
#include "modules/sram_macro/ripple_adders.h"

namespace pimvp {

enum class DataDependence {
    none,  // every raised row's input bits and all cells count as ones: the worst case
    value  // the ones that are there
};

struct SramMacroParams {
    std::uint32_t rows = 128, columns = 128;
    std::uint32_t active_rows = 128;  // wordlines raised at once
    std::uint32_t adc_bits = 0;       // 0: exact, the smallest lossless resolution for active_rows
    std::uint32_t adc_lsb = 1;        // conducting cells per code
    bool adc_early_stop = true;       // a conversion ends at the bits that the raised rows can reach
    std::uint32_t columns_per_adc = 1;
    Period period{5000};
    std::uint32_t write_cycles = 1;          // per wordline touched
    std::uint32_t read_cycles = 1;           // per wordline touched, cells read as memory
    std::uint32_t laid_out_weight_bits = 4;  // columns per adder and accumulator of the periphery: area only
    std::uint32_t weight_columns = 8;  // most columns that one output combines; wider weights are sliced
    DataDependence data_dependence = DataDependence::none;
    Energy write_energy_per_bit = femtojoules(36.0);
    Energy read_energy_per_bit = femtojoules(38.0);
    Power leakage_per_bit = Power::si(10.7e-12);
    Area driver_area_per_line = square_micrometres(2.5);  // of a wordline or bit line

    Adc adc() const { return Adc(adc_bits, adc_lsb, active_rows); }
    /// Resolution of a conversion with `raised` rows; the ADC's own with adc_early_stop off.
    std::uint32_t conversion_bits(std::uint32_t raised) const;
    MacroGeometry geometry() const;
    /// Columns whose shift-add is laid out together: laid_out_weight_bits, but no more than one output
    /// combines.
    std::uint32_t laid_out_columns() const { return std::min(laid_out_weight_bits, weight_columns); }

    /// Keys `sram_macro.*`.
    static Schema schema();
    /// Throws Error as check_params() does. `instance` >= 0 looks for that instance's overrides first.
    static SramMacroParams from(const Config& config, int instance = -1);
};

/// Throws Error naming the key, what was expected and what was found.
void check_params(const SramMacroParams& params);

/// Width of a partial sum's accumulator: weight bits + input bits + ceil(log2 rows).
std::uint32_t accumulator_bits(std::uint32_t weight_bits, std::uint32_t input_bits, std::uint32_t rows);

/// Cell drive, conversion of `adc_bits`, shift-add and accumulation of one array step, one column per ADC.
Duration step_time(const SramMacroParams& params, const Technology& technology, std::uint32_t adc_bits,
                   std::uint32_t weight_bits, std::uint32_t input_bits);

/// A tree over a filter's columns, `column_bits` each, then an accumulator of `width`.
Duration shift_add_time(const Technology& technology, std::uint32_t weight_bits, std::uint32_t column_bits,
                        std::uint32_t width);

/// One access to a region: its length, and its events in the worst case of DataDependence::none.
struct SramAccessCost {
    std::array<ArraySteps, 2> steps;       // of columns per ADC x ceil(step time / period) cycles each
    std::int64_t cycles = 0;               // of all steps
    std::uint64_t latched_bits = 0;        // rows x input bits
    std::uint64_t wordline_raises = 0;     // rows x input bits
    std::uint64_t bitline_discharges = 0;  // conducting cells: rows x input bits x columns
    std::uint64_t conversions = 0;         // columns x input bits x groups, at all resolutions
    std::uint64_t shift_add_bits = 0;      // filters x steps x full adders for the step's resolution
    std::uint64_t accumulated_bits = 0;    // filters x input bits x groups x width
};
SramAccessCost access_cost(const SramMacroParams& params, const Technology& technology, const Region& region);

/// Prices per event.
struct SramMacroPrices {
    Energy latched_bit;     // one flip-flop
    Energy wordline_raise;  // the input load of all cells on a wordline: ZigZag-IMC's in-cell multiply, whose
                            // other input, the stored bit, does not switch
    Energy bitline_discharge;  // a full swing of the bit line, rows cell loads, shared by active_rows cells
    std::vector<Energy> conversion;  // at 0 to adc().bits() bits
    Energy shift_add_bit;            // one full adder
    Energy accumulated_bit;          // one full adder and one flip-flop
    Energy written_bit, read_bit;
    Power leakage;
};
SramMacroPrices prices(const SramMacroParams& params, const Technology& technology);

/// Sum of an access's events at their prices.
Energy access_energy(const SramAccessCost& cost, const SramMacroPrices& prices);

struct NamedArea {
    std::string name;
    Area area;
};
/// Cells, ADCs, adders, flip-flops and drivers.
std::vector<NamedArea> areas(const SramMacroParams& params, const Technology& technology);

/// Whether the region suits the array: geometry, weight format, weight_columns, and partial sums that cannot
/// overflow the result bytes, whatever the cells and inputs hold.
bool accepts(const SramMacroParams& params, const Adc& adc, const Region& region);

}  // namespace pimvp
