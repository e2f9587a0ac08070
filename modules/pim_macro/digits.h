// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Signed weights in cells that cannot conduct negatively: the magnitude in digits of a cell's bits, in
// positive columns for a positive weight and in negative columns for a negative one (the differential pairs
// of PRIME, Chi et al., ISCA 2016); weights of more bits than a cell take several digits. No SystemC here.
#pragma once

#include <cstdint>

namespace pimvp {

/// Digits of a magnitude: ceil(weight_bits / cell_bits). All weight bits count, since -2^(w - 1) has a
/// magnitude of w bits, and so has an unsigned weight.
constexpr std::uint32_t digits_per_weight(std::uint32_t weight_bits, std::uint32_t cell_bits) {
    return (weight_bits + cell_bits - 1) / cell_bits;
}

/// Columns per weight: its positive digits, least significant first, then its negative digits.
constexpr std::uint32_t columns_per_weight(std::uint32_t weight_bits, std::uint32_t cell_bits) {
    return 2 * digits_per_weight(weight_bits, cell_bits);
}

/// What column `column` of a weight adds per unit of its cell: 2^(cell_bits digit), negative in the second
/// half.
constexpr std::int32_t place_of(std::uint32_t column, std::uint32_t digits, std::uint32_t cell_bits) {
    return column < digits ? std::int32_t{1} << (cell_bits * column)
                           : -(std::int32_t{1} << (cell_bits * (column - digits)));
}

/// What the cell in column `column` of a weight of this value holds.
constexpr std::uint32_t cell_of(std::int32_t weight, std::uint32_t column, std::uint32_t digits,
                                std::uint32_t cell_bits) {
    const bool negative = column >= digits;
    if (weight == 0 || (weight < 0) != negative) return 0;
    const auto magnitude = static_cast<std::uint32_t>(negative ? -weight : weight);
    return magnitude >> (cell_bits * (negative ? column - digits : column)) & ((1u << cell_bits) - 1);
}

}  // namespace pimvp
