// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/technology.h"

#include <cmath>

namespace pimvp {

Energy Technology::adc_energy(int bits) const {
    const Capacitance load = adc_capacitance_per_bit * static_cast<double>(bits) +
                             adc_capacitance_per_step * std::ldexp(1.0, 2 * bits);
    return switching_energy(load, supply);
}

Duration Technology::adc_latency(int bits, int rows) const {
    return (adc_bit_delay_per_row * static_cast<double>(rows) + adc_bit_delay) * static_cast<double>(bits);
}

Area Technology::adc_area(int bits) const {
    return adc_area_unit * (std::pow(10.0, -adc_area_slope * bits) * std::ldexp(1.0, bits));
}

Energy Technology::dac_energy(int bits) const {
    return bits <= 1 ? Energy{}
                     : switching_energy(dac_capacitance_per_bit * static_cast<double>(bits), supply);
}

Schema Technology::schema() {
    return {
        {"technology.supply", ParamType::voltage, "supply of arrays and logic", 0.3, 1.5, {}},
        {"technology.cell_load",
         ParamType::capacitance,
         "load of one cell on its wordline or bit line",
         0,
         1e-12,
         {}},
        {"technology.nand2_capacitance", ParamType::capacitance, "switched load of a NAND2", 0, 1e-12, {}},
        {"technology.nand2_area", ParamType::area, "area of a NAND2", 0, 1e-9, {}},
        {"technology.nand2_delay", ParamType::duration, "delay of a NAND2", 0, 1e-6, {}},
        {"technology.sram_cell_area", ParamType::area, "area of a 6T cell", 0, 1e-9, {}},
        {"technology.gain_cell_area", ParamType::area, "area of a gain cell", 0, 1e-9, {}},
        {"technology.adc_capacitance_per_bit",
         ParamType::capacitance,
         "ADC load per bit of resolution",
         0,
         1e-9,
         {}},
        {"technology.adc_capacitance_per_step", ParamType::capacitance, "ADC load times 4^bits", 0, 1e-9, {}},
        {"technology.adc_bit_delay_per_row",
         ParamType::duration,
         "ADC time per bit and bit-line cell",
         0,
         1e-6,
         {}},
        {"technology.adc_bit_delay", ParamType::duration, "ADC time per bit without a bit line", 0, 1e-6, {}},
        {"technology.adc_area_unit", ParamType::area, "ADC area times 2^bits at zero slope", 0, 1e-6, {}},
        {"technology.adc_area_slope",
         ParamType::ratio,
         "decades by which the ADC area unit shrinks per bit",
         -1,
         1,
         {}},
        {"technology.dac_capacitance_per_bit", ParamType::capacitance, "input DAC load per bit", 0, 1e-9, {}},
    };
}

Technology Technology::from(const Config& config) {
    Technology t;
    t.supply = config.voltage("technology.supply");
    t.cell_load = config.capacitance("technology.cell_load");
    t.nand2_capacitance = config.capacitance("technology.nand2_capacitance");
    t.nand2_area = config.area("technology.nand2_area");
    t.nand2_delay = config.duration("technology.nand2_delay");
    t.sram_cell_area = config.area("technology.sram_cell_area");
    t.gain_cell_area = config.area("technology.gain_cell_area");
    t.adc_capacitance_per_bit = config.capacitance("technology.adc_capacitance_per_bit");
    t.adc_capacitance_per_step = config.capacitance("technology.adc_capacitance_per_step");
    t.adc_bit_delay_per_row = config.duration("technology.adc_bit_delay_per_row");
    t.adc_bit_delay = config.duration("technology.adc_bit_delay");
    t.adc_area_unit = config.area("technology.adc_area_unit");
    t.adc_area_slope = config.ratio("technology.adc_area_slope");
    t.dac_capacitance_per_bit = config.capacitance("technology.dac_capacitance_per_bit");
    return t;
}

}  // namespace pimvp
