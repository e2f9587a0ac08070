// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/mapping/program_walker.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace pimvp::net::test {

namespace {

constexpr std::uint32_t op_copy = 1, op_signal = 8, op_wait = 9;

std::vector<Words> commands(const Program& program, const AddressMap& map, std::uint64_t address,
                            std::uint32_t count) {
    std::vector<Words> list(count);
    const auto bytes = image_bytes(program, map, address, std::size_t{count} * 64);
    for (std::uint32_t i = 0; i < count; ++i) std::memcpy(list[i].w.data(), bytes.data() + 64ull * i, 64);
    return list;
}

}  // namespace

std::vector<std::uint8_t> image_bytes(const Program& program, const AddressMap& map, std::uint64_t address,
                                      std::size_t bytes) {
    if (program.image_address != map.dram || address < map.dram ||
        address - map.dram + bytes > program.image.size())
        throw std::out_of_range("outside the image");
    const auto* first = program.image.data() + (address - map.dram);
    return {first, first + bytes};
}

std::vector<PathPrograms> decode(const Program& program, const Machine& machine, const AddressMap& map) {
    std::vector<PathPrograms> paths(machine.paths.size());
    for (std::size_t p = 0; p < paths.size(); ++p) {
        const auto& placed = program.paths[p];
        auto& path = paths[p];
        if (placed.load_commands > 0)
            path.load = commands(program, map, placed.load_address, placed.load_commands);
        if (placed.run_commands == 0) continue;
        path.run_in_program_memory = placed.run_address == map.paths[p].program;
        std::uint64_t source = placed.run_address;
        if (path.run_in_program_memory) {
            source = 0;
            for (const auto& c : path.load) {
                if (c.opcode() != op_copy || c.w[3] != map.paths[p].program) continue;
                EXPECT_EQ(c.w[4] * c.w[5], placed.run_commands * 64u);
                source = c.w[2];
            }
        }
        path.run = commands(program, map, source, placed.run_commands);
    }
    return paths;
}

int run_tokens(const std::vector<std::vector<Words>>& programs, const AddressMap& map, bool lowest_first) {
    const std::size_t paths = programs.size();
    std::vector<std::size_t> at(paths, 0), waits(paths, 0);
    std::vector<int> tokens(paths, 0);
    for (bool moved = true; moved;) {
        moved = false;
        for (std::size_t i = 0; i < paths && !moved; ++i) {
            const std::size_t p = lowest_first ? i : paths - 1 - i;
            if (at[p] == programs[p].size()) continue;
            const auto& command = programs[p][at[p]];
            if (command.opcode() == op_wait) {
                if (tokens[p] == 0) continue;
                --tokens[p];
                ++waits[p];
            }
            if (command.opcode() == op_signal) {
                bool known = false;
                for (std::size_t q = 0; q < paths; ++q) {
                    if (command.w[2] != map.paths[q].sequencer + 0x2C) continue;
                    EXPECT_NE(p, q) << "a path signals itself";
                    ++tokens[q];
                    known = true;
                }
                EXPECT_TRUE(known) << "a signal to nobody";
            }
            ++at[p];
            moved = true;
        }
    }
    for (std::size_t p = 0; p < paths; ++p)
        if (at[p] != programs[p].size() || tokens[p] != 0) return -1;
    return static_cast<int>(waits[0]);
}

std::vector<std::array<std::int32_t, 4>> parameters(const Program& program, const AddressMap& map, int path,
                                                    const std::vector<Words>& load) {
    for (const auto& c : load) {
        if (c.opcode() != op_copy ||
            c.w[3] != map.paths[static_cast<std::size_t>(path)].postprocess + 0x100000)
            continue;
        std::vector<std::array<std::int32_t, 4>> entries(c.w[4] * c.w[5] / 16);
        const auto bytes = image_bytes(program, map, c.w[2], entries.size() * 16);
        std::memcpy(entries.data(), bytes.data(), bytes.size());
        return entries;
    }
    return {};
}

}  // namespace pimvp::net::test
