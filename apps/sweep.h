// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/run_arguments.h"

namespace pimvp {

/// The options of `pimvp sweep` as they were typed.
struct SweepArguments {
    RunArguments run;  // but for changes.assignments and the outputs: what every point has
    std::vector<std::string> settings;
    std::string csv;
    int jobs = 1;
    bool restart = false, retry_failed = false, quiet = false;
};

/// What `pimvp sweep` does: checks everything that can be wrong with the whole, runs a `pimvp run` for every
/// point that the journal beside the CSV does not have yet, writes the CSV. A point that fails is a row.
/// Throws Error for bad input, Interrupted if a signal stops it; both leave the journal.
int run_sweep(const SweepArguments& args);

}  // namespace pimvp
