// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/vault_network/vault_network_params.h"

#include "modules/core/error.h"

namespace pimvp {

namespace {

constexpr int max_side = 8, max_width = 8192, max_hop = 1000, max_buffer = 1024;

void check_range(const std::string& where, const char* key, std::int64_t value, std::int64_t low,
                 std::int64_t high) {
    if (value < low || value > high)
        throw Error(where + ": " + key + ": expected " + std::to_string(low) + ".." + std::to_string(high) +
                    ", found " + std::to_string(value));
}

}  // namespace

void VaultNetworkParams::check(const std::string& where) const {
    check_range(where, "columns", columns, 1, max_side);
    check_range(where, "rows", rows, 1, max_side);
    check_range(where, "width_bits", width_bits, 8, max_width);
    check_range(where, "hop_cycles", hop_cycles, 0, max_hop);
    check_range(where, "buffer_beats", buffer_beats, 1, max_buffer);
    if (period.ps < 1)
        throw Error(where + ": period: expected at least 1 ps, found " + std::to_string(period.ps));
    if (energy_per_bit_hop < Energy{} || leakage < Power{} || area < Area{})
        throw Error(where + ": energy_per_bit_hop, leakage and area: expected none below zero");
}

Area VaultNetworkParams::router_area(const Technology& technology) const {
    constexpr double ports = 6, muxes_per_output_bit = 4, nand2_per_mux = 3;
    const Area buffer = technology.flip_flop_area() * static_cast<double>(buffer_beats);
    const Area crossbar = technology.nand2_area * (muxes_per_output_bit * nand2_per_mux);
    return (buffer + crossbar) * (ports * width_bits);
}

Schema VaultNetworkParams::schema() {
    return {
        {"vault_network.columns", ParamType::integer, "columns of the mesh", 1, max_side, {}},
        {"vault_network.rows", ParamType::integer, "rows of the mesh", 1, max_side, {}},
        {"vault_network.period", ParamType::duration, "clock period", 1e-12, 1e-3, {}},
        {"vault_network.width_bits",
         ParamType::integer,
         "data wires of a link per direction",
         8,
         max_width,
         {}},
        {"vault_network.hop_cycles", ParamType::integer, "latency of a router and its link", 0, max_hop, {}},
        {"vault_network.buffer_beats",
         ParamType::integer,
         "beats that each input of a router keeps (area)",
         1,
         max_buffer,
         {}},
        {"vault_network.energy_per_bit_hop",
         ParamType::energy,
         "a router and its link, per data bit",
         0,
         1e-9,
         {}},
        {"vault_network.leakage", ParamType::power, "leakage of all routers", 0, 1, {}},
    };
}

VaultNetworkParams VaultNetworkParams::from(const Config& config, const Technology& technology) {
    const auto integer = [&](const char* key) {
        return static_cast<int>(config.integer(std::string("vault_network.") + key));
    };
    VaultNetworkParams p;
    p.columns = integer("columns");
    p.rows = integer("rows");
    p.period = Period::of(config.duration("vault_network.period"), "vault_network.period");
    p.width_bits = integer("width_bits");
    p.hop_cycles = integer("hop_cycles");
    p.buffer_beats = integer("buffer_beats");
    p.energy_per_bit_hop = config.energy("vault_network.energy_per_bit_hop");
    p.leakage = config.power("vault_network.leakage");
    p.check("vault_network");
    p.area = p.router_area(technology) * static_cast<double>(p.vaults());
    return p;
}

}  // namespace pimvp
