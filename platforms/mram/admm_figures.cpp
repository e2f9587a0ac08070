// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/mram/admm_figures.h"

#include <algorithm>

#include "modules/core/technology.h"
#include "networks/mapping.h"
#include "networks/row_operations.h"
#include "platforms/mram/claim_figures.h"
#include "platforms/mram/platform.h"

namespace pimvp::mram {
namespace {

std::string event_of(const std::string& name) {
    return name.substr(name.rfind('.') + 1);
}
bool without_weights(const RunFigures& run, const std::string& block) {
    const auto found = run.utilisation.find(block);
    return found != run.utilisation.end() && found->second == 0;
}

/// Of events that `chosen` takes, loading left out; joules per frame.
template <class Chosen>
double energy_of(const RunFigures& run, Chosen chosen) {
    double sum = 0;
    for (const auto& [name, joules] : run.event_energy_j) {
        if (!chosen(name)) continue;
        const auto loaded = run.load_energy_j.find(name);
        sum += joules - (loaded == run.load_energy_j.end() ? 0 : loaded->second);
    }
    return sum / static_cast<double>(run.images);
}

double leakage(const RunFigures& run) {
    return energy_of(run, [](const std::string& name) { return event_of(name) == "leakage"; });
}
double idle_leakage(const RunFigures& run) {
    return energy_of(run, [&](const std::string& name) {
        return event_of(name) == "leakage" && without_weights(run, name.substr(0, name.rfind('.')));
    });
}

}  // namespace

int sub_arrays(const RunFigures& run) {
    return static_cast<int>(run.utilisation.size());
}
int sub_arrays_in_use(const RunFigures& run) {
    return static_cast<int>(std::count_if(run.utilisation.begin(), run.utilisation.end(),
                                          [](const auto& array) { return array.second > 0; }));
}
double array_area_in_use(const RunFigures& run) {
    double sum = 0;
    for (const auto& [block, share] : run.utilisation)
        if (share > 0) sum += run.block_area_m2.at(block);
    return sum;
}
double chip_area_in_use(const RunFigures& run) {
    double sum = chip_area(run);
    for (const auto& [block, share] : run.utilisation)
        if (share == 0) sum -= run.block_area_m2.at(block);
    return sum;
}

double power(const RunFigures& run) {
    return run.energy_j * run.throughput;
}
double leakage_power(const RunFigures& run) {
    return leakage(run) * run.throughput;
}
double idle_leakage_power(const RunFigures& run) {
    return idle_leakage(run) * run.throughput;
}
double power_at(const RunFigures& run, double frames_per_second) {
    return leakage_power(run) + (run.energy_j - leakage(run)) * std::min(frames_per_second, run.throughput);
}
double energy_without_idle(const RunFigures& run) {
    return run.energy_j - idle_leakage(run);
}

double mask_energy(const RunFigures& run) {
    return energy_of(run, [](const std::string& name) {
        return event_of(name) == "mask_bit" || event_of(name) == "mask_write_bit";
    });
}
double mask_area(const RunFigures& run) {
    return Technology::from(run.config).flip_flop_area().si() *
           static_cast<double>(run.config.integer("sequencer.mask_bits"));
}

std::int64_t row_formula(const RunFigures& run) {
    net::PathGeometry path;
    path.cell = net::CellKind::row;
    path.columns = static_cast<int>(run.config.integer("mram_subarray.columns"));
    path.mask_bits = run.config.integer("sequencer.mask_bits");
    std::int64_t sum = 0;
    for (std::size_t n = 0; n < run.network->nodes.size(); ++n)
        if (run.network->nodes[n].op == net::Op::conv)
            sum += net::row_work(*run.network, n, path).operations();
    return sum;
}

net::WeightCount mapped_weights(const RunFigures& run) {
    return net::count_weights(*run.network,
                              net::map_network(*run.network, machine(run.config, *run.network)));
}

double pruning_rate(const std::string& network, const RunFigures& compressed, const RunFigures& dense) {
    const auto rate = net::compression_rate(mapped_weights(dense), mapped_weights(compressed));
    return network.find("unstructured") != std::string::npos ? rate.nonzero : rate.stored;
}

net::Comparison gain(const RunFigures& compressed, const RunFigures& dense) {
    return net::compare(compressed.predictions, dense.predictions, compressed.labels);
}

}  // namespace pimvp::mram
