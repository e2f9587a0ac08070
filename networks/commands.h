// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

namespace pimvp::net {

/// A command of driver/pimvp_program.h as its sixteen words.
using Command = std::array<std::uint32_t, 16>;

template <class T>
Command command(const T& t) {
    static_assert(sizeof(T) == sizeof(Command), "a command has 64 bytes");
    Command c;
    std::memcpy(c.data(), &t, sizeof c);
    return c;
}

/// COPY of one run of bytes.
Command copy_command(std::uint64_t from, std::uint64_t to, std::size_t bytes, int activity);
/// SIGNAL to the sequencer whose token register is at `address`, whose high half only vaults
/// look at, or WAIT; of more tokens than one in vaults only (0 is one).
Command signal_command(std::uint64_t address, int activity);
Command wait_command(int activity, std::uint32_t tokens = 0);
Command end_command(int activity, bool interrupt);

}  // namespace pimvp::net
