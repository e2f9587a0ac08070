// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "networks/mapping.h"
#include "platforms/common/path.h"
#include "platforms/common/system_run.h"

namespace pimvp {

/// What run_arrays() needs to know of a platform whose weights lie in arrays behind sequencers, one path
/// each.
struct ArrayParts {
    std::unique_ptr<sc_core::sc_module> top;
    Host* host = nullptr;
    Interconnect* bus = nullptr;
    Memory* dram = nullptr;
    std::vector<Path*> paths;
};
using BuildArrays =
    std::function<ArrayParts(const net::Machine&, const net::AddressMap&, HostProgram, Tracer*)>;

/// Compiles the network for the machine and runs it. Throws Error if it does not fit, and as run_system().
RunResult run_arrays(const std::string& platform, const net::Machine& machine, const Config& config,
                     const RunOptions& options, const BuildArrays& build);

}  // namespace pimvp
