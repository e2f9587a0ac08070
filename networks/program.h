// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Compiles a scheduled network into what goes into the accelerator's memory: weights, parameters and one
// program per path.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "networks/schedule.h"

namespace pimvp::net {

/// The address map that programs are written against; the same addresses mean the same everywhere in the
/// system.
struct AddressMap {
    struct Path {
        std::uint64_t sequencer = 0, dma = 0, program = 0, buffer = 0, postprocess = 0, macros = 0;
        std::uint64_t macros_end = UINT64_MAX;  // behind the last byte that macros may have
    };
    std::uint64_t dram = 0;
    std::vector<Path> paths;
    /// Throws Error if there is no room for a macro of that index.
    std::uint64_t macro(int path, int index) const;
};

/// The usual map: path p at (p + 1) * 0x10000000, memory at 0x80000000. Macros of the last path may go on
/// through the space of paths that do not exist: 888 of them if there is one path. Throws Error on more than
/// seven paths.
AddressMap default_address_map(std::size_t paths);

struct LayerInfo {
    std::string name;
    int node = 0;  // of Schedule::graph
    int path = 0;
    std::int64_t macs = 0;
    int commands = 0;  // that the sequencer reports as work of the layer
};

struct Program {
    std::vector<std::uint8_t> image;  // goes to `image_address`
    std::uint64_t image_address = 0;
    struct Path {
        std::uint64_t load_address = 0, run_address = 0;
        std::uint32_t load_commands = 0, run_commands = 0;  // 0: not used
        /// What must be done again after a power loss that the cells survived: region registers of resident
        /// tiles and the postprocessor's resident parameters, then END without interrupt. Only if
        /// Machine::separate_setup says so; the load program does it too.
        std::uint64_t setup_address = 0;
        std::uint32_t setup_commands = 0;
    };
    std::vector<Path> paths;
    std::uint64_t input_address = 0, output_address = 0;
    std::uint32_t input_bytes = 0, output_bytes = 0;
    std::vector<LayerInfo> layers;  // layer k books its energy as activity 3 + k
};

Program compile(const Schedule& schedule, const Machine& machine, const AddressMap& map);

}  // namespace pimvp::net
