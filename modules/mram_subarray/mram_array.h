// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The cells of an MRAM sub-array, and what can be done to a row or two of them. No SystemC here.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "modules/mram_subarray/bit_errors.h"

namespace pimvp {

/// Cells survive everything. Rows lie in whole 64-bit words; byte offsets are those of driver/pimvp_macro.h,
/// rows of columns / 8 bytes.
class MramArray {
  public:
    /// `columns` a multiple of 8. A cell is zero until it is written.
    MramArray(std::uint32_t rows, std::uint32_t columns, double read_error_rate, double write_error_rate,
              std::uint64_t seed);

    /// As they are, without errors.
    void poke(std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes);
    void peek(std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes) const;

    /// Writes `count` bits, packed from bit 0 of `bits`, at `column` of a row. A cell that fails keeps its
    /// value.
    void write(std::uint32_t row, std::uint32_t column, const std::uint8_t* bits, std::uint32_t count);
    /// The write was cut: seeded garbage.
    void tear(std::uint32_t row, std::uint32_t column, std::uint32_t count);
    /// Reads `count` bits through the sense amplifiers.
    void read(std::uint32_t row, std::uint32_t column, std::uint8_t* bits, std::uint32_t count);

    /// Ones among `count` columns from `column` of a row, or of the AND of two, as the sense amplifiers
    /// decide.
    std::uint32_t sense(std::uint32_t row, std::uint32_t column, std::uint32_t count);
    std::uint32_t sense_and(std::uint32_t row, std::uint32_t other, std::uint32_t column,
                            std::uint32_t count);
    /// Writes the AND of two rows to a third.
    void copy_and(std::uint32_t row, std::uint32_t other, std::uint32_t to, std::uint32_t column,
                  std::uint32_t count);

    /// Whether every decision is right, so that row operations may be done many at a time: sums[r] = sum over
    /// n < planes of places[n] ones(row first + r AND row plane0 + n) for r < count.
    bool exact_reads() const { return read_errors_.none(); }
    void accumulate(std::uint32_t first, std::uint32_t count, std::uint32_t plane0, std::uint32_t planes,
                    const std::int32_t* places, std::uint32_t column, std::uint32_t columns,
                    std::int32_t* sums);

    std::uint32_t row_bytes() const { return row_bytes_; }

  private:
    std::uint64_t* words(std::uint32_t row) { return cells_.data() + std::size_t{row} * stride_; }
    std::uint8_t* bytes(std::uint32_t row) { return reinterpret_cast<std::uint8_t*>(words(row)); }
    const std::uint8_t* bytes(std::uint32_t row) const {
        return reinterpret_cast<const std::uint8_t*>(cells_.data() + std::size_t{row} * stride_);
    }
    /// Copies the words of a row that hold the columns to `out`, the bits beside them cleared; how many
    /// words.
    std::uint32_t masked(std::uint32_t row, std::uint32_t column, std::uint32_t count, std::uint64_t* out);
    std::uint32_t decide(std::uint32_t column, std::uint32_t count);

    std::uint32_t row_bytes_, stride_;
    std::vector<std::uint64_t> cells_;
    BitErrors read_errors_, write_errors_;
    std::mt19937_64 garbage_;
    std::vector<std::uint64_t> planes_;     // scratch: a row, or the input planes of an access
    std::vector<std::uint8_t> old_, both_;  // scratch of write() and copy_and()
};

}  // namespace pimvp
