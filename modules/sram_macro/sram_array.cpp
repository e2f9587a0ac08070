// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sram_macro/sram_array.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "modules/core/bits.h"
#include "modules/pim_macro/kernels.h"

namespace pimvp {
namespace {

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

std::vector<FilterColumns> SramArray::side_by_side(const Region& region) {
    std::vector<FilterColumns> filters;
    for (std::uint32_t f = 0; f < region.filters; ++f)
        filters.push_back(
            {f * region.weight_bits, region.weight_bits, region.weight_kind != PIMVP_KIND_UNSIGNED});
    return filters;
}

SramArray::SramArray(std::uint32_t rows, std::uint32_t columns, std::uint32_t active_rows, const Adc& adc,
                     std::uint32_t input_bits_per_step, Layout layout)
    : row_bytes_(columns / 8),
      active_rows_(active_rows),
      step_bits_(input_bits_per_step),
      adc_(adc),
      layout_(std::move(layout)),
      cells_(rows * row_bytes_ + 1),  // a filter that ends in the last byte is read as two
      derived_from_(rows),
      fields_(rows),
      vector_(padded(rows)),
      ones_(columns),
      bit_ones_(columns),
      column_sums_(columns) {
    const std::uint32_t words = words_of(active_rows) * ((rows + active_rows - 1) / active_rows);
    grouped_.resize(words * std::size_t{64});
    input_planes_.resize(words * std::size_t{step_bits_});
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
    derived_[index].has_layout = false;
    forget_weights(index);
}

void SramArray::forget_weights(unsigned index) {
    Derived& d = derived_[index];
    d.has_matrix = d.has_planes = d.has_ones = false;
    derived_from_.remove(index);
}

void SramArray::stale_rows(std::uint32_t first, std::uint32_t last) {
    for (std::uint32_t r = first; r <= last; ++r)
        for_each_region(derived_from_.at(r), [this](unsigned index) { forget_weights(index); });
}

bool SramArray::cell(std::uint32_t row, std::uint32_t column) const {
    return get_bits(cells_.data() + row * row_bytes_, column, 1) != 0;
}

void SramArray::derive_layout(Derived& derived, const Region& region) const {
    derived.filters = layout_(region);
    derived.places.clear();
    for (const FilterColumns& filter : derived.filters)
        for (std::uint32_t k = 0; k < filter.columns; ++k)
            derived.places.push_back(filter.is_signed && k + 1 == filter.columns ? -(1 << k) : 1 << k);
    derived.has_layout = true;
}

void SramArray::derive_matrix(Derived& derived, const Region& region) const {
    const std::size_t stride = padded(region.rows);
    derived.matrix.resize(derived.filters.size() * stride);
    std::int16_t* weight = derived.matrix.data();
    for (const FilterColumns& filter : derived.filters) {
        const std::uint32_t column = region.column0 + filter.first;
        const std::uint8_t* at = cells_.data() + region.row0 * row_bytes_ + column / 8;
        const std::uint32_t above = 32 - column % 8 - filter.columns, below = 32 - filter.columns;
        for (std::uint32_t r = 0; r < region.rows; ++r, at += row_bytes_) {
            const std::uint32_t top = (at[0] | std::uint32_t{at[1]} << 8) << above;
            weight[r] = static_cast<std::int16_t>(filter.is_signed ? static_cast<std::int32_t>(top) >> below
                                                                   : static_cast<std::int32_t>(top >> below));
        }
        std::fill(weight + region.rows, weight + stride, std::int16_t{0});
        weight += stride;
    }
    derived.has_matrix = true;
}

void SramArray::derive_planes(Derived& derived, const Region& region) const {
    const std::size_t columns = derived.places.size(), words = words_of(active_rows_);
    derived.planes.assign(region.groups(active_rows_) * columns * words, 0);
    for (std::uint32_t r = 0; r < region.rows; ++r) {
        const std::uint32_t group = r / active_rows_, place = r % active_rows_;
        std::uint64_t* plane = derived.planes.data() + group * columns * words + place / 64;
        for (const FilterColumns& filter : derived.filters)
            for (std::uint32_t k = 0; k < filter.columns; ++k, plane += words)
                *plane |= std::uint64_t{cell(region.row0 + r, region.column0 + filter.first + k)}
                          << (place % 64);
    }
    derived.has_planes = true;
}

void SramArray::derive_ones(Derived& derived, const Region& region) const {
    derived.row_ones.assign(region.rows, 0);
    for (std::uint32_t r = 0; r < region.rows; ++r)
        for (const FilterColumns& filter : derived.filters)
            for (std::uint32_t k = 0; k < filter.columns; ++k)
                derived.row_ones[r] = static_cast<std::int16_t>(
                    derived.row_ones[r] + cell(region.row0 + r, region.column0 + filter.first + k));
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
    const std::size_t columns = derived.places.size();
    for (std::uint32_t g = 0; g < groups; ++g) {
        const std::uint32_t first = g * active_rows_, rows = std::min(active_rows_, region.rows - first);
        std::uint8_t* group = grouped_.data() + std::size_t{g} * words * 64;
        std::copy_n(fields_.data() + first, rows, group);
        std::fill(group + rows, group + words * 64, std::uint8_t{0});
    }
    std::fill_n(column_sums_.begin(), columns, 0);
    std::uint64_t clipped = 0;
    for (std::uint32_t s = 0; s < input_steps(region, step_bits_); ++s) {
        const InputStep step = input_step(region, step_bits_, s);
        for (std::uint32_t b = 0; b < step.bits; ++b)
            for (std::uint32_t w = 0; w < groups * words; ++w)
                input_planes_[b * groups * words + w] =
                    bit_plane(grouped_.data() + std::size_t{w} * 64, step.first_bit + b);
        for (std::uint32_t g = 0; g < groups; ++g) {
            count_levels(derived, g, groups, step.bits);
            if (adc_.lsb() == 1) {
                clipped +=
                    add_clipped(ones_.data(), columns, adc_.clip_limit(), step.place(), column_sums_.data());
            } else {
                for (std::size_t c = 0; c < columns; ++c) {
                    clipped += adc_.clips(ones_[c]);
                    column_sums_[c] += step.place() * adc_.value(ones_[c]);
                }
            }
        }
    }
    // Columns are weighted once at the end: the same integers as after every step.
    std::size_t c = 0;
    for (const FilterColumns& filter : derived.filters) {
        std::int32_t sum = 0;
        for (std::uint32_t k = 0; k < filter.columns; ++k, ++c) sum += derived.places[c] * column_sums_[c];
        *sums++ = sum;
    }
    return clipped;
}

void SramArray::count_levels(const Derived& derived, std::uint32_t group, std::uint32_t groups,
                             std::uint32_t bits) {
    const std::size_t columns = derived.places.size(), words = words_of(active_rows_);
    const std::uint64_t* planes = derived.planes.data() + group * columns * words;
    const std::uint64_t* inputs = input_planes_.data() + group * words;
    count_conducting(planes, columns, words, inputs, ones_.data());
    for (std::uint32_t b = 1; b < bits; ++b) {
        inputs += groups * words;
        count_conducting(planes, columns, words, inputs, bit_ones_.data());
        for (std::size_t c = 0; c < columns; ++c) ones_[c] += bit_ones_[c] << b;
    }
}

void SramArray::count_ones(const Derived& derived, const Region& region, Activity& activity) {
    std::int32_t raised = 0, conducting = 0;  // at most 2^13 and 2^28
    if (step_bits_ == 1) {
        for (std::uint32_t r = 0; r < region.rows; ++r) vector_[r] = ones_in(fields_[r]);
        for (std::uint32_t r = 0; r < region.rows; ++r) raised += vector_[r];
    } else {
        std::fill_n(vector_.begin(), region.rows, std::int16_t{0});
        for (std::uint32_t s = 0; s < input_steps(region, step_bits_); ++s) {
            const InputStep step = input_step(region, step_bits_, s);
            const std::uint32_t mask = step.greatest_level();
            for (std::uint32_t r = 0; r < region.rows; ++r) {
                const auto level = static_cast<std::int16_t>((fields_[r] >> step.first_bit) & mask);
                vector_[r] = static_cast<std::int16_t>(vector_[r] + level);
                raised += level != 0;
            }
        }
    }
    for (std::uint32_t r = 0; r < region.rows; ++r)
        conducting += std::int32_t{vector_[r]} * derived.row_ones[r];
    activity.input_ones = static_cast<std::uint64_t>(raised);
    activity.conducting = static_cast<std::uint64_t>(conducting);
}

SramArray::Activity SramArray::compute(unsigned index, const Region& region, const std::uint8_t* inputs,
                                       std::int32_t* sums, bool with_ones, Path path) {
    Derived& derived = derived_[index];
    const bool as_integers = path == Path::integers || (path == Path::automatic && adc_.lossless());
    const bool has_all =
        (as_integers ? derived.has_matrix : derived.has_planes) && (derived.has_ones || !with_ones);
    if (!has_all) {
        derived_from_.add(index, region.row0, region.rows);
        if (!derived.has_layout) derive_layout(derived, region);
    }
    if (!as_integers || with_ones) unpack(inputs, 0, region.input_bits, false, region.rows, fields_.data());
    Activity activity;
    if (as_integers) {
        if (!derived.has_matrix) derive_matrix(derived, region);
        multiply(derived, region, inputs, sums);
    } else {
        if (!derived.has_planes) derive_planes(derived, region);
        activity.clipped = convert(derived, region, sums);
    }
    if (with_ones) {
        if (!derived.has_ones) derive_ones(derived, region);
        count_ones(derived, region, activity);
    }
    return activity;
}

}  // namespace pimvp
