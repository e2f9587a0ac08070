// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/common/least_macros.h"

#include <algorithm>
#include <set>

namespace pimvp {

bool keeps_all(const net::Mapping& mapping) {
    return std::all_of(mapping.nodes.begin(), mapping.nodes.end(),
                       [](const auto& node) { return node.resident && node.passes.size() <= 1; });
}

bool works_in_parallel(const net::Mapping& mapping) {
    for (const auto& node : mapping.nodes) {
        std::set<int> used;
        for (const auto& tile : node.tiles)
            if (!used.insert(tile.macro).second) return false;
    }
    return keeps_all(mapping);
}

int least_macros(const net::Graph& graph, net::Machine machine, int most) {
    auto& macros = machine.paths[0].macros;
    macros = most;
    const auto widest = net::map_network(graph, machine);
    if (!keeps_all(widest)) return most;
    const bool parallel = works_in_parallel(widest);
    const auto suits = parallel ? works_in_parallel : keeps_all;
    // What the cells need at least, then by halving.
    std::int64_t cells = 0;
    for (const auto& node : widest.nodes) cells += node.weight_cells;
    const auto room = machine.paths[0].weight_cells();
    int low = std::max(1, static_cast<int>((cells + room - 1) / room)), high = most;
    while (low < high) {
        macros = low + (high - low) / 2;
        if (suits(net::map_network(graph, machine)))
            high = macros;
        else
            low = macros + 1;
    }
    return parallel ? low : std::min(most, low + low / 4);
}

}  // namespace pimvp
