// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What memories cost: on-chip buffers from a CACTI table, SOT-MRAM composed of sub-arrays, off-chip DRAM per
// bit. No SystemC here.
#pragma once

#include <cstdint>
#include <string>

#include "modules/core/config.h"
#include "modules/core/units.h"

namespace pimvp {

/// Low operating power (fast, leaks) or low standby power transistors.
enum class BufferFlavour { lop, lstp };

/// One SRAM bank with a 128-bit port.
struct BufferCost {
    Energy read, write;  // per 128-bit word
    Power leakage;
    Duration cycle;
    Area area;
};

constexpr int buffer_bank_bits = 128;

/// CACTI 7, 28 nm (between its 32 and 22 nm nodes), scratch RAM, 320 K, 8..256 KiB, computed by us. Exact at
/// the sizes of the table, log-log interpolation between them. Above 256 KiB: banks of 256 KiB of which one
/// is accessed, so energy and cycle stay, leakage and area grow in proportion. Below 8 KiB: energy, leakage
/// and area in proportion to the size, but energy never below a quarter of the 8 KiB bank's (port and
/// decoder), cycle as at 8 KiB. The table has cycle and area of LOP only: LSTP's cycle is taken twice as long
/// [assumed], its area is the same.
BufferCost buffer_bank_cost(BufferFlavour flavour, std::uint64_t bytes);

enum class MemoryKind { sram, dram, mram };

/// A memory with one read and one write port. The read port takes a word a cycle, the write port one in
/// `write_cycles`; the first word takes `access_cycles`.
struct MemoryParams {
    MemoryKind kind = MemoryKind::sram;
    std::uint64_t bytes = 65536;
    int word_bits = 128;  // a multiple of 8
    Period period{5000};
    int access_cycles = 1;             // from the request to the first word
    int write_cycles = 1;              // a word occupies the write port for
    Energy read_energy, write_energy;  // per word touched
    Power leakage;
    Area area;
    bool nonvolatile = false;  // keeps its bytes without power
    std::uint64_t seed = 1;    // of what power loss leaves behind

    /// Throws Error that begins with `where` if a value is impossible.
    void check(const std::string& where) const;
    std::uint64_t word_bytes() const { return static_cast<std::uint64_t>(word_bits) / 8; }
    /// Aligned words that [address, address + bytes) touches; bytes > 0.
    std::uint64_t words(std::uint64_t address, std::uint64_t transfer_bytes) const {
        return (address + transfer_bytes - 1) / word_bytes() - address / word_bytes() + 1;
    }

    /// On-chip buffer, keys `BLOCK.bytes`, `.word_bits` (a multiple of 128: banks side by side that share the
    /// bytes),
    /// `.flavour` ("lop" or "lstp"), `.period`, and factors on the table: `.energy_scale`, `.leakage_scale`,
    /// `.cycle_scale`, `.area_scale`. access_cycles follows from the cycle time. That reads and writes
    /// overlap takes two single-port banks used in turn; the table's single port is priced.
    static Schema buffer_schema(const std::string& block);
    static MemoryParams buffer(const Config& config, const std::string& block, int instance = -1);
    /// The same from plain values, scales 1.
    static MemoryParams buffer(std::uint64_t bytes, BufferFlavour flavour, Period period,
                               int word_bits = 128);

    /// Off-chip DRAM, keys `BLOCK.bytes`, `.word_bits` and `.period` (bandwidth = word_bits / period),
    /// `.latency`,
    /// `.energy_per_bit` (3.7 pJ, 3.7..20 pJ: default of zigzag-imc). Its background power and its area are
    /// not on the chip: neither is booked.
    static Schema dram_schema(const std::string& block);
    static MemoryParams dram(const Config& config, const std::string& block, int instance = -1);

    /// SOT-MRAM, non-volatile, built of as many sub-arrays as the bytes need: keys `BLOCK.bytes`,
    /// `.word_bits`, `.period`, `.subarray_rows`, `.subarray_columns`, `.read_energy_per_bit`,
    /// `.write_energy_per_bit`, `.read_time` (of which access_cycles follows), `.write_time` (write_cycles),
    /// `.subarray_area`, `.subarray_leakage`, `.gated_leakage_share`, `.seed`. Consecutive words lie in
    /// different sub-arrays, so that reads follow each other every cycle. The sub-arrays of one word leak in
    /// full, the share of the others stays: they are power-gated, and wake up in no time [assumed].
    static Schema mram_schema(const std::string& block);
    static MemoryParams mram(const Config& config, const std::string& block, int instance = -1);
};

}  // namespace pimvp
