// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/tile_targets.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "networks/row_operations.h"

namespace pimvp::training {
namespace {

std::int64_t whole_tiles(const char* what, std::int64_t wished, std::int64_t all, std::int64_t tile) {
    if (tile < 1) throw std::invalid_argument(std::string("tile without ") + what);
    if (wished < 1 || wished > all)
        throw std::invalid_argument("keep " + std::to_string(wished) + " of " + std::to_string(all) + ' ' +
                                    what);
    return std::min(all, (wished + tile - 1) / tile * tile);
}

RowCost row_cost(const net::RowWork& work) {
    return {work.operations(), work.stored_rows()};
}

}  // namespace

TileTarget tile_target(const GemmShape& layer, const TileShape& tile, std::int64_t filters,
                       std::int64_t elements, int weight_planes, int input_bits) {
    if (layer.positions < 1 || weight_planes < 1 || input_bits < 1)
        throw std::invalid_argument("layer without positions, weight planes or input bits");
    TileTarget target;
    target.filters = whole_tiles("filters", filters, layer.filters, tile.filters_per_tile);
    target.elements = whole_tiles("columns", elements, layer.elements, tile.columns);
    target.dense =
        row_cost({layer.positions, layer.filters, layer.elements, tile.columns, weight_planes, input_bits});
    target.pruned =
        row_cost({layer.positions, target.filters, target.elements, tile.columns, weight_planes, input_bits});
    return target;
}

}  // namespace pimvp::training
