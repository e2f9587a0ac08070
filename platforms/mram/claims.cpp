// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/mram/claims.h"

#include <cmath>
#include <string>
#include <utility>

#include "platforms/mram/claim_checks.h"
#include "platforms/mram/claim_figures.h"
#include "platforms/mram/claim_runs.h"
#include "platforms/mram/claim_tables.h"

namespace pimvp::mram {
namespace {

const char* const abstract =
    "Roohi et al., ISQED 2019, abstract: \"~\"; widths, networks, baselines, area not given";

using Figure = double (*)(const RunFigures&);
double energy(const RunFigures& run) {
    return run.energy_j;
}
double latency(const RunFigures& run) {
    return run.latency_s;
}
double energy_area(const RunFigures& run) {
    return run.energy_j * chip_area(run);
}
double latency_area(const RunFigures& run) {
    return run.latency_s * chip_area(run);
}

/// Of what an inference takes; ratios of it.
struct Scope {
    const char* letter;
    const char* text;
    Figure energy, latency;
};
const Scope whole = {"w", "whole system, all layers", energy, latency};
const Scope quantised = {"q", "whole system, layers between the first and the last one, which are 8:8",
                         quantised_energy, quantised_latency};
const Scope per_area = {"a", "whole system, all layers, times the chip's area without main memory",
                        energy_area, latency_area};

/// A baseline over a variant of mram.
struct Pair {
    const char* system;
    const char* baseline;
    const char* suffix;  // of ids
    bool cmos;
    const Scope* scope;
};
const Pair pairs[] = {
    {"mram", "reram", "", false, &whole},
    {"mram", "reram", "", false, &quantised},
    {"mram", "reram", "", false, &per_area},
    {"mram", "reram:fixed8", "8", false, &whole},
    {"mram", "reram:fixed8", "8", false, &quantised},
    {"mram:optimistic", "reram", "o", false, &whole},
    {"mram:optimistic", "reram", "o", false, &quantised},
    {"mram", "cmos", "", true, &whole},
    {"mram", "cmos", "", true, &quantised},
    {"mram", "cmos", "", true, &per_area},
    {"mram", "cmos:buffered", "b", true, &whole},
    {"mram", "cmos:buffered", "b", true, &quantised},
    {"mram:optimistic", "cmos", "o", true, &whole},
    {"mram:optimistic", "cmos", "o", true, &quantised},
};

void add_pair(ClaimTable& table, const Pair& pair, bool of_time) {
    const Figure figure = of_time ? pair.scope->latency : pair.scope->energy;
    const double published = pair.cmos ? (of_time ? 13.5 : 9.7) : (of_time ? 9 : 5.4);
    const std::string id = std::string("M-") + (pair.cmos ? (of_time ? "4" : "3") : (of_time ? "2" : "1")) +
                           pair.scope->letter + pair.suffix;
    table.section(std::string(of_time ? "Latency" : "Energy") + " per inference of " + pair.baseline +
                      " over that of " + pair.system + ": " + pair.scope->text,
                  abstract, "");
    for (const Family& family : families)
        for (const Width& width : widths) {
            const std::string network = std::string(family.start) + width.name;
            table.add(id + "-" + network, std::string(family.text) + ", " + width.text, published,
                      [=](const Measured& m) {
                          return figure(m.at(on(network, pair.baseline))) /
                                 figure(m.at(on(network, pair.system)));
                      });
        }
}

void add_accuracy(ClaimTable& table) {
    table.section("Accuracy on Fashion-MNIST (\"comparable to the baseline\"; float here: 92.31 %)", abstract,
                  "%");
    for (const Width& width : widths) {
        const std::string run = on(std::string(families[0].start) + width.name, "mram");
        table
            .add(std::string("M-5-") + width.name, width.text, std::nullopt,
                 [=](const Measured& m) { return 100 * m.at(run).accuracy; })
            .deviation = [=](const Measured& m) {
            const RunFigures& r = m.at(run);
            return 100 * std::sqrt(r.accuracy * (1 - r.accuracy) / static_cast<double>(r.predictions.size()));
        };
    }
}

}  // namespace

ClaimGroup claims() {
    ClaimGroup group;
    group.name = "mram";
    ClaimTable table;
    for (const Pair& pair : pairs)
        for (const bool of_time : {false, true}) add_pair(table, pair, of_time);
    add_accuracy(table);
    // The long ones first: AlexNet, then harvested energy.
    add_relatives(group, table);
    add_row_operations(group, table);
    add_harvested(group, table);
    for (const Family& family : families)
        for (const Width& width : widths)
            for (const std::string system : systems) {
                const std::string network = std::string(family.start) + width.name;
                const bool scored = &family == &families[0] && system == "mram";
                group.runs.push_back({on(network, system), system, network, {}, family.images, scored});
            }
    group.claims = std::move(table.claims);
    group.appendix = claim_tables;
    return group;
}

}  // namespace pimvp::mram
