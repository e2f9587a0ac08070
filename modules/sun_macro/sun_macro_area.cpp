// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sun_macro/sun_macro_cost.h"

namespace pimvp {

std::vector<NamedArea> areas(const SunMacroParams& params, const Technology& technology) {
    constexpr std::uint32_t input_bits = 8;  // the widest inputs that latch and accumulators must hold
    const double columns = params.columns(), slots = params.slots;
    const std::uint32_t widest = params.slot_columns, step_bits = params.input_bits_per_step;
    const std::uint32_t bits = column_bits(params, params.active_rows, step_bits);
    // An alone filter has all columns, the second of two at most all but one.
    std::uint32_t width = accumulator_bits(widest, input_bits, params.rows);
    if (widest > 1) width += accumulator_bits(widest - 1, input_bits, params.rows);

    std::vector<NamedArea> parts = {{"cells", technology.sram_cell_area * (params.rows * columns)}};
    if (params.compute == SunCompute::analog) {
        parts.push_back({"adcs", technology.adc_area(static_cast<int>(params.adc().bits())) * columns});
        const std::uint32_t dac_bits = step_bits > 1 ? params.active_rows * step_bits : 0;
        parts.push_back({"dacs", params.dac_area_per_bit * static_cast<double>(dac_bits)});
    } else {
        parts.push_back({"gates", technology.nand2_area * (columns * params.active_rows * step_bits)});
        parts.push_back({"adder_trees", technology.full_adder_area() *
                                            (columns * adder_tree_bits(params.active_rows, step_bits))});
    }
    // A gate per sum bit wherever the boundary may be, so that no carry and no sum crosses it.
    parts.push_back(
        {"adders", technology.full_adder_area() * (slots * (shift_add_bits(widest, bits) + width)) +
                       technology.nand2_area * (slots * (widest - 1) * bits)});
    parts.push_back(
        {"flip_flops", technology.flip_flop_area() * (slots * (width + params.boundary_bits()) +
                                                      static_cast<double>(params.rows) * input_bits)});
    parts.push_back({"drivers", params.driver_area_per_line * (params.rows + columns * params.row_blocks)});
    return parts;
}

}  // namespace pimvp
