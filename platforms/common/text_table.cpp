// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/common/text_table.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace pimvp {

TextTable::TextTable(std::vector<Column> columns, int indent)
    : columns_(std::move(columns)), indent_(indent) {}

void TextTable::add(std::vector<std::string> cells) {
    if (cells.size() != columns_.size()) throw std::logic_error("a table row has the wrong number of cells");
    rows_.push_back(std::move(cells));
}

std::string TextTable::text() const {
    std::vector<std::string> titles;
    bool titled = false;
    for (const Column& column : columns_) {
        titles.push_back(column.title);
        titled = titled || !column.title.empty();
    }
    std::vector<std::size_t> width(columns_.size(), 0);
    const auto widen = [&](const std::vector<std::string>& cells) {
        for (std::size_t i = 0; i < cells.size(); ++i) width[i] = std::max(width[i], cells[i].size());
    };
    widen(titles);
    for (const auto& row : rows_) widen(row);

    std::string out;
    const auto print = [&](const std::vector<std::string>& cells) {
        std::string line(static_cast<std::size_t>(indent_), ' ');
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const std::string gap(width[i] - cells[i].size(), ' ');
            if (i > 0) line += "  ";
            line += columns_[i].align == Align::right ? gap + cells[i] : cells[i] + gap;
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    };
    if (titled) print(titles);
    for (const auto& row : rows_) print(row);
    return out;
}

std::string wrapped(const std::string& text, int width, int indent) {
    const std::string margin(static_cast<std::size_t>(indent), ' ');
    std::istringstream words(text);
    std::string out, line;
    for (std::string word; words >> word;) {
        if (!line.empty() && line.size() + 1 + word.size() > static_cast<std::size_t>(width - indent)) {
            out += margin + line + "\n";
            line.clear();
        }
        line += (line.empty() ? "" : " ") + word;
    }
    return line.empty() ? out : out + margin + line + "\n";
}

}  // namespace pimvp
