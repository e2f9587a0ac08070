// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "networks/mapping.h"

namespace pimvp::net {

/// What the tiles of a pass move and do per output position, and to load them: the estimate by which cuts are
/// compared.
class PassLoad {
  public:
    PassLoad(const PathGeometry& path, int input_bits, const Shape& output)
        : path_(path), input_bits_(input_bits), output_(output) {}
    void add(const Tile& tile);
    /// The slowest stage, for all positions; a streamed tile is read from memory and written one wordline per
    /// cycle.
    double cycles(const Pass& pass, bool streamed) const;

  private:
    std::int64_t beats(std::int64_t bits) const { return (bits + path_.link_bits - 1) / path_.link_bits; }
    bool one_after_the_other() const;
    std::int64_t access() const;

    const PathGeometry& path_;
    const int input_bits_;
    const Shape output_;
    std::int64_t in_ = 0, out_ = 0, rows_ = 0;
    std::int64_t operations_ = 0, most_operations_ = 0;  // one after the other: of all tiles, of the slowest
};

}  // namespace pimvp::net
