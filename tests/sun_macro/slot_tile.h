// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// A region in slots and integers for its weights and inputs, so that what a macro returns can be compared
// with dot products.
#pragma once

#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "driver/pimvp_macro.h"
#include "modules/pim_macro/region.h"

namespace pimvp {

/// Widths of the first and the second filter of each slot; second 0: the first is alone.
using Slots = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

inline Region slot_region(const Slots& slots, std::uint32_t row0, std::uint32_t rows,
                          std::uint32_t input_bits) {
    Region r;
    r.row0 = row0;
    r.rows = rows;
    for (std::size_t s = 0; s < slots.size(); ++s) {
        for (const std::uint32_t bits : {slots[s].first, slots[s].second}) {
            r.filters += bits > 0 ? 1 : 0;
            if (bits > r.weight_bits) r.weight_bits = bits;
        }
        r.slots_low += slots[s].first << (4 * s);
        r.slots_high += slots[s].second << (4 * s);
    }
    r.weight_kind = PIMVP_KIND_SIGNED;
    r.input_bits = input_bits;
    r.input_kind = PIMVP_KIND_UNSIGNED;
    r.result_bytes = 4;
    return r;
}

inline Slots random_slots(std::mt19937& rng, std::uint32_t most, std::uint32_t slot_columns) {
    Slots slots(1 + rng() % most);
    for (auto& [first, second] : slots) {
        first = 1 + rng() % slot_columns;
        second = rng() % (slot_columns - first + 1);
    }
    return slots;
}

/// Random integers of the region's formats.
struct SlotTile {
    SlotTile(std::mt19937& rng, const Region& region, const Slots& slots, std::uint32_t slot_columns)
        : region(region) {
        const auto integer = [&rng](std::uint32_t bits, bool is_signed) {
            const auto codes = 1 << bits;
            return static_cast<int>(rng() % static_cast<unsigned>(codes)) - (is_signed ? codes / 2 : 0);
        };
        for (std::uint32_t i = 0; i < region.rows; ++i)
            inputs.push_back(integer(region.input_bits, region.signed_inputs()));
        std::uint32_t slot_start = region.column0;
        for (const auto& [first, second] : slots) {
            std::uint32_t column = slot_start;
            for (const std::uint32_t bits : {first, second}) {
                if (bits == 0) continue;
                std::vector<int> filter;
                for (std::uint32_t i = 0; i < region.rows; ++i)
                    filter.push_back(integer(bits, region.weight_kind == PIMVP_KIND_SIGNED));
                weights.push_back(filter);
                at.push_back({column, bits});
                column += bits;
            }
            slot_start += slot_columns;
        }
    }
    /// Its cells in the bytes of an array of that many columns; others keep their bits.
    void store(std::vector<std::uint8_t>& cells, std::uint32_t columns) const {
        for (std::size_t f = 0; f < weights.size(); ++f)
            for (std::uint32_t i = 0; i < region.rows; ++i)
                for (std::uint32_t k = 0; k < at[f].second; ++k) {
                    const std::uint32_t place = (region.row0 + i) * columns + at[f].first + k;
                    const unsigned mask = 1u << (place % 8);
                    const bool one = ((weights[f][i] + 512) / (1 << k)) % 2 == 1;
                    cells[place / 8] =
                        static_cast<std::uint8_t>(one ? cells[place / 8] | mask : cells[place / 8] & ~mask);
                }
    }
    std::vector<std::uint8_t> packed_inputs() const {
        std::vector<std::uint8_t> bytes(region.input_size());
        std::size_t bit = 0;
        for (const int x : inputs)
            for (std::uint32_t b = 0; b < region.input_bits; ++b, ++bit)
                if (((x + 512) / (1 << b)) % 2 == 1)
                    bytes[bit / 8] |= static_cast<std::uint8_t>(1u << (bit % 8));
        return bytes;
    }
    std::vector<std::int64_t> dot_products() const {
        std::vector<std::int64_t> sums;
        for (const auto& filter : weights) {
            std::int64_t sum = 0;
            for (std::size_t i = 0; i < inputs.size(); ++i) sum += std::int64_t{filter[i]} * inputs[i];
            sums.push_back(sum * (1 << region.shift));
        }
        return sums;
    }

    Region region;
    std::vector<int> inputs;
    std::vector<std::vector<int>> weights;                    // by filter
    std::vector<std::pair<std::uint32_t, std::uint32_t>> at;  // column and width of each filter
};

}  // namespace pimvp
