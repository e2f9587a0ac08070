// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sequencer/tile_slice.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "driver/pimvp_macro.h"
#include "driver/pimvp_program.h"
#include "modules/core/bits.h"

namespace pimvp {

namespace {

void check_size(const pimvp_tile& tile, std::uint64_t bits) {
    if (bits > 8 * PIMVP_MACRO_RESULT)
        throw std::invalid_argument("TILE of " + std::to_string(tile.rows) + " rows, a macro takes " +
                                    std::to_string(PIMVP_MACRO_RESULT) + " bytes at once");
}

}  // namespace

std::size_t tile_index_bytes(const pimvp_tile& tile) {
    if (tile.index_bits == 0) return 0;
    if (tile.index_bits > 16 || tile.group == 0 || tile.rows > 8 * PIMVP_MACRO_RESULT)
        throw std::invalid_argument("TILE of " + std::to_string(tile.rows) + " rows by index codes of " +
                                    std::to_string(tile.index_bits) + " bits, for groups of " +
                                    std::to_string(tile.group));
    const std::size_t codes = (tile.rows + std::size_t{tile.group} - 1) / tile.group;
    return (codes * tile.index_bits + 7) / 8;
}

TileSlice::TileSlice(const pimvp_tile& tile, std::size_t window_bits, unsigned element_bits) {
    const std::uint64_t elements = window_bits / element_bits, bits = std::uint64_t{tile.rows} * element_bits;
    const auto refuse = [&] {
        auto rows = "TILE of " + std::to_string(tile.rows) + " rows from " + std::to_string(tile.row0);
        if (tile.run != 0)
            rows += " in runs of " + std::to_string(tile.run) + " from " + std::to_string(tile.base) +
                    ", one each " + std::to_string(tile.stride);
        throw std::invalid_argument(rows + ", the window has " + std::to_string(elements));
    };
    if (tile.rows == 0) refuse();
    if (tile.run == 0) {
        if (std::uint64_t{tile.row0} + tile.rows > elements) refuse();
        add(std::size_t{tile.row0} * element_bits, bits);
    }
    check_size(tile, bits);
    const std::uint64_t last = std::uint64_t{tile.row0} + tile.rows;
    for (std::uint64_t j = tile.row0; tile.run != 0 && j < last;) {
        const std::uint64_t in_run = j % tile.run, count = std::min(tile.run - in_run, last - j);
        // No product of 32-bit numbers wraps, and no sum with two more.
        const std::uint64_t element = tile.base + (j / tile.run) * tile.stride + in_run;
        if (element >= elements || count > elements - element) refuse();
        add(element * element_bits, count * element_bits);
        j += count;
    }
    finish(bits, window_bits);
}

TileSlice::TileSlice(const pimvp_tile& tile, const std::uint8_t* codes, std::size_t window_bits,
                     unsigned element_bits) {
    const std::uint64_t elements = window_bits / element_bits, bits = std::uint64_t{tile.rows} * element_bits;
    const auto refuse = [&](const std::string& what) {
        throw std::invalid_argument("TILE of " + std::to_string(tile.rows) + " rows by index: " + what);
    };
    if (tile.rows == 0 || tile.row0 != 0 || tile.run != 0) refuse("expected rows from 0 on, in no runs");
    check_size(tile, bits);
    std::uint64_t taken = 0, next = 0;
    for (std::size_t k = 0; taken < tile.rows; ++k) {
        const std::uint64_t code = get_bits(codes, k * tile.index_bits, tile.index_bits);
        const std::uint64_t first = code * tile.group;
        if (code < next) refuse("group " + std::to_string(code) + " after " + std::to_string(next - 1));
        if (first >= elements)
            refuse("group " + std::to_string(code) + " of " + std::to_string(tile.group) +
                   " elements, the window has " + std::to_string(elements));
        const std::uint64_t count = std::min<std::uint64_t>(tile.group, elements - first);
        if (taken + count > tile.rows)
            refuse("group " + std::to_string(code) + " ends at row " + std::to_string(taken + count));
        add(first * element_bits, count * element_bits);
        taken += count;
        next = code + 1;
        if (count < tile.group && taken < tile.rows) refuse("more groups than the window has");
    }
    finish(bits, window_bits);
}

void TileSlice::finish(std::uint64_t bits, std::size_t window_bits) {
    bytes_ = (bits + 7) / 8;
    // Bits of the last byte beyond the slice must be zero, as they are behind the window's end.
    const Piece& first = pieces_.front();
    in_place_ = pieces_.size() == 1 && first.bit % 8 == 0 &&
                (first.bits % 8 == 0 || first.bit + first.bits == window_bits);
}

void TileSlice::add(std::size_t bit, std::size_t bits) {
    if (!pieces_.empty() && pieces_.back().bit + pieces_.back().bits == bit)
        pieces_.back().bits += bits;
    else
        pieces_.push_back({bit, bits});
}

const std::uint8_t* TileSlice::cut(const std::uint8_t* window, std::uint8_t* buffer) const {
    if (in_place_) return window + pieces_.front().bit / 8;
    buffer[bytes_ - 1] = 0;
    std::size_t bit = 0;
    for (const Piece& piece : pieces_) {
        copy_bits(buffer, bit, window, piece.bit, piece.bits);
        bit += piece.bits;
    }
    return buffer;
}

}  // namespace pimvp
