// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/edram_macro/edram_macro_cost.h"

#include <algorithm>
#include <cmath>

#include "driver/pimvp_macro.h"

namespace pimvp {

namespace {

constexpr std::uint32_t widest_input_bits = 8;

/// A partial sum of -rows (2^bits - 1) to rows (2^bits - 1).
std::uint32_t partial_sum_bits(std::uint32_t input_bits, std::uint32_t rows) {
    return SignedAdc::lossless_bits(rows) + input_bits - 1;
}

double cells(const EdramMacroParams& params) {
    return static_cast<double>(params.rows) * params.columns;
}

/// Greatest length of a step at any resolution in use.
std::int64_t longest_step_cycles(const EdramMacroParams& params, const Technology& technology,
                                 std::uint32_t accumulated_bits) {
    const std::uint32_t most = params.adc().bits(), fewest = params.conversion_bits(1);
    std::int64_t longest = 0;
    for (std::uint32_t bits = fewest; bits <= most; ++bits) {
        longest =
            std::max(longest, params.period.cycles(step_time(params, technology, bits, accumulated_bits)));
    }
    return params.columns_per_adc * longest;
}

}  // namespace

std::uint32_t EdramMacroParams::conversion_bits(std::uint32_t raised) const {
    const SignedAdc converter = adc();
    return adc_early_stop ? converter.bits_for(raised) : converter.bits();
}

MacroGeometry EdramMacroParams::geometry() const {
    MacroGeometry g;
    g.id = PIMVP_MACRO_ID_EDRAM;
    g.rows = rows;
    g.columns = columns;
    g.cell_bits = nodes_per_cell;
    g.active_rows = active_rows;
    g.adc_bits = adc().bits();
    return g;
}

Duration step_time(const EdramMacroParams& params, const Technology& technology, std::uint32_t adc_bits,
                   std::uint32_t accumulated_bits) {
    Duration time = technology.multiply_delay() +
                    technology.adc_latency(static_cast<int>(adc_bits), static_cast<int>(params.rows));
    if (accumulated_bits > 0) {
        const double tail = accumulated_bits > adc_bits ? accumulated_bits - adc_bits : 0;
        time += technology.full_adder_in_to_carry() + technology.full_adder_carry_to_carry() * tail;
    }
    return time;
}

EdramAccessCost access_cost(const EdramMacroParams& params, const Technology& technology,
                            const Region& region) {
    const bool several = region.input_bits * region.groups(params.active_rows) > 1;
    const std::uint32_t width = several ? partial_sum_bits(region.input_bits, params.rows) : 0;
    EdramAccessCost cost;
    cost.steps = array_steps(region, params.active_rows);
    for (ArraySteps& steps : cost.steps) {
        if (steps.count == 0) continue;
        steps.adc_bits = params.conversion_bits(steps.rows);
        steps.cycles = params.columns_per_adc *
                       params.period.cycles(step_time(params, technology, steps.adc_bits, width));
        steps.conversions = region.filters * static_cast<std::uint64_t>(steps.count);
        cost.cycles += steps.count * steps.cycles;
        cost.conversions += steps.conversions;
        cost.output_bits += steps.conversions * steps.adc_bits;
    }
    cost.latched_bits = std::uint64_t{region.rows} * region.input_bits;
    cost.wordline_raises = cost.latched_bits;
    cost.bitline_discharges = cost.wordline_raises * region.filters * EdramMacroParams::nodes_per_cell;
    cost.accumulated_bits = cost.conversions * width;
    return cost;
}

RefreshParams refresh_params(const EdramMacroParams& params, const Technology& technology) {
    RefreshParams r;
    r.enabled = params.refresh.enabled;
    r.policy = params.refresh.policy;
    r.rows = static_cast<int>(params.rows);
    r.clock_ps = params.period.ps;
    r.period_ps = params.refresh.period_ps;
    r.postpone_ps = params.refresh.postpone_ps;
    r.row_ps = params.row_refresh_cycles * params.period.ps;
    const std::uint32_t width = partial_sum_bits(widest_input_bits, params.rows);
    const std::int64_t step_cycles = longest_step_cycles(params, technology, width);
    const std::int64_t row_cycles =
        std::max(params.write_cycles + params.read_cycles, params.row_refresh_cycles);
    r.longest_step_ps = std::max(step_cycles, row_cycles) * params.period.ps;
    r.retention_ps = params.retention.retention_ps;
    return r.resolved("edram_macro[" + std::to_string(params.array) + "]");
}

EdramMacroPrices prices(const EdramMacroParams& params, const Technology& technology) {
    const double row_nodes = static_cast<double>(params.columns) * EdramMacroParams::nodes_per_cell;
    EdramMacroPrices p;
    p.latched_bit = technology.flip_flop_energy();
    p.wordline_raise = technology.multiply_energy() * row_nodes;
    p.bitline_discharge = technology.cell_toggle() * (static_cast<double>(params.rows) / params.active_rows);
    const int bits = static_cast<int>(params.adc().bits());
    for (int n = 0; n <= bits; ++n) p.conversion.push_back(technology.adc_energy(n));
    p.accumulated_bit = technology.full_adder_energy() + technology.flip_flop_energy();
    p.row_write = params.write_energy_per_bit * row_nodes;
    p.row_refresh = params.refresh_energy_per_bit * row_nodes;
    p.row_read = p.row_refresh;
    p.leakage = params.leakage_per_bit * (row_nodes * params.rows);
    return p;
}

Energy access_energy(const EdramAccessCost& cost, const EdramMacroPrices& prices) {
    Energy conversions;
    for (const ArraySteps& steps : cost.steps) {
        conversions += prices.conversion[steps.adc_bits] * static_cast<double>(steps.conversions);
    }
    return conversions + prices.latched_bit * static_cast<double>(cost.latched_bits + cost.output_bits) +
           prices.wordline_raise * static_cast<double>(cost.wordline_raises) +
           prices.bitline_discharge * static_cast<double>(cost.bitline_discharges) +
           prices.accumulated_bit * static_cast<double>(cost.accumulated_bits);
}

std::vector<Account::Component> areas(const EdramMacroParams& params, const Technology& technology) {
    const std::uint32_t bits = params.adc().bits();
    const double columns = params.columns, rows = params.rows;
    const double adcs = std::ceil(columns / params.columns_per_adc);
    const double width = partial_sum_bits(widest_input_bits, params.rows);
    return {
        {"cells", technology.gain_cell_area * (cells(params) * EdramMacroParams::nodes_per_cell)},
        {"adcs", technology.adc_area(static_cast<int>(bits)) * adcs},
        {"adders", technology.full_adder_area() * (columns * width)},
        {"flip_flops", technology.flip_flop_area() * (columns * (width + bits) + rows * widest_input_bits)},
        {"drivers", params.driver_area_per_line * (rows + columns * EdramMacroParams::nodes_per_cell)},
    };
}

bool accepts(const EdramMacroParams& params, const SignedAdc& adc, const Region& region) {
    if (region.weight_bits != EdramMacroParams::nodes_per_cell || region.weight_kind != PIMVP_KIND_TERNARY) {
        return false;
    }
    if (!fits(region, params.geometry(), 1)) return false;
    const std::int64_t top = std::int64_t{1} << (region.input_bits - 1);
    std::int64_t greatest;
    if (adc.lossless()) {
        greatest = region.rows * (region.signed_inputs() ? top : 2 * top - 1);
    } else {
        // A clipped step no longer belongs to its neighbours: every bit counts on its own.
        greatest = std::int64_t{region.groups(params.active_rows)} * adc.greatest_magnitude() * (2 * top - 1);
    }
    return results_fit(region, -greatest, greatest);
}

}  // namespace pimvp
