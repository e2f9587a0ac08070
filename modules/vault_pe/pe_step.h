// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a PE does, one step after the other. No SystemC here.
#pragma once

#include <cstdint>
#include <vector>

namespace pimvp {

/// One thing to do. Vectors are `run` bytes long; reads take `count` of them, `pitch` bytes apart.
struct PeStep {
    enum class Kind : std::uint8_t {
        load,    // read vectors into slot `slot` of the operand buffer, one after another from `word` on
        fill,    // pad values there instead, one vector
        stream,  // read vectors that meet words [word, word + run / 2) of `residents` slots from `slot` on
        pad,     // the same with vectors of pad values, which nobody reads
        finish   // the sums of `count` pixels from (row, column) on, `filters` from `filter` on, are complete
    };
    Kind kind = Kind::load;
    std::uint32_t address = 0, run = 0, pitch = 0, count = 1;
    std::uint32_t slot = 0, word = 0, residents = 1;
    // Accumulator of the first vector and first resident, and distances; finish: of the first pixel and
    // filter, from pixel to pixel.
    std::uint32_t acc = 0, vector_stride = 0, resident_stride = 0;
    std::uint32_t row = 0, column = 0, filter = 0, filters = 0;  // row: of the POST command's

    bool reads() const { return kind == Kind::load || kind == Kind::stream; }
    /// From the first byte read to the last.
    std::uint64_t span() const { return std::uint64_t{count - 1} * pitch + run; }
    std::uint32_t words() const { return count * (run / 2); }
    /// That pass the multipliers, or are written to the operand buffer.
    std::uint32_t blocks() const {
        const bool apart = count > 1 && pitch != run;
        const bool joined = !apart && (kind == Kind::load || kind == Kind::fill);
        return joined ? (words() + 15) / 16 : count * ((run + 31) / 32);
    }
};

/// Appends a read as payloads of at most `burst` bytes (a multiple of 32), or of one vector's piece.
void split_read(const PeStep& step, std::uint32_t burst, std::vector<PeStep>& steps);

}  // namespace pimvp
