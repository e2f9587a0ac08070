// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "modules/vault/vault.h"
#include "testbenches/at_initiator.h"
#include "testbenches/initiator.h"
#include "testbenches/protocol_checker.h"

namespace pimvp::test {

/// Bytes of a vault as a plain array with a mask per byte: which of its bits a gate lets through.
class ByteModel {
  public:
    explicit ByteModel(std::uint64_t base, std::size_t bytes)
        : base_(base), cells_(bytes), mask_(bytes, 255) {}
    bool holds(std::uint64_t address) const { return address - base_ < cells_.size(); }
    std::uint64_t base() const { return base_; }
    std::size_t size() const { return cells_.size(); }
    void gate(std::uint64_t base, std::uint64_t limit, int bits);
    void write(std::uint64_t address, std::uint8_t value) {
        const auto i = address - base_;
        cells_[i] = static_cast<std::uint8_t>((cells_[i] & ~mask_[i]) | (value & mask_[i]));
    }
    std::uint8_t read(std::uint64_t address) const {
        return static_cast<std::uint8_t>(cells_[address - base_] & mask_[address - base_]);
    }
    const std::vector<std::uint8_t>& cells() const { return cells_; }

  private:
    std::uint64_t base_;
    std::vector<std::uint8_t> cells_, mask_;
};

/// A vault with three initiators, two of four phases and one that blocks, protocol checkers between. Each
/// reads and writes at random in an area of its own, whose gate regions it changes on the way, and in one
/// that all share, where 8 bytes in turn are its own (byte enables part them). What they read must be what a
/// ByteModel says.
class IntegrityRig : public sc_core::sc_module {
  public:
    static constexpr std::size_t actors = 3;
    IntegrityRig(const sc_core::sc_module_name& name, const VaultParams& params, std::uint64_t operations,
                 std::uint64_t seed);
    ~IntegrityRig() override;

    /// After the simulation: what is wrong, "" if nothing is.
    std::string verdict();

  private:
    struct Actor {
        std::mt19937_64 random;
        std::uint64_t left = 0, sent = 0, answered = 0;
        std::unique_ptr<ByteModel> area;
        std::deque<AtJob> ahead;                             // register writes to be sent next
        std::map<std::uint64_t, std::vector<int>> expected;  // by tag; -1: any
    };
    void start_of_simulation() override;
    bool next(std::size_t actor, AtJob& job);
    void access(std::size_t actor, AtJob& job);
    void regate(std::size_t actor);
    void answered(std::size_t actor, const AtJob& job);
    void block(TestInitiator& self);
    void complain(const std::string& text);
    void set_register(std::size_t region, std::uint32_t offset, std::uint32_t value);

    Vault vault_;
    std::array<Actor, actors> actors_;
    ByteModel shared_;
    std::vector<std::unique_ptr<ProtocolChecker>> checkers_;
    std::vector<std::unique_ptr<AtInitiator>> initiators_;
    TestInitiator blocking_;
    std::uint64_t complaints_ = 0;
    std::string first_;
};

}  // namespace pimvp::test
