// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/common/least_macros.h"

#include <algorithm>
#include <set>

namespace pimvp {

bool works_in_parallel(const net::Mapping& mapping) {
    for (const auto& node : mapping.nodes) {
        if (!node.resident || node.passes.size() > 1) return false;
        std::set<int> used;
        for (const auto& tile : node.tiles)
            if (!used.insert(tile.macro).second) return false;
    }
    return true;
}

int least_macros(const net::Graph& graph, net::Machine machine, int most) {
    auto& macros = machine.paths[0].macros;
    macros = most;
    const auto widest = net::map_network(graph, machine);
    if (!works_in_parallel(widest)) return most;
    // What the tiles and the cells need at least, then by halving.
    std::int64_t cells = 0;
    std::size_t tiles = 1;
    for (const auto& node : widest.nodes) {
        cells += node.weight_cells;
        tiles = std::max(tiles, node.tiles.size());
    }
    const auto room = machine.paths[0].weight_cells();
    int low = std::max(static_cast<int>(tiles), static_cast<int>((cells + room - 1) / room)), high = most;
    while (low < high) {
        macros = low + (high - low) / 2;
        if (works_in_parallel(net::map_network(graph, machine)))
            high = macros;
        else
            low = macros + 1;
    }
    return low;
}

}  // namespace pimvp
