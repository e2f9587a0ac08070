// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <nlohmann/json.hpp>

#include "apps/comparison.h"
#include "modules/core/units.h"
#include "platforms/common/si_text.h"
#include "platforms/common/text_table.h"

namespace pimvp {
namespace {

using nlohmann::ordered_json;
using Kind = ComparedFigure::Kind;

std::string value_text(Kind kind, double value) {
    switch (kind) {
        case Kind::share:
            return percent_text(value, 2);
        case Kind::bare_share:
            return percent_text(value);
        case Kind::seconds:
            return si_text(value, "s");
        case Kind::rate:
            return si_text(value, "/s");
        case Kind::joules:
            return si_text(value, "J");
        case Kind::watts:
            return si_text(value, "W");
        case Kind::area:
            return area_text(Area::si(value));
        case Kind::ops:
            return si_text(value, "OPS");
        case Kind::ops_per_j:
            return si_text(value, "OPS/W");
    }
    return "";
}

ordered_json or_null(const std::optional<double>& value) {
    return value ? ordered_json(*value) : ordered_json();
}

ordered_json figure_json(const ComparedFigure& figure) {
    ordered_json values = ordered_json::array(), ratios = ordered_json::array(), best = ordered_json::array();
    for (std::size_t s = 0; s < figure.values.size(); ++s) {
        values.push_back(or_null(figure.values[s]));
        ratios.push_back(or_null(figure.ratios[s]));
        if (figure.best[s]) best.push_back(s);
    }
    return {{"values", values}, {"ratios", ratios}, {"best", best}, {"high_is_good", figure.high_is_good}};
}

/// Two columns for all systems but the first: what it is, and how many times the first system's.
struct Cells {
    std::vector<std::string> cells;
    explicit Cells(const std::string& title) : cells{title} {}
    void add(std::size_t system, const std::string& value, const std::string& ratio = "") {
        // A space where others have their mark keeps the digits in line.
        const bool marked = !value.empty() && value.back() == '*';
        cells.push_back(marked ? value : value + " ");
        if (system > 0) cells.push_back(ratio);
    }
};

}  // namespace

std::string ratio_text(double ratio) {
    const char* format = ratio >= 99.95   ? "%.0fx"
                         : ratio >= 9.995 ? "%.1fx"
                         : ratio >= 0.1   ? "%.2fx"
                                          : "%.2gx";
    char text[32];
    std::snprintf(text, sizeof text, format, ratio);
    return text;
}

std::string comparison_text(const Comparison& c) {
    const std::size_t count = c.systems.size();
    std::vector<TextTable::Column> columns = {{""}};
    for (std::size_t s = 0; s < count; ++s) {
        columns.push_back({c.systems[s].name + " ", TextTable::Align::right});
        if (s > 0) columns.push_back({"", TextTable::Align::right});
    }
    TextTable table(columns);
    const auto add_texts = [&](const char* title, const auto& text) {
        Cells row(title);
        for (std::size_t s = 0; s < count; ++s) row.add(s, text(s));
        table.add(row.cells);
    };
    bool first = true;
    for (const ComparedFigure& figure : c.figures) {
        Cells row(figure.title);
        for (std::size_t s = 0; s < count; ++s) {
            const auto& value = figure.values[s];
            const bool ratio = figure.ratios[s] && figure.kind != Kind::share;
            row.add(s, value ? value_text(figure.kind, *value) + (figure.best[s] ? "*" : "") : "-",
                    ratio ? ratio_text(*figure.ratios[s]) : "");
        }
        table.add(row.cells);
        if (first) add_texts("bit-exact", [&](std::size_t s) { return c.bit_exact[s]; });
        first = false;
    }
    add_texts("supply", [&](std::size_t s) {
        const auto supply = c.systems[s].technology.find("technology.supply");
        return supply == c.systems[s].technology.end() ? std::string("-") : supply->second;
    });
    add_texts("simulation speed", [&](std::size_t s) { return c.speed[s]; });

    std::string out;
    if (!c.network.empty())
        out = c.network + " on " + c.dataset + ", images " + std::to_string(c.first_image) + ".." +
              std::to_string(c.last_image) + "\n\n";
    out += table.text() + "\n" +
           wrapped("* best of its row; ..x: times that of " + c.systems.front().name +
                       ". Energy and power without loading; 1 MAC = 2 operations",
                   100, 2);
    for (const std::string& note : c.notes) out += wrapped("- " + note, 100, 2);
    return out;
}

std::string comparison_json(const Comparison& c) {
    ordered_json systems = ordered_json::array(), names = ordered_json::array(),
                 errors = ordered_json::array();
    for (const ComparedSystem& system : c.systems) {
        systems.push_back(system.result.empty() ? ordered_json() : ordered_json::parse(system.result));
        names.push_back(system.name);
        errors.push_back(system.error.empty() ? ordered_json() : ordered_json(system.error));
    }
    ordered_json figures = ordered_json::object(), differences = ordered_json::array();
    for (const ComparedFigure& figure : c.figures) figures[figure.key] = figure_json(figure);
    for (const PredictionDifference& d : c.differences)
        differences.push_back({{"image", d.image},
                               {"system", d.system},
                               {"expected_by", d.expected_by},
                               {"expected", d.expected},
                               {"found", d.found}});
    ordered_json comparison = {{"systems", names},
                               {"errors", errors},
                               {"figures", figures},
                               {"differences", differences},
                               {"notes", c.notes}};
    return ordered_json{{"schema", 1}, {"systems", systems}, {"comparison", comparison}}.dump(2) + "\n";
}

}  // namespace pimvp
