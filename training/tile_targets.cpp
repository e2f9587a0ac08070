// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/tile_targets.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace pimvp::training {
namespace {

std::int64_t whole_tiles(const char* what, std::int64_t wished, std::int64_t all, std::int64_t tile) {
    if (tile < 1) throw std::invalid_argument(std::string("tile without ") + what);
    if (wished < 1 || wished > all)
        throw std::invalid_argument("keep " + std::to_string(wished) + " of " + std::to_string(all) + ' ' +
                                    what);
    return std::min(all, (wished + tile - 1) / tile * tile);
}

}  // namespace

GemmShape tile_target(const GemmShape& layer, const TileShape& tile, std::int64_t filters,
                      std::int64_t elements) {
    return {whole_tiles("filters", filters, layer.filters, tile.filters_per_tile),
            whole_tiles("columns", elements, layer.elements, tile.columns)};
}

}  // namespace pimvp::training
