// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Which columns the filters of a region have: slots that hold one filter or two, as PIMVP_REGION_SLOTS_LOW
// and _HIGH say. No SystemC here.
#pragma once

#include <cstdint>
#include <vector>

#include "modules/pim_macro/region.h"

namespace pimvp {

/// Columns of slot `slot` < 8 that its first and its second filter take; 0: no such filter.
struct SlotColumns {
    std::uint32_t first, second;
};
SlotColumns slot_columns_of(const Region& region, std::uint32_t slot);

/// Slots with filters, up to the first without.
std::uint32_t slots_used(const Region& region);

/// Whether slots of `slot_columns` hold what the region says: filled slots first, at most slot_columns in
/// each, FILTERS filters of at most WEIGHT_BITS columns, one of them of that many.
bool slots_agree(const Region& region, std::uint32_t slot_columns);

/// Slot by slot, first filter first; `slot_columns` apart.
std::vector<FilterColumns> slot_filters(const Region& region, std::uint32_t slot_columns);

}  // namespace pimvp
