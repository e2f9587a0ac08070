// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The text side of layer tables in rows: columns, cells, lines.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace pimvp::net {

enum class TablePadding { valid, same };

/// One row: a convolution and the input that it is given.
struct TableRow {
    std::string name, where;  // begin of a message, with file and line
    int height = 0, width = 0, filter_h = 0, filter_w = 0, channels = 0, filters = 0, stride = 0;
    int groups = 0;                       // 0: no such column, or no entry
    std::optional<TablePadding> padding;  // none: to be found out
    int weight_bits = 0, activation_bits = 0;
};

struct TableRows {
    std::vector<TableRow> rows;
    std::string ignored_columns;  // names, separated by commas
};

/// Throws Error with file, line, column, expected and found.
TableRows read_table_rows(const std::string& file, const std::string& text);

}  // namespace pimvp::net
