// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/silicon/claims.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "platforms/common/text_table.h"
#include "platforms/silicon/chips.h"

namespace pimvp::silicon {
namespace {

// Bounds of our own on the medians, and what a chip is told to be within.
constexpr double area_bound = 0.10, cycle_bound = 0.10, energy_bound = 0.15;

std::string format(const char* form, double value) {
    char text[64];
    std::snprintf(text, sizeof text, form, value);
    return text;
}

std::string percent(double share) {
    return format("%.0f %%", 100 * share);
}

void add_chip(ClaimTable& table, const Chip& chip) {
    const CimCost model = modelled(chip);
    const Ratios ratio = ratios(chip);
    table.section(
        chip.id + ", " + format("%g nm, ", chip.node_nm) + format("%g V: ", chip.supply.si()) + chip.text,
        chip.source, "");
    const auto add = [&](const char* letter, const std::string& what, const char* unit, double published,
                         double value, double share, double tolerance) -> Claim& {
        Claim& claim = table.add("S-" + chip.id + letter, what + ": model / chip " + percent(share),
                                 published, [value](const Measured&) { return value; });
        claim.unit = unit;
        claim.tolerance = tolerance;
        return claim;
    };
    add("a", "area of the macro", "mm2", 1e6 * chip.area.si(), 1e6 * model.area.si(), ratio.area, area_bound);
    add("d", "cycle", "ns", 1e9 * chip.cycle.si(), 1e9 * model.cycle.si(), ratio.cycle, cycle_bound);
    Claim& energy = add("e", "energy per MAC", "fJ", 1e15 * chip.mac().si(), 1e15 * model.mac.si(),
                        ratio.energy, energy_bound);
    if (chip.activity_published) return;
    energy.kind = ClaimKind::shown;
    energy.what += "; at an unpublished sparsity, not in the median";
}

void add_medians(ClaimTable& table) {
    table.section(
        "Median of |model / chip - 1|, one set of primitives for all chips; bounds of our own. Energy: over "
        "the chips whose sparsity is published",
        "", "%");
    const Ratios errors = median_errors();
    const auto add = [&](const char* id, const char* what, double error, double bound) {
        table.add(id, what, std::nullopt, [error](const Measured&) { return 100 * error; }).own_bound =
            100 * bound;
    };
    add("S-median-a", "area", errors.area, area_bound);
    add("S-median-d", "cycle", errors.cycle, cycle_bound);
    add("S-median-e", "energy per MAC", errors.energy, energy_bound);
}

/// What takes most of it.
template <class Quantity>
std::string largest(const CimCost& cost, Quantity CimPartCost::*of, Quantity total) {
    const auto part =
        std::max_element(cost.parts.begin(), cost.parts.end(),
                         [&](const CimPartCost& a, const CimPartCost& b) { return a.*of < b.*of; });
    return part->name + " " + percent((*part).*of / total);
}

std::string table_text(const Measured&) {
    constexpr auto right = TextTable::Align::right;
    TextTable table({{"model / chip"},
                     {"area", right},
                     {"cycle", right},
                     {"energy", right},
                     {"most of the modelled area"},
                     {"most of the modelled energy"}});
    for (const Chip& chip : chips()) {
        const Ratios ratio = ratios(chip);
        const CimCost model = modelled(chip);
        table.add({chip.id, percent(ratio.area), percent(ratio.cycle),
                   percent(ratio.energy) + (chip.activity_published ? "" : " *"),
                   largest(model, &CimPartCost::area, model.area),
                   largest(model, &CimPartCost::energy, model.mac)});
    }
    return table.text() +
           "  * at a sparsity that is not published, not in the median\n"
           "  The primitives are ZigZag-IMC's 28 nm fit, which its authors made on these chips.\n";
}

}  // namespace

ClaimGroup claims() {
    ClaimGroup group;
    group.name = "silicon";
    ClaimTable table;
    for (const Chip& chip : chips()) add_chip(table, chip);
    add_medians(table);
    group.claims = std::move(table.claims);
    group.appendix = table_text;
    return group;
}

}  // namespace pimvp::silicon
