// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// A digital accelerator for low-bit weights that computes beside its memories, not in them: the CMOS baseline
// of the platforms at 45 nm, after YodaNN (Andri et al., IEEE TCAD 37(1), 2018).
#pragma once

#include <string>

#include "modules/core/config.h"
#include "networks/mapping.h"
#include "platforms/common/result.h"
#include "platforms/common/run_options.h"

namespace pimvp::cmos {

Schema schema();
/// Geometry for the mapping.
net::Machine machine(const Config& config);
/// For `pimvp inspect`.
std::string placement(const Config& config, const net::Graph& graph);
/// Throws Error for a network or a configuration that does not fit.
RunResult run(const Config& config, const RunOptions& options);

}  // namespace pimvp::cmos
