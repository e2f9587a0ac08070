// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/pim_macro/region.h"

#include <algorithm>
#include <cstring>

#include "driver/pimvp_macro.h"
#include "modules/core/error.h"

namespace pimvp {
namespace {

constexpr std::uint32_t most_shift = 15;

/// The host is little endian (modules/core/bits.h asserts it); `out` has no alignment.
template <class Result>
void store(const std::int32_t* __restrict sums, std::uint32_t count, std::uint32_t shift,
           std::uint8_t* __restrict out) {
    for (std::uint32_t f = 0; f < count; ++f) {
        const auto result = static_cast<Result>(static_cast<std::uint32_t>(sums[f]) << shift);
        std::memcpy(out + f * sizeof result, &result, sizeof result);
    }
}

void check_size(const std::string& key, std::uint32_t value) {
    if (value < 8 || value > 1024 || value % 8 != 0)
        throw Error(key + ": expected a multiple of 8 from 8 to 1024, found " + std::to_string(value));
}

}  // namespace

void check_geometry(const MacroGeometry& geometry, const std::string& block) {
    check_size(block + ".rows", geometry.rows);
    check_size(block + ".columns", geometry.columns);
    if (geometry.cell_bits != 1 && geometry.cell_bits != 2 && geometry.cell_bits != 4)
        throw Error(block + ": expected 1, 2 or 4 stored bits per cell, found " +
                    std::to_string(geometry.cell_bits));
    if (geometry.active_rows < 1 || geometry.active_rows > geometry.rows)
        throw Error(block + ".active_rows: expected 1 to " + std::to_string(geometry.rows) +
                    " (rows), found " + std::to_string(geometry.active_rows));
}

bool fits(const Region& region, const MacroGeometry& geometry, std::uint32_t columns_per_weight) {
    // Each field is bounded on its own first, so that no sum or product below can wrap.
    if (region.rows < 1 || region.rows > geometry.rows || region.row0 > geometry.rows - region.rows)
        return false;
    if (columns_per_weight < 1 || region.filters < 1 ||
        region.filters > geometry.columns / columns_per_weight)
        return false;
    if (region.column0 > geometry.columns - region.filters * columns_per_weight) return false;
    if (region.input_bits < 1 || region.input_bits > 8) return false;
    if (region.input_kind != PIMVP_KIND_UNSIGNED && region.input_kind != PIMVP_KIND_SIGNED) return false;
    if (region.result_bytes != 2 && region.result_bytes != 4) return false;
    if (region.shift > most_shift) return false;
    return region.result_size() <= PIMVP_MACRO_WINDOW_STRIDE - PIMVP_MACRO_RESULT;
}

std::uint32_t input_steps(const Region& region, std::uint32_t bits_per_step) {
    const std::uint32_t sign = region.signed_inputs() ? 1 : 0;
    return (region.input_bits - sign + bits_per_step - 1) / bits_per_step + sign;
}

InputStep input_step(const Region& region, std::uint32_t bits_per_step, std::uint32_t index) {
    const std::uint32_t top = region.input_bits - (region.signed_inputs() ? 1 : 0);
    const std::uint32_t first = index * bits_per_step;
    if (first >= top) return {top, 1, true};
    return {first, std::min(bits_per_step, top - first), false};
}

std::array<ArraySteps, 2> array_steps(const Region& region, std::uint32_t active_rows) {
    std::array<ArraySteps, 2> steps;
    steps[0].rows = active_rows;
    steps[0].count = std::int64_t{region.input_bits} * (region.rows / active_rows);
    steps[1].rows = region.rows % active_rows;
    steps[1].count = steps[1].rows == 0 ? 0 : region.input_bits;
    return steps;
}

bool results_fit(const Region& region, std::int64_t least, std::int64_t greatest) {
    const std::int64_t limit = std::int64_t{1} << (8 * region.result_bytes - 1);
    const std::int64_t scale = std::int64_t{1} << region.shift;
    return least * scale >= -limit && greatest * scale < limit;
}

void store_results(const Region& region, const std::int32_t* sums, std::uint8_t* results) {
    if (region.result_bytes == 2)
        store<std::int16_t>(sums, region.filters, region.shift, results);
    else
        store<std::int32_t>(sums, region.filters, region.shift, results);
}

}  // namespace pimvp
