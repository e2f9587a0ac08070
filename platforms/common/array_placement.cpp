// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/common/array_placement.h"

#include <set>

#include "networks/schedule.h"
#include "networks/slot_use.h"
#include "platforms/common/si_text.h"
#include "platforms/common/text_table.h"

namespace pimvp {

namespace {

constexpr auto right = TextTable::Align::right;

/// "0, 3..7"
std::string ranges_text(const std::set<int>& numbers) {
    std::string out;
    for (auto it = numbers.begin(); it != numbers.end();) {
        const int first = *it;
        int last = first;
        while (++it != numbers.end() && *it == last + 1) last = *it;
        out += (out.empty() ? "" : ", ") + std::to_string(first);
        if (last > first) out += ".." + std::to_string(last);
    }
    return out;
}

std::string placement_table(const net::Schedule& schedule, const net::Machine& machine) {
    TextTable table({{"layer"},
                     {"path"},
                     {"tiles", right},
                     {"passes", right},
                     {"macros"},
                     {"cells", right},
                     {"util", right},
                     {"as dense", right},
                     {"weights"}});
    for (const net::ScheduledNode& step : schedule.order) {
        const auto n = static_cast<std::size_t>(step.node);
        const net::NodeMapping& mapping = schedule.mapping.nodes[n];
        const net::Node& node = schedule.graph.nodes[n];
        std::set<int> macros;
        for (const net::Tile& tile : mapping.tiles) macros.insert(tile.macro);
        const bool has_weights = !mapping.tiles.empty();
        table.add({node.name, machine.paths[static_cast<std::size_t>(step.path)].name,
                   has_weights ? std::to_string(mapping.tiles.size()) : "-",
                   has_weights ? std::to_string(mapping.passes.size()) : "-", ranges_text(macros),
                   has_weights ? std::to_string(mapping.weight_cells) : "-",
                   has_weights ? percent_text(mapping.utilisation) : "-",
                   has_weights && node.groups > 1 ? percent_text(mapping.dense_utilisation) : "-",
                   !has_weights       ? ""
                   : mapping.resident ? "resident"
                                      : "reloaded for every image"});
    }
    return table.text();
}

/// What block-diagonal tiles are worth to the grouped layers together; "" without any.
std::string grouped_text(const net::Schedule& schedule) {
    double used = 0, taken = 0, dense = 0;
    for (std::size_t n = 0; n < schedule.graph.nodes.size(); ++n) {
        const net::NodeMapping& mapping = schedule.mapping.nodes[n];
        if (schedule.graph.nodes[n].groups == 1 || mapping.tiles.empty()) continue;
        const auto cells = static_cast<double>(mapping.weight_cells);
        used += cells;
        taken += cells / mapping.utilisation;
        dense += cells / mapping.dense_utilisation;
    }
    if (used == 0) return "";
    return "  grouped layers: " + percent_text(used / taken) +
           " of the cells of their tiles, block-diagonal; " + percent_text(used / dense) +
           " as dense layers with zeros\n";
}

/// Layers that are stored in part because the rest is zero; "" without any.
std::string pruned_text(const net::Schedule& schedule) {
    TextTable table({{""}, {""}}, 4);
    std::int64_t index_bits = 0;
    bool any = false;
    for (const net::ScheduledNode& step : schedule.order) {
        const net::NodeMapping& mapping = schedule.mapping.nodes[static_cast<std::size_t>(step.node)];
        if (mapping.tiles.empty()) continue;
        const auto stored = net::stored_weights(schedule.graph, step.node, mapping);
        if (stored.all()) continue;
        any = true;
        index_bits += stored.index_bits;
        table.add({schedule.graph.nodes[static_cast<std::size_t>(step.node)].name,
                   "elements " + std::to_string(stored.elements) + " of " +
                       std::to_string(stored.all_elements) + ", filters " + std::to_string(stored.filters) +
                       " of " + std::to_string(stored.all_filters)});
    }
    if (!any) return "";
    return "  stored without what is zero, by " + std::to_string(index_bits) +
           " index bits of window elements:\n" + table.text();
}

/// What the columns of slots hold and which groups are skipped; "" without slots.
std::string slots_text(const net::Schedule& schedule, const net::Machine& machine) {
    TextTable table({{"layer"},
                     {"filters", right},
                     {"columns", right},
                     {"slots", right},
                     {"used, one each", right},
                     {"used, paired", right},
                     {"groups kept", right},
                     {"of", right},
                     {"index bits", right}});
    const auto row = [&](const std::string& name, const net::SlotUse& use) {
        table.add({name,
                   std::to_string(use.stored) +
                       (use.stored == use.filters ? "" : " of " + std::to_string(use.filters)),
                   std::to_string(use.columns), std::to_string(use.slots), percent_text(use.alone()),
                   percent_text(use.paired()), std::to_string(use.kept_groups), std::to_string(use.groups),
                   std::to_string(use.index_bits)});
    };
    net::SlotUse all;
    for (const net::ScheduledNode& step : schedule.order) {
        const auto n = static_cast<std::size_t>(step.node);
        const auto use = net::slot_use(schedule.graph.nodes[n], schedule.mapping.nodes[n],
                                       machine.paths[static_cast<std::size_t>(step.path)]);
        if (use.slots == 0) continue;
        row(schedule.graph.nodes[n].name, use);
        all += use;
    }
    if (all.slots == 0) return "";
    row("all", all);
    return "\n" + table.text();
}

std::string path_table(const net::Schedule& schedule, const net::Machine& machine) {
    TextTable table({{"path"},
                     {"macros", right},
                     {"rows x columns", right},
                     {"cells", right},
                     {"in use", right},
                     {"buffer peak", right},
                     {"of", right}});
    for (std::size_t p = 0; p < machine.paths.size(); ++p) {
        const net::PathGeometry& path = machine.paths[p];
        const std::int64_t cells = path.macros * path.weight_cells();
        std::int64_t used = 0;
        for (const std::int64_t n : schedule.mapping.cells_in_use[p]) used += n;
        table.add({path.name, std::to_string(path.macros),
                   std::to_string(path.rows) + " x " + std::to_string(path.columns), std::to_string(cells),
                   cells > 0 ? percent_text(static_cast<double>(used) / static_cast<double>(cells)) : "-",
                   std::to_string(schedule.peak_bytes[p]) + " B", std::to_string(path.buffer_bytes) + " B"});
    }
    return table.text();
}

}  // namespace

std::string array_placement_text(const net::Graph& network, const net::Machine& machine) {
    const net::Schedule schedule = net::schedule_network(network, machine);
    std::string text = placement_table(schedule, machine) + "\n" + path_table(schedule, machine) +
                       grouped_text(schedule) + pruned_text(schedule) + slots_text(schedule, machine);
    if (schedule.mapping.reloaded_bits > 0)
        text += "  " + std::to_string(schedule.mapping.reloaded_bits) +
                " weight bits are loaded again for every image\n";
    if (schedule.spilled_bytes > 0)
        text += "  " + std::to_string(schedule.spilled_bytes) +
                " B of activations and sums are in the system's memory: the buffers have no room\n";
    return text;
}

}  // namespace pimvp
