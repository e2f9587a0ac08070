// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/edram_macro/edram_array.h"

#include <algorithm>
#include <cstring>

#include "modules/core/bits.h"
#include "modules/pim_macro/kernels.h"

namespace pimvp {

namespace {

constexpr std::uint32_t nodes_per_cell = 2;

std::size_t words_of(std::uint32_t bits) {
    return (bits + 63) / 64;
}

}  // namespace

EdramArray::EdramArray(std::uint32_t rows, std::uint32_t columns, std::uint32_t active_rows,
                       const SignedAdc& adc)
    : rows_(rows),
      row_bytes_(columns * nodes_per_cell / 8),
      active_rows_(active_rows),
      row_words_(words_of(columns * nodes_per_cell)),
      adc_(adc),
      nodes_(rows * row_words_),
      fields_(rows),
      ones_(columns * nodes_per_cell) {}

void EdramArray::write_row(std::uint32_t row, std::uint32_t offset, const std::uint8_t* data,
                           std::uint32_t bytes) {
    std::memcpy(reinterpret_cast<std::uint8_t*>(&nodes_[row * row_words_]) + offset, data, bytes);
    for (Derived& d : derived_)
        d.valid = d.valid && (row < d.region.row0 || row - d.region.row0 >= d.region.rows);
}

void EdramArray::read_row(std::uint32_t row, std::uint32_t offset, std::uint8_t* data,
                          std::uint32_t bytes) const {
    std::memcpy(data, reinterpret_cast<const std::uint8_t*>(&nodes_[row * row_words_]) + offset, bytes);
}

void EdramArray::discharge(std::uint32_t row, std::uint32_t node) {
    nodes_[row * row_words_ + node / 64] &= ~(std::uint64_t{1} << (node % 64));
    for (Derived& d : derived_) {
        const std::uint32_t place = row - d.region.row0;  // wraps below row0
        const std::uint32_t line = node - nodes_per_cell * d.region.column0;
        const std::uint32_t lines = nodes_per_cell * d.region.filters;
        if (!d.valid || place >= d.region.rows || line >= lines) continue;
        const std::size_t group = place / d.group_rows, in_group = place % d.group_rows;
        d.planes[(group * lines + line) * d.words + in_group / 64] &= ~(std::uint64_t{1} << (in_group % 64));
    }
}

void EdramArray::region_changed(unsigned index) {
    derived_[index].valid = false;
}

void EdramArray::clear() {
    std::fill(nodes_.begin(), nodes_.end(), 0);
    for (Derived& d : derived_) d.valid = false;
}

void EdramArray::derive(Derived& derived, const Region& region) const {
    derived.valid = true;
    derived.region = region;
    // Without loss the order of summation does not matter: one group saves work.
    derived.group_rows = adc_.lossless() ? region.rows : active_rows_;
    derived.words = words_of(derived.group_rows);
    const std::size_t lines = std::size_t{nodes_per_cell} * region.filters;
    const std::size_t first = std::size_t{nodes_per_cell} * region.column0;
    derived.planes.assign(region.groups(derived.group_rows) * lines * derived.words, 0);
    for (std::uint32_t r = 0; r < region.rows; ++r) {
        const std::uint64_t* row = nodes(region.row0 + r);
        const std::uint32_t group = r / derived.group_rows, place = r % derived.group_rows;
        std::uint64_t* plane = &derived.planes[group * lines * derived.words + place / 64];
        for (std::size_t line = 0; line < lines; ++line) {
            const std::uint64_t charged = row[(first + line) / 64] >> ((first + line) % 64) & 1u;
            plane[line * derived.words] |= charged << (place % 64);
        }
    }
}

void EdramArray::split_inputs(const Derived& derived, const Region& region, const std::uint8_t* inputs) {
    const std::size_t groups = region.groups(derived.group_rows), words = derived.words;
    input_planes_.resize(region.input_bits * groups * words);
    if (region.input_bits == 1 && groups == 1) {
        input_planes_.back() = 0;
        std::memcpy(input_planes_.data(), inputs, region.input_size());
        return;
    }
    unpack(inputs, 0, region.input_bits, false, region.rows, fields_.data());
    grouped_.assign(groups * words * 64, 0);
    for (std::size_t g = 0; g < groups; ++g) {
        const std::size_t first = g * derived.group_rows;
        const std::size_t rows = std::min<std::size_t>(derived.group_rows, region.rows - first);
        std::copy_n(&fields_[first], rows, &grouped_[g * words * 64]);
    }
    for (std::uint32_t b = 0; b < region.input_bits; ++b) {
        for (std::size_t w = 0; w < groups * words; ++w) {
            input_planes_[b * groups * words + w] = bit_plane(&grouped_[w * 64], b);
        }
    }
}

EdramArray::Activity EdramArray::compute(unsigned index, const Region& region, const std::uint8_t* inputs,
                                         std::int32_t* sums, bool count_ones) {
    Derived& derived = derived_[index];
    if (!derived.valid) derive(derived, region);
    split_inputs(derived, region, inputs);
    const std::size_t groups = region.groups(derived.group_rows), words = derived.words;
    const std::size_t lines = std::size_t{nodes_per_cell} * region.filters;
    Activity happened;
    std::fill_n(sums, region.filters, 0);
    for (std::uint32_t b = 0; b < region.input_bits; ++b) {
        const bool sign = region.signed_inputs() && b + 1 == region.input_bits;
        const std::int32_t place = sign ? -(1 << b) : 1 << b;
        for (std::size_t g = 0; g < groups; ++g) {
            const std::uint64_t* plane = &input_planes_[(b * groups + g) * words];
            count_conducting(&derived.planes[g * lines * words], lines, words, plane, ones_.data());
            if (adc_.lossless()) {
                for (std::uint32_t f = 0; f < region.filters; ++f) {
                    sums[f] += place * static_cast<std::int32_t>(ones_[2 * f] - ones_[2 * f + 1]);
                }
            } else {
                for (std::uint32_t f = 0; f < region.filters; ++f) {
                    const auto x = static_cast<std::int32_t>(ones_[2 * f] - ones_[2 * f + 1]);
                    sums[f] += place * adc_.value(x);
                    happened.clipped += adc_.clips(x);
                }
            }
            if (count_ones) {
                for (std::size_t line = 0; line < lines; ++line) happened.conducting += ones_[line];
            }
        }
    }
    if (count_ones) {
        // Inputs past the region's last row are padding, and may hold anything.
        unpack(inputs, 0, region.input_bits, false, region.rows, fields_.data());
        for (std::uint32_t r = 0; r < region.rows; ++r) {
            for (unsigned field = fields_[r]; field != 0; field &= field - 1) ++happened.input_ones;
        }
    }
    return happened;
}

}  // namespace pimvp
