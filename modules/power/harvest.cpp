// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/power/harvest.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "modules/core/error.h"

namespace pimvp {

namespace {

constexpr double longest_s = 1e6;  // of a trace; picoseconds of many repetitions fit 64 bits
constexpr double largest_w = 1000;

/// Part of a line as a message can show it.
std::string shown(std::string text) {
    if (text.size() > 40) text = text.substr(0, 40) + "...";
    for (char& c : text)
        if (c < ' ' || c > '~') c = '?';
    return "'" + text + "'";
}

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

double number(const std::string& text, double largest, const std::string& where, const char* what) {
    double value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size() || !(value >= 0 && value <= largest))
        throw Error(where + ": expected " + what + ", found " + shown(text));
    return value;
}

}  // namespace

Harvest::Harvest(const HarvestParams& params) : source_(params.source), random_(params.seed) {
    if (source_ == HarvestSource::trace) {
        read_trace(params.trace);
        return;
    }
    peak_ = std::llround(params.mean_power.si() * 1e9);
    if (source_ == HarvestSource::generated && params.on_share < 1) {
        const double cycle_ps = 1e12 / params.outages.si();
        peak_ = std::llround(params.mean_power.si() * 1e9 / params.on_share);
        mean_on_ps_ = cycle_ps * params.on_share;
        mean_off_ps_ = cycle_ps - mean_on_ps_;
        // Either phase may be the first, as if it had been going on for long.
        on_ = static_cast<double>(random_() >> 11) * 0x1p-53 < params.on_share;
        generate();
    } else {
        source_ = HarvestSource::constant;
    }
}

void Harvest::read_trace(const std::string& file) {
    std::error_code code;
    if (!std::filesystem::is_regular_file(file, code))
        throw Error(file + ": expected a power trace, found no such file");
    std::ifstream in(file);
    if (!in) throw Error(file + ": expected a file that can be read, found " + std::strerror(errno));
    std::string line;
    std::getline(in, line);
    if (trimmed(line) != "time_s,power_w")
        throw Error(file + ":1: expected the header 'time_s,power_w', found " + shown(trimmed(line)));
    std::int64_t first_ps = 0;
    for (int n = 2; std::getline(in, line); ++n) {
        line = trimmed(line);
        if (line.empty()) continue;
        const std::string where = file + ":" + std::to_string(n);
        const auto comma = line.find(',');
        if (comma == std::string::npos || line.find(',', comma + 1) != std::string::npos)
            throw Error(where + ": expected two values, time_s,power_w, found " + shown(line));
        const double time =
            number(trimmed(line.substr(0, comma)), longest_s, where, "a time of 0 to 1e6 seconds");
        const double power =
            number(trimmed(line.substr(comma + 1)), largest_w, where, "a power of 0 to 1000 watts");
        const std::int64_t ps = std::llround(time * 1e12);
        if (rows_.empty()) first_ps = ps;
        if (!rows_.empty() && ps - first_ps <= rows_.back().from_ps)
            throw Error(where + ": expected a later time than that of the row before, found " + shown(line));
        rows_.push_back({ps - first_ps, std::llround(power * 1e9)});
        peak_ = std::max(peak_, rows_.back().zj_per_ps);
    }
    if (in.bad()) throw Error(file + ": expected a file that can be read, found " + std::strerror(errno));
    if (rows_.empty()) throw Error(file + ": expected at least one row after the header, found none");
    if (rows_.size() == 1) {
        source_ = HarvestSource::constant;
        return;
    }
    const std::int64_t last = rows_.back().from_ps;
    period_ps_ = last + last - rows_[rows_.size() - 2].from_ps;
}

void Harvest::generate() {
    const double uniform = static_cast<double>(random_() >> 11) * 0x1p-53;
    const double mean = on_ ? mean_on_ps_ : mean_off_ps_;
    const std::int64_t from = drawn_.empty() ? 0 : drawn_.back().to_ps;
    const auto length = std::max<std::int64_t>(1, std::llround(-std::log1p(-uniform) * mean));
    drawn_.push_back({from, from + length, on_ ? peak_ : 0});
    on_ = !on_;
}

Harvest::Piece Harvest::at(std::int64_t time_ps) {
    if (source_ == HarvestSource::constant) return {0, forever, peak_};
    if (source_ == HarvestSource::generated) {
        while (drawn_.back().to_ps <= time_ps) generate();
        cursor_ = std::min(cursor_, drawn_.size() - 1);
        while (drawn_[cursor_].to_ps <= time_ps) ++cursor_;
        while (drawn_[cursor_].from_ps > time_ps) --cursor_;
        return drawn_[cursor_];
    }
    const std::int64_t repeated = time_ps / period_ps_ * period_ps_;
    const std::int64_t t = time_ps - repeated;
    const auto ends = [&](std::size_t row) {
        return row + 1 < rows_.size() ? rows_[row + 1].from_ps : period_ps_;
    };
    // Mostly it is the row found last or the next one.
    if (rows_[cursor_].from_ps > t || ends(cursor_) <= t) {
        if (cursor_ + 1 < rows_.size() && ends(cursor_) <= t && t < ends(cursor_ + 1)) {
            ++cursor_;
        } else {
            const auto after =
                std::upper_bound(rows_.begin(), rows_.end(), t,
                                 [](std::int64_t time, const Row& row) { return time < row.from_ps; });
            cursor_ = static_cast<std::size_t>(after - rows_.begin()) - 1;
        }
    }
    return {repeated + rows_[cursor_].from_ps, repeated + ends(cursor_), rows_[cursor_].zj_per_ps};
}

void Harvest::forget(std::int64_t before_ps) {
    while (drawn_.size() > 1 && drawn_.front().to_ps <= before_ps) {
        drawn_.pop_front();
        if (cursor_ > 0) --cursor_;
    }
}

}  // namespace pimvp
