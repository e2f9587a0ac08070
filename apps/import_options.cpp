// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/import_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>

#include "modules/core/error.h"
#include "networks/file_kind.h"
#include "networks/layer_table.h"

namespace pimvp {
namespace {

struct NamedRounding {
    const char* name;
    const char* ending;
    net::Rounding rounding;
};
constexpr NamedRounding roundings[] = {{"double", ".tflite", net::Rounding::doubled},
                                       {"single", ".tflite", net::Rounding::half_up},
                                       {"half-up", ".onnx", net::Rounding::half_up},
                                       {"half-even", ".onnx", net::Rounding::half_even}};

bool ends_with(const std::string& file, const std::string& ending) {
    return net::file_ending(file) == ending;
}

net::Rounding rounding_of(const std::string& file, const std::string& name) {
    std::vector<std::string> all, fitting;
    const NamedRounding* chosen = nullptr;
    for (const NamedRounding& candidate : roundings) {
        all.emplace_back(candidate.name);
        if (ends_with(file, candidate.ending)) fitting.emplace_back(candidate.name);
        if (name == candidate.name) chosen = &candidate;
    }
    if (chosen == nullptr)
        throw Error("--rounding: unknown '" + name + "'" + suggestion(name, all) +
                    " expected one of: " + comma_list(all));
    if (fitting.empty())
        throw Error("--rounding: " + file + " is a layer table and has its own, expected none, found '" +
                    name + "'");
    if (!ends_with(file, chosen->ending))
        throw Error("--rounding: expected " + comma_list(fitting) + " for " + file + ", found '" + name +
                    "', which is for networks that end in " + chosen->ending);
    return chosen->rounding;
}

void require_table(const std::string& option, const std::string& file) {
    if (!ends_with(file, ".json") && !ends_with(file, ".csv"))
        throw Error(option + ": expected a layer table (.json, .csv) with it, found " + file);
}

}  // namespace

void add_import_options(CLI::App& app, ImportArguments& args) {
    const std::string group = "How the network is read";
    app.add_option("--rounding", args.rounding,
                   "from scaled sums to integers. TFLite: double, as its reference kernels\n"
                   "(default), or single. ONNX: half-even, with the exact factor (default),\n"
                   "or half-up, with 15-bit multipliers (default for what pimvp-train made)")
        ->option_text("NAME")
        ->group(group);
    app.add_option(
           "--bits", args.bits,
           "layer tables: bits of weights and activations where the table\nhas none, 1..16 (default: 8)")
        ->option_text("N")
        ->group(group);
    app.add_option("--network-seed", args.seed, "layer tables: seed of the drawn weights (default: 1)")
        ->check(seed_fault)
        ->option_text("N")
        ->group(group);
}

net::ImportOptions import_options(const std::string& file, const ImportArguments& args) {
    net::ImportOptions options;
    if (!args.rounding.empty()) {
        const auto rounding = rounding_of(file, args.rounding);
        if (ends_with(file, ".tflite"))
            options.tflite = rounding;
        else
            options.qdq = rounding;
    }
    if (args.bits) {
        require_table("--bits", file);
        if (*args.bits < 1 || *args.bits > net::most_table_bits)
            throw Error("--bits: expected 1.." + std::to_string(net::most_table_bits) + ", found " +
                        std::to_string(*args.bits));
        options.bits = *args.bits;
    }
    if (args.seed) {
        require_table("--network-seed", file);
        options.seed = *args.seed;
    }
    return options;
}

net::Graph load_network(const NetworkFile& network, const ImportArguments& args) {
    net::Graph graph = net::import_network(network.file, import_options(network.file, args));
    graph.name = network.name;
    return graph;
}

std::map<std::string, std::string> options_in_effect(const std::string& file, const ImportArguments& args,
                                                     const net::Graph& graph) {
    const net::ImportOptions options = import_options(file, args);
    if (ends_with(file, ".json") || ends_with(file, ".csv"))
        return {{"bits", std::to_string(options.bits)}, {"network_seed", std::to_string(options.seed)}};
    if (!args.rounding.empty()) return {{"rounding", args.rounding}};
    if (ends_with(file, ".tflite")) return {{"rounding", "double"}};
    // Where it was left open, the file's maker decided (net::ImportOptions::qdq); the network says how.
    const bool half_even = std::any_of(graph.nodes.begin(), graph.nodes.end(), [](const net::Node& node) {
        return !node.requant.multiplier.empty() && node.requant.rounding == net::Rounding::half_even;
    });
    return {{"rounding", half_even ? "half-even" : "half-up"}};
}

std::string seed_fault(const std::string& text) {
    std::uint64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, fault] = std::from_chars(text.data(), end, value);
    if (fault == std::errc{} && stop == end) return "";
    return "expected a whole number of 0..18446744073709551615, found '" + text + "'";
}

std::vector<std::string> words_of(const ImportArguments& args) {
    std::vector<std::string> words;
    if (!args.rounding.empty()) words.insert(words.end(), {"--rounding", args.rounding});
    if (args.bits) words.insert(words.end(), {"--bits", std::to_string(*args.bits)});
    if (args.seed) words.insert(words.end(), {"--network-seed", std::to_string(*args.seed)});
    return words;
}

}  // namespace pimvp
