// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fstream>
#include <string>
#include <vector>

namespace pimvp::training {

/// The state of a search: a text file of a heading, which says whose it is, and lines that are only ever
/// added. A kill at any time leaves whole lines and at most a part of the last one, which is dropped when
/// read.
class StateLines {
  public:
    /// Reads the file, or begins one. Throws Error if it has another heading or cannot be written.
    StateLines(std::string file, const std::string& heading);
    const std::vector<std::string>& lines() const { return lines_; }
    /// Throws Error if it cannot be written.
    void add(const std::string& line);
    const std::string& file() const { return file_; }

  private:
    std::string file_;
    std::vector<std::string> lines_;
    std::ofstream out_;
};

}  // namespace pimvp::training
