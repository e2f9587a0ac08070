// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemc.h>  // verilated.h expects its names
#include <verilated.h>

#include <cstdint>

namespace pimvp {

/// RTL that is made from now on, and verilated with RANDOM_STATE, begins with random bits wherever nothing
/// initialises them: what is read before it was reset or written shows.
inline void begin_in_random_state(std::uint64_t seed) {
    Verilated::randReset(2);
    Verilated::randSeed(static_cast<int>(1 + seed % 0x7FFF'FFFE));  // 0 would be the time of day
}

}  // namespace pimvp
