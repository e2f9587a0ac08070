// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/mram/claims.h"

#include <cmath>
#include <string>
#include <utility>

#include "platforms/mram/claim_checks.h"
#include "platforms/mram/claim_ratios.h"
#include "platforms/mram/claim_runs.h"
#include "platforms/mram/claim_tables.h"

namespace pimvp::mram {
namespace {

const char* const abstract =
    "Roohi et al., ISQED 2019, abstract: \"~\"; widths, networks, baselines, area not given";

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
    add_ratios(table, abstract);
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
