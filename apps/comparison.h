// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Results of several systems on the same images, side by side: arithmetic alone, no simulation.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pimvp {

/// One system with what its run left behind. `result` is the JSON of `pimvp run`, empty if it wrote none;
/// `error` says what went wrong, empty if nothing did. There may be both.
struct ComparedSystem {
    std::string name;  // as it was asked for
    std::string result, error;
    std::map<std::string, std::string> technology;  // parameters technology.*, as texts
    std::string supply_source;                      // of technology.supply
    int parameters = 0, assumed = 0;                // those with a source, and of these the assumed ones
};

/// A figure by system; absent where there is none.
struct ComparedFigure {
    const char* key;    // in JSON, with its unit
    const char* title;  // in the table
    enum class Kind { share, bare_share, seconds, rate, joules, watts, area, ops, ops_per_j } kind;
    bool high_is_good = true;
    std::vector<std::optional<double>> values;
    std::vector<std::optional<double>> ratios;  // to the first system; none where that is 0
    std::vector<bool> best;                     // several if they agree; none if all do, or there is only one
};

/// A prediction of one system that is not the first system's, although both must be exact.
struct PredictionDifference {
    std::int64_t image = 0;
    std::string system, expected_by;
    int expected = 0, found = 0;
};

struct Comparison {
    std::vector<ComparedSystem> systems;
    std::vector<ComparedFigure> figures;
    std::vector<std::string> bit_exact;  // yes, no, not checked; - without a result
    std::vector<std::string> speed;      // of the simulation, inferences/s
    std::vector<PredictionDifference> differences;
    std::vector<std::string> notes;  // what is not comparable, and why
    std::string network, dataset;
    std::int64_t first_image = 0, last_image = -1;

    /// All ran, and those that must agree do.
    bool good() const;
};

/// Throws std::runtime_error that names the system whose result cannot be read.
Comparison compare(std::vector<ComparedSystem> systems);

/// "2.35x", "0.42x", "120x".
std::string ratio_text(double ratio);

/// Systems as columns, with the ratio to the first beside each; * marks the best of a row.
std::string comparison_text(const Comparison& comparison);

/// {"schema": 1, "systems": [results of the runs in order, null where there is none], "comparison": {...}}.
/// apps/README.md lists the keys. Two spaces of indent, a newline at the end. The same for the same inputs
/// but for the objects `simulation` of the results.
std::string comparison_json(const Comparison& comparison);

}  // namespace pimvp
