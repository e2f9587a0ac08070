// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "modules/core/error.h"

namespace pimvp {

/// Throws Error "key: expected low to high, found value".
inline void check_range(const std::string& key, std::int64_t value, std::int64_t low, std::int64_t high) {
    if (value < low || value > high)
        throw Error(key + ": expected " + std::to_string(low) + " to " + std::to_string(high) + ", found " +
                    std::to_string(value));
}

}  // namespace pimvp
