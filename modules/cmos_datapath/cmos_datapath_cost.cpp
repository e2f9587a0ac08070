// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/cmos_datapath/cmos_datapath_cost.h"

#include <algorithm>

#include "driver/pimvp_macro.h"

namespace pimvp {
namespace {

constexpr double multiplexer_nand2 = 3.0;  // two inputs
constexpr double xor_loads = 1.5, xor_nand2 = 2.4;
constexpr double latch_share = 0.5;  // of a flip-flop, which is two of them
constexpr std::uint32_t most_weight_bits = 8;

std::uint32_t ceil_log2(std::uint32_t n) {
    std::uint32_t bits = 0;
    while ((1u << bits) < n) ++bits;
    return bits;
}

std::uint32_t ceil_div(std::uint32_t a, std::uint32_t b) {
    return (a + b - 1) / b;
}

/// Least and greatest integer of a field.
struct Bounds {
    std::int64_t least, greatest;
};
Bounds bounds(std::uint32_t bits, std::uint32_t kind) {
    const std::int64_t codes = std::int64_t{1} << bits;
    if (kind == PIMVP_KIND_UNSIGNED) return {0, codes - 1};
    if (kind == PIMVP_KIND_BIPOLAR) return {1 - codes, codes - 1};
    return {-codes / 2, codes / 2 - 1};
}

}  // namespace

MacroGeometry CmosDatapathParams::geometry() const {
    MacroGeometry g;
    g.id = PIMVP_MACRO_ID_CMOS;
    g.rows = rows;
    g.columns = columns;
    g.cell_bits = 1;
    g.active_rows = operands;
    g.adc_bits = 0;
    return g;
}

AdderTree adder_tree(std::uint32_t operands, std::uint32_t bits, std::uint32_t stages) {
    AdderTree tree;
    tree.levels = ceil_log2(operands);
    std::uint32_t left = operands, cut = 1;
    for (std::uint32_t level = 1; level <= tree.levels; ++level) {
        tree.full_adders += std::uint64_t{left / 2} * (bits + level - 1);
        left = ceil_div(left, 2);
        for (; cut < stages && ceil_div(cut * tree.levels, stages) == level; ++cut)
            tree.pipeline_bits += std::uint64_t{left} * (bits + level);
    }
    return tree;
}

std::uint32_t operand_bits(const Region& region) {
    const bool complements = region.weight_kind == PIMVP_KIND_BIPOLAR && !region.signed_inputs();
    return region.input_bits + (complements ? 1 : 0);
}

std::uint32_t accumulator_width(const CmosDatapathParams& params, std::uint32_t weight_bits,
                                std::uint32_t bits) {
    return weight_bits + bits + ceil_log2(params.rows);
}

Duration step_time(const CmosDatapathParams& params, const Technology& technology, const Region& region) {
    const std::uint32_t operands = std::min(region.rows, params.operands);
    const std::uint32_t bits = operand_bits(region), levels = ceil_log2(operands);
    // An XOR is 2.4 gates deep.
    Duration time = technology.nand2_delay * xor_nand2;
    if (levels > 0)
        time += technology.full_adder_in_to_sum() * static_cast<double>(levels - 1) +
                technology.full_adder_in_to_carry() +
                technology.full_adder_carry_to_carry() * static_cast<double>(bits + levels - 1);
    const double tail = accumulator_width(params, region.weight_bits, bits) - (bits + levels);
    time += technology.full_adder_in_to_carry() + technology.full_adder_carry_to_carry() * tail;
    return time;
}

CmosAccessCost access_cost(const CmosDatapathParams& params, const Technology& technology,
                           const Region& region) {
    const std::uint32_t columns = region.filters * region.weight_bits;
    const std::uint32_t batches = ceil_div(columns, params.units);
    const std::uint32_t full = region.rows / params.operands, rest = region.rows % params.operands;
    const std::uint32_t groups = full + (rest != 0 ? 1 : 0), bits = operand_bits(region);
    CmosAccessCost cost;
    cost.steps = std::int64_t{groups} * batches;
    cost.cycles_per_step =
        params.period.cycles(step_time(params, technology, region) / double(params.pipeline_stages));
    cost.cycles = cost.steps * cost.cycles_per_step;
    cost.latency = cost.cycles + (std::int64_t{params.pipeline_stages} - 1) * cost.cycles_per_step;
    cost.latched_bits = std::uint64_t{region.rows} * region.input_bits;
    cost.operand_bits = cost.latched_bits * batches;
    cost.weight_bits = std::uint64_t{region.rows} * columns;
    cost.product_bits = cost.weight_bits * bits;
    const AdderTree whole = adder_tree(params.operands, bits, params.pipeline_stages);
    const AdderTree last = adder_tree(rest, bits, params.pipeline_stages);
    cost.adder_bits = columns * (full * whole.full_adders + (rest != 0 ? last.full_adders : 0));
    cost.pipeline_bits = columns * (full * whole.pipeline_bits + (rest != 0 ? last.pipeline_bits : 0));
    cost.accumulated_bits =
        std::uint64_t{columns} * groups * accumulator_width(params, region.weight_bits, bits);
    return cost;
}

CmosDatapathPrices prices(const CmosDatapathParams& params, const Technology& technology) {
    const Energy multiplexer =
        switching_energy(technology.nand2_capacitance * multiplexer_nand2, technology.supply);
    const std::uint32_t groups = params.row_groups(), batches = ceil_div(params.columns, params.units);
    CmosDatapathPrices p;
    p.latched_bit = technology.flip_flop_energy();
    p.operand_bit = multiplexer * static_cast<double>(ceil_log2(groups));
    p.weight_bit = multiplexer * static_cast<double>(ceil_log2(groups * batches));
    p.product_bit = switching_energy(technology.nand2_capacitance * xor_loads, technology.supply);
    p.adder_bit = technology.full_adder_energy();
    p.pipeline_bit = technology.flip_flop_energy();
    p.accumulated_bit = technology.full_adder_energy() + technology.flip_flop_energy();
    p.read_bit = multiplexer * static_cast<double>(ceil_log2(params.rows));
    p.written_bit = technology.flip_flop_energy() * latch_share + p.read_bit;
    double gates = 0.0;
    for (const auto& part : areas(params, technology)) gates += part.second / technology.nand2_area;
    p.leakage = params.leakage_per_gate * gates;
    return p;
}

Energy access_energy(const CmosAccessCost& cost, const CmosDatapathPrices& prices) {
    return prices.latched_bit * static_cast<double>(cost.latched_bits) +
           prices.operand_bit * static_cast<double>(cost.operand_bits) +
           prices.weight_bit * static_cast<double>(cost.weight_bits) +
           prices.product_bit * static_cast<double>(cost.product_bits) +
           prices.adder_bit * static_cast<double>(cost.adder_bits) +
           prices.pipeline_bit * static_cast<double>(cost.pipeline_bits) +
           prices.accumulated_bit * static_cast<double>(cost.accumulated_bits);
}

std::vector<std::pair<std::string, Area>> areas(const CmosDatapathParams& params,
                                                const Technology& technology, std::uint32_t input_bits) {
    const std::uint32_t bits = input_bits + 1;
    const AdderTree tree = adder_tree(params.operands, bits, params.pipeline_stages);
    const double units = params.units, columns = params.columns;
    const double latches = static_cast<double>(params.rows) * columns;
    const double inputs = static_cast<double>(params.rows) * input_bits;
    const double width = accumulator_width(params, most_weight_bits, bits);
    // As many filters as columns have one weight bit each; wider weights make fewer filters.
    const double held = columns * accumulator_width(params, 1, bits);
    const Area multiplexer = technology.nand2_area * multiplexer_nand2;
    return {
        {"weight_latches", (technology.flip_flop_area() * latch_share + multiplexer) * latches},
        {"input_registers", (technology.flip_flop_area() + multiplexer) * inputs},
        {"products", technology.nand2_area * (xor_nand2 * units * params.operands * bits)},
        {"adders", technology.full_adder_area() * (units * (static_cast<double>(tree.full_adders) + width))},
        {"pipeline_registers",
         technology.flip_flop_area() * (units * static_cast<double>(tree.pipeline_bits))},
        {"accumulators", technology.flip_flop_area() * held},
    };
}

bool accepts(const CmosDatapathParams& params, const Region& region) {
    if (region.weight_bits < 1 || region.weight_bits > most_weight_bits) return false;
    if (region.weight_kind > PIMVP_KIND_BIPOLAR) return false;
    if (region.weight_kind == PIMVP_KIND_TERNARY && region.weight_bits != 2) return false;
    if (!fits(region, params.geometry(), region.weight_bits)) return false;

    const Bounds w = bounds(region.weight_bits, region.weight_kind);
    const Bounds x = bounds(region.input_bits, region.input_kind);
    const auto products = {w.least * x.least, w.least * x.greatest, w.greatest * x.least,
                           w.greatest * x.greatest};
    const std::int64_t rows = region.rows;
    return results_fit(region, rows * std::min(std::int64_t{0}, std::min(products)),
                       rows * std::max(std::int64_t{0}, std::max(products)));
}

}  // namespace pimvp
