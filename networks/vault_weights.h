// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "networks/graph.h"
#include "networks/vault_estimate.h"

namespace pimvp::net {

/// Bytes of a piece's weights as a mode of struct pimvp_mac reads them.
std::int64_t vault_weight_bytes(const Node& node, int mode, const VaultPiece& piece);
/// Writes them; padding is left as it is.
void put_vault_weights(const Graph& graph, const Node& node, int mode, const VaultPiece& piece,
                       std::uint8_t* to);
/// PIMVP_FORMAT of weights. A bipolar input is stored as u = (x + 1) / 2; its weights count twice, w x = 2 w
/// u - w: the format has one bit more, the words are the same.
std::uint32_t vault_weight_format(const Graph& graph, const Node& node);

}  // namespace pimvp::net
