// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/mram_subarray/mram_params.h"

#include "driver/pimvp_macro.h"
#include "modules/core/error.h"

namespace pimvp {
namespace {

const std::string block = "mram_subarray.";

void check_rate(const char* key, double value) {
    if (!(value >= 0 && value <= 1))
        throw Error(block + key + ": expected 0 to 1, found " + std::to_string(value));
}

void add_sensing(Schema& schema, const std::string& name) {
    const std::string key = block + name;
    schema.push_back({key + "_read_time",
                      ParamType::duration,
                      name + " sensing: a row read or a two-row AND",
                      1e-12,
                      1e-6,
                      {}});
    schema.push_back(
        {key + "_cell_energy", ParamType::energy, name + " sensing: read current of one cell", 0, 1e-9, {}});
    schema.push_back({key + "_sense_energy",
                      ParamType::energy,
                      name + " sensing: sense amplifier and precharge of one column",
                      0,
                      1e-9,
                      {}});
    schema.push_back({key + "_bitline_energy",
                      ParamType::energy,
                      name + " sensing: bit line of one column, per row of the array",
                      0,
                      1e-9,
                      {}});
}

}  // namespace

std::uint32_t MramParams::result_rows_per_buffer() const {
    return result_rows ? (weight_rows() + results_per_row() - 1) / results_per_row() : 0;
}

std::uint32_t MramParams::least_reserved_rows() const {
    return 2 * most_bits + write_back + 2 * result_rows_per_buffer();
}

MacroGeometry MramParams::geometry() const {
    MacroGeometry g;
    g.id = PIMVP_MACRO_ID_MRAM;
    g.rows = rows;
    g.columns = columns;
    g.cell_bits = 1;
    g.active_rows = 2;
    g.adc_bits = 1;
    return g;
}

void check_params(const MramParams& params) {
    check_geometry(params.geometry(), "mram_subarray");
    if (params.result_rows && params.columns < MramParams::result_bits)
        throw Error(block + "columns: expected at least 32 for results in rows, found " +
                    std::to_string(params.columns));
    if (params.reserved_rows >= params.rows || params.reserved_rows < params.least_reserved_rows())
        throw Error(block + "reserved_rows: expected " +
                    (params.reserved_rows >= params.rows
                         ? "less than " + std::to_string(params.rows) + " (rows)"
                         : "at least " + std::to_string(params.least_reserved_rows()) +
                               " (two buffers of inputs, scratch row and result rows)") +
                    ", found " + std::to_string(params.reserved_rows));
    if (params.period.ps < 1)
        throw Error(block + "period: expected at least 1 ps, found " + std::to_string(params.period.ps) +
                    " ps");
    check_rate("gated_leakage_share", params.gated_leakage_share);
    check_rate("read_error_rate", params.read_error_rate);
    check_rate("write_error_rate", params.write_error_rate);
}

Schema MramParams::schema() {
    const auto text = [](const char* key, const char* what, std::vector<std::string> choices) {
        return ParamSpec{block + key, ParamType::text, what, 0, 0, std::move(choices)};
    };
    const auto yes_no = [](const char* key, const char* what) {
        return ParamSpec{block + key, ParamType::boolean, what, 0, 0, {}};
    };
    const auto number = [](const char* key, const char* what, double low, double high) {
        return ParamSpec{block + key, ParamType::integer, what, low, high, {}};
    };
    const auto physical = [](const char* key, ParamType type, const char* what, double low, double high) {
        return ParamSpec{block + key, type, what, low, high, {}};
    };
    Schema schema = {
        number("rows", "wordlines, a multiple of 8", 8, 1024),
        number("columns", "cells per wordline, a multiple of 8", 8, 1024),
        number("reserved_rows", "rows at the end for inputs (2 x 8), one AND result and results", 16, 1023),
        physical("period", ParamType::duration, "clock period, whole picoseconds", 1e-12, 1e-6),
        text("sensing", "which sense amplifier is built in", {"current", "voltage"}),
        yes_no("write_back", "the row of AND results is written to a scratch row"),
        yes_no("pipelined", "stages of consecutive row operations overlap"),
        text("results", "where finished sums go", {"register", "rows"}),
        physical("write_time", ParamType::duration, "writing a row", 1e-12, 1e-6),
        physical("count_time", ParamType::duration, "compressor tree: ones of a row", 1e-12, 1e-6),
        physical("accumulate_time", ParamType::duration, "shift and accumulate", 1e-12, 1e-6),
        physical("row_select_energy", ParamType::energy, "predecoders, per row access", 0, 1e-9),
        physical("row_raise_energy", ParamType::energy,
                 "decoder and wordline of a raised row, per column of the array", 0, 1e-9),
        physical("write_energy", ParamType::energy, "writing one cell, with its driver", 0, 1e-9),
        physical("write_bitline_energy", ParamType::energy,
                 "bit line of one written column, per row of the array", 0, 1e-9),
        physical("commit_energy", ParamType::energy, "one bit into its non-volatile register", 0, 1e-9),
        physical("commit_time", ParamType::duration, "a commit, all bits at once", 1e-12, 1e-6),
        physical("restore_energy", ParamType::energy, "one bit out of its non-volatile register", 0, 1e-9),
        physical("restore_time", ParamType::duration, "a restore, all bits at once", 1e-12, 1e-6),
        physical("leakage_per_cell", ParamType::power, "leakage of a sub-array over its cells", 0, 1e-6),
        yes_no("power_gated", "an idle sub-array leaks a share only"),
        physical("gated_leakage_share", ParamType::ratio, "what is left of the leakage while gated", 0, 1),
        physical("read_error_rate", ParamType::ratio, "probability of a wrong decision, per bit sensed", 0,
                 1),
        physical("write_error_rate", ParamType::ratio, "probability that a written cell does not switch", 0,
                 1),
        number("seed", "of errors, and of what a power loss leaves behind", 0, 9e15),
        physical("cell_area", ParamType::area, "one cell", 0, 1e-9),
        physical("sense_area_per_column", ParamType::area, "a sense amplifier", 0, 1e-9),
        physical("row_area", ParamType::area, "decoder and driver of a wordline", 0, 1e-9),
        physical("column_area", ParamType::area, "write driver and multiplexer of a column", 0, 1e-9),
        physical("fixed_area", ParamType::area, "predecoders and control", 0, 1e-6),
        number("result_registers", "sums that wait to be read out, for area", 1, 1024),
        physical("nv_flip_flop_area", ParamType::ratio, "area of a non-volatile flip-flop over a plain one",
                 1, 10),
    };
    add_sensing(schema, "current");
    add_sensing(schema, "voltage");
    return schema;
}

MramParams MramParams::from(const Config& config, int instance) {
    const auto integer = [&](const char* key) {
        return static_cast<std::uint32_t>(config.integer(block + key, instance));
    };
    const auto yes_no = [&](const char* key) { return config.boolean(block + key, instance); };
    const auto duration = [&](const std::string& key) { return config.duration(block + key, instance); };
    const auto energy = [&](const std::string& key) { return config.energy(block + key, instance); };
    const auto area = [&](const char* key) { return config.area(block + key, instance); };
    const auto sensing = [&](const std::string& name) {
        return MramSensing{duration(name + "_read_time"), energy(name + "_cell_energy"),
                           energy(name + "_sense_energy"), energy(name + "_bitline_energy")};
    };
    MramParams p;
    p.array = instance < 0 ? 0 : static_cast<std::uint32_t>(instance);
    p.rows = integer("rows");
    p.columns = integer("columns");
    p.reserved_rows = integer("reserved_rows");
    p.period = Period::of(duration("period"), "mram_subarray.period");
    p.current_sensing = config.text(block + "sensing", instance) == "current";
    p.current = sensing("current");
    p.voltage = sensing("voltage");
    p.write_back = yes_no("write_back");
    p.pipelined = yes_no("pipelined");
    p.result_rows = config.text(block + "results", instance) == "rows";
    p.write_time = duration("write_time");
    p.count_time = duration("count_time");
    p.accumulate_time = duration("accumulate_time");
    p.row_select_energy = energy("row_select_energy");
    p.row_raise_energy = energy("row_raise_energy");
    p.write_energy = energy("write_energy");
    p.write_bitline_energy = energy("write_bitline_energy");
    p.commit_energy = energy("commit_energy");
    p.commit_time = duration("commit_time");
    p.restore_energy = energy("restore_energy");
    p.restore_time = duration("restore_time");
    p.leakage_per_cell = config.power(block + "leakage_per_cell", instance);
    p.power_gated = yes_no("power_gated");
    p.gated_leakage_share = config.ratio(block + "gated_leakage_share", instance);
    p.read_error_rate = config.ratio(block + "read_error_rate", instance);
    p.write_error_rate = config.ratio(block + "write_error_rate", instance);
    p.seed = static_cast<std::uint64_t>(config.integer(block + "seed", instance));
    p.cell_area = area("cell_area");
    p.sense_area_per_column = area("sense_area_per_column");
    p.row_area = area("row_area");
    p.column_area = area("column_area");
    p.fixed_area = area("fixed_area");
    p.result_registers = integer("result_registers");
    p.nv_flip_flop_area = config.ratio(block + "nv_flip_flop_area", instance);
    check_params(p);
    return p;
}

}  // namespace pimvp
