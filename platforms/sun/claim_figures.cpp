// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/sun/claim_figures.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "networks/compression.h"
#include "networks/mapping.h"
#include "platforms/sun/platform.h"

namespace pimvp::sun {
namespace {

/// Of macros: sun.sun0, sun.sun1, ...
bool is_macro(const std::string& block) {
    const std::string start = "sun.sun";
    return block.compare(0, start.size(), start) == 0 && block.size() > start.size() &&
           block.find_first_not_of("0123456789", start.size()) == std::string::npos;
}

/// Access cycles by macro, whole run.
std::map<std::string, double> cycles_by_macro(const RunFigures& run) {
    const std::string event = ".access_cycle";
    std::map<std::string, double> cycles;
    for (const auto& [name, count] : run.counters) {
        const auto dot = name.rfind('.');
        if (name.compare(dot, std::string::npos, event) == 0 && is_macro(name.substr(0, dot)))
            cycles[name.substr(0, dot)] = static_cast<double>(count);
    }
    if (cycles.empty()) throw std::logic_error("a run of sun without macros");
    return cycles;
}

template <class Visit>
void for_each_layer(const RunFigures& run, Visit visit) {
    const auto machine = sun::machine(run.config);
    const auto mapping = net::map_network(*run.network, machine);
    for (std::size_t n = 0; n < mapping.nodes.size(); ++n)
        if (!mapping.nodes[n].tiles.empty()) visit(run.network->nodes[n], mapping.nodes[n], machine.paths[0]);
}

}  // namespace

std::int64_t dense_macs(const RunFigures& run) {
    return run.network->macs();
}

std::int64_t executed_macs(const RunFigures& run) {
    std::int64_t sum = 0;
    for_each_layer(run,
                   [&](const net::Node& node, const net::NodeMapping& mapping, const net::PathGeometry&) {
                       const auto& output = run.network->tensor(node.output).shape;
                       for (const auto& tile : mapping.tiles)
                           if (tile.slice.lsb == 0)
                               sum += std::int64_t{output.h} * output.w * tile.rows * tile.filters;
                   });
    return sum;
}

double operations_per_s(const RunFigures& run, std::int64_t macs) {
    return 2 * static_cast<double>(macs) * run.throughput;
}

double array_operations_per_s(const RunFigures& run, std::int64_t macs) {
    double longest = 0;
    for (const auto& [macro, cycles] : cycles_by_macro(run)) longest = std::max(longest, cycles);
    const double seconds = longest * run.config.si("sun_macro.period") / static_cast<double>(run.images);
    return 2 * static_cast<double>(macs) / seconds;
}

double access_cycles(const RunFigures& run) {
    double sum = 0;
    for (const auto& [macro, cycles] : cycles_by_macro(run)) sum += cycles;
    return sum / static_cast<double>(run.images);
}

double area_m2(const RunFigures& run) {
    double sum = 0;
    for (const auto& [block, area] : run.block_area_m2) sum += area;
    return sum;
}

std::map<std::string, double> area_by_part(const RunFigures& run) {
    std::map<std::string, double> parts;
    for (const auto& [block, area] : run.block_area_m2) {
        const char* part = is_macro(block)                                           ? "macros"
                           : block == "sun.sun_index"                                ? "index memory"
                           : block == "sun.sun_buffer" || block == "sun.sun_program" ? "buffers"
                           : block == "sun.sun_postprocess"                          ? "postprocessor"
                           : block == "sun.sun_sequencer"                            ? "sequencer"
                                                                                     : "wires and DMA";
        parts[part] += area;
    }
    return parts;
}

net::SlotUse slots(const RunFigures& run) {
    net::SlotUse all;
    for_each_layer(run, [&](const net::Node& node, const net::NodeMapping& mapping,
                            const net::PathGeometry& path) { all += net::slot_use(node, mapping, path); });
    return all;
}

double mean_weight_bits(const RunFigures& run) {
    const auto count = net::count_weights(*run.network);
    return static_cast<double>(count.bits) / static_cast<double>(count.weights);
}

}  // namespace pimvp::sun
