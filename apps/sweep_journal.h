// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "apps/sweep_rows.h"

namespace pimvp {

/// What a sweep is of: (what, text), in the order in which differences are named.
using SweepIdentity = std::vector<std::pair<std::string, std::string>>;

/// The finished points of a sweep on disk, while it runs: a line of JSON each, behind one with the identity.
/// A line counts once it has its end, so that a kill at any moment costs the points that ran and no other.
/// Held by one process at a time.
class SweepJournal {
  public:
    /// Opens `file` or makes it. Throws Error if another process has it, if it is of another sweep, if it has
    /// damage other than at its end, and if it cannot be written. `restart` empties it first.
    SweepJournal(const std::string& file, const SweepIdentity& identity, std::size_t points, bool restart);
    ~SweepJournal();
    SweepJournal(const SweepJournal&) = delete;
    SweepJournal& operator=(const SweepJournal&) = delete;

    /// By point; of two lines for one point the later.
    const std::map<std::size_t, SweepRow>& rows() const { return rows_; }
    /// On disk when it returns. Throws Error if it cannot be written.
    void append(std::size_t point, const SweepRow& row);
    /// All is done and written elsewhere.
    void remove();

  private:
    void lock();
    void write_line(const std::string& line);
    void read(const SweepIdentity& identity, std::size_t points);

    std::string file_;
    int descriptor_ = -1;
    std::map<std::size_t, SweepRow> rows_;
};

}  // namespace pimvp
