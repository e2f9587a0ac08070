// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// How a layer is divided over vaults, and what each of them does of it.
#pragma once

#include <vector>

#include "networks/graph.h"
#include "networks/vault_estimate.h"
#include "networks/vault_program.h"

namespace pimvp::net {

struct VaultPlan {
    VaultLayer layer;
    int unit = 16;  // filter groups begin at its multiples
};

/// The division and the mode whose slowest vault is done first by the estimate; of those that take at most
/// 1/64 longer, what moves the fewest bits. Throws Error for a node that the vaults cannot run.
VaultPlan plan_vault_layer(const Graph& graph, int node, const VaultMachine& machine);

/// Commands of a filter group on a row group; none where it has no rows or filters.
std::vector<VaultPiece> vault_pieces(const Graph& graph, const VaultPlan& plan, int row_group,
                                     int filter_group);

}  // namespace pimvp::net
