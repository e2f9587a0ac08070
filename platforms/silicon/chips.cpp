// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/silicon/chips.h"

#include <cmath>

#include "platforms/common/claim.h"

namespace pimvp::silicon {
namespace {

using namespace cim;

Chip aimc1() {
    Chip c;
    c.id = "AIMC1";
    c.source = "CICC 2021, IEEE document 9431575";
    c.text = "analog, 1 Mb, 7-bit DACs, 6-bit ADCs, 2-cell weights";
    c.node_nm = 22;
    c.supply = volts(0.8);
    c.area = square_micrometres(1.9425e6);
    c.cycle = nanoseconds(1000 / 22.5);
    c.tops_per_w = 1050;
    CimMacro& m = c.macro;
    m.inputs = 1024;
    m.outputs = 512;
    m.weight_bits = 2;
    m.line_cells = 2 + 1;  // bit lines, enable of the compute unit
    m.dacs = 1024;
    m.dac_bits = 7;
    m.stages = {{multipliers(1024 * 512 * 2), converters(512, 6, 1024)}};
    m.input_toggle = 1;
    m.weight_zeros = 0;
    return c;
}

Chip aimc2() {
    Chip c;
    c.id = "AIMC2";
    c.source = "IEEE JSSC 2023, document 9896828";
    c.text = "analog, 384 kb, two 2-bit slices of the input side by side, 5-bit ADCs";
    c.supply = volts(0.9);
    c.area = square_micrometres(0.468e6);
    c.cycle = nanoseconds(7.2);
    c.tops_per_w = 15.02;
    c.activity_published = false;
    CimMacro& m = c.macro;
    m.banks = 4;
    m.inputs = 16;
    m.outputs = 12;
    m.weight_bits = 8;
    m.cells_per_unit = 32 * 2;   // two columns per weight bit
    m.input_steps = 2;           // of two 2-bit slices
    m.cycle_steps = 2;           // 7.2 ns are for the whole 8-bit input
    m.line_cells = 2 * (8 + 1);  // word lines and enable, in both columns
    m.dacs = 2 * 16;
    m.dac_bits = 2;
    const std::uint32_t columns = 8 * 2;
    m.stages = {{multipliers(16 * 12 * columns), converters(12 * columns, 5, 16)},
                {registers(12 * columns, 5), shift_adders(12, columns, 5, 15), accumulators(12, 16, 20)}};
    m.input_toggle = 1;
    m.weight_zeros = 0;
    return c;
}

Chip aimc3() {
    Chip c;
    c.id = "AIMC3";
    c.source = "Chen et al., ISSCC 2023, 7.8";
    c.text = "analog, 128 kb, delta-sigma: 7-bit ADCs that start at the last bit and take 3 on the average";
    c.node_nm = 22;
    c.supply = volts(0.8);
    c.area = square_micrometres(1.88e6);
    c.cycle = nanoseconds(1000.0 / 364);
    c.tops_per_w = 18.7;
    CimMacro& m = c.macro;
    m.banks = 8;
    m.inputs = 64;
    m.outputs = 32;
    m.weight_bits = 8;
    m.input_steps = 8;
    m.line_cells = 8;
    // Rows in groups of 8; the adders add a difference to the last output.
    m.stages = {{multipliers(64 * 256), converters(256, 7, 8, 3), adder_trees(256, 2, 6)}};
    m.input_toggle = 0.375;
    m.weight_zeros = 0.5;
    return c;
}

Chip dimc1() {
    Chip c;
    c.id = "DIMC1";
    c.source = "Tu et al., ISSCC 2022, 15.5";
    c.text = "digital, 96 kb, Booth: 2 input bits in one product of 9 bits; floating point on the side";
    c.supply = volts(0.9);
    c.area = square_micrometres(0.9408e6);
    c.cycle = nanoseconds(1000.0 / 195);
    c.tops_per_w = 36.63;
    CimMacro& m = c.macro;
    m.banks = 64;
    m.inputs = 32;
    m.outputs = 6;
    m.weight_bits = 8;
    m.input_steps = 4;
    m.stages = {{multipliers(32 * 6 * 8), adder_trees(6, 32, 9), accumulators(6, 14, 32)}};
    m.idle = {adder_trees(5, 2, 32), accumulators(5, 32, 32)};
    return c;
}

Chip dimc2() {
    Chip c;
    c.id = "DIMC2";
    c.source = "Yan et al., ISSCC 2022, 11.7";
    c.text = "digital, 32 kb, each product is accumulated over the input's bits, then a tree sums them";
    c.supply = volts(0.9);
    c.area = square_micrometres(0.03e6);
    c.cycle = nanoseconds(3);
    c.tops_per_w = 22;
    c.activity_published = false;
    CimMacro& m = c.macro;
    m.banks = 2;
    m.inputs = 32;
    m.weight_bits = 8;
    m.cells_per_unit = 16 * 4;  // 16 rows, one column of four
    m.input_steps = 8;
    CimPart tree = adder_trees(1, 32, 16);
    tree.busy = 1.0 / 8;  // when all bits have been accumulated
    m.stages = {{multipliers(32 * 8)}, {registers(32, 8), accumulators(32, 8, 16), tree}};
    m.weight_zeros = 0.9;
    return c;
}

Chip dimc3() {
    Chip c;
    c.id = "DIMC3";
    c.source = "Guo et al., ISSCC 2023, 7.2";
    c.text = "digital, 64 kb, a tree per weight bit, one more sums the bits' place values";
    c.supply = volts(0.9);
    c.area = square_micrometres(0.1462e6);
    c.cycle = nanoseconds(1000.0 / 182);
    c.tops_per_w = 19.5;
    CimMacro& m = c.macro;
    m.banks = 8;
    m.inputs = 128;
    m.weight_bits = 8;
    m.cells_per_unit = 8;
    m.input_steps = 4;
    m.stages = {
        {multipliers(128 * 8 * 2), adder_trees(8, 128, 2), adder_trees(1, 8, 16), accumulators(1, 17, 23)}};
    return c;
}

Chip dimc4() {
    Chip c;
    c.id = "DIMC4";
    c.source = "Yue et al., ISSCC 2023, 16.3";
    c.text = "digital, 64 kb, trees in three steps that drop carries, pipelined; made for sparse weights";
    c.supply = volts(0.9);
    c.area = square_micrometres(0.269e6);
    c.cycle = nanoseconds(2.5);
    c.tops_per_w = 275;
    c.activity_published = false;
    CimMacro& m = c.macro;
    m.banks = 4;
    m.inputs = 128;
    m.outputs = 8;
    m.weight_bits = 8;
    m.cells_per_unit = 2;
    m.input_steps = 8;
    m.stages = {{multipliers(128 * 8 * 8), adder_trees(8 * 64, 16, 1), adder_trees(8 * 8, 8, 4)},
                {registers(8 * 8, 6), adder_trees(8, 8, 6), accumulators(8, 9, 17)}};
    return c;
}

double error(double ratio) {
    return std::abs(ratio - 1);
}

}  // namespace

const std::vector<Chip>& chips() {
    static const std::vector<Chip> all = {aimc1(), aimc2(), aimc3(), dimc1(), dimc2(), dimc3(), dimc4()};
    return all;
}

CimCost modelled(const Chip& chip) {
    Technology technology = scaled_from_28nm({}, chip.node_nm);
    technology.supply = chip.supply;
    return cim_cost(chip.macro, technology);
}

Ratios ratios(const Chip& chip) {
    const CimCost cost = modelled(chip);
    return {cost.area / chip.area, cost.cycle / chip.cycle, cost.mac / chip.mac()};
}

Ratios median_errors() {
    std::vector<double> area, cycle, energy;
    for (const Chip& chip : chips()) {
        const Ratios r = ratios(chip);
        area.push_back(error(r.area));
        cycle.push_back(error(r.cycle));
        if (chip.activity_published) energy.push_back(error(r.energy));
    }
    return {quantile(area, 0.5), quantile(cycle, 0.5), quantile(energy, 0.5)};
}

}  // namespace pimvp::silicon
