// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "modules/core/config.h"
#include "networks/graph.h"
#include "tests/platforms/run_checks.h"

namespace pimvp::test {

/// A variant of the SOT-MRAM platform with some settings.
Config mram_config(const std::string& variant, const std::vector<std::string>& settings = {});

/// A network in models/.
net::Graph shipped(const std::string& name);

/// Image of 16 pixels, one fully connected layer of 6 outputs; all else of the class unused.
net::Graph dense(const net::TensorType& weights);

using Scores = std::vector<std::vector<std::int32_t>>;

/// Of the reference executor.
Scores expected_scores(const RunOptions& options);

/// What is compared between runs.
struct MramRun {
    bool exact = false, conserved = false;
    std::uint64_t outages = 0;
    double taken_j = 0, restore_j = 0;   // from the supply, and of that to restore
    std::string no_progress;             // "-": there was progress
    std::vector<std::int64_t> times_ps;  // load, then the images' latencies
    Scores scores;
    std::string report;  // JSON, without what the simulator took
    std::string error;   // what was thrown; "no end" after too long; all else is empty then
};

/// In a process of its own, since a simulation is built once per process.
MramRun run_apart(const Config& config, const RunOptions& options);

}  // namespace pimvp::test
