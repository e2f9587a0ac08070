// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Cuts one layer into tiles and passes; where in which macro a tile lies is the mapping's matter.
#pragma once

#include <optional>
#include <vector>

#include "networks/mapping.h"

namespace pimvp::net {

struct Cut {
    std::vector<Tile> tiles;
    std::vector<Pass> passes;
    std::vector<int> channels;  // as NodeMapping's
    double cycles =
        0;  // estimate for one image: what the passes take, with their loading if they are streamed
};

/// `most_tiles` fit the arrays at once (INT_MAX: all do, nothing is loaded again). Chooses how many output
/// channels complete together so that the estimate is lowest. Nothing where the layer cannot be cut so.
std::optional<Cut> try_to_cut_layer(const Graph& graph, int node, const PathGeometry& path, int most_tiles);
/// The same, but throws Error that says why.
Cut cut_layer(const Graph& graph, int node, const PathGeometry& path, int most_tiles);

/// Cells of the tile that hold weights of the layer; `cell_bits` of multilevel cells.
std::int64_t weight_cells(const Graph& graph, const Tile& tile, CellKind cell, int cell_bits = 1);

}  // namespace pimvp::net
