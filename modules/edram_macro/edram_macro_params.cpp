// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "modules/core/error.h"
#include "modules/core/quantity_text.h"
#include "modules/edram_macro/edram_macro_cost.h"

namespace pimvp {

namespace {

void check_range(const char* key, std::uint32_t value, std::uint32_t low, std::uint32_t high) {
    if (value < low || value > high) {
        throw Error("edram_macro." + std::string(key) + ": expected " + std::to_string(low) + " to " +
                    std::to_string(high) + ", found " + std::to_string(value));
    }
}

std::int64_t picoseconds(Duration time) {
    return std::llround(time.si() * 1e12);
}

std::int64_t refresh_period(const std::string& text) {
    if (text == "auto") return 0;
    double seconds = 0;
    try {
        seconds = parse_quantity(text, ParamType::duration);
    } catch (const Error& error) {
        throw Error("refresh.period: expected \"auto\" or a duration: " + std::string(error.what()));
    }
    if (!(seconds >= 1e-12 && seconds <= 1.0)) {
        throw Error("refresh.period: expected \"auto\" or 1 ps to 1 s, found \"" + text + "\"");
    }
    return std::llround(seconds * 1e12);
}

}  // namespace

void check_params(const EdramMacroParams& params) {
    check_range("active_rows", params.active_rows, 1, 1024);
    if (params.adc_bits != 0) check_range("adc_bits", params.adc_bits, 2, 12);
    check_range("adc_lsb", params.adc_lsb, 0, 1024);
    if (params.adc_bits == 0 && params.adc_lsb > 1) {
        throw Error("edram_macro.adc_lsb: expected 0 or 1 with an exact ADC (adc_bits = \"exact\"), found " +
                    std::to_string(params.adc_lsb));
    }
    check_geometry(params.geometry(), "edram_macro");
    check_range("columns_per_adc", params.columns_per_adc, 1, params.columns);
    check_range("write_cycles", params.write_cycles, 1, 1000);
    check_range("read_cycles", params.read_cycles, 1, 1000);
    check_range("row_refresh_cycles", params.row_refresh_cycles, 1, 1000);
    if (params.period.ps < 1) {
        throw Error("edram_macro.period: expected at least 1 ps, found " + std::to_string(params.period.ps) +
                    " ps");
    }
    RetentionDistribution{params.retention};  // throws on bad retention parameters
}

Schema EdramMacroParams::schema() {
    return {
        {"edram_macro.rows", ParamType::integer, "wordlines, a multiple of 8", 8, 1024, {}},
        {"edram_macro.columns",
         ParamType::integer,
         "ternary cells per wordline, a multiple of 8",
         8,
         1024,
         {}},
        {"edram_macro.active_rows", ParamType::integer, "wordlines raised at once", 1, 1024, {}},
        {"edram_macro.adc_bits",
         ParamType::text,
         "ADC resolution, signed; exact: lossless for active_rows",
         0,
         0,
         {"exact", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"}},
        {"edram_macro.adc_lsb",
         ParamType::integer,
         "cell difference per ADC code; 0: full range",
         0,
         1024,
         {}},
        {"edram_macro.adc_early_stop",
         ParamType::boolean,
         "a conversion takes the bits that the rows raised can reach, not all",
         0,
         0,
         {}},
        {"edram_macro.columns_per_adc", ParamType::integer, "columns that share an ADC", 1, 1024, {}},
        {"edram_macro.period", ParamType::duration, "clock period, whole picoseconds", 1e-12, 1e-6, {}},
        {"edram_macro.write_cycles", ParamType::integer, "cycles to write a wordline", 1, 1000, {}},
        {"edram_macro.read_cycles", ParamType::integer, "cycles to read a wordline as memory", 1, 1000, {}},
        {"edram_macro.row_refresh_cycles", ParamType::integer, "cycles to refresh a wordline", 1, 1000, {}},
        {"edram_macro.data_dependence",
         ParamType::text,
         "what line toggles depend on",
         0,
         0,
         {"none", "value"}},
        {"edram_macro.retention",
         ParamType::duration,
         "what the share `retention_yield` reaches",
         1e-9,
         1,
         {}},
        {"edram_macro.retention_sigma", ParamType::ratio, "of the logarithm of retention", 0, 10, {}},
        {"edram_macro.retention_yield",
         ParamType::ratio,
         "nodes that reach `retention`",
         1e-6,
         1 - 1e-12,
         {}},
        {"edram_macro.repair", ParamType::boolean, "weaker nodes are replaced", 0, 0, {}},
        {"edram_macro.seed", ParamType::integer, "of the nodes' retention", 0, 0, {}},
        {"edram_macro.write_energy_per_bit", ParamType::energy, "writing one node", 0, 1e-9, {}},
        {"edram_macro.refresh_energy_per_bit", ParamType::energy, "refreshing one node", 0, 1e-9, {}},
        {"edram_macro.leakage_per_bit", ParamType::power, "leakage of one node", 0, 1e-6, {}},
        {"edram_macro.driver_area_per_line",
         ParamType::area,
         "driver of a wordline or bit line",
         0,
         1e-9,
         {}},
        {"refresh.enabled", ParamType::boolean, "rows are refreshed", 0, 0, {}},
        {"refresh.policy", ParamType::text, "when rows are due", 0, 0, {"distributed", "burst"}},
        {"refresh.period",
         ParamType::text,
         "of one row: a duration, or auto: what retention allows",
         0,
         0,
         {}},
        {"refresh.postpone", ParamType::duration, "how long a refresh may wait for accesses", 0, 1, {}},
    };
}

EdramMacroParams EdramMacroParams::from(const Config& config, int instance) {
    const auto key = [](const char* name) { return std::string("edram_macro.") + name; };
    const auto integer = [&](const char* name) {
        return static_cast<std::uint32_t>(config.integer(key(name), instance));
    };
    EdramMacroParams p;
    p.rows = integer("rows");
    p.columns = integer("columns");
    p.active_rows = integer("active_rows");
    const std::string& bits = config.text(key("adc_bits"), instance);
    p.adc_bits = bits == "exact" ? 0 : static_cast<std::uint32_t>(std::stoul(bits));
    p.adc_lsb = integer("adc_lsb");
    p.adc_early_stop = config.boolean(key("adc_early_stop"), instance);
    p.columns_per_adc = integer("columns_per_adc");
    p.period = Period::of(config.duration(key("period"), instance), "edram_macro.period");
    p.write_cycles = integer("write_cycles");
    p.read_cycles = integer("read_cycles");
    p.row_refresh_cycles = integer("row_refresh_cycles");
    p.count_by_value = config.text(key("data_dependence"), instance) == "value";
    p.retention.retention_ps = picoseconds(config.duration(key("retention"), instance));
    p.retention.sigma = config.ratio(key("retention_sigma"), instance);
    p.retention.yield = config.ratio(key("retention_yield"), instance);
    p.retention.repair = config.boolean(key("repair"), instance);
    p.retention.seed = static_cast<std::uint64_t>(config.integer(key("seed"), instance));
    p.array = instance > 0 ? static_cast<std::uint64_t>(instance) : 0;
    p.write_energy_per_bit = config.energy(key("write_energy_per_bit"), instance);
    p.refresh_energy_per_bit = config.energy(key("refresh_energy_per_bit"), instance);
    p.leakage_per_bit = config.power(key("leakage_per_bit"), instance);
    p.driver_area_per_line = config.area(key("driver_area_per_line"), instance);
    p.refresh.enabled = config.boolean("refresh.enabled", instance);
    p.refresh.policy = config.text("refresh.policy", instance) == "burst" ? RefreshPolicy::burst
                                                                          : RefreshPolicy::distributed;
    p.refresh.period_ps = refresh_period(config.text("refresh.period", instance));
    p.refresh.postpone_ps = picoseconds(config.duration("refresh.postpone", instance));
    check_params(p);
    return p;
}

}  // namespace pimvp
