// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/reram_crossbar/reram_crossbar_cost.h"

#include <algorithm>

#include "driver/pimvp_macro.h"
#include "modules/pim_macro/digits.h"

namespace pimvp {
namespace {

constexpr std::uint32_t widest_input = 8;

std::uint32_t ceil_log2(std::uint32_t n) {
    std::uint32_t bits = 0;
    while ((1u << bits) < n) ++bits;
    return bits;
}

std::uint64_t square(std::uint64_t x) {
    return x * x;
}

Duration add_time(const Technology& technology, std::uint32_t width) {
    return technology.full_adder_in_to_carry() +
           technology.full_adder_carry_to_carry() * static_cast<double>(width - 1);
}

/// Greatest positive and negative magnitude of a weight or an input.
struct Range {
    std::int64_t positive, negative;
};
Range range(std::uint32_t bits, bool is_signed) {
    if (!is_signed) return {(std::int64_t{1} << bits) - 1, 0};
    const std::int64_t top = std::int64_t{1} << (bits - 1);
    return {top - 1, top};
}

/// `passes` times `cells` on `wordlines` are read, all at the greatest voltage and level.
ReramCellCost turns_of_reads(const ReramCrossbarParams& params, const Technology& technology,
                             std::uint64_t cells, std::uint64_t wordlines, std::uint64_t passes) {
    const std::int64_t conversion = conversion_cycles(params, technology, params.cell_bits);
    const std::uint64_t units = square(params.greatest_digit());
    ReramCellCost cost;
    const std::uint64_t turns =
        (std::min<std::uint64_t>(cells, params.columns) + params.adcs() - 1) / params.adcs();
    cost.cycles = static_cast<std::int64_t>(passes * wordlines * turns) * conversion;
    cost.line_units = passes * wordlines * units;
    cost.off_cycles = passes * cells * units * static_cast<std::uint64_t>(conversion);
    cost.level_cycles = cost.off_cycles * params.greatest_cell();
    cost.conversions = passes * cells;
    return cost;
}

}  // namespace

MacroGeometry ReramCrossbarParams::geometry() const {
    MacroGeometry g;
    g.id = PIMVP_MACRO_ID_RERAM;
    g.rows = rows;
    g.columns = columns;
    g.cell_bits = cell_bits;
    g.active_rows = active_rows;
    g.adc_bits = adc().bits();
    return g;
}

std::vector<InputDigit> ReramCrossbarParams::digits(const Region& region) const {
    return input_digits(std::max(region.input_bits, least_input_bits), region.signed_inputs(), dac_bits);
}

std::uint32_t accumulator_bits(const ReramCrossbarParams& params, std::uint32_t weight_bits,
                               std::uint32_t input_bits) {
    return digits_per_weight(weight_bits, params.cell_bits) * params.cell_bits +
           std::max(input_bits, params.least_input_bits) + ceil_log2(params.rows) + 1;
}

std::int64_t conversion_cycles(const ReramCrossbarParams& params, const Technology& technology,
                               std::uint32_t adc_bits) {
    return params.period.cycles(technology.adc_bit_delay_per_row * static_cast<double>(params.rows) +
                                technology.adc_latency(static_cast<int>(adc_bits), 0));
}

ReramAccessCost access_cost(const ReramCrossbarParams& params, const Technology& technology,
                            const Region& region) {
    const Adc adc = params.adc();
    const auto digits = params.digits(region);
    const std::uint32_t width = accumulator_bits(params, region.weight_bits, region.input_bits);
    const std::int64_t add = params.period.cycles(add_time(technology, width));
    const auto full = static_cast<std::int64_t>(region.rows / params.active_rows);
    const std::uint32_t rest = region.rows % params.active_rows;

    ReramAccessCost cost;
    cost.columns = std::uint64_t{region.filters} * columns_per_weight(region.weight_bits, params.cell_bits);
    cost.conversions.resize(adc.bits() + 1);
    const auto turns = static_cast<std::int64_t>((cost.columns + params.adcs() - 1) / params.adcs());
    for (const InputDigit& digit : digits) {
        for (const bool last : {false, true}) {
            CrossbarSteps steps;
            steps.digit = digit;
            steps.rows = last ? rest : params.active_rows;
            steps.count = last ? rest != 0 : full;
            if (steps.count == 0) continue;
            const std::uint32_t greatest = steps.rows * digit.greatest() * params.greatest_cell();
            steps.adc_bits = params.adc_early_stop ? adc.bits_for(greatest) : adc.bits();
            // Adding a sum overlaps with the next conversion.
            steps.cycles = std::max(conversion_cycles(params, technology, steps.adc_bits), add);
            const auto count = static_cast<std::uint64_t>(steps.count);
            const std::uint64_t units = count * steps.rows * square(digit.greatest());
            cost.cycles += steps.count * turns * steps.cycles;
            cost.line_units += units;
            cost.off_cycles += units * cost.columns * static_cast<std::uint64_t>(steps.cycles);
            cost.conversions[steps.adc_bits] += count * cost.columns;
            cost.all_conversions += count * cost.columns;
            cost.steps.push_back(steps);
        }
    }
    cost.cycles += add;
    cost.level_cycles = cost.off_cycles * params.greatest_cell();
    cost.latched_bits = std::uint64_t{region.rows} * std::max(region.input_bits, params.least_input_bits);
    cost.driven_digits = region.rows * static_cast<std::uint64_t>(digits.size());
    cost.accumulated_bits = cost.all_conversions * width;
    return cost;
}

ReramCellCost read_cost(const ReramCrossbarParams& params, const Technology& technology, std::uint64_t cells,
                        std::uint64_t wordlines) {
    return turns_of_reads(params, technology, cells, wordlines, 1);
}

ReramCellCost write_cost(const ReramCrossbarParams& params, const Technology& technology, std::uint64_t cells,
                         std::uint64_t wordlines) {
    const std::uint64_t pulses = params.write_pulses;
    ReramCellCost cost = turns_of_reads(params, technology, cells, wordlines, pulses);
    cost.pulses = cells * pulses;
    cost.cycles +=
        static_cast<std::int64_t>(wordlines * pulses) * params.period.cycles(params.write_pulse_time);
    return cost;
}

ReramPrices prices(const ReramCrossbarParams& params, const Technology& technology) {
    const double unit = 1.0 / static_cast<double>(square(params.greatest_digit()));
    const Power off = params.cell_read_power / params.on_off_ratio;
    const double cycle = params.period.duration().si();
    const Energy bit_line =
        switching_energy(technology.cell_load * static_cast<double>(params.rows), params.read_voltage);
    ReramPrices p;
    p.latched_bit = technology.flip_flop_energy();
    p.driven_digit = technology.dac_energy(static_cast<int>(params.dac_bits));
    p.line_unit =
        switching_energy(technology.cell_load * static_cast<double>(params.columns), params.read_voltage) *
        unit;
    p.level_cycle = Energy::si((params.cell_read_power - off).si() / params.greatest_cell() * cycle * unit);
    p.off_cycle = Energy::si(2 * off.si() * cycle * unit);
    const int bits = static_cast<int>(params.adc().bits());
    for (int n = 0; n <= bits; ++n) p.conversion.push_back(technology.adc_energy(n) + bit_line);
    p.accumulated_bit = technology.full_adder_energy() + technology.flip_flop_energy();
    p.write_pulse = params.write_pulse_energy;
    p.leakage = params.leakage_per_line * static_cast<double>(params.rows + params.columns) +
                params.leakage_per_adc * static_cast<double>(params.adcs());
    return p;
}

Energy access_energy(const ReramAccessCost& cost, const ReramPrices& prices) {
    Energy conversions;
    for (std::size_t n = 0; n < cost.conversions.size(); ++n)
        conversions += prices.conversion[n] * static_cast<double>(cost.conversions[n]);
    return conversions + prices.latched_bit * static_cast<double>(cost.latched_bits) +
           prices.driven_digit * static_cast<double>(cost.driven_digits) +
           prices.line_unit * static_cast<double>(cost.line_units) +
           prices.level_cycle * static_cast<double>(cost.level_cycles) +
           prices.off_cycle * static_cast<double>(cost.off_cycles) +
           prices.accumulated_bit * static_cast<double>(cost.accumulated_bits);
}

Energy cell_energy(const ReramCellCost& cost, const ReramPrices& prices, std::uint32_t cell_bits) {
    return prices.write_pulse * static_cast<double>(cost.pulses) +
           prices.line_unit * static_cast<double>(cost.line_units) +
           prices.level_cycle * static_cast<double>(cost.level_cycles) +
           prices.off_cycle * static_cast<double>(cost.off_cycles) +
           prices.conversion[cell_bits] * static_cast<double>(cost.conversions);
}

std::vector<Account::Component> areas(const ReramCrossbarParams& params, const Technology& technology) {
    const double rows = params.rows, columns = params.columns, adcs = params.adcs();
    // Weights of a single digit have the most outputs.
    const double outputs = columns / 2;
    const double width = accumulator_bits(params, params.cell_bits, widest_input);
    const double widest = accumulator_bits(params, 8, widest_input);
    // A transmission gate, about half a NAND2, per level of input voltage and per column that shares a
    // converter, and as much to select it; n address bits meet in n - 1 gates.
    const double levels = params.greatest_digit() + 1.0;
    return {
        {"cells", params.cell_area * (rows * columns)},
        {"adcs", technology.adc_area(static_cast<int>(params.adc().bits())) * adcs},
        {"input_levels", technology.nand2_area * (rows * levels)},
        {"column_select", technology.nand2_area * columns},
        {"decoder", technology.nand2_area * (rows * (ceil_log2(params.rows) - 1))},
        {"adders", technology.full_adder_area() * (adcs * widest)},
        {"flip_flops", technology.flip_flop_area() * (outputs * width + rows * widest_input)},
        {"drivers", params.driver_area_per_line * (rows + columns)},
    };
}

bool accepts(const ReramCrossbarParams& params, const Region& region) {
    if (region.weight_bits < 1 || region.weight_bits > 8) return false;
    if (region.weight_kind > PIMVP_KIND_TERNARY) return false;
    if (region.weight_kind == PIMVP_KIND_TERNARY && region.weight_bits != 2) return false;
    if (!fits(region, params.geometry(), columns_per_weight(region.weight_bits, params.cell_bits)))
        return false;

    const Range w = range(region.weight_bits, region.weight_kind != PIMVP_KIND_UNSIGNED);
    const Range x = range(region.input_bits, region.signed_inputs());
    const std::int64_t rows = region.rows;
    return results_fit(region, -rows * std::max(w.negative * x.positive, w.positive * x.negative),
                       rows * std::max(w.positive * x.positive, w.negative * x.negative));
}

}  // namespace pimvp
