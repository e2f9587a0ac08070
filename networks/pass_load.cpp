// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/pass_load.h"

#include <algorithm>

namespace pimvp::net {

namespace {

std::int64_t quotient(std::int64_t a, std::int64_t b) {
    return (a + b - 1) / b;
}

}  // namespace

void PassLoad::add(const Tile& tile) {
    in_ += beats(std::int64_t{tile.rows} * input_bits_);
    out_ += beats(std::int64_t{8} * tile.filters * tile.result_bytes);
    rows_ += wordlines(tile, path_.cell);
    if (!one_after_the_other()) return;
    const auto n = path_.cell == CellKind::row
                       ? std::int64_t{wordlines(tile, path_.cell)} * input_bits_
                       : quotient(tile.rows, path_.group) * quotient(input_bits_, path_.input_step_bits);
    operations_ += n;
    most_operations_ = std::max(most_operations_, n);
}

/// Row operations, or groups of rows, follow each other.
bool PassLoad::one_after_the_other() const {
    return path_.cell == CellKind::row || path_.cell == CellKind::slot;
}

/// Of one position: a step per bit of the inputs, or operations one after the other, spread over the macros
/// as well as can be.
std::int64_t PassLoad::access() const {
    if (!one_after_the_other()) return input_bits_;
    return std::max(most_operations_, operations_ / std::max(1, path_.macros));
}

double PassLoad::cycles(const Pass& pass, bool streamed) const {
    const auto sums = beats(std::int64_t{32} * pass.channels);
    const auto all_out = out_ + (pass.adds ? sums : 0) + (pass.finishes ? 0 : sums);
    const double positions = static_cast<double>(output_.h) * output_.w;
    // Of cuts that take equally long the one with fewer sums: they may have to go to memory.
    constexpr double tie = 1e-6;
    return positions * (static_cast<double>(std::max({in_, all_out, access()})) +
                        tie * static_cast<double>(all_out - out_)) +
           (streamed ? 2.0 * static_cast<double>(rows_) : 0);
}

}  // namespace pimvp::net
