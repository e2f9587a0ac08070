// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace pimvp {

/// Columns as wide as their longest cell, two spaces apart, no trailing spaces. Numbers go right, words left.
class TextTable {
  public:
    enum class Align { left, right };
    struct Column {
        std::string title;
        Align align = Align::left;
    };

    explicit TextTable(std::vector<Column> columns, int indent = 2);
    /// As many cells as there are columns.
    void add(std::vector<std::string> cells);
    /// Titles and rows; without titles if all are empty.
    std::string text() const;

  private:
    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
    int indent_;
};

/// Breaks `text` at spaces into lines of at most `width` characters (longer words stay whole) that start with
/// `indent` spaces.
std::string wrapped(const std::string& text, int width, int indent);

}  // namespace pimvp
