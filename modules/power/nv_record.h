// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// A record in non-volatile cells that a power loss in the middle of a write cannot destroy. No SystemC here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace pimvp {

/// Two slots, each a payload, a sequence number and a check value (CRC-32 of both), written in that order in
/// words of 32 bits. A write goes to the slot that does not hold the newest valid record. Sequence numbers of
/// 32 bits wrap around; the newer of two is the one that is less than 2^31 ahead (RFC 1982).
class NvRecord {
  public:
    /// `words` of payload. Both slots start with seeded garbage, as cells that were never written.
    NvRecord(std::size_t words, std::uint64_t seed, std::uint32_t first_sequence = 1);

    /// `torn`: the power failed while a word of the slot, drawn from the seed, was being written.
    void write(const std::uint32_t* words, bool torn);
    /// The power failed while word `cut` of the slot was written, 0 to slot_words() - 1: those before it are
    /// new, it is seeded garbage, those after it are what they were.
    void write_torn(const std::uint32_t* words, std::size_t cut);
    /// Copies the newest record whose check holds. False if there is none: `words` is left as it is.
    bool restore(std::uint32_t* words) const;
    /// Of the record that restore() finds; 0 if there is none.
    std::uint64_t sequence() const;
    /// Bits written by a commit: payload, sequence number and check value.
    std::size_t bits() const { return slot_words() * 32; }
    std::size_t slot_words() const { return words_ + 2; }

  private:
    using Slot = std::vector<std::uint32_t>;
    bool valid(const Slot& slot) const;
    int newest() const;  // slot, or -1
    Slot image(const std::uint32_t* words) const;

    std::size_t words_;
    std::mt19937_64 random_;
    Slot slots_[2];
    int newest_ = -1;  // what newest() is; kept, as a record may be written after every operation
    int target_ = 0;   // slot of the next write
    std::uint32_t next_sequence_;
};

}  // namespace pimvp
