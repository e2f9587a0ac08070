// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "driver/pimvp_program.h"
#include "networks/commands.h"
#include "networks/memory_image.h"
#include "networks/program.h"

namespace pimvp::net {

/// Commands that bring a tile into its macro: the region's registers, and the copy of its cells, which go
/// into the image once per call.
std::vector<Command> load_commands(const Graph& graph, const Tile& tile, const PathGeometry& path,
                                   int path_index, const AddressMap& map, MemoryImage& image, int activity);

/// The TILE command of a pass whose windows have so many elements.
pimvp_tile tile_command(const Tile& tile, const Pass& pass, const PathGeometry& path, int window,
                        std::uint64_t macro, int activity);

/// The MASK commands ahead of each CONV of a pass; `window` elements. None where all elements are kept.
std::vector<Command> mask_commands(const KeptElements& kept, int window, int activity);

}  // namespace pimvp::net
