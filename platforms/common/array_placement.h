// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "networks/graph.h"
#include "networks/mapping.h"

namespace pimvp {

/// Where the layers of a network go on arrays: tiles, passes, macros, cells, buffers; for `pimvp inspect`.
/// Throws Error if the network does not fit.
std::string array_placement_text(const net::Graph& graph, const net::Machine& machine);

}  // namespace pimvp
