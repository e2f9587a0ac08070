// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/vault/command_trace.h"

#include <charconv>
#include <cstdio>

#include "modules/core/error.h"

namespace pimvp {

namespace {

constexpr std::size_t buffer_bytes = 1u << 16;

const char* text_of(CommandTrace::Command command) {
    constexpr const char* names[] = {"ACT",   "RD",    "WR",    "RDA", "WRA", "PREpb",
                                     "PREab", "REFab", "REFpb", "PDE", "PDX"};
    return names[static_cast<int>(command)];
}

void append(std::string& text, std::int64_t value) {
    char digits[24];
    text.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

}  // namespace

CommandTrace::CommandTrace(const std::string& file, int pseudo_channel, int banks_per_group)
    : name_(file),
      file_(file),
      stream_(file_.path(), std::ios::binary),
      channel_("," + std::to_string(pseudo_channel)),
      banks_per_group_(banks_per_group) {
    if (!stream_) throw Error(file + ": expected a file that can be written");
    text_.reserve(buffer_bytes + 128);
    text_ = "clock,command,pseudo_channel,bank_group,bank,row,column\n";
}

CommandTrace::~CommandTrace() {
    try {
        finish();
    } catch (const Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
    }
}

void CommandTrace::finish() {
    if (finished_) return;
    finished_ = true;
    drain();
    stream_.close();
    if (!stream_) throw Error(name_ + ": expected to write all of the command trace, found an error");
    file_.commit();
}

void CommandTrace::drain() {
    stream_.write(text_.data(), static_cast<std::streamsize>(text_.size()));
    text_.clear();
}

void CommandTrace::record(std::int64_t clock, Command command, int bank, int row, int column) {
    if (finished_) return;
    append(text_, clock);
    text_ += ',';
    text_ += text_of(command);
    text_ += channel_;
    const auto field = [this](int value) {
        text_ += ',';
        if (value >= 0) append(text_, value);
    };
    field(bank < 0 ? -1 : bank / banks_per_group_);
    field(bank < 0 ? -1 : bank % banks_per_group_);
    field(row);
    field(column);
    text_ += '\n';
    if (text_.size() >= buffer_bytes) drain();
}

}  // namespace pimvp
