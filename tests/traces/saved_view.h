// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <vector>

namespace pimvp::test {

/// A GTKWave save file of `traces/` as far as tests care: which signals it shows, by hierarchical name.
struct SavedView {
    /// What follows `pimvp run` in the command of its first line, up to --vcd: PLATFORM:VARIANT and options.
    std::vector<std::string> command;
    std::set<std::string> signals;  // without bit ranges
    std::set<std::string> analog;   // those drawn as curves
};

/// Throws std::runtime_error if there is none, or for a line that it does not understand.
SavedView read_saved_view(const std::string& name);

}  // namespace pimvp::test
