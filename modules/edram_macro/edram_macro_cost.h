// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a ternary gain-cell PIM macro costs: parameters, cycles, events per access, prices and areas, composed
// from component primitives, so that a changed geometry changes them. No SystemC here.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "modules/core/account.h"
#include "modules/core/technology.h"
#include "modules/edram_macro/refresh_schedule.h"
#include "modules/edram_macro/retention.h"
#include "modules/edram_macro/signed_adc.h"
#include "modules/pim_macro/region.h"

namespace pimvp {

struct EdramMacroParams {
    static constexpr std::uint32_t nodes_per_cell =
        2;  // one stores +1, one -1 (Yu et al., TCAS-I 68(2), 2021: 4T2C)

    std::uint32_t rows = 128, columns = 128;
    std::uint32_t active_rows = 128;  // wordlines raised at once
    std::uint32_t adc_bits = 0;       // 0: exact, the smallest lossless resolution for +-active_rows
    std::uint32_t adc_lsb = 0;   // difference of conducting cells per code; 0: the codes span +-active_rows
    bool adc_early_stop = true;  // a conversion ends at the bits that the raised rows can reach
    std::uint32_t columns_per_adc = 1;
    Period period{5000};
    std::uint32_t write_cycles = 1;        // per wordline; a part of one is read first
    std::uint32_t read_cycles = 1;         // per wordline, cells read as memory
    std::uint32_t row_refresh_cycles = 2;  // read and write back
    bool count_by_value =
        false;  // line toggles: false: all cells conduct, the worst case; true: those that do
    RetentionParams retention;
    std::uint64_t array = 0;  // tells the macros of one seed apart
    Energy write_energy_per_bit = femtojoules(20.0);
    Energy refresh_energy_per_bit = femtojoules(20.0);  // Giterman et al., LSSC 2020: 276 uW x 77 us / Mb
    Power leakage_per_bit = Power::si(100e-12);         // the same: 105 uW per Mb
    Area driver_area_per_line = square_micrometres(2.5);

    struct Refresh {
        bool enabled = true;
        RefreshPolicy policy = RefreshPolicy::distributed;
        std::int64_t period_ps = 0;  // 0: the longest that the retention allows
        std::int64_t postpone_ps = 0;
    } refresh;

    SignedAdc adc() const { return SignedAdc(adc_bits, adc_lsb, active_rows); }
    /// Resolution of a conversion with `raised` rows; the ADC's own with adc_early_stop off.
    std::uint32_t conversion_bits(std::uint32_t raised) const;
    MacroGeometry geometry() const;

    /// Keys `edram_macro.*` and `refresh.*`.
    static Schema schema();
    /// Throws Error as check_params() does. `instance` >= 0 looks for that instance's overrides first and
    /// numbers the array.
    static EdramMacroParams from(const Config& config, int instance = -1);
};

/// Throws Error naming the key, what was expected and what was found.
void check_params(const EdramMacroParams& params);

/// What a refresh controller must know about this array, resolved; Error if the period does not fit the
/// retention.
RefreshParams refresh_params(const EdramMacroParams& params, const Technology& technology);

/// Cell drive and conversion of `adc_bits` of one array step, one column per ADC; with `accumulated_bits` > 0
/// the step also adds to an accumulator of that width.
Duration step_time(const EdramMacroParams& params, const Technology& technology, std::uint32_t adc_bits,
                   std::uint32_t accumulated_bits);

/// One access to a region: its length, and its events when all cells conduct.
struct EdramAccessCost {
    std::array<ArraySteps, 2> steps;       // of columns per ADC x ceil(step time / period) cycles each
    std::int64_t cycles = 0;               // of all steps
    std::uint64_t latched_bits = 0;        // rows x input bits
    std::uint64_t wordline_raises = 0;     // rows x input bits
    std::uint64_t bitline_discharges = 0;  // rows x input bits x columns x 2
    std::uint64_t conversions = 0;         // columns x steps, at all resolutions
    std::uint64_t output_bits = 0;         // conversions x their bits, latched
    std::uint64_t accumulated_bits = 0;    // conversions x width; a single step needs no accumulator
};
EdramAccessCost access_cost(const EdramMacroParams& params, const Technology& technology,
                            const Region& region);

/// Prices per event.
struct EdramMacroPrices {
    Energy latched_bit;              // one flip-flop, inputs and converter outputs
    Energy wordline_raise;           // the input load of both nodes of all cells on a wordline
    Energy bitline_discharge;        // full swing of one of the pair's bit lines, rows cell loads, shared by
                                     // active_rows
    std::vector<Energy> conversion;  // at 0 to adc().bits() bits
    Energy accumulated_bit;          // one full adder and one flip-flop
    Energy row_write, row_refresh;
    Energy row_read;  // as memory: taken as a refresh, which contains a read
    Power leakage;
};
EdramMacroPrices prices(const EdramMacroParams& params, const Technology& technology);

/// Sum of an access's events at their prices.
Energy access_energy(const EdramAccessCost& cost, const EdramMacroPrices& prices);

/// Cells, ADCs, adders, flip-flops and drivers.
std::vector<Account::Component> areas(const EdramMacroParams& params, const Technology& technology);

/// Whether the region suits the array: geometry, ternary weights, and partial sums that cannot overflow the
/// result bytes, whatever the cells and inputs hold.
bool accepts(const EdramMacroParams& params, const SignedAdc& adc, const Region& region);

}  // namespace pimvp
