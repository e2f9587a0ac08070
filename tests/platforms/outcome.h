// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace pimvp {
struct RunResult;
}

namespace pimvp::test {

/// What tests compare of several runs.
struct Outcome {
    bool exact = false;
    double energy_j = 0, latency_s = 0;
    std::vector<std::int64_t> cycles;  // by layer
    std::string scores;
};

/// A simulation is built once in a process: this one has its own. Energies are checked to add up there.
Outcome in_its_own_process(const std::function<RunResult()>& run);

}  // namespace pimvp::test
