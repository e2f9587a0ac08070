// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Targets of pruning that whole tiles of an array follow: what a tile has room for costs nothing to keep.
#pragma once

#include <cstdint>

namespace pimvp::training {

/// GEMM of a layer: out x (in kh kw) weights, one product per output position.
struct GemmShape {
    std::int64_t filters = 0, elements = 0, positions = 0;
};

struct TileShape {
    int columns = 0;                    // of an array: window elements of a tile
    std::int64_t filters_per_tile = 1;  // that share a tile's rows
};

/// Of an engine that ANDs a stored row (one weight plane of one filter's part of the window) with one bit of
/// all its inputs at a time.
struct RowCost {
    std::int64_t operations = 0;  // of an image: positions x stored rows x input bits
    std::int64_t stored = 0;      // filters x ceil(elements / columns) x weight planes
};

struct TileTarget {
    std::int64_t filters = 0, elements = 0;  // to be kept
    RowCost dense, pruned;
};

/// Wished numbers of kept filters and window elements, each rounded up to whole tiles, at most the layer's.
/// Throws std::invalid_argument unless 1 <= wished <= the layer's, and for sizes below 1.
TileTarget tile_target(const GemmShape& layer, const TileShape& tile, std::int64_t filters,
                       std::int64_t elements, int weight_planes, int input_bits);

}  // namespace pimvp::training
