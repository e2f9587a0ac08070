// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace pimvp {

/// What a block in RTL did, operation by operation beside its model.
struct RtlScore {
    std::uint64_t operations = 0;  // all of them compared, results and clock cycles
    std::uint64_t cycles = 0;      // of the RTL's clock, in these
    std::uint64_t differences = 0;
    std::string first_difference;  // when, with what inputs, expected, found; empty if there is none

    /// Takes note of an operation; `describe` is asked for the first difference only.
    template <class Describe>
    void compare(bool same, std::uint64_t took, Describe describe) {
        ++operations;
        cycles += took;
        if (same) return;
        if (differences++ == 0) first_difference = describe();
    }
};

}  // namespace pimvp
