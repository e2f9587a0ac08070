// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/sweep_rows.h"

#include <nlohmann/json.hpp>

#include "apps/child_process.h"
#include "apps/result_figure.h"

namespace pimvp {
namespace {

using nlohmann::json;

struct Figure {
    const char* name;
    const char* pointer;  // into the result's JSON
};
constexpr Figure figures[] = {{"accuracy", "/accuracy"},
                              {"shape_only", "/shape_only"},
                              {"bit_exact", "/bit_exact"},
                              {"latency_s", "/latency_s/mean"},
                              {"throughput_inferences_per_s", "/throughput_inferences_per_s"},
                              {"energy_per_inference_j", "/energy_j/per_inference"},
                              {"energy_j", "/energy_j/total"},
                              {"load_energy_j", "/energy_j/load"},
                              {"area_m2", "/area_m2/total"},
                              {"macs_per_inference", "/macs_per_inference"},
                              {"ops_per_s", "/ops_per_s"},
                              {"ops_per_j", "/ops_per_j"},
                              {"mean_utilisation", "/utilisation"}};

std::string figure_text(const json& value) {
    return value.is_null() ? "" : value.dump();
}

std::string cell(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

/// A text of TOML without its quotes, as others write it.
std::string plain(const std::string& value) {
    const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
    return quoted ? value.substr(1, value.size() - 2) : value;
}

std::string line(const std::vector<std::string>& cells) {
    std::string out;
    for (const std::string& text : cells) out += (out.empty() ? "" : ",") + cell(text);
    return out + "\n";
}

}  // namespace

const std::vector<std::string>& sweep_figures() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const Figure& figure : figures) all.emplace_back(figure.name);
        return all;
    }();
    return names;
}

SweepRow sweep_row(const ProcessEnd& end) {
    SweepRow row;
    if (end.status == 0) {
        try {
            const json result = json::parse(end.output);
            for (const Figure& figure : figures)
                row.figures.push_back(figure_text(result_figure(result, figure.pointer)));
            return row;
        } catch (const json::exception& error) {
            return {{}, printable(std::string("it wrote no result that can be read: ") + error.what())};
        }
    }
    row.error = printable(failure_message(end));
    return row;
}

std::string sweep_csv(const SweepPoints& points, const std::vector<SweepRow>& rows) {
    std::vector<std::string> heading;
    for (const SweepSetting& setting : points.settings()) heading.push_back(setting.key);
    heading.emplace_back("status");
    heading.insert(heading.end(), sweep_figures().begin(), sweep_figures().end());
    heading.emplace_back("error");
    std::string csv = line(heading);
    for (std::size_t point = 0; point < points.count(); ++point) {
        const SweepRow& row = rows[point];
        std::vector<std::string> cells;
        for (const std::string& value : points.values(point)) cells.push_back(plain(value));
        cells.emplace_back(row.error.empty() ? "ok" : "error");
        cells.insert(cells.end(), row.figures.begin(), row.figures.end());
        cells.resize(heading.size() - 1);
        cells.push_back(row.error);
        csv += line(cells);
    }
    return csv;
}

}  // namespace pimvp
