// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// How often an array whose windows run along its wordlines (CellKind::row) is asked: one wordline ANDed with
// one bit of every input of a tile is one row operation.
#pragma once

#include <cstddef>
#include <cstdint>

#include "networks/mapping.h"

namespace pimvp::net {

/// Factors of a layer's row operations for one image: positions x filters x ceil(elements / columns) x weight
/// planes x input bits.
struct RowWork {
    std::int64_t positions = 0;  // of the output
    std::int64_t filters = 0;    // that are stored
    std::int64_t elements = 0;   // of the window, that are stored
    int columns = 0;             // of an array
    int weight_planes = 0, input_bits = 0;

    /// Wordlines that the weights take: filters x ceil(elements / columns) x weight planes.
    std::int64_t stored_rows() const {
        return filters * ((elements + columns - 1) / columns) * weight_planes;
    }
    std::int64_t operations() const { return positions * stored_rows() * input_bits; }
};

/// Of a convolution without groups, from its weights: pruned as the path's mask allows, dense with mask_bits
/// 0. The line buffer is taken to hold the whole window. Throws Error for a layer with groups.
RowWork row_work(const Graph& graph, std::size_t node, const PathGeometry& path);

/// Of a convolution as it is mapped, for one image: the sum over its tiles of positions x filters x weight
/// planes x input bits.
std::int64_t row_operations(const Graph& graph, const Mapping& mapping, std::size_t node);
/// Of all convolutions.
std::int64_t row_operations(const Graph& graph, const Mapping& mapping);

}  // namespace pimvp::net
