// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "networks/mapping.h"

namespace pimvp::net {

/// The cells of a tile's rectangle, wordline by wordline, as a macro takes them: tile.columns * cell bits / 8
/// bytes a row. `cell_bits` of multilevel cells.
std::vector<std::uint8_t> tile_cells(const Graph& graph, const Tile& tile, CellKind cell, int cell_bits = 1);

}  // namespace pimvp::net
