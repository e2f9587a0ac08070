// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sram_macro/sram_macro_cost.h"

#include <cmath>

#include "driver/pimvp_macro.h"
#include "modules/sram_macro/sram_array.h"

namespace pimvp {

std::uint32_t SramMacroParams::conversion_bits(std::uint32_t raised) const {
    const Adc converter = adc();
    return adc_early_stop ? converter.bits_for(raised) : converter.bits();
}

MacroGeometry SramMacroParams::geometry() const {
    MacroGeometry g;
    g.id = PIMVP_MACRO_ID_SRAM;
    g.rows = rows;
    g.columns = columns;
    g.cell_bits = 1;
    g.active_rows = active_rows;
    g.adc_bits = adc().bits();
    return g;
}

std::uint32_t accumulator_bits(std::uint32_t weight_bits, std::uint32_t input_bits, std::uint32_t rows) {
    return weight_bits + input_bits + ceil_log2(rows);
}

Duration step_time(const SramMacroParams& params, const Technology& technology, std::uint32_t adc_bits,
                   std::uint32_t weight_bits, std::uint32_t input_bits) {
    return technology.multiply_delay() +
           technology.adc_latency(static_cast<int>(adc_bits), static_cast<int>(params.rows)) +
           shift_add_time(technology, weight_bits, adc_bits,
                          accumulator_bits(weight_bits, input_bits, params.rows));
}

Duration shift_add_time(const Technology& technology, std::uint32_t weight_bits, std::uint32_t column_bits,
                        std::uint32_t width) {
    const std::uint32_t sum_bits = weight_bits > 1 ? weight_bits + column_bits : column_bits;
    return ripple_tree_delay(technology, weight_bits, sum_bits) +
           accumulator_delay(technology, sum_bits, width);
}

SramAccessCost access_cost(const SramMacroParams& params, const Technology& technology,
                           const Region& region) {
    const std::uint64_t columns = std::uint64_t{region.filters} * region.weight_bits;
    const std::uint32_t width = accumulator_bits(region.weight_bits, region.input_bits, params.rows);
    SramAccessCost cost;
    cost.steps = array_steps(region, params.active_rows);
    for (ArraySteps& steps : cost.steps) {
        if (steps.count == 0) continue;
        const auto count = static_cast<std::uint64_t>(steps.count);
        steps.adc_bits = params.conversion_bits(steps.rows);
        steps.cycles =
            params.columns_per_adc * params.period.cycles(step_time(params, technology, steps.adc_bits,
                                                                    region.weight_bits, region.input_bits));
        steps.conversions = columns * count;
        cost.cycles += steps.count * steps.cycles;
        cost.conversions += steps.conversions;
        cost.shift_add_bits += region.filters * count * shift_add_bits(region.weight_bits, steps.adc_bits);
        cost.accumulated_bits += region.filters * count * width;
    }
    cost.latched_bits = std::uint64_t{region.rows} * region.input_bits;
    cost.wordline_raises = cost.latched_bits;
    cost.bitline_discharges = cost.wordline_raises * columns;
    return cost;
}

SramMacroPrices prices(const SramMacroParams& params, const Technology& technology) {
    SramMacroPrices p;
    p.latched_bit = technology.flip_flop_energy();
    p.wordline_raise = technology.cell_toggle() * static_cast<double>(params.columns);
    p.bitline_discharge = technology.cell_toggle() * (static_cast<double>(params.rows) / params.active_rows);
    const int bits = static_cast<int>(params.adc().bits());
    for (int n = 0; n <= bits; ++n) p.conversion.push_back(technology.adc_energy(n));
    p.shift_add_bit = technology.full_adder_energy();
    p.accumulated_bit = technology.full_adder_energy() + technology.flip_flop_energy();
    p.written_bit = params.write_energy_per_bit;
    p.read_bit = params.read_energy_per_bit;
    p.leakage = params.leakage_per_bit * (static_cast<double>(params.rows) * params.columns);
    return p;
}

Energy access_energy(const SramAccessCost& cost, const SramMacroPrices& prices) {
    Energy conversions;
    for (const ArraySteps& steps : cost.steps)
        conversions += prices.conversion[steps.adc_bits] * static_cast<double>(steps.conversions);
    return conversions + prices.latched_bit * static_cast<double>(cost.latched_bits) +
           prices.wordline_raise * static_cast<double>(cost.wordline_raises) +
           prices.bitline_discharge * static_cast<double>(cost.bitline_discharges) +
           prices.shift_add_bit * static_cast<double>(cost.shift_add_bits) +
           prices.accumulated_bit * static_cast<double>(cost.accumulated_bits);
}

std::vector<NamedArea> areas(const SramMacroParams& params, const Technology& technology) {
    constexpr std::uint32_t input_bits =
        8;  // the widest inputs that the latch and the accumulators must hold
    const std::uint32_t bits = params.adc().bits();
    const double adcs = std::ceil(static_cast<double>(params.columns) / params.columns_per_adc);
    const double outputs = std::ceil(static_cast<double>(params.columns) / params.laid_out_columns());
    const double width = accumulator_bits(params.laid_out_columns(), input_bits, params.rows);
    const double adders = shift_add_bits(params.laid_out_columns(), bits) + width;
    return {
        {"cells", technology.sram_cell_area * (static_cast<double>(params.rows) * params.columns)},
        {"adcs", technology.adc_area(static_cast<int>(bits)) * adcs},
        {"adders", technology.full_adder_area() * (outputs * adders)},
        {"flip_flops",
         technology.flip_flop_area() * (outputs * width + static_cast<double>(params.rows) * input_bits)},
        {"drivers", params.driver_area_per_line * static_cast<double>(params.rows + params.columns)},
    };
}

bool accepts(const SramMacroParams& params, const Adc& adc, const Region& region) {
    if (region.weight_bits < 1 || region.weight_bits > params.weight_columns) return false;
    if (region.weight_kind > PIMVP_KIND_TERNARY) return false;
    if (region.weight_kind == PIMVP_KIND_TERNARY && region.weight_bits != 2) return false;
    return fits(region, params.geometry(), region.weight_bits) &&
           sums_fit(region, adc, params.active_rows, 1);
}

}  // namespace pimvp
