// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a ReRAM crossbar computes, written from the definition: one cell, one input bit at a time, in doubles.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "driver/pimvp_macro.h"
#include "modules/pim_macro/region.h"
#include "tests/pim_macro/random_region.h"

namespace pimvp {

struct LevelOracle {
    std::uint32_t columns = 0, cell_bits = 4, dac_bits = 1, active_rows = 1, applied_bits = 1;
    double lsb = 1, greatest_code = 1e9;
    std::vector<std::uint8_t> cells, inputs;

    double level(std::uint32_t row, std::uint32_t column) const {
        double sum = 0;
        for (std::uint32_t b = 0; b < cell_bits; ++b) {
            const std::uint32_t i = (row * columns + column) * cell_bits + b;
            if ((cells[i / 8] >> (i % 8)) % 2 != 0) sum += std::pow(2, b);
        }
        return sum;
    }
    /// Bit of an input, extended by zeros or by its sign.
    bool input(const Region& r, std::uint32_t row, std::uint32_t bit) const {
        if (bit >= r.input_bits) {
            if (r.input_kind == PIMVP_KIND_UNSIGNED) return false;
            bit = r.input_bits - 1;
        }
        const std::uint32_t i = row * r.input_bits + bit;
        return (inputs[i / 8] >> (i % 8)) % 2 != 0;
    }
    struct Answer {
        std::vector<double> sums;
        std::uint64_t clipped = 0, conversions = 0;
        double squares = 0, level_squares = 0;  // of driven digits; the same times the levels behind them
    };
    Answer answer(const Region& r) const {
        Answer a;
        const std::uint32_t bits = std::max(r.input_bits, applied_bits);
        const bool is_signed = r.input_kind == PIMVP_KIND_SIGNED;
        const std::uint32_t magnitude = is_signed ? bits - 1 : bits;
        const std::uint32_t half = static_cast<std::uint32_t>(std::ceil(1.0 * r.weight_bits / cell_bits));
        for (std::uint32_t f = 0; f < r.filters; ++f) {
            double sum = 0;
            for (std::uint32_t k = 0; k < 2 * half; ++k) {
                const double weight_place = std::pow(2, cell_bits * (k % half)) * (k < half ? 1 : -1);
                for (std::uint32_t lsb_bit = 0; lsb_bit < bits;) {
                    const bool sign = is_signed && lsb_bit == bits - 1;
                    const std::uint32_t wide = sign ? 1 : std::min(dac_bits, magnitude - lsb_bit);
                    for (std::uint32_t first = 0; first < r.rows; first += active_rows) {
                        double current = 0;
                        for (std::uint32_t i = first; i < first + active_rows && i < r.rows; ++i) {
                            double digit = 0;
                            for (std::uint32_t b = 0; b < wide; ++b)
                                digit += input(r, i, lsb_bit + b) * std::pow(2, b);
                            const double g = level(r.row0 + i, r.column0 + f * 2 * half + k);
                            current += digit * g;
                            a.squares += digit * digit;
                            a.level_squares += digit * digit * g;
                        }
                        double code = std::floor(current / lsb + 0.5);
                        if (code > greatest_code) {
                            code = greatest_code;
                            ++a.clipped;
                        }
                        sum += weight_place * code * lsb * std::pow(2, lsb_bit) * (sign ? -1 : 1);
                        ++a.conversions;
                    }
                    lsb_bit += wide;
                }
            }
            a.sums.push_back(sum * std::pow(2, r.shift));
        }
        return a;
    }
};

inline std::uint32_t columns_of(std::uint32_t weight_bits, std::uint32_t cell_bits) {
    return 2 * static_cast<std::uint32_t>(std::ceil(1.0 * weight_bits / cell_bits));
}

inline Region random_region(std::mt19937& rng, std::uint32_t rows, std::uint32_t columns,
                            std::uint32_t cell_bits) {
    return random_region(rng, rows, columns, [cell_bits](std::uint32_t weight_bits) {
        return columns_of(weight_bits, cell_bits);
    });
}

}  // namespace pimvp
