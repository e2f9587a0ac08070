// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sun_macro/slots.h"

#include <algorithm>

#include "driver/pimvp_macro.h"

namespace pimvp {
namespace {

constexpr std::uint32_t most_slots = 8;  // four bits each in a register

}  // namespace

SlotColumns slot_columns_of(const Region& region, std::uint32_t slot) {
    return {region.slots_low >> 4 * slot & 15, region.slots_high >> 4 * slot & 15};
}

std::uint32_t slots_used(const Region& region) {
    std::uint32_t slots = 0;
    while (slots < most_slots && slot_columns_of(region, slots).first != 0) ++slots;
    return slots;
}

bool slots_agree(const Region& region, std::uint32_t slot_columns) {
    std::uint32_t filters = 0, widest = 0;
    bool ended = false;
    for (std::uint32_t s = 0; s < most_slots; ++s) {
        const SlotColumns columns = slot_columns_of(region, s);
        if (columns.first == 0) ended = true;
        if (ended && (columns.first != 0 || columns.second != 0)) return false;
        if (columns.first + columns.second > slot_columns) return false;
        filters += (columns.first != 0) + (columns.second != 0);
        widest = std::max({widest, columns.first, columns.second});
    }
    return filters != 0 && filters == region.filters && widest == region.weight_bits;
}

std::vector<FilterColumns> slot_filters(const Region& region, std::uint32_t slot_columns) {
    const bool is_signed = region.weight_kind != PIMVP_KIND_UNSIGNED;
    std::vector<FilterColumns> filters;
    for (std::uint32_t s = 0; s < slots_used(region); ++s) {
        const SlotColumns columns = slot_columns_of(region, s);
        filters.push_back({s * slot_columns, columns.first, is_signed});
        if (columns.second != 0)
            filters.push_back({s * slot_columns + columns.first, columns.second, is_signed});
    }
    return filters;
}

}  // namespace pimvp
