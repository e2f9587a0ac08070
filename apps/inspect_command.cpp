// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <set>

#include "apps/command.h"
#include "apps/import_options.h"
#include "apps/network_text.h"
#include "apps/output_file.h"
#include "apps/system_choice.h"
#include "networks/schedule.h"
#include "platforms/common/si_text.h"
#include "platforms/common/text_table.h"

namespace pimvp {
namespace {

constexpr auto right = TextTable::Align::right;

struct Arguments {
    std::string network, system;
    ImportArguments import;
    ConfigChanges changes;
};

std::string count_text(std::int64_t n) {
    if (n == 0) return "-";
    return n < 1000 ? std::to_string(n) : si_text(static_cast<double>(n), "", 3);
}

std::string layer_table(const net::Graph& graph) {
    TextTable table({{"layer"},
                     {"op"},
                     {"in"},
                     {"out"},
                     {"types"},
                     {"to output"},
                     {"MACs", right},
                     {"weights", right},
                     {"zero", right},
                     {"sum bits", right}});
    std::int64_t weights = 0;
    double zeros = 0;
    int most_bits = 0;
    for (const net::Node& node : graph.nodes) {
        const net::Tensor& in = graph.tensor(node.inputs.front());
        const net::Tensor& out = graph.tensor(node.output);
        const bool has_weights = !node.weights.empty();
        const int bits = accumulator_bits(graph, node);
        std::string types = type_text(in.type);
        if (has_weights) types += " x " + type_text(node.weight_type);
        table.add({node.name, op_text(graph, node), shape_text(in.shape), shape_text(out.shape),
                   types + " -> " + type_text(out.type), requant_text(node), count_text(graph.macs(node)),
                   count_text(static_cast<std::int64_t>(node.weights.size())),
                   has_weights ? percent_text(zero_share(node)) : "-",
                   has_weights ? std::to_string(bits) : "-"});
        weights += static_cast<std::int64_t>(node.weights.size());
        zeros += zero_share(node) * static_cast<double>(node.weights.size());
        most_bits = std::max(most_bits, bits);
    }
    table.add({"total", "", "", "", "", "", count_text(graph.macs()), count_text(weights),
               weights > 0 ? percent_text(zeros / static_cast<double>(weights)) : "-",
               std::to_string(most_bits)});
    return table.text();
}

std::string network_section(const NetworkFile& file, const net::Graph& graph) {
    std::string text = file.name + "  " + file.file + "\n";
    if (graph.shape_only) text += "  shapes only: weights are drawn, so that scores say nothing\n";
    const std::string host = host_text(graph);
    if (!graph.preprocessing.empty()) text += "  image: " + graph.preprocessing + "\n";
    if (!host.empty()) text += "  scores, on the host: " + host + "\n";
    text += "\n" + layer_table(graph);
    if (!graph.folded.empty()) text += "\nfolded on import\n";
    for (const std::string& line : graph.folded) text += "  " + line + "\n";
    return text;
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
                       path_table(schedule, machine) + grouped_text(schedule);
    if (schedule.mapping.reloaded_bits > 0)
        text += "  " + std::to_string(schedule.mapping.reloaded_bits) +
                " weight bits are loaded again for every image\n";
    if (schedule.spilled_bytes > 0)
        text += "  " + std::to_string(schedule.spilled_bytes) +
                " B of activations and sums are in the system's memory: the buffers have no room\n";
    return text;
}

int inspect(const Arguments& args) {
    const NetworkFile file = find_network(args.network);
    const net::Graph graph = load_network(file, args.import);
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
        ->add_option("NETWORK", args->network,
                     "a name that pimvp list shows, or a file that ends in .onnx, .tflite, .json or .csv")
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
    add_import_options(*inspect_app, args->import);
    inspect_app->footer("Example: pimvp inspect fmnist_int4 --platform dualpim");
    return {inspect_app, [args] { return inspect(*args); }};
}

}  // namespace pimvp
