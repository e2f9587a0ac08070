// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/dualpim/claim_figures.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "driver/pimvp_macro.h"
#include "modules/edram_macro/edram_macro_cost.h"
#include "modules/sram_macro/sram_macro_cost.h"

namespace pimvp::dualpim {
namespace {

bool starts_with(const std::string& text, const std::string& start) {
    return text.compare(0, start.size(), start) == 0;
}

/// What each eDRAM macro refreshed and computed.
struct EdramArray {
    double refreshed_rows = 0, access_cycles = 0;
    double refreshing_j = 0, computing_j = 0;
};
std::map<std::string, EdramArray> edram_arrays(const RunFigures& run) {
    const std::string prefix = "dualpim.edram";
    std::map<std::string, EdramArray> arrays;
    // The path's other blocks are named edram_..., the macros edram0, edram1, ...
    const auto split = [&](const std::string& name) -> std::pair<std::string, std::string> {
        const auto dot = name.rfind('.');
        if (!starts_with(name, prefix) || name[prefix.size()] == '_') return {};
        return {name.substr(0, dot), name.substr(dot + 1)};
    };
    for (const auto& [name, n] : run.counters) {
        const auto [macro, event] = split(name);
        if (event == "row_refresh") arrays[macro].refreshed_rows = static_cast<double>(n);
        if (event == "access_cycle") arrays[macro].access_cycles = static_cast<double>(n);
    }
    for (const auto& [name, joules] : run.event_energy_j) {
        const auto [macro, event] = split(name);
        if (macro.empty() || event == "row_write" || event == "row_read" || event == "leakage") continue;
        (event == "row_refresh" ? arrays[macro].refreshing_j : arrays[macro].computing_j) += joules;
    }
    return arrays;
}

}  // namespace

FullAccess sram_access(const Config& config) {
    const auto params = SramMacroParams::from(config);
    const auto technology = Technology::from(config);
    Region region;
    region.rows = params.rows;
    region.filters = params.columns / 4;
    region.weight_bits = region.input_bits = 4;
    region.weight_kind = PIMVP_KIND_SIGNED;
    region.input_kind = PIMVP_KIND_UNSIGNED;
    region.result_bytes = 2;
    return {access_energy(access_cost(params, technology, region), prices(params, technology)),
            static_cast<double>(region.rows) * region.filters};
}
FullAccess edram_access(const Config& config) {
    const auto params = EdramMacroParams::from(config);
    const auto technology = Technology::from(config);
    Region region;
    region.rows = params.rows;
    region.filters = params.columns;
    region.weight_bits = EdramMacroParams::nodes_per_cell;
    region.weight_kind = PIMVP_KIND_TERNARY;
    region.input_bits = 1;
    region.input_kind = PIMVP_KIND_UNSIGNED;
    region.result_bytes = 2;
    return {access_energy(access_cost(params, technology, region), prices(params, technology)),
            static_cast<double>(region.rows) * region.filters};
}

double change_percent(const RunFigures& run, const std::vector<const RunFigures*>& baselines,
                      const Figure& figure) {
    double mean = 0;
    for (const RunFigures* base : baselines) mean += figure(*base) / static_cast<double>(baselines.size());
    return (figure(run) / mean - 1) * 100;
}

AccuracyGain accuracy_gain(const RunFigures& run, const std::vector<const RunFigures*>& baselines) {
    const std::size_t images = run.labels.size();
    const auto check = [&](const RunFigures& other) {
        if (images == 0 || other.predictions.size() != images)
            throw std::invalid_argument("predictions of " + std::to_string(other.predictions.size()) +
                                        " images, labels of " + std::to_string(images));
    };
    check(run);
    for (const RunFigures* base : baselines) check(*base);
    const auto right = [&](const RunFigures& r, std::size_t i) { return r.predictions[i] == run.labels[i]; };
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < images; ++i) {
        double gain = right(run, i);
        for (const RunFigures* base : baselines)
            gain -= right(*base, i) / static_cast<double>(baselines.size());
        sum += gain;
        squares += gain * gain;
    }
    const double n = static_cast<double>(images), mean = sum / n;
    return {100 * mean, 100 * std::sqrt((squares / n - mean * mean) / n)};
}

double main_memory_energy(const RunFigures& run) {
    double sum = 0;
    for (const auto& [name, joules] : run.event_energy_j) {
        if (!starts_with(name, "dualpim.dram.")) continue;
        const auto loaded = run.load_energy_j.find(name);
        sum += joules - (loaded == run.load_energy_j.end() ? 0 : loaded->second);
    }
    return sum / static_cast<double>(run.images);
}

double residual_energy(const RunFigures& run) {
    double sum = 0;
    for (const auto& layer : run.layers)
        if (layer.name.compare(0, 5, "block") == 0) sum += layer.energy_j;
    return sum;
}

double refresh_time_percent(const RunFigures& run) {
    const double row_s = static_cast<double>(run.config.integer("edram_macro.row_refresh_cycles")) *
                         run.config.si("edram_macro.period");
    double most = 0;
    for (const auto& [name, array] : edram_arrays(run)) most = std::max(most, array.refreshed_rows * row_s);
    return 100 * most / run.simulated_s;
}
double refresh_energy_percent(const RunFigures& run) {
    const double period_s = run.config.si("edram_macro.period");
    double most = 0;
    for (const auto& [name, array] : edram_arrays(run)) {
        if (array.access_cycles == 0) continue;
        const double computing_w = array.computing_j / (array.access_cycles * period_s);
        most = std::max(most, array.refreshing_j / run.simulated_s / computing_w);
    }
    return 100 * most;
}

double beyond_slowest_path_percent(const RunFigures& run) {
    struct Span {
        double from = HUGE_VAL, to = 0;
        void add(const RunFigures::Layer& layer) {
            from = std::min(from, layer.start_s);
            to = std::max(to, layer.start_s + layer.latency_s);
        }
        double length() const { return to - from; }
    };
    std::map<std::string, std::map<std::string, Span>> stacks;
    for (const auto& layer : run.layers) {
        const auto first = layer.name.find('_'), second = layer.name.find('_', first + 1);
        if (!starts_with(layer.name, "block") || second == std::string::npos) continue;
        stacks[layer.name.substr(0, first)][layer.name.substr(first + 1, second - first - 1)].add(layer);
    }
    double all = 0, slowest = 0;
    for (const auto& [stack, paths] : stacks) {
        double from = HUGE_VAL, to = 0, longest = 0;
        for (const auto& [path, span] : paths) {
            from = std::min(from, span.from);
            to = std::max(to, span.to);
            longest = std::max(longest, span.length());
        }
        all += to - from;
        slowest += longest;
    }
    if (slowest <= 0) throw std::logic_error("a DualNet without stacks");
    return 100 * (all / slowest - 1);
}

}  // namespace pimvp::dualpim
