// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "testbenches/vault_trace.h"

namespace pimvp::test {

/// When each command of a trace could have come at the earliest: every command against every one that came
/// up to 400 cycles before, with the distances of one timing set worked out by hand, to the first cycle of
/// ACT. Shares no line with DramChecker, which keeps the last command of each kind.
class CommandOracle {
  public:
    /// hbm2_2000; with `faw` hbm2_faw (tRRD 4/6, tFAW 30).
    explicit CommandOracle(bool faw) : faw_(faw) {}

    struct Bound {
        std::int64_t earliest = 0;
        std::vector<std::string> constraints;  // all that forbid the cycle before
    };
    Bound bound(const std::vector<DramTraceLine>& trace, std::size_t index) const;

  private:
    int distance(const DramTraceLine& a, const DramTraceLine& b, const char*& name) const;
    bool faw_;
};

}  // namespace pimvp::test
