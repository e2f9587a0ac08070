// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/slot_use.h"

#include <algorithm>
#include <map>
#include <set>

#include "networks/mapping.h"

namespace pimvp::net {

SlotUse& SlotUse::operator+=(const SlotUse& other) {
    filters += other.filters;
    stored += other.stored;
    slots += other.slots;
    slot_columns = other.slot_columns;
    columns += other.columns;
    kept_groups += other.kept_groups;
    groups += other.groups;
    index_bits += other.index_bits;
    return *this;
}

SlotUse slot_use(const Node& node, const NodeMapping& mapping, const PathGeometry& path) {
    SlotUse use;
    std::set<const void*> tiles;  // those of equal filters hold different elements
    std::map<int, int> windows;   // elements by first input channel
    const auto groups = [&](int elements) { return (elements + path.group - 1) / path.group; };
    for (const Tile& tile : mapping.tiles) {
        if (!tile.slots || tile.slice.lsb != 0) continue;
        windows[tile.input0] = node.kernel_h * node.kernel_w * tile.run;
        use.kept_groups += groups(tile.rows);
        if (tile.kept)
            use.index_bits += std::int64_t{groups(tile.rows)} * index_bits(windows[tile.input0], path.group);
        if (!tiles.insert(tile.slots.get()).second) continue;
        use.stored += tile.slots->size();
        use.slots += static_cast<std::size_t>(tile.slots->back().slot) + 1;
        for (const SlotFilter& filter : *tile.slots)
            use.columns += std::min(filter.bits, own_bits(node, filter.channel));
    }
    if (tiles.empty()) return {};
    use.filters = mapping.channels.size();
    use.slot_columns = path.slot_columns;
    for (const auto& [input0, elements] : windows)
        use.groups += static_cast<std::int64_t>(tiles.size()) * groups(elements);
    return use;
}

}  // namespace pimvp::net
