// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "modules/power/nv_record.h"

namespace pimvp {

/// How far an access is.
struct MramProgress {
    std::uint64_t tag = 0;
    std::uint32_t steps = 0;       // done
    bool buffer = false;           // which of the two holds its inputs and results
    std::int32_t accumulator = 0;  // of the filter it is at
    std::int32_t input_sum = 0;    // of the sign counts
};

/// Accumulator and loop index that commit together: a record of two slots, 128 bits of payload. Steps take 14
/// bits, the accumulator 29, the sum of the inputs 20: enough for 1024 x 1024 cells at 8 bits. No SystemC
/// here.
class NvAccumulator {
  public:
    explicit NvAccumulator(std::uint64_t seed) : record_(words, seed) {}

    /// `torn`: the power failed on the way.
    void commit(const MramProgress& progress, bool torn);
    /// The newest progress that was committed whole; nothing if none ever was.
    const std::optional<MramProgress>& committed() const { return committed_; }

    /// Bits written by a commit. A slot that already holds the tag keeps it: those junctions are not driven.
    std::uint32_t commit_bits(bool with_tag) const {
        return static_cast<std::uint32_t>(record_.bits()) - (with_tag ? 0 : tag_bits);
    }
    std::uint32_t restore_bits() const { return static_cast<std::uint32_t>(record_.bits()); }

  private:
    static constexpr std::size_t words = 4;
    static constexpr std::uint32_t tag_bits = 64;
    std::optional<MramProgress> read() const;

    NvRecord record_;
    std::optional<MramProgress> committed_;  // what read() returns
};

}  // namespace pimvp
