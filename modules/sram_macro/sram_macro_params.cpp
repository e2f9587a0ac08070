// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/check_range.h"
#include "modules/core/error.h"
#include "modules/sram_macro/sram_macro_cost.h"

namespace pimvp {

void check_params(const SramMacroParams& params) {
    check_range("sram_macro.active_rows", params.active_rows, 1, 1024);
    if (params.adc_bits != 0) check_range("sram_macro.adc_bits", params.adc_bits, 1, 12);
    check_range("sram_macro.adc_lsb", params.adc_lsb, 1, 1024);
    if (params.adc_bits == 0 && params.adc_lsb != 1)
        throw Error("sram_macro.adc_lsb: expected 1 with an exact ADC (adc_bits = \"exact\"), found " +
                    std::to_string(params.adc_lsb));
    check_geometry(params.geometry(), "sram_macro");
    check_range("sram_macro.columns_per_adc", params.columns_per_adc, 1, params.columns);
    check_range("sram_macro.write_cycles", params.write_cycles, 1, 1000);
    check_range("sram_macro.read_cycles", params.read_cycles, 1, 1000);
    check_range("sram_macro.laid_out_weight_bits", params.laid_out_weight_bits, 1, 8);
    check_range("sram_macro.weight_columns", params.weight_columns, 1, 8);
    if (params.period.ps < 1)
        throw Error("sram_macro.period: expected at least 1 ps, found " + std::to_string(params.period.ps) +
                    " ps");
}

Schema SramMacroParams::schema() {
    return {
        {"sram_macro.rows", ParamType::integer, "wordlines, a multiple of 8", 8, 1024, {}},
        {"sram_macro.columns", ParamType::integer, "cells per wordline, a multiple of 8", 8, 1024, {}},
        {"sram_macro.active_rows", ParamType::integer, "wordlines raised at once", 1, 1024, {}},
        {"sram_macro.adc_bits",
         ParamType::text,
         "ADC resolution; exact: lossless for active_rows",
         0,
         0,
         {"exact", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"}},
        {"sram_macro.adc_lsb", ParamType::integer, "conducting cells per ADC code", 1, 1024, {}},
        {"sram_macro.adc_early_stop",
         ParamType::boolean,
         "a conversion takes the bits that the rows raised can reach, not all",
         0,
         0,
         {}},
        {"sram_macro.columns_per_adc", ParamType::integer, "columns that share an ADC", 1, 1024, {}},
        {"sram_macro.period", ParamType::duration, "clock period, whole picoseconds", 1e-12, 1e-6, {}},
        {"sram_macro.write_cycles", ParamType::integer, "cycles to write a wordline", 1, 1000, {}},
        {"sram_macro.read_cycles", ParamType::integer, "cycles to read a wordline as memory", 1, 1000, {}},
        {"sram_macro.laid_out_weight_bits",
         ParamType::integer,
         "columns per adder and accumulator, for area; no more than weight_columns",
         1,
         8,
         {}},
        {"sram_macro.weight_columns",
         ParamType::integer,
         "most columns that one output combines by shift-add; wider weights are sliced",
         1,
         8,
         {}},
        {"sram_macro.data_dependence",
         ParamType::text,
         "what line toggles depend on",
         0,
         0,
         {"none", "value"}},
        {"sram_macro.write_energy_per_bit", ParamType::energy, "writing one cell", 0, 1e-9, {}},
        {"sram_macro.read_energy_per_bit", ParamType::energy, "reading one cell as memory", 0, 1e-9, {}},
        {"sram_macro.leakage_per_bit", ParamType::power, "leakage of one cell", 0, 1e-6, {}},
        {"sram_macro.driver_area_per_line", ParamType::area, "driver of a wordline or bit line", 0, 1e-9, {}},
    };
}

SramMacroParams SramMacroParams::from(const Config& config, int instance) {
    const auto integer = [&](const char* key) {
        return static_cast<std::uint32_t>(config.integer(std::string("sram_macro.") + key, instance));
    };
    SramMacroParams p;
    p.rows = integer("rows");
    p.columns = integer("columns");
    p.active_rows = integer("active_rows");
    const std::string& bits = config.text("sram_macro.adc_bits", instance);
    p.adc_bits = bits == "exact" ? 0 : static_cast<std::uint32_t>(std::stoul(bits));
    p.adc_lsb = integer("adc_lsb");
    p.adc_early_stop = config.boolean("sram_macro.adc_early_stop", instance);
    p.columns_per_adc = integer("columns_per_adc");
    p.period = Period::of(config.duration("sram_macro.period", instance), "sram_macro.period");
    p.write_cycles = integer("write_cycles");
    p.read_cycles = integer("read_cycles");
    p.laid_out_weight_bits = integer("laid_out_weight_bits");
    p.weight_columns = integer("weight_columns");
    p.data_dependence = config.text("sram_macro.data_dependence", instance) == "value" ? DataDependence::value
                                                                                       : DataDependence::none;
    p.write_energy_per_bit = config.energy("sram_macro.write_energy_per_bit", instance);
    p.read_energy_per_bit = config.energy("sram_macro.read_energy_per_bit", instance);
    p.leakage_per_bit = config.power("sram_macro.leakage_per_bit", instance);
    p.driver_area_per_line = config.area("sram_macro.driver_area_per_line", instance);
    check_params(p);
    return p;
}

}  // namespace pimvp
