// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "testbenches/vault_pattern.h"

#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "modules/core/error.h"

namespace pimvp {
namespace {

/// The whole text as a number, decimal or 0x.
template <class Number>
bool parse(std::string_view text, Number& value) {
    int base = 10;
    if (text.substr(0, 2) == "0x") {
        base = 16;
        text.remove_prefix(2);
    }
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    return error == std::errc() && end == text.data() + text.size();
}

std::uint64_t word_at(std::uint64_t index) {
    std::uint64_t x = (index + 1) * 0x9E3779B97F4A7C15u;
    return x ^ x >> 29;
}

std::uint8_t byte_at(std::uint64_t address) {
    return static_cast<std::uint8_t>(word_at(address / 8) >> 8 * (address % 8));
}

}  // namespace

VaultPattern::VaultPattern(const Options& options) : options_(options), random_(options.seed) {
    const std::string& name = options_.name;
    if (options_.request_bytes == 0 || options_.request_bytes > options_.capacity)
        throw Error("--request-bytes: expected 1 to " + std::to_string(options_.capacity) + ", found " +
                    std::to_string(options_.request_bytes));
    if (!(options_.write_share >= 0 && options_.write_share <= 1))  // not a number, for one
        throw Error("--write-share: expected 0 to 1, found " + std::to_string(options_.write_share));
    write_below_ = static_cast<std::uint64_t>(options_.write_share * 4294967296.0);
    stride_ = options_.request_bytes;
    if (name == "random") {
        kind_ = Kind::random;
    } else if (name.rfind("strided:", 0) == 0) {
        if (!parse(std::string_view(name).substr(8), stride_) || stride_ == 0 || stride_ > options_.capacity)
            throw Error("--pattern: expected strided:BYTES with 1 to " + std::to_string(options_.capacity) +
                        " bytes, found '" + name + "'");
    } else if (name.rfind("file:", 0) == 0) {
        kind_ = Kind::file;
        if (name.size() == 5) throw Error("--pattern: expected file:PATH, found no path after 'file:'");
        read_file(name.substr(5));
    } else if (name != "stream") {
        throw Error("--pattern: expected stream, random, strided:BYTES or file:PATH, found '" + name + "'");
    }
}

void VaultPattern::read_file(const std::string& file) {
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored))
        throw Error(file + ": expected a file of requests, found a folder");
    std::ifstream in(file);
    if (!in) throw Error(file + ": expected a file of requests, found none that can be read");
    std::string line;
    for (std::uint64_t n = 1; std::getline(in, line); ++n) {
        if (options_.requests != 0 && file_.size() == options_.requests) break;
        const auto refuse = [&](const std::string& expected) {
            throw Error(file + ":" + std::to_string(n) + ": expected " + expected + ", found '" + line + "'");
        };
        VaultRequest r;
        const auto a = line.find(','), b = a == std::string::npos ? a : line.find(',', a + 1);
        if (b == std::string::npos) refuse("cycle,R|W,address such as 120,R,0x4000");
        const std::string_view text(line), kind = text.substr(a + 1, b - a - 1);
        if (!parse(text.substr(0, a), r.cycle) || r.cycle < 0 || r.cycle > options_.latest_cycle)
            refuse("a cycle from 0 to " + std::to_string(options_.latest_cycle));
        if (!file_.empty() && r.cycle < file_.back().cycle) refuse("cycles that do not decrease");
        if (kind != "R" && kind != "W") refuse("R or W");
        r.write = kind == "W";
        if (!parse(text.substr(b + 1), r.address) || r.address > options_.capacity - options_.request_bytes)
            refuse("an address up to " + std::to_string(options_.capacity - options_.request_bytes));
        file_.push_back(r);
    }
    if (in.bad()) throw Error(file + ": expected a file that can be read to its end, found an error");
    if (file_.empty()) throw Error(file + ": expected at least one request, found none");
    options_.requests = file_.size();
}

bool VaultPattern::next(VaultRequest& request) {
    if (sent_ == options_.requests) return false;
    const std::uint64_t n = sent_++;
    if (kind_ == Kind::file) {
        request = file_[n];
        return true;
    }
    request.cycle = 0;
    request.write = write_below_ != 0 && (random_() >> 32) < write_below_;
    if (kind_ == Kind::random) {
        request.address = random_() % (options_.capacity / options_.request_bytes) * options_.request_bytes;
    } else {
        if (at_ + options_.request_bytes > options_.capacity) at_ = 0;
        request.address = at_;
        at_ += stride_;
    }
    return true;
}

void fill_pattern(std::uint64_t address, std::vector<std::uint8_t>& data) {
    std::size_t i = 0;
    for (; i < data.size() && (address + i) % 8 != 0; ++i) data[i] = byte_at(address + i);
    for (; i + 8 <= data.size(); i += 8) {
        const std::uint64_t word = word_at((address + i) / 8);
        std::memcpy(&data[i], &word, 8);
    }
    for (; i < data.size(); ++i) data[i] = byte_at(address + i);
}

bool is_pattern_or_zero(std::uint64_t address, const std::vector<std::uint8_t>& data) {
    for (std::size_t i = 0; i < data.size();) {
        if ((address + i) % 8 == 0 && i + 8 <= data.size()) {
            std::uint64_t word;
            std::memcpy(&word, &data[i], 8);
            if (word == 0 || word == word_at((address + i) / 8)) {
                i += 8;
                continue;
            }
        }
        if (data[i] != 0 && data[i] != byte_at(address + i)) return false;
        ++i;
    }
    return true;
}

}  // namespace pimvp
