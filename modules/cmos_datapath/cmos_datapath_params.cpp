// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/cmos_datapath/cmos_datapath_cost.h"
#include "modules/core/error.h"

namespace pimvp {
namespace {

void check_range(const char* key, std::uint32_t value, std::uint32_t low, std::uint32_t high) {
    if (value < low || value > high)
        throw Error("cmos_datapath." + std::string(key) + ": expected " + std::to_string(low) + " to " +
                    std::to_string(high) + ", found " + std::to_string(value));
}

}  // namespace

void check_params(const CmosDatapathParams& params) {
    check_range("operands", params.operands, 1, params.rows);
    check_geometry(params.geometry(), "cmos_datapath");
    check_range("units", params.units, 1, params.columns);
    check_range("pipeline_stages", params.pipeline_stages, 1, 16);
    check_range("write_cycles", params.write_cycles, 1, 1000);
    check_range("read_cycles", params.read_cycles, 1, 1000);
    if (params.period.ps < 1)
        throw Error("cmos_datapath.period: expected at least 1 ps, found " +
                    std::to_string(params.period.ps) + " ps");
    if (params.leakage_per_gate < Power{})
        throw Error("cmos_datapath.leakage_per_gate: expected none below zero");
}

Schema CmosDatapathParams::schema() {
    const auto integer = [](const char* key, const char* what, double low, double high) {
        return ParamSpec{std::string("cmos_datapath.") + key, ParamType::integer, what, low, high, {}};
    };
    return {
        integer("rows", "inputs that the weight store has latches for, a multiple of 8", 8, 1024),
        integer("columns", "weight bits per input, a multiple of 8", 8, 1024),
        integer("units", "sum-of-product units: columns that compute at once", 1, 1024),
        integer("operands", "inputs that a unit sums at once", 1, 1024),
        integer("pipeline_stages", "stages into which a unit's adders are cut", 1, 16),
        {"cmos_datapath.period", ParamType::duration, "clock period, whole picoseconds", 1e-12, 1e-6, {}},
        integer("write_cycles", "cycles to write a row of latches", 1, 1000),
        integer("read_cycles", "cycles to read a row of latches as memory", 1, 1000),
        {"cmos_datapath.leakage_per_gate", ParamType::power, "leakage of one NAND2", 0, 1e-6, {}},
    };
}

CmosDatapathParams CmosDatapathParams::from(const Config& config, int instance) {
    const auto integer = [&](const char* key) {
        return static_cast<std::uint32_t>(config.integer(std::string("cmos_datapath.") + key, instance));
    };
    CmosDatapathParams p;
    p.rows = integer("rows");
    p.columns = integer("columns");
    p.units = integer("units");
    p.operands = integer("operands");
    p.pipeline_stages = integer("pipeline_stages");
    p.period = Period::of(config.duration("cmos_datapath.period", instance), "cmos_datapath.period");
    p.write_cycles = integer("write_cycles");
    p.read_cycles = integer("read_cycles");
    p.leakage_per_gate = config.power("cmos_datapath.leakage_per_gate", instance);
    check_params(p);
    return p;
}

}  // namespace pimvp
