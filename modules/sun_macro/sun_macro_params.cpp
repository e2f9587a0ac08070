// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/check_range.h"
#include "modules/sun_macro/sun_macro_cost.h"

namespace pimvp {
namespace {

constexpr std::uint32_t most_adc_bits = 12;

[[noreturn]] void refuse(const char* key, const std::string& expected, const std::string& found) {
    throw Error(std::string("sun_macro.") + key + ": expected " + expected + ", found " + found);
}

void check_converters(const SunMacroParams& params) {
    if (params.compute == SunCompute::digital) {
        if (params.adc_bits != 0)
            refuse("adc_bits", "\"exact\" with compute = \"digital\"", std::to_string(params.adc_bits));
        if (params.data_dependence != DataDependence::none)
            refuse("data_dependence", "\"none\" with compute = \"digital\"", "\"value\"");
    }
    if (params.adc_bits != 0) check_range("sun_macro.adc_bits", params.adc_bits, 1, most_adc_bits);
    check_range("sun_macro.adc_lsb", params.adc_lsb, 1, 1024);
    if (params.adc_bits == 0 && params.adc_lsb != 1)
        refuse("adc_lsb", "1 with an exact ADC (adc_bits = \"exact\")", std::to_string(params.adc_lsb));
    if (params.compute == SunCompute::analog && params.adc_bits == 0 &&
        Adc::lossless_bits(params.units()) > most_adc_bits)
        refuse("adc_bits", "at most 4095 units for an exact ADC, active_rows (2^input_bits_per_step - 1)",
               std::to_string(params.units()));
}

}  // namespace

void check_params(const SunMacroParams& params) {
    check_range("sun_macro.slots", params.slots, 1, 8);
    check_range("sun_macro.slot_columns", params.slot_columns, 1, 8);
    if (params.columns() % 8 != 0)
        refuse("slots", "slots x slot_columns a multiple of 8", std::to_string(params.columns()));
    check_range("sun_macro.active_rows", params.active_rows, 1, 1024);
    check_range("sun_macro.input_bits_per_step", params.input_bits_per_step, 1, 8);
    check_range("sun_macro.row_blocks", params.row_blocks, 1, 64);
    check_converters(params);
    check_geometry(params.geometry(), "sun_macro");
    if (params.rows % (params.row_blocks * params.active_rows) != 0)
        refuse("row_blocks", "blocks of whole groups of active_rows wordlines",
               std::to_string(params.rows) + " rows in " + std::to_string(params.row_blocks) +
                   " blocks, groups of " + std::to_string(params.active_rows));
    check_range("sun_macro.write_cycles", params.write_cycles, 1, 1000);
    check_range("sun_macro.read_cycles", params.read_cycles, 1, 1000);
    if (params.period.ps < 1) refuse("period", "at least 1 ps", std::to_string(params.period.ps) + " ps");
}

Schema SunMacroParams::schema() {
    return {
        {"sun_macro.rows", ParamType::integer, "wordlines, a multiple of 8", 8, 1024, {}},
        {"sun_macro.slots", ParamType::integer, "slots of columns, for a filter or two each", 1, 8, {}},
        {"sun_macro.slot_columns", ParamType::integer, "columns of a slot", 1, 8, {}},
        {"sun_macro.active_rows", ParamType::integer, "wordlines (inputs) of an array step", 1, 1024, {}},
        {"sun_macro.input_bits_per_step",
         ParamType::integer,
         "input bits of an array step; 1: bit-serial",
         1,
         8,
         {}},
        {"sun_macro.row_blocks",
         ParamType::integer,
         "blocks of wordlines side by side, so that bit lines are shorter",
         1,
         64,
         {}},
        {"sun_macro.compute",
         ParamType::text,
         "analog: an ADC per column; digital: an adder tree per column",
         0,
         0,
         {"analog", "digital"}},
        {"sun_macro.adc_bits",
         ParamType::text,
         "ADC resolution; exact: lossless for active_rows inputs of input_bits_per_step bits",
         0,
         0,
         {"exact", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"}},
        {"sun_macro.adc_lsb", ParamType::integer, "cell currents per ADC code", 1, 1024, {}},
        {"sun_macro.adc_early_stop",
         ParamType::boolean,
         "a conversion takes the bits that the step's inputs can reach, not all",
         0,
         0,
         {}},
        {"sun_macro.access_time",
         ParamType::text,
         "time of an array step: assumed_access, or composed from the parts",
         0,
         0,
         {"assumed", "composed"}},
        {"sun_macro.assumed_access", ParamType::duration, "time of an array step", 1e-12, 1e-6, {}},
        {"sun_macro.period", ParamType::duration, "clock period, whole picoseconds", 1e-12, 1e-6, {}},
        {"sun_macro.write_cycles", ParamType::integer, "cycles to write a wordline", 1, 1000, {}},
        {"sun_macro.read_cycles", ParamType::integer, "cycles to read a wordline as memory", 1, 1000, {}},
        {"sun_macro.data_dependence",
         ParamType::text,
         "what line toggles depend on; none if digital",
         0,
         0,
         {"none", "value"}},
        {"sun_macro.write_energy_per_bit", ParamType::energy, "writing one cell", 0, 1e-9, {}},
        {"sun_macro.read_energy_per_bit", ParamType::energy, "reading one cell as memory", 0, 1e-9, {}},
        {"sun_macro.leakage_per_bit", ParamType::power, "leakage of one cell", 0, 1e-6, {}},
        {"sun_macro.driver_area_per_line", ParamType::area, "driver of a wordline or bit line", 0, 1e-9, {}},
        {"sun_macro.dac_area_per_bit", ParamType::area, "an input's DAC, per bit", 0, 1e-9, {}},
    };
}

SunMacroParams SunMacroParams::from(const Config& config, int instance) {
    const auto key = [](const char* name) { return std::string("sun_macro.") + name; };
    const auto integer = [&](const char* name) {
        return static_cast<std::uint32_t>(config.integer(key(name), instance));
    };
    const auto is = [&](const char* name, const char* value) {
        return config.text(key(name), instance) == value;
    };
    SunMacroParams p;
    p.rows = integer("rows");
    p.slots = integer("slots");
    p.slot_columns = integer("slot_columns");
    p.active_rows = integer("active_rows");
    p.input_bits_per_step = integer("input_bits_per_step");
    p.row_blocks = integer("row_blocks");
    p.compute = is("compute", "digital") ? SunCompute::digital : SunCompute::analog;
    p.adc_bits = is("adc_bits", "exact")
                     ? 0
                     : static_cast<std::uint32_t>(std::stoul(config.text(key("adc_bits"), instance)));
    p.adc_lsb = integer("adc_lsb");
    p.adc_early_stop = config.boolean(key("adc_early_stop"), instance);
    p.access_time = is("access_time", "composed") ? AccessTime::composed : AccessTime::assumed;
    p.assumed_access = config.duration(key("assumed_access"), instance);
    p.period = Period::of(config.duration(key("period"), instance), "sun_macro.period");
    p.write_cycles = integer("write_cycles");
    p.read_cycles = integer("read_cycles");
    p.data_dependence = is("data_dependence", "value") ? DataDependence::value : DataDependence::none;
    p.write_energy_per_bit = config.energy(key("write_energy_per_bit"), instance);
    p.read_energy_per_bit = config.energy(key("read_energy_per_bit"), instance);
    p.leakage_per_bit = config.power(key("leakage_per_bit"), instance);
    p.driver_area_per_line = config.area(key("driver_area_per_line"), instance);
    p.dac_area_per_bit = config.area(key("dac_area_per_bit"), instance);
    check_params(p);
    return p;
}

}  // namespace pimvp
