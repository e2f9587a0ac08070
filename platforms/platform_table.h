// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The platforms there are. One explicit table; the command line knows platforms through it alone.
#pragma once

#include <string>
#include <vector>

#include "modules/core/config.h"
#include "networks/graph.h"
#include "platforms/common/result.h"
#include "platforms/common/run_options.h"

namespace pimvp {

struct PlatformEntry {
    std::string name;
    std::string what;  // one line
    Schema (*schema)();
    /// How a network lies on it, for `pimvp inspect`. Throws Error if it does not fit.
    std::string (*placement)(const Config& config, const net::Graph& graph);
    /// Builds the system, runs it once, and reports. Once per process: SystemC elaborates once.
    RunResult (*run)(const Config& config, const RunOptions& options);
};

const std::vector<PlatformEntry>& platforms();
/// Throws Error that lists the known ones.
const PlatformEntry& find_platform(const std::string& name);

/// Variants of a platform: its .toml files, `default` first.
std::vector<std::string> variants(const std::string& platform);
std::string variant_file(const std::string& platform, const std::string& variant);

}  // namespace pimvp
