// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/mram/admm_rows.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <set>
#include <vector>

#include "networks/compression.h"
#include "platforms/common/text_table.h"
#include "platforms/mram/admm_figures.h"
#include "platforms/mram/admm_runs.h"
#include "platforms/mram/claim_figures.h"

namespace pimvp::mram {
namespace {

/// Which networks are run with narrower sub-arrays, too.
struct Pair {
    const CompressedFamily* family;
    std::string compressed;
    std::vector<std::string> columns;
};
std::vector<Pair> row_pairs() {
    std::vector<Pair> pairs;
    for (const auto& family : compressed_families()) {
        if (!family.hardware) continue;
        for (const std::string& network : compressed_networks(family)) {
            Pair pair{&family, network, {"512"}};
            const std::string name = network.substr(std::string(family.start).size());
            const bool all =
                family.wide[0] != '\0' || name == "unstructured" || name == family.unstructured_like;
            if (all)
                pair.columns.insert(pair.columns.end(), std::begin(fewer_columns), std::end(fewer_columns));
            pairs.push_back(std::move(pair));
        }
    }
    return pairs;
}

bool has(const Pair& pair, const std::string& columns) {
    return std::find(pair.columns.begin(), pair.columns.end(), columns) != pair.columns.end();
}

double counted(const RunFigures& run) {
    return count(run, "row_operation");
}
double counted_ratio(const RunFigures& compressed, const RunFigures& dense) {
    return counted(dense) / counted(compressed);
}
double formula_ratio(const RunFigures& compressed, const RunFigures& dense) {
    return static_cast<double>(row_formula(dense)) / static_cast<double>(row_formula(compressed));
}

std::string number(double value, int decimals) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", decimals, value);
    return text;
}

}  // namespace

void add_pruned_rows(ClaimGroup& group, ClaimTable& table) {
    std::set<std::string> there;
    const auto add_run = [&](const std::string& network, const std::string& columns, const char* dataset) {
        const std::string name = with_columns(network, columns);
        if (columns == "512" || !there.insert(name).second) return;
        ClaimRun run{name,
                     system_of(network),
                     network,
                     {"mram_subarray.columns=" + columns, "platform.sub_arrays=0"},
                     "0..0"};
        run.once = true;
        run.dataset = dataset;
        group.runs.push_back(run);
    };
    std::vector<std::string> all_columns = {"512"};
    all_columns.insert(all_columns.end(), std::begin(fewer_columns), std::end(fewer_columns));
    for (const std::string& columns : all_columns) {
        const auto each = [&](const std::string& id, std::optional<double> bound, auto value) {
            for (const Pair& pair : row_pairs()) {
                if (!has(pair, columns)) continue;
                const std::string dense = pair.family->dense;
                add_run(dense, columns, pair.family->dataset);
                add_run(pair.compressed, columns, pair.family->dataset);
                table.needs(pair.family->dataset);
                table
                    .add(id + columns + "-" + pair.compressed, pair.compressed, std::nullopt,
                         [=, c = with_columns(pair.compressed, columns), d = with_columns(dense, columns)](
                             const Measured& m) { return value(m.at(c), m.at(d)); })
                    .own_bound = bound;
            }
        };
        table.section("Row operations, dense over compressed, sub-arrays of " + columns + " columns", "", "");
        each("C-5-", std::nullopt, counted_ratio);
        table.section(
            "How far that is from the closed formula, P O ceil(K / C) M N over the layers, K and O "
            "of what is stored; checks of our own",
            "", "");
        each("C-6-", 0.0, [](const RunFigures& c, const RunFigures& d) {
            return std::abs(counted_ratio(c, d) - formula_ratio(c, d));
        });
    }
}

std::string row_table(const Measured& m) {
    constexpr auto right = TextTable::Align::right;
    TextTable table({{"network"},
                     {"weights", right},
                     {"row operations", right},
                     {"512 columns", right},
                     {"128", right},
                     {"64", right}});
    for (const Pair& pair : row_pairs()) {
        const std::string dense = pair.family->dense;
        if (m.count(scored(dense)) == 0) continue;
        const RunFigures& run = m.at(scored(pair.compressed));
        std::vector<std::string> cells = {pair.compressed,
                                          number(pruning_rate(pair.compressed, run, m.at(scored(dense))), 1),
                                          number(counted(run), 0)};
        for (const std::string columns : {"512", "128", "64"}) {
            cells.push_back(has(pair, columns)
                                ? number(counted_ratio(m.at(with_columns(pair.compressed, columns)),
                                                       m.at(with_columns(dense, columns))),
                                         2)
                                : "-");
        }
        table.add(cells);
    }
    return "times fewer weights behind pruning, row operations per frame, and times fewer of these than the "
           "dense network's\n" +
           table.text();
}

}  // namespace pimvp::mram
