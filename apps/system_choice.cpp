// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/system_choice.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "apps/sampling.h"
#include "modules/core/config_keys.h"
#include "modules/core/error.h"
#include "modules/core/home_folder.h"
#include "networks/file_kind.h"

namespace pimvp {
namespace {

namespace fs = std::filesystem;

bool names_a_file(const std::string& text, const std::vector<std::string>& endings) {
    return text.find('/') != std::string::npos ||
           std::find(endings.begin(), endings.end(), net::file_ending(text)) != endings.end();
}

/// Agrees from the start, or all but a third of it does, in any order of typing mistakes.
bool is_near(const std::string& word, const std::string& candidate) {
    if (word.empty() || candidate.empty()) return false;
    if (candidate.compare(0, word.size(), word) == 0 || word.compare(0, candidate.size(), candidate) == 0)
        return true;
    const auto longest = std::max(word.size(), candidate.size());
    return edit_distance(word, candidate) <= std::max<std::size_t>(longest / 3, 2);
}

/// Networks with weights and layer tables, by name.
std::map<std::string, std::string> shipped_networks() {
    struct Place {
        const char *folder, *ending;
    };
    std::map<std::string, std::string> files;
    std::error_code ignored;
    for (const Place& place :
         {Place{"models", ".onnx"}, {"traces/layers", ".csv"}, {"traces/layers", ".json"}})
        for (const auto& entry : fs::directory_iterator(home_folder() + "/" + place.folder, ignored))
            if (entry.path().extension() == place.ending)
                files.emplace(entry.path().stem().string(), entry.path().string());
    return files;
}

}  // namespace

SystemChoice choose_system(const std::string& spec, const ConfigChanges& changes) {
    const auto colon = spec.find(':');
    const std::string name = spec.substr(0, colon);
    std::vector<std::string> known;
    for (const auto& entry : platforms()) known.push_back(entry.name);
    if (std::find(known.begin(), known.end(), name) == known.end()) {
        throw Error("unknown platform '" + name + "'" + suggestion(name, known) +
                    " expected one of: " + comma_list(known));
    }
    SystemChoice choice;
    choice.platform = &find_platform(name);
    choice.variant = colon == std::string::npos ? "default" : spec.substr(colon + 1);
    const std::string file =
        names_a_file(choice.variant, {".toml"}) ? choice.variant : variant_file(name, choice.variant);
    choice.config = Config::load(file, choice.platform->schema());
    use_range_end(choice.config, changes.set);
    if (changes.seed) sample_ranges(choice.config, *changes.seed);
    for (const std::string& assignment : changes.assignments) choice.config.set(assignment);
    return choice;
}

std::vector<std::string> network_names() {
    std::vector<std::string> names;
    for (const auto& [name, file] : shipped_networks()) names.push_back(name);
    return names;
}

NetworkFile find_network(const std::string& name_or_file) {
    if (names_a_file(name_or_file, {".onnx", ".tflite", ".json", ".csv"}))
        return {fs::path(name_or_file).stem().string(), name_or_file};
    const auto shipped = shipped_networks();
    if (const auto found = shipped.find(name_or_file); found != shipped.end())
        return {found->first, found->second};
    const auto known = network_names();
    throw Error(
        "unknown network '" + name_or_file + "'" + suggestion(name_or_file, known) +
        " expected a file name that ends in .onnx, .tflite, .json or .csv, or one of: " + comma_list(known));
}

ParamSet param_set(const std::string& text) {
    if (text == "low") return ParamSet::low;
    if (text == "high") return ParamSet::high;
    if (text == "nominal") return ParamSet::nominal;
    throw Error("--param-set: expected low, nominal or high, found '" + text + "'");
}

std::string suggestion(const std::string& word, const std::vector<std::string>& candidates) {
    const std::string best = nearest(word, candidates);
    return is_near(word, best) ? ", did you mean '" + best + "'?" : ":";
}

std::string comma_list(const std::vector<std::string>& words) {
    std::string out;
    for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
    return out.empty() ? "(none)" : out;
}

}  // namespace pimvp
