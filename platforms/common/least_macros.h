// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "networks/graph.h"
#include "networks/mapping.h"

namespace pimvp {

/// All weights stay in the arrays, and layers run in one pass.
bool keeps_all(const net::Mapping& mapping);
/// The same, and no two tiles of a layer share a macro.
bool works_in_parallel(const net::Mapping& mapping);

/// Least number of macros of the machine's only path on which the network works in parallel. Where a layer
/// has more tiles than `most`: on which all is kept, and a quarter more, since what is packed tightest works
/// on top of each other. `most` if that is not enough either. Throws Error as net::map_network().
int least_macros(const net::Graph& graph, net::Machine machine, int most);

}  // namespace pimvp
