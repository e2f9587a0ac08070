// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "testbenches/vault_trace.h"

#include <array>
#include <charconv>
#include <string_view>

#include "modules/core/error.h"

namespace pimvp {
namespace {

constexpr std::string_view heading = "clock,command,pseudo_channel,bank_group,bank,row,column";
constexpr std::array<const char*, dram_command_kinds> names = {
    "ACT", "RD", "WR", "RDA", "WRA", "PREpb", "PREab", "REFab", "REFpb", "PDE", "PDX"};

}  // namespace

const char* dram_command_name(DramCommand command) {
    return names[static_cast<std::size_t>(command)];
}

DramTraceReader::DramTraceReader(const std::string& file) : file_(file), in_(file) {
    if (!in_) throw Error(file + ": expected a command trace, found no file that can be read");
    if (!std::getline(in_, text_)) text_.clear();
    line_ = 1;
    if (text_ != heading) refuse("the heading '" + std::string(heading) + "'", "'" + text_ + "'");
}

void DramTraceReader::refuse(const std::string& expected, const std::string& found) const {
    throw Error(file_ + ":" + std::to_string(line_) + ": expected " + expected + ", found " + found);
}

bool DramTraceReader::next(DramTraceLine& line) {
    if (!std::getline(in_, text_)) return false;
    line = {};
    line.line = ++line_;
    const char* at = text_.data();
    const char* const end = at + text_.size();
    const auto field = [&](const char* what, auto& value, bool last = false) {
        if (at != end && *at != ',') {
            const auto [stop, error] = std::from_chars(at, end, value);
            if (error != std::errc()) refuse(std::string("a number as ") + what, "'" + text_ + "'");
            at = stop;
        } else {
            value = -1;
        }
        if (last ? at != end : at == end || *at != ',') refuse("seven fields", "'" + text_ + "'");
        if (!last) ++at;
    };
    field("clock", line.clock);
    const char* const word = at;
    while (at != end && *at != ',') ++at;
    const std::string_view command(word, static_cast<std::size_t>(at - word));
    std::size_t kind = 0;
    while (kind < names.size() && command != names[kind]) ++kind;
    if (kind == names.size() || at == end)
        refuse("a command such as ACT or PREpb", "'" + std::string(command) + "'");
    line.command = static_cast<DramCommand>(kind);
    ++at;
    field("pseudo-channel", line.pseudo_channel);
    field("bank group", line.group);
    field("bank", line.bank);
    field("row", line.row);
    field("column", line.column, true);
    if (line.clock < 0) refuse("a clock from 0", "'" + text_ + "'");
    return true;
}

std::vector<DramTraceLine> read_dram_trace(const std::string& file) {
    DramTraceReader reader(file);
    std::vector<DramTraceLine> lines;
    for (DramTraceLine line; reader.next(line);) lines.push_back(line);
    return lines;
}

}  // namespace pimvp
