// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "modules/interconnect/interconnect_params.h"
#include "networks/mapping.h"
#include "platforms/common/path.h"
#include "platforms/common/result.h"
#include "platforms/common/run_options.h"

namespace pimvp {

/// What is special about a platform whose weights lie in arrays behind sequencers, one path each.
struct ArrayPlatform {
    std::string name;
    net::Machine machine;
    std::vector<MakeMacros> macros;  // by path
    bool mram_memories = false;      // memory, buffers and programs in SOT-MRAM instead of DRAM and SRAM
    bool harvested = false;          // on a supply that may run out, with a sequencer that resumes
    std::optional<InterconnectParams> array_bus;  // instead of the configured one
    bool index_memory = false;                    // see PathOptions
    std::uint64_t seed = 0;                       // of what is random in it, for the report
};

/// Parameter keys of all its blocks but the macros: host, system bus, memory, and what path_schema() has.
Schema array_system_schema(bool mram_memories = false, bool index_memory = false);

/// Compiles the network for the machine, builds host and memory on the system bus with the paths behind it,
/// and runs it. Throws Error if the network does not fit, and as run_system().
RunResult run_arrays(const ArrayPlatform& platform, const Config& config, const RunOptions& options);

}  // namespace pimvp
