// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/mram/claim_figures.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace pimvp::mram {
namespace {

bool is_array(const std::string& block) {
    return !block.empty() && std::isdigit(static_cast<unsigned char>(block.back())) != 0;
}
/// Of PLATFORM.BLOCK.EVENT.
std::string block_of(const std::string& name) {
    return name.substr(0, name.rfind('.'));
}
std::string event_of(const std::string& name) {
    return name.substr(name.rfind('.') + 1);
}

double loaded(const RunFigures& run, const std::string& name) {
    const auto found = run.load_energy_j.find(name);
    return found == run.load_energy_j.end() ? 0 : found->second;
}

template <class Figure>
double quantised(const RunFigures& run, Figure figure) {
    const auto has_weights = [](const RunFigures::Layer& layer) { return layer.op == "conv"; };
    const auto first = std::find_if(run.layers.begin(), run.layers.end(), has_weights);
    const auto last = std::find_if(run.layers.rbegin(), run.layers.rend(), has_weights);
    if (first == run.layers.end() || first + 1 >= last.base() - 1)
        throw std::logic_error("no layers between the first and the last one");
    double sum = 0;
    for (auto layer = first + 1; layer != last.base() - 1; ++layer) sum += figure(*layer);
    return sum;
}

}  // namespace

double array_energy(const RunFigures& run) {
    double sum = 0;
    for (const auto& [name, joules] : run.event_energy_j)
        if (is_array(block_of(name))) sum += joules - loaded(run, name);
    return sum / static_cast<double>(run.images);
}

double array_area(const RunFigures& run) {
    double sum = 0;
    for (const auto& [block, area] : run.block_area_m2)
        if (is_array(block)) sum += area;
    return sum;
}

double chip_area(const RunFigures& run) {
    double sum = 0;
    for (const auto& [block, area] : run.block_area_m2) {
        const std::string name = event_of(block);
        if (name != "memory" && name != "dram") sum += area;
    }
    return sum;
}

double quantised_energy(const RunFigures& run) {
    return quantised(run, [](const RunFigures::Layer& layer) { return layer.energy_j; });
}
double quantised_latency(const RunFigures& run) {
    return quantised(run, [](const RunFigures::Layer& layer) { return layer.latency_s; });
}
double quantised_macs(const RunFigures& run) {
    return quantised(run, [](const RunFigures::Layer& layer) { return static_cast<double>(layer.macs); });
}

double count(const RunFigures& run, const std::string& event) {
    double sum = 0;
    for (const auto& [name, n] : run.counters)
        if (event_of(name) == event) sum += static_cast<double>(n);
    return sum / static_cast<double>(run.images);
}

double and_energy(const RunFigures& run) {
    double joules = 0;
    for (const auto& [name, energy] : run.event_energy_j)
        if (event_of(name) == "and_bit" || event_of(name) == "write_back_bit") joules += energy;
    return joules / static_cast<double>(run.images) / count(run, "and_bit");
}

double useful_share(const RunFigures& run, const RunFigures& undisturbed) {
    if (run.images == 0) return 0;
    return count(undisturbed, "row_operation") / count(run, "row_operation");
}

}  // namespace pimvp::mram
