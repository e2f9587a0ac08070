// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/edram_macro/edram_array.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include "modules/core/bits.h"
#include "modules/edram_macro/ternary_kernel.h"
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
      derived_from_(rows),
      fields_(rows),
      vector_(padded(rows)),
      differences_(columns),
      ones_(columns * nodes_per_cell) {}

void EdramArray::write_row(std::uint32_t row, std::uint32_t offset, const std::uint8_t* data,
                           std::uint32_t bytes) {
    std::memcpy(reinterpret_cast<std::uint8_t*>(&nodes_[row * row_words_]) + offset, data, bytes);
    for_each_region(derived_from_.at(row), [this](unsigned index) { region_changed(index); });
}

void EdramArray::read_row(std::uint32_t row, std::uint32_t offset, std::uint8_t* data,
                          std::uint32_t bytes) const {
    std::memcpy(data, reinterpret_cast<const std::uint8_t*>(&nodes_[row * row_words_]) + offset, bytes);
}

// In place: losses come one by one, and deriving anew for each would be slow.
void EdramArray::discharge(std::uint32_t row, std::uint32_t node) {
    nodes_[row * row_words_ + node / 64] &= ~(std::uint64_t{1} << (node % 64));
    for_each_region(derived_from_.at(row), [&](unsigned index) {
        Derived& d = derived_[index];
        const std::uint32_t place = row - d.region.row0;
        const std::uint32_t line = node - nodes_per_cell * d.region.column0;  // wraps below column0
        const std::uint32_t lines = nodes_per_cell * d.region.filters;
        if (line >= lines) return;
        if (d.has_planes) {
            const std::size_t group = place / d.group_rows, in_group = place % d.group_rows;
            d.planes[(group * lines + line) * d.words + in_group / 64] &=
                ~(std::uint64_t{1} << (in_group % 64));
        }
        if (d.has_matrix) {
            d.matrix[line / nodes_per_cell * padded(d.region.rows) + place] =
                static_cast<std::int16_t>(weight(row, node / nodes_per_cell));
        }
    });
}

void EdramArray::region_changed(unsigned index) {
    derived_[index].has_planes = derived_[index].has_matrix = false;
    derived_from_.remove(index);
}

void EdramArray::clear() {
    std::fill(nodes_.begin(), nodes_.end(), 0);
    for (unsigned i = 0; i < derived_.size(); ++i) region_changed(i);
}

int EdramArray::weight(std::uint32_t row, std::uint32_t column) const {
    const std::uint64_t cell = nodes(row)[column / 32] >> (column % 32 * nodes_per_cell);
    return static_cast<int>(cell & 1) - static_cast<int>(cell >> 1 & 1);
}

void EdramArray::derive_planes(Derived& derived, const Region& region) const {
    derived.has_planes = true;
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

void EdramArray::derive_matrix(Derived& derived, const Region& region) const {
    derived.has_matrix = true;
    const std::size_t stride = padded(region.rows);
    derived.matrix.assign(region.filters * stride, 0);
    for (std::uint32_t f = 0; f < region.filters; ++f) {
        for (std::uint32_t r = 0; r < region.rows; ++r) {
            derived.matrix[f * stride + r] =
                static_cast<std::int16_t>(weight(region.row0 + r, region.column0 + f));
        }
    }
}

void EdramArray::split_inputs(const Derived& derived, const Region& region, const std::uint8_t* inputs) {
    const std::size_t groups = region.groups(derived.group_rows), words = derived.words;
    input_planes_.resize(region.input_bits * groups * words);
    if (region.input_bits == 1 && groups == 1) {
        // What the last byte holds past the last row meets no charge in the planes.
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

void EdramArray::multiply(const Derived& derived, const Region& region, const std::uint8_t* inputs,
                          std::int32_t* sums) {
    const std::size_t stride = padded(region.rows);
    unpack(inputs, 0, region.input_bits, region.signed_inputs(), region.rows, vector_.data());
    std::fill(vector_.begin() + region.rows, vector_.begin() + static_cast<std::ptrdiff_t>(stride),
              std::int16_t{0});
    matrix_vector(derived.matrix.data(), region.filters, stride, vector_.data(), sums);
}

std::uint64_t EdramArray::convert(const Derived& derived, const Region& region, std::int32_t* sums) {
    const std::size_t groups = region.groups(derived.group_rows), words = derived.words;
    const std::size_t lines = std::size_t{nodes_per_cell} * region.filters;
    std::fill_n(sums, region.filters, 0);
    std::uint64_t clipped = 0;
    for (std::uint32_t b = 0; b < region.input_bits; ++b) {
        const bool sign = region.signed_inputs() && b + 1 == region.input_bits;
        const std::int32_t place = sign ? -(1 << b) : 1 << b;
        for (std::size_t g = 0; g < groups; ++g) {
            ternary_sums(&derived.planes[g * lines * words], region.filters, words,
                         &input_planes_[(b * groups + g) * words], differences_.data());
            for (std::uint32_t f = 0; f < region.filters; ++f) {
                sums[f] += place * adc_.value(differences_[f]);
                clipped += adc_.clips(differences_[f]);
            }
        }
    }
    return clipped;
}

void EdramArray::count_activity(const Derived& derived, const Region& region, Activity& activity) {
    const std::size_t groups = region.groups(derived.group_rows), words = derived.words;
    const std::size_t lines = std::size_t{nodes_per_cell} * region.filters;
    for (std::uint32_t b = 0; b < region.input_bits; ++b) {
        for (std::size_t g = 0; g < groups; ++g) {
            count_conducting(&derived.planes[g * lines * words], lines, words,
                             &input_planes_[(b * groups + g) * words], ones_.data());
            for (std::size_t line = 0; line < lines; ++line) activity.conducting += ones_[line];
        }
    }
}

EdramArray::Activity EdramArray::compute(unsigned index, const Region& region, const std::uint8_t* inputs,
                                         std::int32_t* sums, bool count_ones) {
    Derived& derived = derived_[index];
    Activity happened;
    // Many bits are faster as one product; a single bit without loss is one pass over the planes.
    const bool as_product = adc_.lossless() && region.input_bits > 1;
    if ((as_product && !derived.has_matrix) || ((!as_product || count_ones) && !derived.has_planes)) {
        derived.region = region;
        derived_from_.add(index, region.row0, region.rows);
    }
    if (as_product) {
        if (!derived.has_matrix) derive_matrix(derived, region);
        multiply(derived, region, inputs, sums);
    }
    if (as_product && !count_ones) return happened;

    if (!derived.has_planes) derive_planes(derived, region);
    split_inputs(derived, region, inputs);
    if (!as_product && adc_.lossless()) {
        ternary_sums(derived.planes.data(), region.filters, derived.words, input_planes_.data(), sums);
        if (region.signed_inputs()) std::transform(sums, sums + region.filters, sums, std::negate<>());
    } else if (!as_product) {
        happened.clipped = convert(derived, region, sums);
    }
    if (count_ones) {
        count_activity(derived, region, happened);
        unpack(inputs, 0, region.input_bits, false, region.rows, fields_.data());
        for (std::uint32_t r = 0; r < region.rows; ++r) {
            for (unsigned field = fields_[r]; field != 0; field &= field - 1) ++happened.input_ones;
        }
    }
    return happened;
}

}  // namespace pimvp
