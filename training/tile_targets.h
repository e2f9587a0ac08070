// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Targets of pruning that whole tiles of an array follow: what a tile has room for costs nothing to keep.
#pragma once

#include <cstdint>

namespace pimvp::training {

/// GEMM of a layer: out x (in kh kw) weights.
struct GemmShape {
    std::int64_t filters = 0, elements = 0;
};

struct TileShape {
    int columns = 0;                    // of an array: window elements of a tile
    std::int64_t filters_per_tile = 1;  // that share a tile's rows
};

/// Wished numbers of kept filters and window elements, each rounded up to whole tiles, at most the layer's.
/// Throws std::invalid_argument unless 1 <= wished <= the layer's, and for sizes below 1.
GemmShape tile_target(const GemmShape& layer, const TileShape& tile, std::int64_t filters,
                      std::int64_t elements);

}  // namespace pimvp::training
