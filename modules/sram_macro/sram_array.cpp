// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sram_macro/sram_array.h"

#include <algorithm>
#include <cstring>

#include "modules/core/bits.h"
#include "modules/pim_macro/kernels.h"

namespace pimvp {
namespace {

/// Rows whose weights derive_matrix() turns from row order to filter order at once.
constexpr std::uint32_t rows_at_once = 8;

std::uint32_t words_of(std::uint32_t rows) {
    return (rows + 63) / 64;
}

/// Ones in a byte; arithmetic rather than a table, so that loops over it vectorise.
std::int16_t ones_in(std::uint8_t byte) {
    int x = byte;
    x -= (x >> 1) & 0x55;
    x = (x & 0x33) + ((x >> 2) & 0x33);
    return static_cast<std::int16_t>((x + (x >> 4)) & 15);
}

}  // namespace

SramArray::SramArray(std::uint32_t rows, std::uint32_t columns, std::uint32_t active_rows, const Adc& adc)
    : row_bytes_(columns / 8),
      active_rows_(active_rows),
      adc_(adc),
      cells_(rows * row_bytes_),
      derived_from_(rows),
      fields_(rows),
      vector_(padded(rows)),
      weights_(std::size_t{rows_at_once} * columns),
      ones_(columns),
      column_sums_(columns) {
    const std::uint32_t words = words_of(active_rows) * ((rows + active_rows - 1) / active_rows);
    grouped_.resize(words * std::size_t{64});
    input_planes_.resize(words);
}

void SramArray::write(std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes) {
    std::memcpy(cells_.data() + offset, data, bytes);
    stale_rows(offset / row_bytes_, (offset + bytes - 1) / row_bytes_);
}

void SramArray::read(std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes) const {
    std::memcpy(data, cells_.data() + offset, bytes);
}

void SramArray::clear() {
    std::fill(cells_.begin(), cells_.end(), std::uint8_t{0});
    for (unsigned i = 0; i < derived_.size(); ++i) region_changed(i);
}

void SramArray::region_changed(unsigned index) {
    Derived& d = derived_[index];
    d.has_matrix = d.has_planes = d.has_ones = false;
    derived_from_.remove(index);
}

void SramArray::stale_rows(std::uint32_t first, std::uint32_t last) {
    for (std::uint32_t r = first; r <= last; ++r)
        for_each_region(derived_from_.at(r), [this](unsigned index) { region_changed(index); });
}

unsigned SramArray::field(std::uint32_t row, std::uint32_t column, std::uint32_t bits) const {
    return get_bits(cells_.data() + row * row_bytes_, column, bits);
}

void SramArray::derive_matrix(Derived& derived, const Region& region) {
    const std::size_t stride = padded(region.rows), filters = region.filters;
    const bool is_signed = region.weight_kind != PIMVP_KIND_UNSIGNED;
    derived.matrix.resize(filters * stride);
    for (std::uint32_t first = 0; first < stride; first += rows_at_once) {
        for (std::uint32_t i = 0; i < rows_at_once; ++i) {
            std::int16_t* row = weights_.data() + i * filters;
            if (first + i < region.rows)
                unpack(cells_.data() + (region.row0 + first + i) * row_bytes_, region.column0,
                       region.weight_bits, is_signed, filters, row);
            else
                std::fill_n(row, filters, std::int16_t{0});
        }
        for (std::size_t f = 0; f < filters; ++f)
            for (std::uint32_t i = 0; i < rows_at_once; ++i)
                derived.matrix[f * stride + first + i] = weights_[i * filters + f];
    }
    derived.has_matrix = true;
}

void SramArray::derive_planes(Derived& derived, const Region& region) const {
    const std::size_t columns = std::size_t{region.filters} * region.weight_bits;
    const std::size_t words = words_of(active_rows_);
    derived.planes.assign(region.groups(active_rows_) * columns * words, 0);
    for (std::uint32_t r = 0; r < region.rows; ++r) {
        const std::uint32_t group = r / active_rows_, place = r % active_rows_;
        std::uint64_t* plane = derived.planes.data() + group * columns * words + place / 64;
        for (std::uint32_t c = 0; c < columns; ++c)
            plane[c * words] |= std::uint64_t{field(region.row0 + r, region.column0 + c, 1)} << (place % 64);
    }
    derived.places.resize(columns);
    for (std::uint32_t c = 0; c < columns; ++c) {
        const std::uint32_t bit = c % region.weight_bits;
        const bool negative = region.weight_kind != PIMVP_KIND_UNSIGNED && bit == region.weight_bits - 1;
        derived.places[c] = negative ? -(1 << bit) : 1 << bit;
    }
    derived.has_planes = true;
}

void SramArray::derive_ones(Derived& derived, const Region& region) const {
    derived.row_ones.assign(region.rows, 0);
    const std::uint32_t columns = region.filters * region.weight_bits;
    for (std::uint32_t r = 0; r < region.rows; ++r)
        for (std::uint32_t c = 0; c < columns; ++c)
            derived.row_ones[r] = static_cast<std::int16_t>(derived.row_ones[r] +
                                                            field(region.row0 + r, region.column0 + c, 1));
    derived.has_ones = true;
}

void SramArray::multiply(const Derived& derived, const Region& region, const std::uint8_t* inputs,
                         std::int32_t* sums) {
    const std::size_t stride = padded(region.rows);
    unpack(inputs, 0, region.input_bits, region.signed_inputs(), region.rows, vector_.data());
    std::fill(vector_.begin() + region.rows, vector_.begin() + static_cast<std::ptrdiff_t>(stride),
              std::int16_t{0});
    matrix_vector(derived.matrix.data(), region.filters, stride, vector_.data(), sums);
}

std::uint64_t SramArray::convert(const Derived& derived, const Region& region, std::int32_t* sums) {
    const std::uint32_t groups = region.groups(active_rows_), words = words_of(active_rows_);
    const std::uint32_t columns = region.filters * region.weight_bits;
    for (std::uint32_t g = 0; g < groups; ++g) {
        const std::uint32_t first = g * active_rows_, rows = std::min(active_rows_, region.rows - first);
        std::uint8_t* group = grouped_.data() + std::size_t{g} * words * 64;
        std::copy_n(fields_.data() + first, rows, group);
        std::fill(group + rows, group + words * 64, std::uint8_t{0});
    }
    std::fill_n(column_sums_.begin(), columns, 0);
    std::uint64_t clipped = 0;
    for (std::uint32_t b = 0; b < region.input_bits; ++b) {
        for (std::uint32_t w = 0; w < groups * words; ++w)
            input_planes_[w] = bit_plane(grouped_.data() + std::size_t{w} * 64, b);
        const std::int32_t place = region.signed_inputs() && b == region.input_bits - 1 ? -(1 << b) : 1 << b;
        for (std::uint32_t g = 0; g < groups; ++g) {
            count_conducting(derived.planes.data() + std::size_t{g} * columns * words, columns, words,
                             input_planes_.data() + std::size_t{g} * words, ones_.data());
            if (adc_.lsb() == 1) {
                clipped += add_clipped(ones_.data(), columns, adc_.clip_limit(), place, column_sums_.data());
            } else {
                for (std::uint32_t c = 0; c < columns; ++c) {
                    clipped += adc_.clips(ones_[c]);
                    column_sums_[c] += place * adc_.value(ones_[c]);
                }
            }
        }
    }
    // Columns are weighted once at the end: the same integers as after every step.
    for (std::uint32_t f = 0, c = 0; f < region.filters; ++f) {
        std::int32_t sum = 0;
        for (std::uint32_t k = 0; k < region.weight_bits; ++k, ++c)
            sum += derived.places[c] * column_sums_[c];
        sums[f] = sum;
    }
    return clipped;
}

SramArray::Activity SramArray::compute(unsigned index, const Region& region, const std::uint8_t* inputs,
                                       std::int32_t* sums, bool count_ones, Path path) {
    Derived& derived = derived_[index];
    const bool as_integers = path == Path::integers || (path == Path::automatic && adc_.lossless());
    const bool has_all =
        (as_integers ? derived.has_matrix : derived.has_planes) && (derived.has_ones || !count_ones);
    if (!has_all) derived_from_.add(index, region.row0, region.rows);
    if (!as_integers || count_ones) unpack(inputs, 0, region.input_bits, false, region.rows, fields_.data());
    Activity activity;
    if (as_integers) {
        if (!derived.has_matrix) derive_matrix(derived, region);
        multiply(derived, region, inputs, sums);
    } else {
        if (!derived.has_planes) derive_planes(derived, region);
        activity.clipped = convert(derived, region, sums);
    }
    if (count_ones) {
        if (!derived.has_ones) derive_ones(derived, region);
        std::int32_t raised = 0, conducting = 0;  // at most 2^13 and 2^23
        for (std::uint32_t r = 0; r < region.rows; ++r) vector_[r] = ones_in(fields_[r]);
        for (std::uint32_t r = 0; r < region.rows; ++r) {
            raised += vector_[r];
            conducting += std::int32_t{vector_[r]} * derived.row_ones[r];
        }
        activity.input_ones = static_cast<std::uint64_t>(raised);
        activity.conducting = static_cast<std::uint64_t>(conducting);
    }
    return activity;
}

}  // namespace pimvp
