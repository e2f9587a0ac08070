// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "modules/core/config.h"
#include "modules/core/units.h"

namespace pimvp {

/// One interconnect: every link has the same width, clock and latency.
struct InterconnectParams {
    int width_bits = 128;  // data wires per direction, 8..8192
    Period period{5000};
    int hop_cycles = 1;     // latency from side to side, each way
    Energy energy_per_bit;  // wires and repeaters, per data bit and hop
    Power leakage;
    Area area;

    /// Throws Error that begins with `where` if a value is impossible.
    void check(const std::string& where) const;
    /// Cycles for which `bytes` occupy a channel: ceil(bits / width).
    std::int64_t beats(std::uint64_t bytes) const {
        const auto width = static_cast<std::uint64_t>(width_bits);
        return static_cast<std::int64_t>((bytes * 8 + width - 1) / width);
    }
    Energy transfer_energy(std::uint64_t bytes) const {
        return energy_per_bit * (8.0 * static_cast<double>(bytes));
    }

    /// Keys `BLOCK.width_bits`, ...: one platform may have several interconnects (`bus`, `array_bus`).
    static Schema schema(const std::string& block);
    static InterconnectParams from(const Config& config, const std::string& block, int instance = -1);
};

}  // namespace pimvp
