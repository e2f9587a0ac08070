// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "modules/core/config.h"
#include "networks/graph.h"
#include "platforms/platform_table.h"

namespace pimvp {

/// What the command line changes in a variant: first one end of all ranges, then a draw from them, then the
/// --set, so that what is set wins.
struct ConfigChanges {
    ParamSet set = ParamSet::nominal;
    std::optional<std::uint64_t> seed;
    std::vector<std::string> assignments;
};

struct SystemChoice {
    const PlatformEntry* platform = nullptr;
    std::string variant;
    Config config;
};

/// PLATFORM, PLATFORM:VARIANT or PLATFORM:FILE.toml. Throws Error that names what there is.
SystemChoice choose_system(const std::string& spec, const ConfigChanges& changes);

/// A network by name (models/NAME.onnx, traces/layers/NAME.csv or .json) or by file (.onnx, .tflite, .json,
/// .csv).
struct NetworkFile {
    std::string name, file;
};
NetworkFile find_network(const std::string& name_or_file);
/// Names of the networks that ship with the project, sorted.
std::vector<std::string> network_names();

/// "low", "nominal" or "high".
ParamSet param_set(const std::string& text);

/// ", did you mean 'WORD'?" if one of the candidates is near, otherwise nothing.
std::string suggestion(const std::string& word, const std::vector<std::string>& candidates);
std::string comma_list(const std::vector<std::string>& words);

}  // namespace pimvp
