// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "modules/rtl/gated_io_pins.h"
#include "modules/vault/io_gate.h"
#include "testbenches/coverage.h"
#include "testbenches/rtl_bench.h"
#include "testbenches/rtl_random.h"

namespace pimvp {

/// Random streams of one to eight accesses to few blocks, so that they meet. What an access left is seen by
/// the reads behind it, a quarter of them of all 16 bits.
class GateStimulus {
  public:
    explicit GateStimulus(std::uint64_t seed);

    RtlOperation step(GatedIoPins& rtl);
    const Coverage& coverage() const { return coverage_; }

  private:
    std::uint32_t choose_enabled();
    GatedAccess choose_access(std::uint32_t first_block, std::uint32_t blocks);
    std::vector<GatedAccess> choose_stream();
    /// By the model. Cycles count on from `cycle`, that of the access.
    GatedResult expect(const GatedAccess& access, std::uint64_t cycle);
    void cover(const std::vector<GatedAccess>& accesses);
    std::string describe(const GatedAccess& access, std::size_t index) const;

    RtlRandom random_;
    IoGate gate_;
    std::array<BlockWords, 2> read_{};  // last
    std::uint64_t operation_ = 0;
    std::int64_t now_ps_ = 0;

    Coverage coverage_;
    struct Points {
        Coverage::Point bits, kind, paired_bits, enabled, odd_enabled, parity, sequence, control, pairing;
    } points_;
};

}  // namespace pimvp
