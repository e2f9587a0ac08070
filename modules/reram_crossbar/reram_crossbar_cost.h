// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a ReRAM crossbar costs: parameters, cycles, events per access, prices and areas, composed from the
// cell's read and write values, component primitives and geometry. The organisation follows PRIME (Chi et
// al., ISCA 2016): multi-bit cells in differential columns, inputs of a few bits by voltage, few
// reconfigurable sense amplifiers that the columns share. No SystemC here.
#pragma once

#include <cstdint>
#include <vector>

#include "modules/core/account.h"
#include "modules/core/technology.h"
#include "modules/pim_macro/adc.h"
#include "modules/pim_macro/region.h"
#include "modules/reram_crossbar/input_digits.h"

namespace pimvp {

struct ReramCrossbarParams {
    std::uint32_t rows = 256, columns = 256;
    std::uint32_t cell_bits = 4;     // 1, 2 or 4
    std::uint32_t dac_bits = 1;      // input bits that a wordline carries at once
    std::uint32_t active_rows = 16;  // wordlines raised at once
    std::uint32_t adc_bits = 0;      // 0: exact, the smallest lossless resolution for a step's greatest sum
    std::uint32_t adc_lsb = 1;       // units of sum per code
    bool adc_early_stop = true;  // a conversion ends at the bits that the step's rows and inputs can reach
    std::uint32_t columns_per_adc = 32;  // column c has converter c mod ADCs
    std::uint32_t least_input_bits = 1;  // inputs of fewer are applied as inputs of these
    Period period{1000};
    bool count_by_value =
        false;  // currents and line swings: false: greatest inputs and cells, the worst case
    Voltage read_voltage = volts(0.4);         // of the greatest input digit
    Power cell_read_power = microwatts(0.16);  // at read_voltage, at the greatest level: (0.4 V)^2 / 1 MOhm
    double on_off_ratio = 10;                  // of the greatest level's conductance to the lowest level's
    std::uint32_t write_pulses = 8;            // per cell, each followed by a verifying read
    Duration write_pulse_time = nanoseconds(10.0);
    Energy write_pulse_energy = picojoules(0.6);
    Area cell_area = square_micrometres(0.0081);          // 4 F^2 at 45 nm
    Area driver_area_per_line = square_micrometres(2.5);  // of a wordline or bit line
    Power leakage_per_line = microwatts(0.03);  // of a line's driver and its share of decoder and sensing
    Power leakage_per_adc = microwatts(1.0);

    /// Greatest value of a cell and of an input digit.
    std::uint32_t greatest_cell() const { return (1u << cell_bits) - 1; }
    std::uint32_t greatest_digit() const { return (1u << dac_bits) - 1; }
    /// Of a column's sum, in units of level times digit, over active_rows.
    Adc adc() const { return Adc(adc_bits, adc_lsb, active_rows * greatest_digit() * greatest_cell()); }
    std::uint32_t adcs() const { return (columns + columns_per_adc - 1) / columns_per_adc; }
    MacroGeometry geometry() const;
    std::vector<InputDigit> digits(const Region& region) const;

    /// Keys `reram_crossbar.*`.
    static Schema schema();
    /// Throws Error as check_params() does. `instance` >= 0 looks for that instance's overrides first.
    static ReramCrossbarParams from(const Config& config, int instance = -1);
};

/// Throws Error naming the key, what was expected and what was found.
void check_params(const ReramCrossbarParams& params);

/// Width of a partial sum's accumulator: weight digits + input bits + ceil(log2 rows) + sign.
std::uint32_t accumulator_bits(const ReramCrossbarParams& params, std::uint32_t weight_bits,
                               std::uint32_t input_bits);

/// A column is selected, its current settles on the bit line, and the converter works: rows
/// adc_bit_delay_per_row once, since the current is steady, + bits adc_bit_delay. Its cells conduct for that
/// many whole cycles.
std::int64_t conversion_cycles(const ReramCrossbarParams& params, const Technology& technology,
                               std::uint32_t adc_bits);

/// The steps of an access that apply one input digit to equally many wordlines. Units are squared digits:
/// power goes with the voltage squared.
struct CrossbarSteps {
    InputDigit digit;
    std::uint32_t rows = 0;      // wordlines raised
    std::uint32_t adc_bits = 0;  // resolution of the conversions
    std::int64_t count = 0;      // groups of that many wordlines
    std::int64_t cycles = 0;     // of one conversion
};

/// One access to a region: its length, and its events in the worst case of count_by_value = false.
struct ReramAccessCost {
    std::vector<CrossbarSteps>
        steps;                // digit by digit: groups of active_rows, then the last group if it has fewer
    std::int64_t cycles = 0;  // count x ceil(columns / ADCs) conversions of all steps, then the last addition
    std::uint64_t columns = 0;
    std::uint64_t latched_bits = 0;   // rows x input bits
    std::uint64_t driven_digits = 0;  // rows x digits
    std::uint64_t line_units = 0;     // squared digits on wordlines
    std::uint64_t level_cycles = 0;   // squared digits x levels x cycles of conducting cells
    std::uint64_t off_cycles = 0;     // squared digits x cycles of conducting cells, whatever their level
    std::vector<std::uint64_t> conversions;  // by resolution, 0 to adc().bits()
    std::uint64_t all_conversions = 0;
    std::uint64_t accumulated_bits = 0;  // conversions x accumulator width
};
ReramAccessCost access_cost(const ReramCrossbarParams& params, const Technology& technology,
                            const Region& region);

/// Cells programmed or read as memory, on `wordlines` wordlines: every wordline takes as many turns of
/// conversions at the cell's resolution as cells of one wordline need; of programming that and a pulse, as
/// often as there are pulses.
struct ReramCellCost {
    std::int64_t cycles = 0;
    std::uint64_t pulses = 0;  // write pulses of all cells
    std::uint64_t line_units = 0, level_cycles = 0, off_cycles = 0;
    std::uint64_t conversions = 0;  // at cell_bits
};
ReramCellCost write_cost(const ReramCrossbarParams& params, const Technology& technology, std::uint64_t cells,
                         std::uint64_t wordlines);
ReramCellCost read_cost(const ReramCrossbarParams& params, const Technology& technology, std::uint64_t cells,
                        std::uint64_t wordlines);

/// Prices per event.
struct ReramPrices {
    Energy latched_bit;   // one flip-flop
    Energy driven_digit;  // one conversion of an input's digit to a voltage; a single bit needs none
    Energy line_unit;     // a wordline's cell loads through read_voltage, by the greatest digit squared
    Energy level_cycle;   // of one level above the lowest for a cycle, likewise
    Energy off_cycle;     // of the lowest level, and of the reference current that cancels it
    std::vector<Energy>
        conversion;          // at 0 to adc().bits() bits, bit line charge through read_voltage included
    Energy accumulated_bit;  // one full adder and one flip-flop
    Energy write_pulse;
    Power leakage;
};
ReramPrices prices(const ReramCrossbarParams& params, const Technology& technology);

/// Sum of an access's events at their prices.
Energy access_energy(const ReramAccessCost& cost, const ReramPrices& prices);
Energy cell_energy(const ReramCellCost& cost, const ReramPrices& prices, std::uint32_t cell_bits);

/// Cells, ADCs, input voltage multiplexers, decoder, adders, flip-flops and drivers.
std::vector<Account::Component> areas(const ReramCrossbarParams& params, const Technology& technology);

/// Whether the region suits the array: geometry, weight format, and partial sums of such weights that fit the
/// result bytes.
bool accepts(const ReramCrossbarParams& params, const Region& region);

}  // namespace pimvp
