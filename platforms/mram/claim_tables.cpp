// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/mram/claim_tables.h"

#include <cstdio>

#include "platforms/common/si_text.h"
#include "platforms/common/text_table.h"
#include "platforms/mram/claim_figures.h"
#include "platforms/mram/claim_ratios.h"
#include "platforms/mram/claim_runs.h"

namespace pimvp::mram {
namespace {

constexpr auto right = TextTable::Align::right;

std::string number(double value, int decimals = 0) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", decimals, value);
    return text;
}

std::string area(double square_metres) {
    return area_text(Area::si(square_metres), 3);
}

std::string systems_table(const Measured& m) {
    TextTable table({{"network"},
                     {"system"},
                     {"energy", right},
                     {"quantised", right},
                     {"latency", right},
                     {"quantised", right},
                     {"per second", right},
                     {"area", right},
                     {"arrays", right}});
    for (const Family& family : families)
        for (const Width& width : widths)
            for (const std::string system : systems) {
                const std::string network = std::string(family.start) + width.name;
                const RunFigures& run = m.at(on(network, system));
                table.add({network, system, si_text(run.energy_j, "J"), si_text(quantised_energy(run), "J"),
                           si_text(run.latency_s, "s"), si_text(quantised_latency(run), "s"),
                           number(run.throughput), area(chip_area(run)), area(array_area(run))});
            }
    return "per inference; quantised: the layers between the first and the last one, which are 8:8; area "
           "without main memory\n" +
           table.text();
}

std::string counts_table(const Measured& m) {
    TextTable table({{"network"},
                     {"row operations", right},
                     {"bit-ANDs", right},
                     {"sign counts", right},
                     {"input rows written", right},
                     {"array energy", right},
                     {"of an AND", right}});
    for (const Width& width : widths) {
        const std::string network = std::string(families[1].start) + width.name;
        const RunFigures& run = m.at(on(network, "mram"));
        table.add({network, number(count(run, "row_operation")), number(count(run, "bit_operation")),
                   number(count(run, "sign_operation")), number(count(run, "input_row_write")),
                   si_text(array_energy(run), "J"), si_text(and_energy(run), "J", 3)});
    }
    return "what sub-arrays do for a frame, 8:8 layers included\n" + table.text();
}

std::string policy_table(const Measured& m) {
    TextTable table({{"policy"},
                     {"capacitor", right},
                     {"frames", right},
                     {"outages", right},
                     {"torn backups", right},
                     {"energy / frame", right},
                     {"backup", right},
                     {"restore", right},
                     {"on", right},
                     {"off", right},
                     {"end"}});
    const auto add = [&](const Policy& policy, const char* capacitor, const RunFigures& run) {
        const RunFigures::Power& power = run.power.value();
        table.add({policy.name, capacitor, std::to_string(run.images), std::to_string(power.outages),
                   std::to_string(power.torn_backups), run.images == 0 ? "-" : si_text(run.energy_j, "J"),
                   percent_text(power.backup_share, 2), percent_text(power.restore_share, 2),
                   si_text(power.powered_s, "s"), si_text(power.dead_s, "s"),
                   power.gave_up ? "no_progress" : "done"});
    };
    for (const Policy& policy : policies) add(policy, "10 uF", m.at(harvested(policy)));
    for (const Policy& policy : policies) add(policy, "1 uF", m.at(small(policy)));
    return "fmnist_w1a4 on harvested energy\n" + table.text();
}

}  // namespace

std::string claim_tables(const Measured& m) {
    return ratio_table(m) + "\n" + systems_table(m) + "\n" + counts_table(m) + "\n" + policy_table(m);
}

}  // namespace pimvp::mram
