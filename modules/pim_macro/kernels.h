// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The inner loops of the arrays. Each has a portable form, and on x86-64 one for newer processors that is
// chosen at run time; both give the same integers. No SystemC here.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pimvp {

/// Rows of matrices and vectors for matrix_vector() are padded with zeros to a multiple of this.
constexpr std::size_t matrix_step = 16;
inline std::size_t padded(std::size_t n) {
    return (n + matrix_step - 1) / matrix_step * matrix_step;
}

/// sums[f] = sum over r of matrix[f * stride + r] * vector[r], r < stride, a multiple of matrix_step. Entries
/// -256..255.
void matrix_vector(const std::int16_t* matrix, std::size_t filters, std::size_t stride,
                   const std::int16_t* vector, std::int32_t* sums);
void matrix_vector_portable(const std::int16_t* matrix, std::size_t filters, std::size_t stride,
                            const std::int16_t* vector, std::int32_t* sums);

/// Bit `bit` of 64 bytes: byte i gives bit i of the result.
std::uint64_t bit_plane(const std::uint8_t* bytes, unsigned bit);

/// Columns of `words` 64-bit words each against one group of raised wordlines: how many cells conduct.
/// ones[c] = sum over w of popcount(cells[c * words + w] & inputs[w]) for c < columns.
void count_conducting(const std::uint64_t* cells, std::size_t columns, std::size_t words,
                      const std::uint64_t* inputs, std::uint32_t* ones);
void count_conducting_portable(const std::uint64_t* cells, std::size_t columns, std::size_t words,
                               const std::uint64_t* inputs, std::uint32_t* ones);

/// sums[c] += place * min(ones[c], limit) for c < columns; returns how many were beyond the limit.
std::uint32_t add_clipped(const std::uint32_t* ones, std::size_t columns, std::uint32_t limit,
                          std::int32_t place, std::int32_t* sums);
std::uint32_t add_clipped_portable(const std::uint32_t* ones, std::size_t columns, std::uint32_t limit,
                                   std::int32_t place, std::int32_t* sums);

}  // namespace pimvp
