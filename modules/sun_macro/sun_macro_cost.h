// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a macro with slots of columns costs: parameters, cycles, events per access, prices and areas. Composed
// from component primitives as ZigZag-IMC (KULeuven-MICAS) composes its analog and digital macros. No SystemC
// here.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "modules/core/technology.h"
#include "modules/pim_macro/adc.h"
#include "modules/pim_macro/region.h"
#include "modules/sram_macro/sram_macro_cost.h"
#include "modules/sun_macro/slots.h"

namespace pimvp {

enum class SunCompute {
    analog,  // currents on bit lines, DACs for inputs of several bits, an ADC per column
    digital  // a gate per input bit and column, an adder tree per column
};
enum class AccessTime {
    assumed,  // assumed_access for every array step
    composed  // from the delays of the parts
};

struct SunMacroParams {
    std::uint32_t rows = 1024;
    std::uint32_t slots = 8, slot_columns = 8;
    std::uint32_t active_rows = 16;         // wordlines, so inputs, of an array step
    std::uint32_t input_bits_per_step = 4;  // 1: bit-serial
    std::uint32_t row_blocks = 4;  // wordlines lie in so many blocks side by side, behind a multiplexer: a
                                   // bit line has rows / row_blocks cells, a wordline those of its block
    SunCompute compute = SunCompute::analog;
    std::uint32_t adc_bits = 0;  // 0: exact, the smallest lossless resolution for units()
    std::uint32_t adc_lsb = 1;   // units per code
    bool adc_early_stop = true;  // a conversion ends at the bits that the step's units can reach
    AccessTime access_time = AccessTime::assumed;
    Duration assumed_access =
        nanoseconds(4.1);  // 28 nm 64 kb, 4-bit inputs and weights: Si et al., JSSC 2021
    Period period{5000};
    std::uint32_t write_cycles = 1;                         // per wordline touched
    std::uint32_t read_cycles = 1;                          // per wordline touched, cells read as memory
    DataDependence data_dependence = DataDependence::none;  // analog macros only
    Energy write_energy_per_bit = femtojoules(36.0);
    Energy read_energy_per_bit = femtojoules(38.0);
    Power leakage_per_bit = Power::si(10.7e-12);
    Area driver_area_per_line = square_micrometres(2.5);  // of a wordline or bit line
    Area dac_area_per_bit = square_micrometres(25.0);     // 50 fF at 2 fF/um2 of metal capacitor

    std::uint32_t columns() const { return slots * slot_columns; }
    /// Greatest count that a column's converter sees: active_rows (2^input_bits_per_step - 1) cell currents.
    std::uint32_t units() const { return active_rows * ((1u << input_bits_per_step) - 1); }
    /// Of a slot's boundary register: the columns of both filters, 0 to slot_columns each.
    std::uint32_t boundary_bits() const { return 2 * ceil_log2(slot_columns + 1); }
    /// Lossless if digital.
    Adc adc() const { return Adc(adc_bits, adc_lsb, units()); }
    MacroGeometry geometry() const;

    /// Keys `sun_macro.*`.
    static Schema schema();
    /// Throws Error as check_params() does. `instance` >= 0 looks for that instance's overrides first.
    static SunMacroParams from(const Config& config, int instance = -1);
};

/// Throws Error naming the key, what was expected and what was found.
void check_params(const SunMacroParams& params);

/// Bits of a column's sum of `rows` inputs of `input_bits` each: the resolution of its conversion, or what
/// leaves its adder tree.
std::uint32_t column_bits(const SunMacroParams& params, std::uint32_t rows, std::uint32_t input_bits);

/// Of an array step that takes `step_bits` of `rows` inputs. Composed: the product, ADC or adder tree, the
/// gate at the slot's boundary, shift-add over the widest filter, accumulation. Cells of the next group are
/// selected meanwhile.
Duration step_time(const SunMacroParams& params, const Technology& technology, const Region& region,
                   std::uint32_t rows, std::uint32_t step_bits);

/// One access to a region: its length, and its events in the worst case of DataDependence::none. `columns`
/// are those of its filters; sums go over steps, of input bits times groups of wordlines.
struct SunAccessCost {
    std::int64_t steps = 0;
    std::int64_t cycles = 0;          // of ceil(step time / period) each
    std::uint64_t useful_cells = 0;   // rows x columns
    std::uint64_t latched_bits = 0;   // rows x input bits
    std::uint64_t boundary_bits = 0;  // of the slots with filters, latched with the inputs
    std::uint64_t line_raises = 0;    // analog: rows, per step; digital: rows x input bits
    std::uint64_t cell_units = 0;     // analog: currents of cells at most, by level; digital: cells selected
    std::uint64_t conversions = 0;    // analog: columns, per step, at all resolutions
    std::uint64_t adder_tree_bits = 0;   // digital: columns x full adders for the step's rows and bits
    std::uint64_t shift_add_bits = 0;    // full adders of each filter's columns
    std::uint64_t accumulated_bits = 0;  // filters' widths, per step
    std::array<std::uint64_t, 9> dac_conversions{};   // analog: rows, per step, by bits from 2
    std::array<std::uint64_t, 13> adc_conversions{};  // analog: by resolution
};
SunAccessCost access_cost(const SunMacroParams& params, const Technology& technology, const Region& region);

/// Prices per event.
struct SunMacroPrices {
    Energy latched_bit;  // one flip-flop, of inputs and of boundaries
    Energy line_raise;   // analog: all cells of a wordline; digital: the gates of an input bit in all columns
    Energy cell_unit;    // analog: a full swing of the bit line, shared by units() currents; digital: the
                         // cells that share a gate, rows / active_rows of them, on their local bit line
    std::vector<Energy> dac_conversion;    // at 0 to input_bits_per_step bits; none if digital
    std::vector<Energy> adc_conversion;    // at 0 to adc().bits() bits; none if digital
    Energy adder_tree_bit, shift_add_bit;  // one full adder
    Energy accumulated_bit;                // one full adder and one flip-flop
    Energy written_bit, read_bit;
    Power leakage;
};
SunMacroPrices prices(const SunMacroParams& params, const Technology& technology);

/// Sum of an access's events at their prices.
Energy access_energy(const SunAccessCost& cost, const SunMacroPrices& prices);

/// Cells, ADCs and DACs or gates and adder trees, adders, flip-flops and drivers.
std::vector<NamedArea> areas(const SunMacroParams& params, const Technology& technology);

/// Whether the region suits the array: geometry, slots, whole groups of active_rows, weight format, and
/// partial sums that cannot overflow the result bytes, whatever the cells and inputs hold.
bool accepts(const SunMacroParams& params, const Adc& adc, const Region& region);

}  // namespace pimvp
