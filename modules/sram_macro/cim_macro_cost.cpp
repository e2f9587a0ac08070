// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sram_macro/cim_macro_cost.h"

#include <algorithm>
#include <stdexcept>

#include "modules/sram_macro/ripple_adders.h"

namespace pimvp {
namespace cim {

CimPart multipliers(std::uint32_t count) {
    return {CimPartKind::multipliers, count};
}

CimPart converters(std::uint32_t count, std::uint32_t bits, std::uint32_t rows, std::uint32_t mean_bits) {
    return {CimPartKind::converters, count, 1, bits, mean_bits == 0 ? bits : mean_bits, rows};
}

CimPart adder_trees(std::uint32_t count, std::uint32_t inputs, std::uint32_t bits) {
    const std::uint32_t levels = ceil_log2(inputs);
    return {CimPartKind::adder_trees, count, inputs, bits, levels == 0 ? bits : bits + levels - 1};
}

CimPart shift_adders(std::uint32_t count, std::uint32_t inputs, std::uint32_t bits, std::uint32_t width) {
    return {CimPartKind::shift_adders, count, inputs, bits, width};
}

CimPart accumulators(std::uint32_t count, std::uint32_t input_bits, std::uint32_t width) {
    return {CimPartKind::accumulators, count, 1, input_bits, width};
}

CimPart registers(std::uint32_t count, std::uint32_t bits) {
    return {CimPartKind::registers, count, 1, bits};
}

}  // namespace cim

namespace {

/// Shares of the steps in which parts switch, by what they see.
struct Activity {
    double products;  // an input that switches meets a weight bit that is set
    double weights;   // columns: their charge goes with the weight bits that are set
};

const char* name_of(CimPartKind kind) {
    switch (kind) {
        case CimPartKind::multipliers:
            return "compute units";
        case CimPartKind::converters:
            return "ADCs";
        case CimPartKind::adder_trees:
            return "adder trees";
        case CimPartKind::shift_adders:
            return "shift-and-add";
        case CimPartKind::accumulators:
            return "accumulators";
        case CimPartKind::registers:
            break;
    }
    return "registers";
}

/// Full adders of one part.
std::uint32_t full_adders(const CimPart& part) {
    switch (part.kind) {
        case CimPartKind::adder_trees:
            return adder_tree_bits(part.inputs, part.bits);
        case CimPartKind::shift_adders:
            return shift_add_bits(part.inputs, part.bits);
        case CimPartKind::accumulators:
            return part.width;
        default:
            return 0;
    }
}

/// Flip-flops of one part.
std::uint32_t flip_flops(const CimPart& part) {
    if (part.kind == CimPartKind::accumulators) return part.width;
    return part.kind == CimPartKind::registers ? part.bits : 0;
}

Area area_of(const CimPart& part, const Technology& t) {
    Area one = t.full_adder_area() * static_cast<double>(full_adders(part)) +
               t.flip_flop_area() * static_cast<double>(flip_flops(part));
    if (part.kind == CimPartKind::multipliers) one = t.nand2_area;
    if (part.kind == CimPartKind::converters) one = t.adc_area(static_cast<int>(part.bits));
    return one * static_cast<double>(part.count);
}

Duration delay_of(const CimPart& part, const Technology& t) {
    switch (part.kind) {
        case CimPartKind::multipliers:
            return t.multiply_delay();
        case CimPartKind::converters:
            return t.adc_latency(static_cast<int>(part.width), static_cast<int>(part.rows));
        case CimPartKind::adder_trees:
        case CimPartKind::shift_adders:
            return ripple_tree_delay(t, part.inputs, part.width);
        case CimPartKind::accumulators:
            return accumulator_delay(t, part.bits, part.width);
        case CimPartKind::registers:
            break;
    }
    return {};
}

/// Of one step. Registers are clocked whatever they hold.
Energy energy_of(const CimPart& part, const Technology& t, const Activity& activity, bool of_products) {
    const double adding = of_products ? activity.products : 1;
    Energy one = t.full_adder_energy() * (adding * full_adders(part)) +
                 t.flip_flop_energy() * static_cast<double>(flip_flops(part));
    if (part.kind == CimPartKind::multipliers) one = t.multiply_energy() * activity.products;
    if (part.kind == CimPartKind::converters)
        one = t.adc_energy(static_cast<int>(part.width)) * activity.weights;
    return one * (part.busy * part.count);
}

/// Behind it values are sums, some bits of which switch in every step.
bool sums(CimPartKind kind) {
    return kind != CimPartKind::multipliers && kind != CimPartKind::registers;
}

class Ledger {
  public:
    void add(const std::string& name, Area area, Energy energy) {
        const auto known = std::find_if(parts_.begin(), parts_.end(),
                                        [&](const CimPartCost& part) { return part.name == name; });
        if (known == parts_.end()) {
            parts_.push_back({name, area, energy});
        } else {
            known->area += area;
            known->energy += energy;
        }
    }
    std::vector<CimPartCost> take() { return std::move(parts_); }

  private:
    std::vector<CimPartCost> parts_;
};

}  // namespace

CimCost cim_cost(const CimMacro& macro, const Technology& t) {
    if (macro.banks == 0 || macro.inputs == 0 || macro.outputs == 0 || macro.input_steps == 0 ||
        macro.cycle_steps == 0 || macro.stages.empty())
        throw std::invalid_argument("a compute-in-memory macro has banks, inputs, outputs, steps and stages");
    const double products = static_cast<double>(macro.inputs) * macro.outputs;
    const double banks = macro.banks;
    const double steps_per_mac = macro.input_steps / products;  // of a bank
    const Activity activity{macro.input_toggle * (1 - macro.weight_zeros), 1 - macro.weight_zeros};

    Ledger ledger;
    const double cells = products * macro.weight_bits * macro.cells_per_unit;
    ledger.add("cells", t.sram_cell_area * (banks * cells / cim_array_efficiency), {});
    ledger.add("lines", {},
               t.cell_toggle() * (products * macro.line_cells * activity.weights * steps_per_mac));
    ledger.add("DACs", {}, t.dac_energy(static_cast<int>(macro.dac_bits)) * (macro.dacs * steps_per_mac));

    CimCost cost;
    Duration step;
    bool of_products = true;
    for (const std::vector<CimPart>& stage : macro.stages) {
        Duration delay;
        for (const CimPart& part : stage) {
            delay += delay_of(part, t);
            ledger.add(name_of(part.kind), area_of(part, t) * banks,
                       energy_of(part, t, activity, of_products) * steps_per_mac);
            if (sums(part.kind)) of_products = false;
        }
        step = std::max(step, delay);
    }
    for (const CimPart& part : macro.idle) ledger.add("idle", area_of(part, t) * banks, {});

    cost.parts = ledger.take();
    cost.cycle = step * static_cast<double>(macro.cycle_steps);
    for (const CimPartCost& part : cost.parts) {
        cost.area += part.area;
        cost.mac += part.energy;
    }
    return cost;
}

Technology scaled_from_28nm(const Technology& at_28nm, double node_nm) {
    const double shrink = node_nm / 28.0;
    Technology t = at_28nm;
    t.cell_load = t.cell_load * shrink;
    t.nand2_capacitance = t.nand2_capacitance * shrink;
    t.nand2_area = t.nand2_area * shrink;
    t.adc_area_unit = t.adc_area_unit * shrink;
    t.sram_cell_area = t.sram_cell_area * (shrink * shrink);
    t.gain_cell_area = t.gain_cell_area * (shrink * shrink);
    return t;
}

}  // namespace pimvp
