// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// SUN (Chen et al., IEEE TCAD 43(7), 2024): pruned networks whose filters differ in width, in SRAM macros
// whose columns come in slots, behind a sequencer that skips groups of inputs by index.
#pragma once

#include <string>

#include "modules/core/config.h"
#include "networks/mapping.h"
#include "platforms/common/result.h"
#include "platforms/common/run_options.h"

namespace pimvp::sun {

Schema schema();
net::Machine machine(const Config& config);
/// For `pimvp inspect`.
std::string placement(const Config& config, const net::Graph& graph);
/// Throws Error for a network or a configuration that does not fit.
RunResult run(const Config& config, const RunOptions& options);

}  // namespace pimvp::sun
