// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a network's file leaves open, from the command line.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apps/system_choice.h"
#include "networks/import.h"

namespace CLI {
class App;
}

namespace pimvp {

/// As typed; what was not given stays empty.
struct ImportArguments {
    std::string rounding;
    std::optional<int> bits;
    std::optional<std::uint64_t> seed;
};

/// --rounding, --bits and --network-seed. `args` must outlive the parser.
void add_import_options(CLI::App& app, ImportArguments& args);

/// Throws Error for a value that there is not, and for an option that does not fit the format of `file`.
net::ImportOptions import_options(const std::string& file, const ImportArguments& args);

/// The network of any format, under the name that it was found by.
net::Graph load_network(const NetworkFile& network, const ImportArguments& args = {});

/// What the network was read with, given or not: "rounding" of networks with weights, "bits" and
/// "network_seed" of layer tables. `graph` is what came of it.
std::map<std::string, std::string> options_in_effect(const std::string& file, const ImportArguments& args,
                                                     const net::Graph& graph);

/// For CLI11's check(), which takes "" as good: its own conversion wraps negative numbers around.
std::string seed_fault(const std::string& text);

/// The words of a command line that say the same.
std::vector<std::string> words_of(const ImportArguments& args);

}  // namespace pimvp
