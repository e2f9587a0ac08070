// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The analog baseline: crossbars of multi-bit resistive cells, organised as in PRIME (Chi et al., ISCA 2016).
#pragma once

#include <string>

#include "modules/core/config.h"
#include "networks/mapping.h"
#include "platforms/common/result.h"
#include "platforms/common/run_options.h"

namespace pimvp::reram {

Schema schema();
/// Geometry for the mapping; the network says how many crossbars there are, if the configuration does not.
net::Machine machine(const Config& config, const net::Graph& graph);
/// For `pimvp inspect`.
std::string placement(const Config& config, const net::Graph& graph);
/// Throws Error for a network or a configuration that does not fit.
RunResult run(const Config& config, const RunOptions& options);

}  // namespace pimvp::reram
