// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/mram/claim_ratios.h"

#include <cstdio>
#include <vector>

#include "platforms/common/text_table.h"
#include "platforms/mram/claim_figures.h"
#include "platforms/mram/claim_runs.h"

namespace pimvp::mram {
namespace {

using Figure = double (*)(const RunFigures&);

/// Which part of an inference is compared.
struct Scope {
    const char* letter;
    const char* text;
    const char* brief;
    Figure energy, latency;
};
const Scope whole = {"w", "whole system, all layers", "all layers",
                     [](const RunFigures& run) { return run.energy_j; },
                     [](const RunFigures& run) { return run.latency_s; }};
const Scope quantised = {"q", "whole system, layers between the first and the last one, which are 8:8",
                         "quantised", quantised_energy, quantised_latency};
const Scope per_area = {"a", "whole system, all layers, both times the chip's area without main memory",
                        "all layers x area",
                        [](const RunFigures& run) { return run.energy_j * chip_area(run); },
                        [](const RunFigures& run) { return run.latency_s * chip_area(run); }};
const Scope quantised_per_area = {
    "p",
    "whole system, layers between the first and the last one, both times the chip's area without main memory",
    "quantised x area", [](const RunFigures& run) { return quantised_energy(run) * chip_area(run); },
    [](const RunFigures& run) { return quantised_latency(run) * chip_area(run); }};

/// A baseline over a variant of mram.
struct Pair {
    const char* system;
    const char* baseline;
    const char* suffix;  // of ids
    bool cmos;
    std::vector<const Scope*> scopes;
};
const std::vector<Pair>& pairs() {
    static const std::vector<Pair> all = {
        {"mram", "reram", "", false, {&whole, &quantised, &per_area, &quantised_per_area}},
        {"mram", "reram:fixed8", "8", false, {&whole, &quantised, &quantised_per_area}},
        {"mram:optimistic", "reram", "o", false, {&whole, &quantised, &quantised_per_area}},
        {"mram", "cmos", "", true, {&whole, &quantised, &per_area, &quantised_per_area}},
        {"mram:optimistic", "cmos", "o", true, {&whole, &quantised, &quantised_per_area}}};
    return all;
}

double published(const Pair& pair, bool of_time) {
    if (pair.cmos) return of_time ? 13.5 : 9.7;
    return of_time ? 9 : 5.4;
}

double ratio(const Measured& m, const Pair& pair, const Scope& scope, bool of_time,
             const std::string& network) {
    const Figure figure = of_time ? scope.latency : scope.energy;
    return figure(m.at(on(network, pair.baseline))) / figure(m.at(on(network, pair.system)));
}

template <class Action>
void for_each(Action action) {
    for (const Pair& pair : pairs())
        for (const Scope* scope : pair.scopes)
            for (const bool of_time : {false, true}) action(pair, *scope, of_time);
}

std::string number(double value) {
    char text[64];
    std::snprintf(text, sizeof text, "%.2f", value);
    return text;
}

}  // namespace

void add_ratios(ClaimTable& table, const std::string& abstract) {
    for_each([&](const Pair& pair, const Scope& scope, bool of_time) {
        const char* const kind = pair.cmos ? (of_time ? "4" : "3") : (of_time ? "2" : "1");
        table.section(std::string(of_time ? "Latency" : "Energy") + " per inference of " + pair.baseline +
                          " over that of " + pair.system + ": " + scope.text,
                      abstract, "");
        for (const Family& family : families)
            for (const Width& width : widths) {
                const std::string network = family.start + std::string(width.name);
                table.add(std::string("M-") + kind + scope.letter + pair.suffix + "-" + network,
                          std::string(family.text) + ", " + width.text, published(pair, of_time),
                          [&pair, &scope, of_time, network](const Measured& m) {
                              return ratio(m, pair, scope, of_time, network);
                          });
            }
    });
}

std::string ratio_table(const Measured& m) {
    constexpr auto right = TextTable::Align::right;
    std::vector<TextTable::Column> columns = {{"baseline"}, {"over"}, {""}, {"of"}, {"published", right}};
    for (const Family& family : families)
        for (const Width& width : widths)
            columns.push_back({family.brief + std::string(" ") + width.text, right});
    TextTable table(columns);
    for_each([&](const Pair& pair, const Scope& scope, bool of_time) {
        std::vector<std::string> cells = {pair.baseline, pair.system, of_time ? "latency" : "energy",
                                          scope.brief, number(published(pair, of_time))};
        for (const Family& family : families)
            for (const Width& width : widths)
                cells.push_back(
                    number(ratio(m, pair, scope, of_time, family.start + std::string(width.name))));
        table.add(cells);
    });
    return "the ratios at a glance: above 1, mram takes less\n" + table.text();
}

}  // namespace pimvp::mram
