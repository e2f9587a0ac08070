// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Commands of driver/pimvp_vault.h.
#pragma once

#include <vector>

#include "networks/commands.h"
#include "networks/vault_estimate.h"
#include "networks/vault_program.h"

namespace pimvp::net {

/// Where a piece of a layer finds what it needs in its vault.
struct VaultAddresses {
    const std::vector<VaultTensor>& tensors;
    std::uint32_t weights = 0, entries = 0;
};

/// POST and MAC, POOL or VECTOR.
std::vector<Command> vault_piece_commands(const Graph& graph, const VaultLayer& layer,
                                          const VaultPiece& piece, const VaultAddresses& at, int vaults,
                                          int activity);
/// All vaults have come here before any goes on: tokens meet in vault 0, which sends them back if the others
/// wait for it.
std::vector<Command> vault_barrier(int vault, int vaults, bool others_wait, int activity);
/// Sets the gate's regions.
std::vector<Command> vault_gate_commands(const std::vector<VaultRegion>& regions, int activity);

}  // namespace pimvp::net
