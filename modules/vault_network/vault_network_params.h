// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the network of a stack's logic die is built from. No SystemC here.
#pragma once

#include <cstdint>
#include <string>

#include "modules/core/config.h"
#include "modules/core/technology.h"
#include "modules/core/units.h"

namespace pimvp {

struct VaultNetworkParams {
    int columns = 4, rows = 4;  // of the mesh; vault v sits at column v % columns, row v / columns
    Period period{1000};
    int width_bits = 128;  // of a link, per direction
    int hop_cycles = 2;    // router and link
    int buffer_beats = 4;  // each input of a router keeps so many; for the area alone
    Energy energy_per_bit_hop;
    Power leakage;  // all routers
    Area area;      // all routers

    static Schema schema();  // keys vault_network.*
    /// `technology` is that of the logic die, for the area.
    static VaultNetworkParams from(const Config& config, const Technology& technology);
    /// Throws Error that begins with `where` if a value is impossible.
    void check(const std::string& where) const;

    int vaults() const { return columns * rows; }
    /// Cycles for which so many bytes occupy a link.
    std::int64_t beats(std::uint64_t bytes) const {
        const auto width = static_cast<std::uint64_t>(width_bits);
        return static_cast<std::int64_t>((bytes * 8 + width - 1) / width);
    }
    /// Routers of six ports (four neighbours, vault, PE): input buffers in flip-flops, and a crossbar of
    /// 2-to-1 multiplexers of three NAND2 each, four per output bit. Wires lie above.
    Area router_area(const Technology& technology) const;
};

}  // namespace pimvp
