// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What an SRAM PIM array computes, written from the definition: one bit at a time, no packing, no planes.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "driver/pimvp_macro.h"
#include "modules/pim_macro/region.h"
#include "tests/pim_macro/random_region.h"

namespace pimvp {

struct BitOracle {
    std::uint32_t columns = 0, active_rows = 1;
    double lsb = 1, greatest_code = 1e9;
    std::uint32_t step_bits = 1;         // input bits converted at once; a sign bit stays alone
    std::vector<FilterColumns> filters;  // none: side by side
    std::vector<std::uint8_t> cells, inputs;

    bool cell(std::uint32_t row, std::uint32_t column) const {
        const std::uint32_t i = row * columns + column;
        return (cells[i / 8] >> (i % 8)) % 2 != 0;
    }
    bool input(std::uint32_t row, std::uint32_t bit, std::uint32_t bits) const {
        const std::uint32_t i = row * bits + bit;
        return (inputs[i / 8] >> (i % 8)) % 2 != 0;
    }
    /// Behind the last bit of the step that starts at bit `first`.
    std::uint32_t step_end(const Region& r, std::uint32_t first) const {
        const std::uint32_t magnitude = r.input_kind == PIMVP_KIND_SIGNED ? r.input_bits - 1 : r.input_bits;
        return first == magnitude ? first + 1 : std::min(first + step_bits, magnitude);
    }
    int level(const Region& r, std::uint32_t row, std::uint32_t first, std::uint32_t end) const {
        int sum = 0;
        for (std::uint32_t b = first; b < end; ++b) sum += input(row, b, r.input_bits) << (b - first);
        return sum;
    }
    struct Answer {
        std::vector<std::int64_t> sums;
        std::uint64_t clipped = 0, input_ones = 0, conducting = 0, conversions = 0;
    };
    Answer answer(const Region& r) const {
        Answer a;
        for (std::uint32_t f = 0; f < r.filters; ++f) {
            const bool kind_signed = r.weight_kind != PIMVP_KIND_UNSIGNED;
            const FilterColumns at =
                filters.empty() ? FilterColumns{f * r.weight_bits, r.weight_bits, kind_signed} : filters[f];
            double sum = 0;
            for (std::uint32_t k = 0; k < at.columns; ++k)
                for (std::uint32_t b = 0, next = 0; b < r.input_bits; b = next) {
                    next = step_end(r, b);
                    for (std::uint32_t first = 0; first < r.rows; first += active_rows) {
                        int count = 0;
                        for (std::uint32_t i = first; i < first + active_rows && i < r.rows; ++i)
                            if (cell(r.row0 + i, r.column0 + at.first + k)) count += level(r, i, b, next);
                        double code = std::floor(count / lsb + 0.5);
                        if (code > greatest_code) {
                            code = greatest_code;
                            ++a.clipped;
                        }
                        const bool wneg = at.is_signed && k + 1 == at.columns;
                        const bool xneg = r.input_kind == PIMVP_KIND_SIGNED && b + 1 == r.input_bits;
                        sum += code * lsb * std::pow(2, k + b) * (wneg ? -1 : 1) * (xneg ? -1 : 1);
                        a.conducting += static_cast<std::uint64_t>(count);
                        ++a.conversions;
                    }
                }
            a.sums.push_back(static_cast<std::int64_t>(sum * std::pow(2, r.shift)));
        }
        for (std::uint32_t i = 0; i < r.rows; ++i)
            for (std::uint32_t b = 0; b < r.input_bits; b = step_end(r, b))
                a.input_ones += level(r, i, b, step_end(r, b)) != 0;
        return a;
    }
};

inline Region random_region(std::mt19937& rng, std::uint32_t rows, std::uint32_t columns) {
    return random_region(rng, rows, columns, [](std::uint32_t weight_bits) { return weight_bits; });
}

}  // namespace pimvp
