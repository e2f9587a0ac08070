// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/postprocess/postprocess_cost.h"

#include "modules/core/error.h"

namespace pimvp {
namespace {

constexpr unsigned element_bits = 17;  // an element of 16 bits minus its zero point
constexpr unsigned shift_bits = 6;
constexpr unsigned select_bits = 14;  // of a MERGE: two of operand, twelve of channel
constexpr double mux_nand2 = 3.0;

void check_range(const char* key, std::uint64_t value, std::uint64_t low, std::uint64_t high) {
    if (value < low || value > high)
        throw Error("postprocess." + std::string(key) + ": expected " + std::to_string(low) + " to " +
                    std::to_string(high) + ", found " + std::to_string(value));
}

}  // namespace

void PostprocessParams::check() const {
    check_range("channels", limits.channels, 1, 16384);
    check_range("row_bytes", limits.row_bytes, 16, 65536);
    check_range("accumulator_bits", limits.accumulator_bits, 2, 32);
    check_range("multiplier_bits", limits.multiplier_bits, 2, 32);
    check_range("parameter_entries", parameter_entries, 1, 65536);
    check_range("lanes_accumulate", lanes_accumulate, 1, 16384);
    check_range("lanes_requant", lanes_requant, 1, 16384);
    check_range("entries_per_cycle", entries_per_cycle, 1, 64);
    if (period.ps < 1)
        throw Error("postprocess.period: expected at least 1 ps, found " + std::to_string(period.ps) + " ps");
    if (logic_leakage < Power{}) throw Error("postprocess.logic_leakage: expected none below zero");
}

Schema PostprocessParams::schema() {
    const auto integer = [](const char* key, const char* what, double low, double high) {
        return ParamSpec{std::string("postprocess.") + key, ParamType::integer, what, low, high, {}};
    };
    return {
        integer("channels", "output channels of a pixel", 1, 16384),
        integer("row_bytes", "size of a row buffer", 16, 65536),
        integer("accumulator_bits", "width of the accumulators", 2, 32),
        integer("multiplier_bits", "width of the requantisation factor", 2, 32),
        integer("parameter_entries", "channel parameters that the parameter memory holds", 1, 65536),
        integer("lanes_accumulate", "partial sums or window elements per cycle", 1, 16384),
        integer("lanes_requant", "outputs or operand elements per cycle", 1, 16384),
        integer("entries_per_cycle", "parameters latched or loaded per cycle", 1, 64),
        {"postprocess.flavour", ParamType::text, "transistors of its memories", 0, 0, {"lop", "lstp"}},
        {"postprocess.logic_leakage", ParamType::power, "leakage of all but the memories", 0, 1, {}},
        {"postprocess.period", ParamType::duration, "clock period, whole picoseconds", 1e-12, 1e-6, {}},
    };
}

PostprocessParams PostprocessParams::from(const Config& config, int instance) {
    const auto integer = [&](const char* key) {
        return static_cast<unsigned>(config.integer(std::string("postprocess.") + key, instance));
    };
    PostprocessParams p;
    p.limits.channels = integer("channels");
    p.limits.row_bytes = integer("row_bytes");
    p.limits.accumulator_bits = integer("accumulator_bits");
    p.limits.multiplier_bits = integer("multiplier_bits");
    p.parameter_entries = integer("parameter_entries");
    p.lanes_accumulate = integer("lanes_accumulate");
    p.lanes_requant = integer("lanes_requant");
    p.entries_per_cycle = integer("entries_per_cycle");
    p.flavour =
        config.text("postprocess.flavour", instance) == "lop" ? BufferFlavour::lop : BufferFlavour::lstp;
    p.logic_leakage = config.power("postprocess.logic_leakage", instance);
    p.period = Period::of(config.duration("postprocess.period", instance));
    p.check();
    return p;
}

PostprocessCost postprocess_cost(const PostprocessParams& params, const Technology& t) {
    const double accumulator = params.limits.accumulator_bits, multiplier = params.limits.multiplier_bits;
    const double product = accumulator + multiplier, channels = params.limits.channels;
    const Energy adder = t.full_adder_energy(), flip_flop = t.flip_flop_energy();
    const Energy mux = switching_energy(t.nand2_capacitance * mux_nand2, t.supply);
    const BufferCost memory = buffer_bank_cost(
        params.flavour,
        (std::uint64_t{params.parameter_entries} * sizeof(pimvp_post_entry) + params.entries_per_cycle - 1) /
            params.entries_per_cycle);
    const BufferCost row = buffer_bank_cost(params.flavour, params.limits.row_bytes);
    const double banks = params.entries_per_cycle;
    const double entry_bits = accumulator + multiplier + shift_bits + select_bits;

    PostprocessCost cost;
    cost.accumulate = (adder + flip_flop) * accumulator;
    cost.subtract = adder * element_bits;
    cost.compare = (adder + flip_flop) * accumulator;
    cost.bias = adder * accumulator;
    cost.multiply_bit = (adder + t.multiply_energy()) * accumulator;
    cost.round = adder * (product + 3.0 * accumulator) + mux * (product * shift_bits);
    cost.latch = flip_flop * entry_bits;
    cost.parameter_read = memory.read;
    cost.parameter_write = memory.write;
    cost.row_read = row.read;
    cost.row_write = row.write;
    cost.leakage = params.logic_leakage + memory.leakage * banks + row.leakage * post_row_buffers;

    const Area lane_in = t.full_adder_area() * (accumulator + element_bits);
    const Area lane_out = (t.full_adder_area() + t.nand2_area) * (accumulator * multiplier) +
                          t.full_adder_area() * (element_bits + accumulator + product + 3.0 * accumulator) +
                          t.nand2_area * (mux_nand2 * product * shift_bits);
    cost.areas = {
        {"accumulate_lanes", lane_in * params.lanes_accumulate},
        {"requant_lanes", lane_out * params.lanes_requant},
        // Twice: the next pixel accumulates while the last one is requantised.
        {"accumulators", t.flip_flop_area() * (2.0 * channels * accumulator)},
        {"lane_registers", t.flip_flop_area() * (channels * entry_bits + 8.0 * sizeof(pimvp_post))},
        {"parameter_memory", memory.area * banks},
        {"row_buffers", row.area * post_row_buffers},
    };
    return cost;
}

}  // namespace pimvp
