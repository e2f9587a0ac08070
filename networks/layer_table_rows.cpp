// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "modules/core/error.h"
#include "networks/layer_table.h"
#include "networks/layer_table_csv.h"
#include "networks/layer_table_entry.h"

namespace pimvp::net {
namespace {

constexpr int largest_side = 1 << 20;
constexpr std::size_t most_rows = 2000, longest_name = 200;

std::string trimmed(const std::string& text) {
    const char* blanks = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(blanks);
    return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::vector<std::string> cells_of(const std::string& line) {
    std::vector<std::string> cells;
    for (std::size_t begin = 0;;) {
        const std::size_t comma = line.find(',', begin);
        cells.push_back(trimmed(line.substr(begin, comma - begin)));
        if (comma == std::string::npos) return cells;
        begin = comma + 1;
    }
}

bool blank(const std::vector<std::string>& cells) {
    return std::all_of(cells.begin(), cells.end(), [](const std::string& cell) { return cell.empty(); });
}

std::string lower(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

const std::vector<std::string>& required_columns() {
    static const std::vector<std::string> names = {"layer name",    "ifmap height", "ifmap width",
                                                   "filter height", "filter width", "channels",
                                                   "num filter",    "strides"};
    return names;
}

/// Cells of one line by column.
class Line {
  public:
    Line(std::string where, const std::map<std::string, std::size_t>& columns,
         const std::vector<std::string>& cells)
        : where_(std::move(where)), columns_(columns), cells_(cells) {}

    std::string cell(const std::string& column) const {
        const auto it = columns_.find(column);
        return it == columns_.end() || it->second >= cells_.size() ? "" : cells_[it->second];
    }
    int number(const std::string& column, int highest) const {
        const std::string text = cell(column);
        const bool digits =
            !text.empty() && text.size() <= 9 &&
            std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
        const int value = digits ? std::stoi(text) : 0;
        if (value < 1 || value > highest)
            throw Error(where_ + "column '" + column + "': expected an integer of 1.." +
                        std::to_string(highest) + ", found '" + text.substr(0, 40) + "'");
        return value;
    }
    int optional_number(const std::string& column, int highest) const {
        return cell(column).empty() ? 0 : number(column, highest);
    }
    std::optional<TablePadding> padding() const {
        const std::string text = lower(cell("padding"));
        if (text.empty()) return {};
        if (text == "same") return TablePadding::same;
        if (text == "valid") return TablePadding::valid;
        throw Error(where_ + "column 'padding': expected same, valid or nothing, found '" +
                    text.substr(0, 40) + "'");
    }

  private:
    std::string where_;
    const std::map<std::string, std::size_t>& columns_;
    const std::vector<std::string>& cells_;
};

TableRow read_row(const std::string& where, const Line& line) {
    TableRow row;
    row.name = line.cell("layer name");
    if (row.name.empty() || row.name.size() > longest_name)
        throw Error(where + "column 'layer name': expected a name of 1.." + std::to_string(longest_name) +
                    " bytes, found " + std::to_string(row.name.size()));
    row.where = where + "layer '" + row.name + "': ";
    row.height = line.number("ifmap height", largest_side);
    row.width = line.number("ifmap width", largest_side);
    row.filter_h = line.number("filter height", largest_side);
    row.filter_w = line.number("filter width", largest_side);
    row.channels = line.number("channels", largest_side);
    row.filters = line.number("num filter", largest_side);
    row.stride = line.number("strides", largest_side);
    row.groups = line.optional_number("groups", largest_side);
    row.padding = line.padding();
    row.weight_bits = line.optional_number("weight bits", most_table_bits);
    row.activation_bits = line.optional_number("activation bits", most_table_bits);
    return row;
}

}  // namespace

TableRows read_table_rows(const std::string& file, const std::string& text) {
    const std::string mark = "\xef\xbb\xbf";
    const std::set<std::string> optional = {"groups", "padding", "weight bits", "activation bits"};
    TableRows table;
    std::map<std::string, std::size_t> columns;
    std::set<std::string> names;
    std::size_t begin = text.compare(0, mark.size(), mark) == 0 ? mark.size() : 0;
    for (int number = 1; begin < text.size(); ++number) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::vector<std::string> cells = cells_of(text.substr(begin, end - begin));
        begin = end + 1;
        if (blank(cells)) continue;
        const std::string where = file + ":" + std::to_string(number) + ": ";
        if (columns.empty()) {
            for (std::size_t i = 0; i < cells.size(); ++i) {
                const std::string name = lower(cells[i]);
                if (name.empty()) continue;
                if (!columns.emplace(name, i).second)
                    throw Error(where + "expected each column once, found '" + cells[i] + "' twice");
                const bool known = std::count(required_columns().begin(), required_columns().end(), name) > 0;
                if (!known && optional.count(name) == 0) {
                    if (is_misspelt_precision(name))
                        throw Error(where + "column '" + cells[i].substr(0, 40) +
                                    "': expected 'Weight bits' or 'Activation bits', found another column "
                                    "of bits");
                    table.ignored_columns +=
                        (table.ignored_columns.empty() ? "" : ", ") + cells[i].substr(0, 40);
                }
            }
            for (const std::string& name : required_columns())
                if (columns.count(name) == 0)
                    throw Error(where + "expected a header with column '" + name + "', found none");
            continue;
        }
        table.rows.push_back(read_row(where, Line(where, columns, cells)));
        if (!names.insert(table.rows.back().name).second)
            throw Error(table.rows.back().where + "expected a name of its own, found it twice");
        if (table.rows.size() > most_rows)
            throw Error(where + "expected at most " + std::to_string(most_rows) + " layers, found more");
    }
    if (table.rows.empty()) throw Error(file + ": expected a header and rows of layers, found none");
    return table;
}

}  // namespace pimvp::net
