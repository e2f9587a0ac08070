// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the benches of RTL have in common: random operations on RTL and model, until the first difference or
// the end.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "modules/core/trace.h"
#include "testbenches/coverage.h"

namespace CLI {
class App;
}

namespace pimvp {

struct RtlBenchOptions {
    std::uint64_t operations = 20'000;
    std::uint64_t seed = 1;
    int bug = 0;              // of the list of seeded bugs; 0: the RTL as it is
    double time_limit_s = 0;  // 0: none
    std::string json, vcd;

    /// --operations, --seed, --bug, --time-limit, --json, --vcd.
    void add_to(CLI::App& app);
};

/// One operation, done by both.
struct RtlOperation {
    std::uint64_t cycles = 0;
    std::string difference;  // inputs, expected, found; empty if there is none
};

/// Runs step(0), step(1), ... in a SystemC thread, prints or writes what came of it, and returns the exit
/// status: 0 all the same and all bins reached, 1 otherwise. Bins count only of at least `full_coverage`
/// operations.
int run_rtl_bench(const std::string& name, const RtlBenchOptions& options, std::uint64_t full_coverage,
                  const Coverage& coverage, Tracer* tracer,
                  const std::function<RtlOperation(std::uint64_t operation)>& step);

/// The --vcd of the options; null without.
std::unique_ptr<Tracer> make_tracer(const RtlBenchOptions& options);

}  // namespace pimvp
