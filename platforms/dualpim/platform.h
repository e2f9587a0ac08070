// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// DualPIM (AICAS 2022; IEEE TCAS-I 71(12), 2024): DualNet on SRAM arrays (INT4 path) and eDRAM arrays
// (ternary-binary path).
#pragma once

#include <string>

#include "modules/core/config.h"
#include "networks/mapping.h"
#include "platforms/common/result.h"
#include "platforms/common/run_options.h"

namespace pimvp::dualpim {

Schema schema();
/// Geometry for the mapping.
net::Machine machine(const Config& config);
/// For `pimvp inspect`.
std::string placement(const Config& config, const net::Graph& graph);
/// Throws Error for a network or a configuration that does not fit.
RunResult run(const Config& config, const RunOptions& options);

}  // namespace pimvp::dualpim
