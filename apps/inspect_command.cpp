// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "apps/command.h"
#include "apps/import_options.h"
#include "apps/network_text.h"
#include "apps/output_file.h"
#include "apps/system_choice.h"
#include "networks/compression.h"
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
        if (has_weights) types += " x " + weight_text(node);
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
    const net::WeightCount count = net::count_weights(graph);
    return table.text() + "  weights other than zero: " + std::to_string(count.nonzero) + " of " +
           std::to_string(count.weights) + ", stored densely in " + std::to_string(count.bits) + " bits\n";
}

std::string network_section(const NetworkFile& file, const net::Graph& graph) {
    std::string text = file.name + "  " + file.file + "\n";
    if (graph.shape_only) text += "  shapes only: weights are drawn, so that scores say nothing\n";
    const std::string host = host_text(graph);
    if (!graph.dataset.empty()) text += "  data set: " + graph.dataset + "\n";
    if (!graph.preprocessing.empty()) text += "  image: " + graph.preprocessing + "\n";
    if (!host.empty()) text += "  scores, on the host: " + host + "\n";
    text += "\n" + layer_table(graph);
    if (!graph.folded.empty()) text += "\nfolded on import\n";
    for (const std::string& line : graph.folded) text += "  " + line + "\n";
    return text;
}

int inspect(const Arguments& args) {
    const NetworkFile file = find_network(args.network);
    const net::Graph graph = load_network(file, args.import);
    std::string text = network_section(file, graph);
    if (!args.system.empty()) {
        const SystemChoice choice = choose_system(args.system, args.changes);
        text += "\non " + choice.platform->name + ":" + choice.variant + ", in the order of execution\n" +
                choice.platform->placement(choice.config, graph);
    }
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
