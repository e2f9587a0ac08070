// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/interconnect/interconnect_params.h"

#include "modules/core/error.h"

namespace pimvp {

void InterconnectParams::check(const std::string& where) const {
    if (width_bits < 8 || width_bits > 8192)
        throw Error(where + ": width_bits: expected 8..8192, found " + std::to_string(width_bits));
    if (period.ps < 1)
        throw Error(where + ": period: expected at least 1 ps, found " + std::to_string(period.ps));
    if (hop_cycles < 0 || hop_cycles > 1000000)
        throw Error(where + ": hop_cycles: expected 0..1000000, found " + std::to_string(hop_cycles));
    if (energy_per_bit < Energy{} || leakage < Power{} || area < Area{})
        throw Error(where + ": energy_per_bit, leakage and area: expected none below zero");
}

Schema InterconnectParams::schema(const std::string& block) {
    return {
        {block + ".width_bits", ParamType::integer, "data wires per direction", 8, 8192, {}},
        {block + ".period", ParamType::duration, "clock period", 1e-12, 1e-3, {}},
        {block + ".hop_cycles", ParamType::integer, "latency from side to side, each way", 0, 1e6, {}},
        {block + ".energy_per_bit",
         ParamType::energy,
         "wires and repeaters, per data bit and hop",
         0,
         1e-9,
         {}},
        {block + ".leakage", ParamType::power, "leakage of repeaters and arbiters", 0, 1, {}},
        {block + ".area", ParamType::area, "repeaters and arbiters", 0, 1e-4, {}},
    };
}

InterconnectParams InterconnectParams::from(const Config& config, const std::string& block, int instance) {
    InterconnectParams p;
    p.width_bits = static_cast<int>(config.integer(block + ".width_bits", instance));
    p.period = Period::of(config.duration(block + ".period", instance));
    p.hop_cycles = static_cast<int>(config.integer(block + ".hop_cycles", instance));
    p.energy_per_bit = config.energy(block + ".energy_per_bit", instance);
    p.leakage = config.power(block + ".leakage", instance);
    p.area = config.area(block + ".area", instance);
    p.check(block);
    return p;
}

}  // namespace pimvp
