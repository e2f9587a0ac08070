// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <set>

#include "apps/command.h"
#include "apps/network_text.h"
#include "apps/output_file.h"
#include "apps/system_choice.h"
#include "modules/core/error.h"
#include "networks/onnx_import.h"
#include "networks/schedule.h"
#include "platforms/common/si_text.h"
#include "platforms/common/text_table.h"

namespace pimvp {
namespace {

constexpr auto right = TextTable::Align::right;

struct Arguments {
    std::string network, system;
    ConfigChanges changes;
};

std::string count_text(std::int64_t n) {
    return n > 0 ? si_text(static_cast<double>(n), "", 3) : "-";
}

std::string network_section(const NetworkFile& file, const net::Graph& graph) {
    TextTable table({{"layer"}, {"op"}, {"in"}, {"out"}, {"types"}, {"MACs", right}, {"weights", right}});
    std::int64_t weights = 0;
    for (const net::Node& node : graph.nodes) {
        const net::Tensor& in = graph.tensor(node.inputs.front());
        const net::Tensor& out = graph.tensor(node.output);
        std::string types = type_text(in.type);
        if (!node.weights.empty()) types += " x " + type_text(node.weight_type);
        table.add({node.name, op_text(graph, node), shape_text(in.shape), shape_text(out.shape),
                   types + " -> " + type_text(out.type), count_text(graph.macs(node)),
                   count_text(static_cast<std::int64_t>(node.weights.size()))});
        weights += static_cast<std::int64_t>(node.weights.size());
    }
    table.add({"total", "", "", "", "", count_text(graph.macs()), count_text(weights)});
    std::string text = file.name + "  " + file.file + "\n";
    if (!graph.preprocessing.empty()) text += "  image: " + graph.preprocessing + "\n";
    return text + "\n" + table.text();
}

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
    TextTable table(
        {{"layer"}, {"path"}, {"tiles", right}, {"macros"}, {"cells", right}, {"util", right}, {"weights"}});
    for (const net::ScheduledNode& step : schedule.order) {
        const auto n = static_cast<std::size_t>(step.node);
        const net::NodeMapping& mapping = schedule.mapping.nodes[n];
        std::set<int> macros;
        for (const net::Tile& tile : mapping.tiles) macros.insert(tile.macro);
        const bool has_weights = !mapping.tiles.empty();
        table.add({schedule.graph.nodes[n].name, machine.paths[static_cast<std::size_t>(step.path)].name,
                   has_weights ? std::to_string(mapping.tiles.size()) : "-", ranges_text(macros),
                   has_weights ? std::to_string(mapping.weight_cells) : "-",
                   has_weights ? percent_text(mapping.utilisation) : "-",
                   !has_weights       ? ""
                   : mapping.resident ? "resident"
                                      : "reloaded for every image"});
    }
    return table.text();
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
        const std::int64_t cells = std::int64_t{path.macros} * path.rows * path.columns;
        std::int64_t used = 0;
        for (const std::int64_t n : schedule.mapping.cells_in_use[p]) used += n;
        table.add({path.name, std::to_string(path.macros),
                   std::to_string(path.rows) + " x " + std::to_string(path.columns), std::to_string(cells),
                   cells > 0 ? percent_text(static_cast<double>(used) / static_cast<double>(cells)) : "-",
                   std::to_string(schedule.peak_bytes[p]) + " B", std::to_string(path.buffer_bytes) + " B"});
    }
    return table.text();
}

std::string system_section(const SystemChoice& choice, const net::Graph& graph) {
    const net::Machine machine = choice.platform->machine(choice.config);
    const net::Schedule schedule = net::schedule_network(graph, machine);
    std::string text = "\non " + choice.platform->name + ":" + choice.variant +
                       ", in the order of execution\n" + placement_table(schedule, machine) + "\n" +
                       path_table(schedule, machine);
    if (schedule.mapping.reloaded_bits > 0)
        text += "  " + std::to_string(schedule.mapping.reloaded_bits) +
                " weight bits are loaded again for every image\n";
    return text;
}

int inspect(const Arguments& args) {
    const NetworkFile file = find_network(args.network);
    net::Graph graph = net::import_onnx(file.file);
    graph.name = file.name;
    std::string text = network_section(file, graph);
    if (!args.system.empty()) text += system_section(choose_system(args.system, args.changes), graph);
    write_output("-", text);
    return 0;
}

}  // namespace

Command add_inspect_command(CLI::App& app) {
    auto args = std::make_shared<Arguments>();
    CLI::App* inspect_app =
        app.add_subcommand("inspect", "Layers of a network, and how a platform maps them");
    inspect_app
        ->add_option("NETWORK", args->network, "models/NAME.onnx by name, or a file that ends in .onnx")
        ->required()
        ->option_text(" ");
    CLI::Option* platform =
        inspect_app
            ->add_option("--platform", args->system, "show paths, tiles, utilisation and buffers there")
            ->option_text("PLATFORM[:VARIANT]");
    inspect_app->add_option("--set", args->changes.assignments, "as for pimvp run")
        ->allow_extra_args(false)
        ->needs(platform)
        ->option_text("KEY=VALUE");
    inspect_app->footer("Example: pimvp inspect fmnist_int4 --platform dualpim");
    return {inspect_app, [args] { return inspect(*args); }};
}

}  // namespace pimvp
