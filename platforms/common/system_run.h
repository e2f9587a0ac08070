// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "driver/pimvp.h"
#include "modules/core/config.h"
#include "modules/host/host.h"
#include "modules/sequencer/command_processor.h"
#include "networks/graph.h"
#include "networks/program.h"
#include "platforms/common/result.h"
#include "platforms/common/run_options.h"

namespace pimvp {

/// A network as a platform's compiler left it: what the host loads and rings, and what its bytes mean.
struct CompiledNetwork {
    const net::Graph& graph;  // with the nodes that the compiler put in
    const std::vector<net::LayerInfo>& layers;
    pimvp_network driver{};  // for the driver; points into what the compiler made
    /// Input and output tensor from and to integers in CHW, as they lie in memory.
    std::function<std::vector<std::uint8_t>(const std::vector<std::int32_t>&)> input_bytes;
    std::function<std::vector<std::int32_t>(const std::vector<std::uint8_t>&)> output_values;
};

/// What run_system() needs to know of a platform that has been built.
struct SystemParts {
    std::unique_ptr<sc_core::sc_module> top;
    Host* host = nullptr;
    /// Blocks in report order, all but the host. A part that runs a program has its energy traced under its
    /// name; the first of these has doorbell and interrupt.
    struct Part {
        std::string name;
        std::vector<Account*> accounts;
        CommandProcessor* processor = nullptr;
    };
    std::vector<Part> parts;
    /// Integers of a tensor of the graph as it is now, through debug transport.
    std::function<std::vector<std::int32_t>(int tensor)> look;
    /// Lets happen what falls due before this time without anybody asking for it (refresh); may be empty.
    std::function<void(std::int64_t until_ps)> settle;
    Period period;  // of the clock in which layers' cycles are counted

    /// Under a finite supply: starts it when the network is loaded; power within [from, to); why the run
    /// cannot go on, if it cannot.
    std::function<void(std::int64_t at_ps)> start_supply;
    std::function<std::int64_t(std::int64_t from_ps, std::int64_t to_ps)> powered_ps;
    std::function<std::string()> no_progress;
};
using Build = std::function<SystemParts(HostProgram, Tracer*)>;
/// Adds what only the platform knows: where layers ran, how full its arrays are, what is not ideal.
using Describe = std::function<void(RunResult&, const SystemParts&)>;

/// Builds the system, lets the host load it and run the images, and gathers what came out. Once per process.
/// Throws Error if the images do not fit the network, std::runtime_error if the simulated system fails.
RunResult run_system(const std::string& platform, const CompiledNetwork& network, const Config& config,
                     const RunOptions& options, const Build& build, const Describe& describe);

}  // namespace pimvp
