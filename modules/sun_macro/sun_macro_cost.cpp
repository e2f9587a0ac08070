// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sun_macro/sun_macro_cost.h"

#include "driver/pimvp_macro.h"
#include "modules/sram_macro/sram_array.h"

namespace pimvp {
namespace {

bool analog(const SunMacroParams& params) {
    return params.compute == SunCompute::analog;
}

/// Groups of equally many wordlines, counted once per access rather than per input bit.
std::array<ArraySteps, 2> row_groups(const SunMacroParams& params, const Region& region) {
    Region one_bit = region;
    one_bit.input_bits = 1;
    return array_steps(one_bit, params.active_rows);
}

}  // namespace

MacroGeometry SunMacroParams::geometry() const {
    MacroGeometry g;
    g.id = PIMVP_MACRO_ID_SUN;
    g.rows = rows;
    g.columns = columns();
    g.cell_bits = 1;
    g.active_rows = active_rows;
    g.adc_bits = compute == SunCompute::analog ? adc().bits() : 0;
    return g;
}

std::uint32_t column_bits(const SunMacroParams& params, std::uint32_t rows, std::uint32_t input_bits) {
    if (!analog(params)) return input_bits + ceil_log2(rows);
    const Adc adc = params.adc();
    return params.adc_early_stop ? adc.bits_for(rows * ((1u << input_bits) - 1)) : adc.bits();
}

Duration step_time(const SunMacroParams& params, const Technology& technology, const Region& region,
                   std::uint32_t rows, std::uint32_t step_bits) {
    if (params.access_time == AccessTime::assumed) return params.assumed_access;
    const std::uint32_t bits = column_bits(params, rows, step_bits);
    const std::uint32_t width = accumulator_bits(region.weight_bits, region.input_bits, params.rows);
    const Duration column = analog(params)
                                ? technology.adc_latency(static_cast<int>(bits),
                                                         static_cast<int>(params.rows / params.row_blocks))
                                : ripple_tree_delay(technology, rows, bits - 1);
    return technology.multiply_delay() + column + technology.nand2_delay +
           shift_add_time(technology, region.weight_bits, bits, width);
}

SunAccessCost access_cost(const SunMacroParams& params, const Technology& technology, const Region& region) {
    const std::vector<FilterColumns> filters = slot_filters(region, params.slot_columns);
    std::uint64_t columns = 0;
    for (const FilterColumns& filter : filters) columns += filter.columns;
    SunAccessCost cost;
    for (std::uint32_t s = 0; s < input_steps(region, params.input_bits_per_step); ++s) {
        const InputStep step = input_step(region, params.input_bits_per_step, s);
        for (const ArraySteps& groups : row_groups(params, region)) {
            if (groups.count == 0) continue;
            const auto count = static_cast<std::uint64_t>(groups.count);
            const std::uint64_t rows = count * groups.rows;  // of all groups
            const std::uint32_t bits = column_bits(params, groups.rows, step.bits);
            cost.steps += groups.count;
            cost.cycles += groups.count * params.period.cycles(
                                              step_time(params, technology, region, groups.rows, step.bits));
            if (analog(params)) {
                if (step.bits > 1) cost.dac_conversions[step.bits] += rows;
                cost.line_raises += rows;
                cost.cell_units += rows * step.greatest_level() * columns;
                cost.adc_conversions[bits] += count * columns;
                cost.conversions += count * columns;
            } else {
                cost.line_raises += rows * step.bits;
                cost.adder_tree_bits += count * columns * adder_tree_bits(groups.rows, step.bits);
            }
            for (const FilterColumns& filter : filters) {
                cost.shift_add_bits += count * shift_add_bits(filter.columns, bits);
                cost.accumulated_bits +=
                    count * accumulator_bits(filter.columns, region.input_bits, params.rows);
            }
        }
    }
    cost.useful_cells = region.rows * columns;
    if (!analog(params)) cost.cell_units = cost.useful_cells;
    cost.latched_bits = std::uint64_t{region.rows} * region.input_bits;
    cost.boundary_bits = std::uint64_t{slots_used(region)} * params.boundary_bits();
    return cost;
}

SunMacroPrices prices(const SunMacroParams& params, const Technology& technology) {
    SunMacroPrices p;
    const double columns = params.columns();
    p.latched_bit = technology.flip_flop_energy();
    if (analog(params)) {
        p.line_raise = technology.cell_toggle() * columns;
        p.cell_unit = technology.cell_toggle() *
                      (static_cast<double>(params.rows / params.row_blocks) / params.units());
        for (int n = 0; n <= static_cast<int>(params.input_bits_per_step); ++n)
            p.dac_conversion.push_back(technology.dac_energy(n));
        for (int n = 0; n <= static_cast<int>(params.adc().bits()); ++n)
            p.adc_conversion.push_back(technology.adc_energy(n));
    } else {
        p.line_raise = technology.multiply_energy() * columns;
        p.cell_unit = technology.cell_toggle() * static_cast<double>(params.rows / params.active_rows);
    }
    p.adder_tree_bit = technology.full_adder_energy();
    p.shift_add_bit = technology.full_adder_energy();
    p.accumulated_bit = technology.full_adder_energy() + technology.flip_flop_energy();
    p.written_bit = params.write_energy_per_bit;
    p.read_bit = params.read_energy_per_bit;
    p.leakage = params.leakage_per_bit * (params.rows * columns);
    return p;
}

Energy access_energy(const SunAccessCost& cost, const SunMacroPrices& prices) {
    Energy conversions;
    for (std::size_t n = 0; n < prices.dac_conversion.size(); ++n)
        conversions += prices.dac_conversion[n] * static_cast<double>(cost.dac_conversions[n]);
    for (std::size_t n = 0; n < prices.adc_conversion.size(); ++n)
        conversions += prices.adc_conversion[n] * static_cast<double>(cost.adc_conversions[n]);
    return conversions + prices.latched_bit * static_cast<double>(cost.latched_bits + cost.boundary_bits) +
           prices.line_raise * static_cast<double>(cost.line_raises) +
           prices.cell_unit * static_cast<double>(cost.cell_units) +
           prices.adder_tree_bit * static_cast<double>(cost.adder_tree_bits) +
           prices.shift_add_bit * static_cast<double>(cost.shift_add_bits) +
           prices.accumulated_bit * static_cast<double>(cost.accumulated_bits);
}

bool accepts(const SunMacroParams& params, const Adc& adc, const Region& region) {
    if (region.weight_kind != PIMVP_KIND_SIGNED && region.weight_kind != PIMVP_KIND_UNSIGNED) return false;
    if (region.row0 % params.active_rows != 0 || region.column0 % params.slot_columns != 0) return false;
    if (!slots_agree(region, params.slot_columns)) return false;
    // The columns are those of whole slots.
    Region whole = region;
    whole.filters = slots_used(region);
    return fits(whole, params.geometry(), params.slot_columns) &&
           sums_fit(region, adc, params.active_rows, params.input_bits_per_step);
}

}  // namespace pimvp
