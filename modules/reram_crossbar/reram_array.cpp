// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/reram_crossbar/reram_array.h"

#include <algorithm>
#include <cstring>

#include "modules/core/bits.h"
#include "modules/pim_macro/digits.h"
#include "modules/pim_macro/kernels.h"

namespace pimvp {
namespace {

/// What a wordline carries of an input: the field of two's complement, as its place value says where it is
/// negative.
std::uint32_t field_of(std::int16_t input, const InputDigit& digit) {
    return static_cast<std::uint32_t>(std::int32_t{input}) >> digit.lsb & digit.greatest();
}

}  // namespace

ReramArray::ReramArray(const ReramCrossbarParams& params)
    : params_(params),
      adc_(params.adc()),
      row_bytes_(params.geometry().row_bytes()),
      cells_(params.geometry().cell_bytes()),
      derived_from_(params.rows),
      vector_(padded(params.rows)),
      currents_(params.columns),
      column_sums_(params.columns) {}

void ReramArray::write(std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes) {
    std::memcpy(cells_.data() + offset, data, bytes);
    for (std::uint32_t r = offset / row_bytes_; r <= (offset + bytes - 1) / row_bytes_; ++r)
        for_each_region(derived_from_.at(r), [this](unsigned index) { region_changed(index); });
}

void ReramArray::read(std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes) const {
    std::memcpy(data, cells_.data() + offset, bytes);
}

void ReramArray::clear() {
    std::fill(cells_.begin(), cells_.end(), std::uint8_t{0});
    for (unsigned i = 0; i < derived_.size(); ++i) region_changed(i);
}

void ReramArray::region_changed(unsigned index) {
    derived_[index].has_matrix = derived_[index].has_levels = false;
    derived_from_.remove(index);
}

std::uint32_t ReramArray::columns_of(const Region& region) const {
    return region.filters * columns_per_weight(region.weight_bits, params_.cell_bits);
}

void ReramArray::derive_levels(Derived& derived, const Region& region) const {
    const std::uint32_t columns = columns_of(region);
    derived.levels.resize(std::size_t{region.rows} * columns);
    derived.row_levels.assign(region.rows, 0);
    for (std::uint32_t r = 0; r < region.rows; ++r) {
        std::int16_t* row = derived.levels.data() + std::size_t{r} * columns;
        unpack(cells_.data() + (region.row0 + r) * row_bytes_,
               std::size_t{region.column0} * params_.cell_bits, params_.cell_bits, false, columns, row);
        for (std::uint32_t c = 0; c < columns; ++c)
            derived.row_levels[r] += static_cast<std::uint32_t>(row[c]);
    }
    derived.has_levels = true;
}

void ReramArray::derive_matrix(Derived& derived, const Region& region) const {
    const std::size_t stride = padded(region.rows);
    const std::uint32_t digits = digits_per_weight(region.weight_bits, params_.cell_bits),
                        columns = columns_of(region);
    derived.matrix.assign(region.filters * stride, 0);
    for (std::uint32_t r = 0; r < region.rows; ++r) {
        const std::int16_t* level = derived.levels.data() + std::size_t{r} * columns;
        for (std::uint32_t f = 0; f < region.filters; ++f) {
            std::int32_t weight = 0;
            for (std::uint32_t k = 0; k < 2 * digits; ++k)
                weight += place_of(k, digits, params_.cell_bits) * *level++;
            derived.matrix[f * stride + r] = static_cast<std::int16_t>(weight);
        }
    }
    derived.has_matrix = true;
}

void ReramArray::multiply(const Derived& derived, const Region& region, std::int32_t* sums) const {
    matrix_vector(derived.matrix.data(), region.filters, padded(region.rows), vector_.data(), sums);
}

std::uint64_t ReramArray::convert(const Derived& derived, const Region& region, std::int32_t* sums) {
    const std::uint32_t columns = columns_of(region);
    std::fill_n(column_sums_.begin(), columns, 0);
    std::uint64_t clipped = 0;
    for (const InputDigit& digit : params_.digits(region)) {
        const std::int32_t place = digit.place();
        for (std::uint32_t first = 0; first < region.rows; first += params_.active_rows) {
            const std::uint32_t end = std::min(first + params_.active_rows, region.rows);
            std::fill_n(currents_.begin(), columns, 0);
            for (std::uint32_t r = first; r < end; ++r) {
                const auto x = static_cast<std::int32_t>(field_of(vector_[r], digit));
                if (x == 0) continue;
                const std::int16_t* level = derived.levels.data() + std::size_t{r} * columns;
                for (std::uint32_t c = 0; c < columns; ++c) currents_[c] += x * level[c];
            }
            for (std::uint32_t c = 0; c < columns; ++c) {
                const auto current = static_cast<unsigned>(currents_[c]);
                clipped += adc_.clips(current);
                column_sums_[c] += place * adc_.value(current);
            }
        }
    }
    const std::uint32_t digits = digits_per_weight(region.weight_bits, params_.cell_bits);
    for (std::uint32_t f = 0, c = 0; f < region.filters; ++f) {
        sums[f] = 0;
        for (std::uint32_t k = 0; k < 2 * digits; ++k, ++c)
            sums[f] += place_of(k, digits, params_.cell_bits) * column_sums_[c];
    }
    return clipped;
}

void ReramArray::count(const Derived& derived, const Region& region, const ReramAccessCost& cost,
                       Activity& activity) const {
    const std::uint32_t full = region.rows / params_.active_rows * params_.active_rows;
    for (const CrossbarSteps& steps : cost.steps) {
        const bool last = steps.rows != params_.active_rows;
        std::uint64_t squares = 0, levels = 0;
        for (std::uint32_t r = last ? full : 0; r < (last ? region.rows : full); ++r) {
            const std::uint64_t x = field_of(vector_[r], steps.digit);
            squares += x * x;
            levels += x * x * derived.row_levels[r];
        }
        const auto cycles = static_cast<std::uint64_t>(steps.cycles);
        activity.line_units += squares;
        activity.off_cycles += squares * cost.columns * cycles;
        activity.level_cycles += levels * cycles;
    }
}

ReramArray::Activity ReramArray::compute(unsigned index, const Region& region, const std::uint8_t* inputs,
                                         std::int32_t* sums, const ReramAccessCost* cost, Path path) {
    Derived& derived = derived_[index];
    const bool as_integers = path == Path::integers || (path == Path::automatic && adc_.lossless());
    if (!derived.has_levels) {
        derive_levels(derived, region);
        derived_from_.add(index, region.row0, region.rows);
    }
    unpack(inputs, 0, region.input_bits, region.signed_inputs(), region.rows, vector_.data());
    std::fill(vector_.begin() + region.rows,
              vector_.begin() + static_cast<std::ptrdiff_t>(padded(region.rows)), std::int16_t{0});
    Activity activity;
    if (as_integers) {
        if (!derived.has_matrix) derive_matrix(derived, region);
        multiply(derived, region, sums);
    } else {
        activity.clipped = convert(derived, region, sums);
    }
    if (cost != nullptr) count(derived, region, *cost, activity);
    return activity;
}

}  // namespace pimvp
