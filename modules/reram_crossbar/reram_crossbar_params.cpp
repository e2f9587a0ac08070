// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "modules/core/error.h"
#include "modules/reram_crossbar/reram_crossbar_cost.h"

namespace pimvp {
namespace {

[[noreturn]] void refuse(const std::string& key, const std::string& expected, const std::string& found) {
    throw Error("reram_crossbar." + key + ": expected " + expected + ", found " + found);
}

void check_range(const char* key, std::uint32_t value, std::uint32_t low, std::uint32_t high) {
    if (value < low || value > high)
        refuse(key, std::to_string(low) + " to " + std::to_string(high), std::to_string(value));
}

}  // namespace

void check_params(const ReramCrossbarParams& params) {
    if (params.cell_bits != 1 && params.cell_bits != 2 && params.cell_bits != 4)
        refuse("cell_bits", "1, 2 or 4", std::to_string(params.cell_bits));
    check_range("dac_bits", params.dac_bits, 1, 4);
    check_range("active_rows", params.active_rows, 1, 1024);
    if (params.adc_bits != 0) check_range("adc_bits", params.adc_bits, 1, 12);
    check_range("adc_lsb", params.adc_lsb, 1, 65536);
    if (params.adc_bits == 0 && params.adc_lsb != 1)
        refuse("adc_lsb", "1 with an exact ADC (adc_bits = \"exact\")", std::to_string(params.adc_lsb));
    check_geometry(params.geometry(), "reram_crossbar");
    if (params.adc().bits() < params.cell_bits)
        refuse("adc_bits",
               "at least the bits of a cell (" + std::to_string(params.cell_bits) +
                   "), which a write must tell apart",
               std::to_string(params.adc().bits()));
    check_range("columns_per_adc", params.columns_per_adc, 1, params.columns);
    check_range("least_input_bits", params.least_input_bits, 1, 8);
    check_range("write_pulses", params.write_pulses, 1, 1000);
    if (!(params.on_off_ratio > 1))
        refuse("on_off_ratio", "more than 1", std::to_string(params.on_off_ratio));
    if (params.period.ps < 1) refuse("period", "at least 1 ps", std::to_string(params.period.ps) + " ps");
}

Schema ReramCrossbarParams::schema() {
    return {
        {"reram_crossbar.rows", ParamType::integer, "wordlines, a multiple of 8", 8, 1024, {}},
        {"reram_crossbar.columns", ParamType::integer, "cells per wordline, a multiple of 8", 8, 1024, {}},
        {"reram_crossbar.cell_bits", ParamType::integer, "bits per cell: 1, 2 or 4", 1, 4, {}},
        {"reram_crossbar.dac_bits",
         ParamType::integer,
         "input bits that a wordline carries at once",
         1,
         4,
         {}},
        {"reram_crossbar.active_rows", ParamType::integer, "wordlines raised at once", 1, 1024, {}},
        {"reram_crossbar.adc_bits",
         ParamType::text,
         "ADC resolution; exact: lossless for what active_rows, dac_bits and cell_bits can sum up to",
         0,
         0,
         {"exact", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"}},
        {"reram_crossbar.adc_lsb", ParamType::integer, "units of a column's sum per ADC code", 1, 65536, {}},
        {"reram_crossbar.adc_early_stop",
         ParamType::boolean,
         "a conversion takes the bits that the rows raised and the input digit can reach, not all",
         0,
         0,
         {}},
        {"reram_crossbar.columns_per_adc", ParamType::integer, "columns that share an ADC", 1, 1024, {}},
        {"reram_crossbar.least_input_bits",
         ParamType::integer,
         "inputs of fewer bits are applied as inputs of these",
         1,
         8,
         {}},
        {"reram_crossbar.period", ParamType::duration, "clock period, whole picoseconds", 1e-12, 1e-6, {}},
        {"reram_crossbar.data_dependence",
         ParamType::text,
         "what currents and wordline swings depend on",
         0,
         0,
         {"none", "value"}},
        {"reram_crossbar.read_voltage",
         ParamType::voltage,
         "wordline at the greatest input digit",
         0.05,
         1.5,
         {}},
        {"reram_crossbar.cell_read_power",
         ParamType::power,
         "of a cell at its greatest level and read_voltage",
         0,
         1e-3,
         {}},
        {"reram_crossbar.on_off_ratio",
         ParamType::ratio,
         "conductance of a cell's greatest level over its lowest",
         1.000001,
         1e6,
         {}},
        {"reram_crossbar.write_pulses",
         ParamType::integer,
         "pulses to program a cell, each verified by a read",
         1,
         1000,
         {}},
        {"reram_crossbar.write_pulse_time", ParamType::duration, "length of a write pulse", 0, 1e-3, {}},
        {"reram_crossbar.write_pulse_energy", ParamType::energy, "of one pulse on one cell", 0, 1e-9, {}},
        {"reram_crossbar.cell_area", ParamType::area, "area of a cell with its selector", 0, 1e-9, {}},
        {"reram_crossbar.driver_area_per_line",
         ParamType::area,
         "driver of a wordline or bit line",
         0,
         1e-9,
         {}},
        {"reram_crossbar.leakage_per_line",
         ParamType::power,
         "periphery of a wordline or bit line",
         0,
         1e-3,
         {}},
        {"reram_crossbar.leakage_per_adc", ParamType::power, "leakage of a converter", 0, 1e-3, {}},
    };
}

ReramCrossbarParams ReramCrossbarParams::from(const Config& config, int instance) {
    const auto key = [](const char* name) { return std::string("reram_crossbar.") + name; };
    const auto integer = [&](const char* name) {
        return static_cast<std::uint32_t>(config.integer(key(name), instance));
    };
    ReramCrossbarParams p;
    p.rows = integer("rows");
    p.columns = integer("columns");
    p.cell_bits = integer("cell_bits");
    p.dac_bits = integer("dac_bits");
    p.active_rows = integer("active_rows");
    const std::string& bits = config.text(key("adc_bits"), instance);
    p.adc_bits = bits == "exact" ? 0 : static_cast<std::uint32_t>(std::stoul(bits));
    p.adc_lsb = integer("adc_lsb");
    p.adc_early_stop = config.boolean(key("adc_early_stop"), instance);
    p.columns_per_adc = integer("columns_per_adc");
    p.least_input_bits = integer("least_input_bits");
    p.period = Period::of(config.duration(key("period"), instance), "reram_crossbar.period");
    p.count_by_value = config.text(key("data_dependence"), instance) == "value";
    p.read_voltage = config.voltage(key("read_voltage"), instance);
    p.cell_read_power = config.power(key("cell_read_power"), instance);
    p.on_off_ratio = config.ratio(key("on_off_ratio"), instance);
    p.write_pulses = integer("write_pulses");
    p.write_pulse_time = config.duration(key("write_pulse_time"), instance);
    p.write_pulse_energy = config.energy(key("write_pulse_energy"), instance);
    p.cell_area = config.area(key("cell_area"), instance);
    p.driver_area_per_line = config.area(key("driver_area_per_line"), instance);
    p.leakage_per_line = config.power(key("leakage_per_line"), instance);
    p.leakage_per_adc = config.power(key("leakage_per_adc"), instance);
    check_params(p);
    return p;
}

}  // namespace pimvp
