// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "networks/program.h"

namespace pimvp::net::test {

/// One command as it lies in memory, read by word numbers of the published layout rather than through the
/// compiler's structs.
struct Words {
    std::array<std::uint32_t, 16> w{};
    std::uint32_t opcode() const { return w[0]; }
    int activity() const { return static_cast<int>(w[1]); }
};

/// Programs of one path as the sequencer would fetch them.
struct PathPrograms {
    std::vector<Words> load, run;
    bool run_in_program_memory = false;
};

/// Decodes the image; follows the copy of a run program into its program memory back to its source.
std::vector<PathPrograms> decode(const Program& program, const Machine& machine, const AddressMap& map);

/// Runs SIGNAL and WAIT of all paths, one command at a time, always the path with the lowest (or highest)
/// number that can go on. Returns the number of times that all paths passed a barrier; -1 if they block each
/// other or tokens are left.
int run_tokens(const std::vector<std::vector<Words>>& programs, const AddressMap& map, bool lowest_first);

/// Bytes of the image at an address of memory.
std::vector<std::uint8_t> image_bytes(const Program& program, const AddressMap& map, std::uint64_t address,
                                      std::size_t bytes);

/// Parameter entries of a path, {bias, multiplier, shift, select} each, as the load program copies them.
std::vector<std::array<std::int32_t, 4>> parameters(const Program& program, const AddressMap& map, int path,
                                                    const std::vector<Words>& load);

}  // namespace pimvp::net::test
