// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "modules/pim_macro/region.h"

namespace pimvp {

/// An access to a macro as a report names it: which one, when, its region, its inputs.
std::string describe_access(const Region& region, unsigned index, std::uint64_t access, std::int64_t start_ps,
                            const std::uint8_t* inputs);

/// What differs first: a result, or the cycles.
std::string describe_difference(const Region& region, const std::uint8_t* expected, const std::uint8_t* found,
                                std::int64_t expected_cycles, std::int64_t cycles);

}  // namespace pimvp
