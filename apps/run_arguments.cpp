// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/run_arguments.h"

#include <charconv>
#include <cmath>

#include "modules/core/error.h"
#include "modules/core/quantity_text.h"

namespace pimvp {
namespace {

bool take_number(const std::string& text, std::int64_t& value) {
    const char* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, value);
    return result.ec == std::errc{} && result.ptr == end && value >= 0;
}

}  // namespace

ImageRange parse_images(const std::string& text) {
    ImageRange range;
    const auto dots = text.find("..");
    if (dots == std::string::npos || !take_number(text.substr(0, dots), range.first) ||
        !take_number(text.substr(dots + 2), range.last) || range.first > range.last)
        throw Error("--images: expected FIRST..LAST such as 0..99, both inclusive, found '" + text + "'");
    return range;
}

void check_images(const ImageRange& range, std::size_t count, const std::string& dataset) {
    if (range.last < static_cast<std::int64_t>(count)) return;
    throw Error("--images: expected a range within 0.." + std::to_string(count - 1) + " (" + dataset +
                " has " + std::to_string(count) + " images), found " + std::to_string(range.first) + ".." +
                std::to_string(range.last));
}

std::int64_t parse_time_ps(const std::string& option, const std::string& text) {
    if (text == "0") return 0;
    double seconds = 0;
    try {
        seconds = parse_quantity(text, ParamType::duration);
    } catch (const Error& error) {
        throw Error(option + ": " + error.what());
    }
    // An hour of simulated time keeps picoseconds well within 64 bits.
    const bool whole = seconds == 0 || seconds >= 1e-12;
    if (!(seconds >= 0 && seconds <= 3600) || !whole)
        throw Error(option + ": expected 0, or 1 ps to 3600 s, found \"" + text + "\"");
    return std::llround(seconds * 1e12);
}

}  // namespace pimvp
