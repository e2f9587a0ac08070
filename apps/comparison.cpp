// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/comparison.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "apps/result_figure.h"
#include "platforms/common/si_text.h"

namespace pimvp {
namespace {

using nlohmann::json;
using Kind = ComparedFigure::Kind;

/// What a row is made of; without a pointer it is worked out below.
struct Row {
    const char *key, *title, *pointer;
    Kind kind;
    bool high_is_good;
};
constexpr Row rows[] = {
    {"accuracy", "accuracy", "/accuracy", Kind::share, true},
    {"latency_s", "latency", "/latency_s/mean", Kind::seconds, false},
    {"throughput_inferences_per_s", "throughput", "/throughput_inferences_per_s", Kind::rate, true},
    {"energy_per_inference_j", "energy/inference", "/energy_j/per_inference", Kind::joules, false},
    {"average_power_w", "average power", nullptr, Kind::watts, false},
    {"load_energy_j", "energy to load", "/energy_j/load", Kind::joules, false},
    {"load_s", "time to load", "/load_s", Kind::seconds, false},
    {"area_m2", "area", "/area_m2/total", Kind::area, false},
    {"ops_per_s", "performance", "/ops_per_s", Kind::ops, true},
    {"ops_per_j", "efficiency", "/ops_per_j", Kind::ops_per_j, true},
    {"mean_utilisation", "array utilisation", "/utilisation", Kind::bare_share, true}};

std::optional<double> value_of(const json& result, const Row& row) {
    if (result.is_null()) return std::nullopt;
    if (row.pointer == nullptr)
        return result.at("energy_j").at("per_inference").get<double>() *
               result.at("throughput_inferences_per_s").get<double>();
    const json value = result_figure(result, row.pointer);
    return value.is_null() ? std::nullopt : std::optional<double>(value.get<double>());
}

ComparedFigure figure(const Row& row, const std::vector<json>& results) {
    ComparedFigure out{row.key, row.title, row.kind, row.high_is_good, {}, {}, {}};
    for (const json& result : results) out.values.push_back(value_of(result, row));
    std::set<double> found;
    for (const auto& value : out.values)
        if (value) found.insert(*value);
    const std::optional<double>& first = out.values.front();
    for (const auto& value : out.values) {
        out.ratios.push_back(value && first && *first != 0 ? std::optional<double>(*value / *first)
                                                           : std::nullopt);
        out.best.push_back(value && found.size() > 1 &&
                           *value == (row.high_is_good ? *found.rbegin() : *found.begin()));
    }
    return out;
}

/// Systems whose integers must be the reference executor's: nothing that may change them is configured.
bool must_be_exact(const json& result) {
    return !result.is_null() && result.at("non_ideal").empty();
}

std::vector<PredictionDifference> differences(const std::vector<ComparedSystem>& systems,
                                              const std::vector<json>& results) {
    std::vector<PredictionDifference> out;
    // One that was checked and is wrong is no measure for others.
    const auto first = std::find_if(results.begin(), results.end(), [](const json& result) {
        return must_be_exact(result) && result.at("bit_exact") != false;
    });
    if (first == results.end()) return out;
    const auto expected = first->at("predictions").get<std::vector<int>>();
    for (std::size_t s = 0; s < results.size(); ++s) {
        if (!must_be_exact(results[s])) continue;
        const auto found = results[s].at("predictions").get<std::vector<int>>();
        // One that gave up for want of power has fewer.
        for (std::size_t i = 0; i < std::min(found.size(), expected.size()); ++i)
            if (found[i] != expected[i])
                out.push_back(
                    {results[s].at("images").at("first").get<std::int64_t>() + static_cast<std::int64_t>(i),
                     systems[s].name, systems[static_cast<std::size_t>(first - results.begin())].name,
                     expected[i], found[i]});
    }
    return out;
}

void add_technology_note(const std::vector<ComparedSystem>& systems, std::vector<std::string>& notes) {
    std::set<std::string> shared, different;
    for (const ComparedSystem& a : systems)
        for (const ComparedSystem& b : systems)
            for (const auto& [key, value] : a.technology)
                if (const auto found = b.technology.find(key); &a != &b && found != b.technology.end()) {
                    shared.insert(key);
                    if (found->second != value) different.insert(key);
                }
    if (different.empty()) return;
    std::string note = "technologies differ in " + std::to_string(different.size()) + " of " +
                       std::to_string(shared.size()) +
                       " shared parameters, so ratios of time, energy and "
                       "area are of processes, too. Supply:";
    for (const ComparedSystem& system : systems)
        if (const auto supply = system.technology.find("technology.supply");
            supply != system.technology.end())
            note += (note.back() == ':' ? " " : "; ") + system.name + " " + supply->second + " (" +
                    system.supply_source.substr(0, system.supply_source.find_first_of(",;")) + ")";
    notes.push_back(note);
}

void add_assumption_note(const std::vector<ComparedSystem>& systems, std::vector<std::string>& notes) {
    std::string note;
    for (const ComparedSystem& system : systems)
        if (system.assumed > 0)
            note += (note.empty() ? "" : ", ") + system.name + " " + std::to_string(system.assumed) + " of " +
                    std::to_string(system.parameters);
    if (!note.empty()) notes.push_back("physical parameters that are assumed: " + note + " (pimvp params)");
}

/// What a system's own result says against comparing it as it stands.
void add_system_notes(const std::string& name, const json& result, std::vector<std::string>& notes) {
    const double images = std::max(result.at("images").at("count").get<double>(), 1.0);
    for (const auto& [block, energy] : result.at("energy_j").at("not_counted").items())
        if (energy.get<double>() > 0)
            notes.push_back(name + ": " + block + " is not counted, " +
                            si_text(energy.get<double>() / images, "J") + " per inference, loading included");
    std::string non_ideal;
    for (const json& what : result.at("non_ideal"))
        non_ideal += (non_ideal.empty() ? "" : ", ") + what.get<std::string>();
    if (!non_ideal.empty()) notes.push_back(name + ": need not be bit-exact: " + non_ideal);
    int loaded = 0;
    for (const json& layer : result.at("layers")) loaded += layer.at("resident") == false ? 1 : 0;
    if (loaded > 0)
        notes.push_back(name + ": weights of " + std::to_string(loaded) + " of " +
                        std::to_string(result.at("layers").size()) + " layers are loaded for every image");
    if (result.contains("power") && !result.at("power").at("no_progress").is_null())
        notes.push_back(name + ": gave up after " + std::to_string(result.at("predictions").size()) +
                        " images: " + result.at("power").at("no_progress").get<std::string>());
    if (result.at("shape_only") == true)
        notes.push_back(name + ": weights and images are drawn: no accuracy");
}

std::string exactness(const json& result) {
    if (result.is_null()) return "-";
    const json& exact = result.at("bit_exact");
    return exact.is_null() ? "not checked" : exact.get<bool>() ? "yes" : "no";
}

}  // namespace

bool Comparison::good() const {
    return differences.empty() && std::all_of(systems.begin(), systems.end(),
                                              [](const ComparedSystem& s) { return s.error.empty(); });
}

Comparison compare(std::vector<ComparedSystem> systems) {
    Comparison out;
    std::vector<json> results;
    std::string reading;
    try {
        for (const ComparedSystem& system : systems) {
            reading = system.name;
            results.push_back(system.result.empty() ? json() : json::parse(system.result));
            const json& result = results.back();
            out.bit_exact.push_back(exactness(result));
            out.speed.push_back(
                result.is_null()
                    ? "-"
                    : si_text(result.at("simulation").at("inferences_per_wall_s").get<double>(), "/s", 3));
            if (result.is_null()) continue;
            add_system_notes(system.name, result, out.notes);
            out.network = result.at("network");
            out.dataset = result.at("dataset");
            out.first_image = result.at("images").at("first");
            out.last_image = result.at("images").at("last");
        }
        for (const Row& row : rows) out.figures.push_back(figure(row, results));
        out.differences = differences(systems, results);
    } catch (const json::exception& error) {
        throw std::runtime_error(reading + ": it wrote no result that can be read: " + error.what());
    }
    add_technology_note(systems, out.notes);
    add_assumption_note(systems, out.notes);
    for (const ComparedSystem& system : systems)
        if (!system.error.empty()) out.notes.push_back(system.name + " failed: " + system.error);
    for (const PredictionDifference& d : out.differences)
        out.notes.push_back("image " + std::to_string(d.image) + ", " + d.system + ": expected class " +
                            std::to_string(d.expected) + " as of " + d.expected_by + ", found " +
                            std::to_string(d.found));
    out.systems = std::move(systems);
    return out;
}

}  // namespace pimvp
