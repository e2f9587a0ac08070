// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/dualpim/cifar10_claims.h"

#include <cstdio>
#include <utility>

#include "platforms/common/si_text.h"
#include "platforms/common/text_table.h"
#include "platforms/dualpim/claim_figures.h"

namespace pimvp::dualpim {
namespace {

constexpr const char* int4 = "cifar10_int4";
constexpr const char* ternary = "cifar10_ternary";
constexpr const char* dualnet = "cifar10_dualnet";
constexpr const char* retention_200us = "cifar10_dualnet_retention_200us";

const char* const aicas = "DualPIM, AICAS 2022, abstract: an average, of networks that it does not name";
const char* const journal =
    "IEEE TCAS-I 71(12), 2024, abstract: the average of CIFAR-10, CIFAR-100 and ImageNet, networks not named";

double energy(const RunFigures& run) {
    return run.energy_j;
}
double energy_on_chip(const RunFigures& run) {
    return run.energy_j - main_memory_energy(run);
}
double latency(const RunFigures& run) {
    return run.latency_s;
}
double weight_bits(const RunFigures& run) {
    return static_cast<double>(run.weight_bits);
}

std::vector<const RunFigures*> baselines(const Measured& m) {
    return {&m.at(int4), &m.at(ternary)};
}
std::function<double(const Measured&)> change(const Figure& figure) {
    return [figure](const Measured& m) { return change_percent(m.at(dualnet), baselines(m), figure); };
}

/// What every row has to say: none of these networks is what was published, nor trained to the end.
std::string compared(const std::string& what) {
    return what +
           " of cifar10_dualnet (ResNet-20, half of the channels INT4) against the mean of cifar10_int4 and "
           "cifar10_ternary (4-bit activations), all three after a few short epochs";
}

}  // namespace

void add_cifar10(ClaimGroup& group, ClaimTable& table) {
    const auto run = [&](const char* name, const char* system, const char* network,
                         std::vector<std::string> set) -> ClaimRun& {
        group.runs.push_back({name, system, network, std::move(set), "0..1"});
        group.runs.back().dataset = "cifar10";
        return group.runs.back();
    };
    run(int4, "dualpim:int4", int4, {}).scored = true;
    run(ternary, "dualpim:ternary", ternary, {}).scored = true;
    run(dualnet, "dualpim", dualnet, {}).scored = true;
    run(retention_200us, "dualpim", dualnet, {"edram_macro.retention=200 us"});

    table.needs("cifar10");
    table.section(compared("Energy per inference"), aicas, "%");
    table.add("D-1c-50", "energy", -81.0, change(energy));
    table.add("D-1c-chip", "the same without main memory", -81.0, change(energy_on_chip));
    table.add("D-1c-blocks", "the same, residual blocks alone", -81.0, change(residual_energy));
    table.section(compared("Accuracy"), aicas, "points");
    table
        .add("D-2c-50", "accuracy, same images", 1.3,
             [](const Measured& m) { return accuracy_gain(m.at(dualnet), baselines(m)).points; })
        .deviation = [](const Measured& m) { return accuracy_gain(m.at(dualnet), baselines(m)).deviation; };
    table.section(compared("Energy, stored weights and latency"), journal, "%");
    table.add("D-3ce-50", "energy per inference", -29.0, change(energy));
    table.add("D-3cm-50", "bits of stored weights", -49.5, change(weight_bits));
    table.add("D-3cl-50", "latency", -47.3, change(latency));

    table.section("cifar10_dualnet on dualpim: the paths of a stack run at the same time",
                  "structure; a check of our own", "%");
    table
        .add("D-4c", "time of the stacks beyond that of their slower path, at most 5 %", std::nullopt,
             [](const Measured& m) { return beyond_slowest_path_percent(m.at(dualnet)); })
        .own_bound = 5.0;
    table.section("cifar10_dualnet on dualpim: refresh of the eDRAM arrays, retention 200 us in all samples",
                  "closed form for 200 us; Yu et al., TCAS-I 68(2), 2021", "%");
    table
        .add("D-7ct", "share of the time, most refreshed array", 1.0,
             [](const Measured& m) { return refresh_time_percent(m.at(retention_200us)); })
        .kind = ClaimKind::at_most;
    table
        .add("D-7ce", "power over power of computing, likewise", 1.0,
             [](const Measured& m) { return refresh_energy_percent(m.at(retention_200us)); })
        .kind = ClaimKind::at_most;
    table.needs("");
}

std::string cifar10_table(const Measured& m) {
    constexpr auto right = TextTable::Align::right;
    TextTable table({{"network"},
                     {"accuracy", right},
                     {"energy", right},
                     {"main memory", right},
                     {"/INT4", right},
                     {"without it", right},
                     {"latency", right},
                     {"weights", right}});
    if (m.count(int4) == 0) return "";
    const RunFigures& base = m.at(int4);
    const auto number = [](double value) {
        char text[32];
        std::snprintf(text, sizeof text, "%.3f", value);
        return std::string(text);
    };
    for (const char* name : {int4, dualnet, ternary}) {
        const RunFigures& r = m.at(name);
        table.add({name, percent_text(r.accuracy, 2), si_text(r.energy_j, "J"),
                   si_text(main_memory_energy(r), "J"), number(r.energy_j / base.energy_j),
                   number(energy_on_chip(r) / energy_on_chip(base)), si_text(r.latency_s, "s"),
                   si_text(static_cast<double>(r.weight_bits), "bit")});
    }
    return "ResNet-20 on CIFAR-10: weights that the arrays don't hold come from main memory for every "
           "image\n" +
           table.text();
}

}  // namespace pimvp::dualpim
