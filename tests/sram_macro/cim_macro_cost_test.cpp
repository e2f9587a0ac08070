// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Small macros priced by hand, with primitives of 1 fF, 1 um2, 1 ns and 1 V.
#include "modules/sram_macro/cim_macro_cost.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace pimvp {
namespace {

using namespace cim;

/// Full adder: 6 fJ, 7.8 um2; flip-flop: 3 fJ, 6 um2; multiply: 0.5 fJ, 1 ns.
Technology unit_technology() {
    Technology t;
    t.supply = volts(1);
    t.cell_load = femtofarads(1);
    t.nand2_capacitance = femtofarads(1);
    t.nand2_area = square_micrometres(1);
    t.nand2_delay = nanoseconds(1);
    t.sram_cell_area = square_micrometres(0.41);  // 1 um2 in an array
    t.adc_capacitance_per_bit = femtofarads(10);
    t.adc_capacitance_per_step = femtofarads(1);
    t.adc_bit_delay_per_row = nanoseconds(0.5);
    t.adc_bit_delay = nanoseconds(2);
    t.adc_area_unit = square_micrometres(5);
    t.adc_area_slope = 0;
    t.dac_capacitance_per_bit = femtofarads(4);
    return t;
}

void expect_cost(const CimMacro& macro, double um2, double ns, double fj) {
    const CimCost cost = cim_cost(macro, unit_technology());
    EXPECT_NEAR(cost.area.si() * 1e12, um2, 1e-9 * um2);
    EXPECT_NEAR(cost.cycle.si() * 1e9, ns, 1e-9 * ns);
    EXPECT_NEAR(cost.mac.si() * 1e15, fj, 1e-9 * fj);
    Area area;
    Energy energy;
    for (const CimPartCost& part : cost.parts) {
        area += part.area;
        energy += part.energy;
    }
    EXPECT_EQ(area.si(), cost.area.si());
    EXPECT_EQ(energy.si(), cost.mac.si());
}

/// 4 inputs, 1 output, 2-bit weights, 1-bit inputs; tree of 2 x 2 + 3 full adders, accumulator of 5 bits.
CimMacro digital() {
    CimMacro m;
    m.inputs = 4;
    m.weight_bits = 2;
    m.stages = {{multipliers(8), adder_trees(1, 4, 2), accumulators(1, 4, 5)}};
    m.input_toggle = 0.5;
    m.weight_zeros = 0.25;
    return m;
}

TEST(CimMacroCost, of_a_digital_macro) {
    const double products = 0.5 * 0.75;
    expect_cost(digital(), 8 + 8 * 1 + 7 * 7.8 + 5 * (7.8 + 6), 1 + (4.8 + 4.4 + 2 * 2.0) + (4.4 + 2.0),
                (products * 8 * 0.5 + products * 7 * 6 + 5 * 6 + 5 * 3) / 4);
}

TEST(CimMacroCost, banks_take_area_and_leave_cycle_and_energy_per_mac) {
    CimMacro m = digital();
    m.banks = 3;
    const CimCost one = cim_cost(digital(), unit_technology()), three = cim_cost(m, unit_technology());
    EXPECT_NEAR(three.area / one.area, 3, 1e-12);
    EXPECT_EQ(three.cycle.si(), one.cycle.si());
    EXPECT_EQ(three.mac.si(), one.mac.si());
}

TEST(CimMacroCost, more_steps_per_input_cost_energy_and_a_cycle_may_hold_several) {
    CimMacro m = digital();
    m.input_steps = 4;
    m.cycle_steps = 2;
    const CimCost one = cim_cost(digital(), unit_technology()), cost = cim_cost(m, unit_technology());
    EXPECT_NEAR(cost.mac / one.mac, 4, 1e-12);
    EXPECT_NEAR(cost.cycle / one.cycle, 2, 1e-12);
    EXPECT_EQ(cost.area.si(), one.area.si());
}

TEST(CimMacroCost, cells_that_share_a_compute_unit_take_area_alone) {
    CimMacro m = digital();
    m.cells_per_unit = 16;
    const CimCost one = cim_cost(digital(), unit_technology()), cost = cim_cost(m, unit_technology());
    EXPECT_NEAR((cost.area - one.area).si() * 1e12, 15 * 8, 1e-9);
    EXPECT_EQ(cost.mac.si(), one.mac.si());
    EXPECT_EQ(cost.cycle.si(), one.cycle.si());
}

TEST(CimMacroCost, one_input_needs_no_tree) {
    CimMacro m;
    m.stages = {{multipliers(1), adder_trees(1, 1, 1)}};
    m.input_toggle = 1;
    m.weight_zeros = 0;
    expect_cost(m, 1 + 1, 1, 0.5);
}

TEST(CimMacroCost, a_step_lasts_as_long_as_the_longest_stage) {
    CimMacro m = digital();
    m.stages = {{multipliers(8), adder_trees(1, 4, 2)}, {registers(1, 4), accumulators(1, 4, 5)}};
    EXPECT_NEAR(cim_cost(m, unit_technology()).cycle.si(), (1 + 4.8 + 4.4 + 2 * 2.0) * 1e-9, 1e-18);
    m.stages[1] = {registers(1, 4), accumulators(1, 4, 40)};
    EXPECT_NEAR(cim_cost(m, unit_technology()).cycle.si(), (4.4 + 36 * 2.0) * 1e-9, 1e-18);
}

// Registers in front of the first sum change nothing about what the adders see; behind it bits switch in
// every step.
TEST(CimMacroCost, activity_of_products_ends_with_the_first_sum) {
    CimMacro m;
    m.inputs = 4;
    m.stages = {{multipliers(4), registers(4, 1), accumulators(4, 1, 2), adder_trees(1, 4, 2)}};
    m.stages[0][3].busy = 0.25;
    m.input_toggle = 0.5;
    m.weight_zeros = 0.5;
    EXPECT_NEAR(cim_cost(m, unit_technology()).mac.si() * 1e15,
                (0.25 * 4 * 0.5 + 4 * 3 + 0.25 * 8 * 6 + 8 * 3 + 0.25 * 7 * 6) / 4, 1e-9);
}

TEST(CimMacroCost, idle_parts_take_area_alone) {
    CimMacro m = digital();
    m.idle = {adder_trees(2, 2, 8), accumulators(1, 8, 8)};
    const CimCost one = cim_cost(digital(), unit_technology()), cost = cim_cost(m, unit_technology());
    EXPECT_NEAR((cost.area - one.area).si() * 1e12, 2 * 8 * 7.8 + 8 * (7.8 + 6), 1e-9);
    EXPECT_EQ(cost.mac.si(), one.mac.si());
    EXPECT_EQ(cost.cycle.si(), one.cycle.si());
}

/// 8 inputs of 2 bits by DACs, 2 outputs of 1 bit; 3-bit converters: 30 + 64 fJ, 3 (8 x 0.5 + 2) ns, 40 um2.
CimMacro analog() {
    CimMacro m;
    m.inputs = 8;
    m.outputs = 2;
    m.line_cells = 1;
    m.dacs = 8;
    m.dac_bits = 2;
    m.stages = {{multipliers(16), converters(2, 3, 8)}};
    m.input_toggle = 0.5;
    m.weight_zeros = 0.25;
    return m;
}

TEST(CimMacroCost, of_an_analog_macro) {
    expect_cost(analog(), 16 + 16 + 2 * 40, 1 + 18,
                (0.375 * 16 * 0.5 + 0.75 * 2 * 94 + 0.75 * 16 * 1 + 8 * 8) / 16);
}

TEST(CimMacroCost, inputs_of_one_bit_need_no_dac) {
    CimMacro m = analog();
    m.dac_bits = 1;
    EXPECT_NEAR((cim_cost(analog(), unit_technology()).mac - cim_cost(m, unit_technology()).mac).si() * 1e15,
                8 * 8 / 16.0, 1e-9);
}

TEST(CimMacroCost, converters_that_decide_fewer_bits_stay_as_large) {
    CimMacro m = analog();
    m.stages = {{multipliers(16), converters(2, 3, 8, 1)}};
    expect_cost(m, 16 + 16 + 2 * 40, 1 + 6,
                (0.375 * 16 * 0.5 + 0.75 * 2 * (10 + 4) + 0.75 * 16 * 1 + 8 * 8) / 16);
}

TEST(CimMacroCost, refuses_what_has_nothing) {
    CimMacro m = digital();
    m.inputs = 0;
    EXPECT_THROW(cim_cost(m, {}), std::invalid_argument);
    m = digital();
    m.stages.clear();
    EXPECT_THROW(cim_cost(m, {}), std::invalid_argument);
}

TEST(CimMacroCost, another_node_scales_gates_linearly_cells_by_area_and_nothing_of_time) {
    const Technology base, half = scaled_from_28nm(base, 14);
    EXPECT_NEAR(half.full_adder_energy() / base.full_adder_energy(), 0.5, 1e-12);
    EXPECT_NEAR(half.cell_toggle() / base.cell_toggle(), 0.5, 1e-12);
    EXPECT_NEAR(half.full_adder_area() / base.full_adder_area(), 0.5, 1e-12);
    EXPECT_NEAR(half.adc_area(6) / base.adc_area(6), 0.5, 1e-12);
    EXPECT_NEAR(half.sram_cell_area / base.sram_cell_area, 0.25, 1e-12);
    EXPECT_EQ(half.adc_energy(6).si(), base.adc_energy(6).si());
    EXPECT_EQ(half.dac_energy(7).si(), base.dac_energy(7).si());
    EXPECT_EQ(half.adc_latency(6, 64).si(), base.adc_latency(6, 64).si());
    EXPECT_EQ(half.nand2_delay.si(), base.nand2_delay.si());
    EXPECT_EQ(scaled_from_28nm(base, 28).nand2_area.si(), base.nand2_area.si());
}

}  // namespace
}  // namespace pimvp
