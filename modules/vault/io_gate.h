// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The block between a bank's column lines and the data lines: which lanes of a column block move. No SystemC
// and no time here.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "driver/pimvp_vault.h"
#include "modules/memory/sparse_bytes.h"
#include "modules/vault/lane_groups.h"

namespace pimvp {

/// What an access was bound to when it was accepted.
struct GateSetting {
    int bits = 16;      // lane groups that move, most significant first
    bool pair = false;  // one access moves an even column and its odd neighbour
    bool operator==(const GateSetting& o) const { return bits == o.bits && pair == o.pair; }
};

/// The cells of a vault and the gate before them. Cells hold lane groups; sparse, untouched ones are zero.
/// Addresses are bytes of the vault's DRAM, blocks address / 32; the caller has checked ranges.
class IoGate {
  public:
    /// `gated` false: every setting is 16 bits, single; `pairs` false: single.
    IoGate(std::uint64_t bytes, bool gated, bool pairs);

    /// Of the region that holds the address; 16 bits, single, outside all.
    GateSetting setting(std::uint64_t address) const;
    /// The setting holds up to here (exclusive): for accesses that are cut into blocks.
    std::uint64_t setting_limit(std::uint64_t address) const;

    /// Gated lanes read as zero.
    void read(std::uint64_t block, int bits, std::uint8_t* words) const;
    /// Only the open lanes of enabled bytes change cells; a closed lane keeps what it holds. `enabled` bit i:
    /// byte i.
    void write(std::uint64_t block, int bits, const std::uint8_t* words, std::uint32_t enabled = 0xFFFFFFFFu);

    /// All 16 bits, any range; for debug.
    void peek(std::uint64_t address, std::uint8_t* data, std::size_t bytes) const;
    void poke(std::uint64_t address, const std::uint8_t* data, std::size_t bytes);

    /// Registers by offset from PIMVP_VAULT_GATE; the caller has checked alignment and range. A region whose
    /// values are impossible or that overlaps a used one before it is not used, and STATUS names the first
    /// such. Other offsets read as zero; writes to them and to read-only ones change nothing.
    std::uint32_t read_register(std::uint32_t offset) const;
    void write_register(std::uint32_t offset, std::uint32_t value);

    /// Cells and registers zero.
    void reset();
    std::size_t pages_in_use() const { return cells_.pages_in_use(); }

  private:
    struct Stretch {  // of addresses with one setting
        std::uint64_t base, limit;
        GateSetting setting;
    };
    const Stretch& find(std::uint64_t address) const;
    void rebuild();

    const bool gated_, pairs_;
    SparseBytes cells_;
    std::array<std::uint32_t, PIMVP_GATE_REGIONS * 4> registers_{};
    std::vector<Stretch> stretches_;  // by base, gaps between regions too: all of the DRAM
    mutable std::size_t last_ = 0;    // the stretch that was found last
    std::uint32_t status_ = 0;
};

}  // namespace pimvp
