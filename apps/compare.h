// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "apps/run_arguments.h"

namespace pimvp {

struct CompareArguments {
    std::vector<std::string> systems;
    RunArguments run;  // for all of them; --set may be of one: SYSTEM.KEY=VALUE
    int jobs = 1;
};

/// What `pimvp compare` does: checks everything that can be wrong with what was asked for, runs each system
/// in a process of its own, writes table and JSON. Returns 1 if a system failed, or if predictions differ
/// that must not. Throws Error for bad input.
int compare_systems(const CompareArguments& args);

}  // namespace pimvp
