// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace pimvp::test {

/// A VCD as a viewer reads it: changes (picoseconds, value text) by hierarchical name.
struct VcdFile {
    std::map<std::string, std::vector<std::pair<std::int64_t, std::string>>> changes;
    std::int64_t end_ps = 0;

    /// Times at which a one-bit signal becomes 1.
    std::vector<std::int64_t> rises(const std::string& name) const;
};

/// Reads $timescale 1 ps files; throws std::runtime_error with the line for anything else, and for time that
/// runs backwards.
VcdFile read_vcd(const std::string& file);

}  // namespace pimvp::test
