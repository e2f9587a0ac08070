// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// SOT-MRAM AND-accumulation (Roohi et al., ISQED 2019, arXiv 1904.07864): dot products as ANDs of bit planes
// inside sub-arrays, on a supply that may run out.
#pragma once

#include <string>

#include "modules/core/config.h"
#include "networks/mapping.h"
#include "platforms/common/result.h"
#include "platforms/common/run_options.h"

namespace pimvp::mram {

Schema schema();
/// Geometry for the mapping of this network: `platform.sub_arrays`, or as many as it takes for its weights to
/// stay and for the tiles of each layer to work at once. Throws Error if the chip has fewer.
net::Machine machine(const Config& config, const net::Graph& graph);
/// For `pimvp inspect`.
std::string placement(const Config& config, const net::Graph& graph);
/// Throws Error for a network or a configuration that does not fit.
RunResult run(const Config& config, const RunOptions& options);

}  // namespace pimvp::mram
