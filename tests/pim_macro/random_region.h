// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <vector>

#include "driver/pimvp_macro.h"
#include "modules/pim_macro/region.h"

namespace pimvp {

/// A rectangle somewhere in the array, every format there is. `columns_of`: by weight bits.
inline Region random_region(std::mt19937& rng, std::uint32_t rows, std::uint32_t columns,
                            const std::function<std::uint32_t(std::uint32_t)>& columns_of) {
    Region r;
    r.rows = 1 + rng() % rows;
    r.row0 = rng() % (rows - r.rows + 1);
    do {
        r.weight_kind = rng() % 3;
        r.weight_bits = r.weight_kind == PIMVP_KIND_TERNARY ? 2 : 1 + rng() % 8;
    } while (columns_of(r.weight_bits) > columns);
    const std::uint32_t per_weight = columns_of(r.weight_bits);
    r.filters = 1 + rng() % (columns / per_weight);
    r.column0 = rng() % (columns - r.filters * per_weight + 1);
    r.input_bits = 1 + rng() % 8;
    r.input_kind = rng() % 2;
    r.result_bytes = 4;
    return r;
}

inline std::vector<std::uint8_t> random_bytes(std::mt19937& rng, std::size_t n) {
    std::vector<std::uint8_t> bytes(n);
    const unsigned density = rng() % 3;  // dense ones provoke clipping, sparse ones do not
    for (auto& b : bytes)
        b = static_cast<std::uint8_t>(density == 0 ? rng() : density == 1 ? rng() | rng() : rng() & rng());
    return bytes;
}

}  // namespace pimvp
