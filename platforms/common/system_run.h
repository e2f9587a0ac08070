// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "modules/core/config.h"
#include "modules/host/host.h"
#include "networks/mapping.h"
#include "networks/program.h"
#include "platforms/common/path.h"
#include "platforms/common/result.h"
#include "platforms/common/run_options.h"

namespace pimvp {

/// What run_system() needs to know of a platform that has been built.
struct SystemParts {
    std::unique_ptr<sc_core::sc_module> top;
    Host* host = nullptr;
    Interconnect* bus = nullptr;
    Memory* dram = nullptr;
    std::vector<Path*> paths;
};
using Build = std::function<SystemParts(const net::Machine&, const net::AddressMap&, HostProgram, Tracer*)>;

/// Compiles the network, builds the system, lets the host load it and run the images, and gathers what came
/// out. Once per process. Throws Error if the network does not fit, std::runtime_error if the simulated
/// system fails.
RunResult run_system(const std::string& platform, const net::Machine& machine, const Config& config,
                     const RunOptions& options, const Build& build);

}  // namespace pimvp
