// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What tests read out of a macro: partial sums and counts.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "modules/core/account.h"
#include "modules/pim_macro/region.h"

namespace pimvp {

/// The partial sums in what a result read returned.
inline std::vector<std::int64_t> sums_in(const std::vector<std::uint8_t>& bytes, const Region& r) {
    std::vector<std::int64_t> sums;
    for (std::uint32_t f = 0; f < r.filters; ++f) {
        std::uint64_t value = 0;
        for (std::uint32_t b = 0; b < r.result_bytes; ++b)
            value |= std::uint64_t{bytes[f * r.result_bytes + b]} << (8 * b);
        const auto shift = 64 - 8 * r.result_bytes;
        sums.push_back(static_cast<std::int64_t>(value << shift) >> shift);
    }
    return sums;
}

/// Of all activities, or of one.
template <class Macro>
std::uint64_t total(const Macro& macro, const std::string& event, int activity = -1) {
    const Account& a = macro.account();
    for (std::size_t e = 0; e < a.events(); ++e)
        if (a.event_name(e) == event) return activity < 0 ? a.total(e) : a.total(e, activity);
    ADD_FAILURE() << "no event " << event;
    return 0;
}

}  // namespace pimvp
