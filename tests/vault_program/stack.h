// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Vaults as driver/pimvp_vault.h describes them, as plain arrays of bytes: commands are decoded and carried
// out by loops over elements. No time, no buffers, nothing of the compiler or of the modules.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "driver/pimvp_program.h"
#include "driver/pimvp_vault.h"

namespace pimvp::net::test {

/// Post command at work: results of one row after the other.
class Finisher {
  public:
    Finisher(const pimvp_post& post, std::vector<pimvp_post_entry> entries);
    /// Entries that a POST command needs. `first` is the first of them.
    static std::size_t entries(const pimvp_post& post, const pimvp_post_entry& first);

    std::int64_t of_sum(int channel, std::int64_t sum) const;
    /// Elements of a window, what lies outside the input as the command pads it.
    std::int64_t of_window(int channel, const std::vector<std::int64_t>& elements) const;
    /// Operands at one position; MERGE: [operand][channel].
    std::int64_t of_operands(int channel, const std::vector<std::vector<std::int64_t>>& operands) const;

  private:
    std::int64_t clamp(std::int64_t y) const;
    std::int64_t scale(std::int64_t x, const pimvp_post_entry& entry) const;

    pimvp_post post_;
    std::vector<pimvp_post_entry> entries_;
};

class Stack {
  public:
    /// All bytes are `filling` at first. Throws std::runtime_error for what no vault should be asked.
    Stack(int vaults, std::size_t bytes, std::uint8_t filling);

    void load(int vault, std::size_t address, const std::vector<std::uint8_t>& bytes);
    std::vector<std::uint8_t> read(int vault, std::size_t address, std::size_t bytes) const;
    /// Programs of all vaults until each has ended; each goes as far as it can in turn, the last vault first
    /// if `backwards`. Vault 0 must be the one that raises its interrupt.
    void run(const std::vector<std::uint32_t>& address, const std::vector<std::uint32_t>& commands,
             bool backwards);

    struct Region {
        std::uint32_t base = 0, limit = 0, bits = 0, pair = 0;
    };
    const std::vector<Region>& regions(int vault) const { return at(vault).regions; }
    /// By activity: MAC, POOL and VECTOR commands, and words that vaults stored at each address.
    const std::map<std::uint32_t, int>& worked() const { return worked_; }
    const std::vector<std::uint8_t>& stores(int vault) const { return at(vault).stores; }
    int mac_modes(int mode) const { return mac_modes_[static_cast<std::size_t>(mode)]; }
    int vaults() const { return static_cast<int>(vaults_.size()); }

  private:
    struct Vault {
        std::vector<std::uint8_t> bytes;
        std::vector<std::uint8_t> stores;  // of each word
        std::vector<Region> regions = std::vector<Region>(PIMVP_GATE_REGIONS);
        std::size_t pc = 0, left = 0, tokens = 0;
        bool ended = true;
        pimvp_post post{};
    };
    Vault& at(int v) { return vaults_.at(static_cast<std::size_t>(v)); }
    const Vault& at(int v) const { return vaults_.at(static_cast<std::size_t>(v)); }

    static unsigned gate(const Vault& vault, std::size_t address);
    std::uint16_t word(const Vault& vault, std::size_t address) const;
    std::int64_t element(const Vault& vault, std::size_t address, std::uint32_t format) const;
    void store(int v, std::size_t address, std::int64_t value);
    void store_pixel(int v, int row, int column, int channel, std::size_t pitch, std::int64_t value);
    Finisher finisher(const Vault& vault) const;

    bool step(int v);
    void write_registers(int v, const pimvp_write& c);
    void hand_token(int v, std::uint64_t address);
    void mac(int v, const pimvp_mac& c);
    void pool(int v, const pimvp_conv& c);
    void vector(int v, const pimvp_vector& c);

    std::vector<Vault> vaults_;
    std::map<std::uint32_t, int> worked_;
    std::array<int, 3> mac_modes_{};
};

}  // namespace pimvp::net::test
