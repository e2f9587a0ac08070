// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

struct pimvp_tile;

namespace pimvp {

/// The elements of a window that one weight tile multiplies, as its TILE command names them: worked out once,
/// cut out of every window. No SystemC.
class TileSlice {
  public:
    /// Of a window of `window_bits`. Throws std::invalid_argument for a tile without rows, one that leaves
    /// the window, and one with more inputs than a macro takes at once.
    TileSlice(const pimvp_tile& tile, std::size_t window_bits, unsigned element_bits);
    /// Of a tile with a list: `codes` is what the index memory holds for it, tile_index_bytes() long. Besides
    /// throws for a list that is not ascending or leaves the window, and groups that are short where they
    /// must not be.
    TileSlice(const pimvp_tile& tile, const std::uint8_t* codes, std::size_t window_bits,
              unsigned element_bits);

    std::size_t bytes() const { return bytes_; }
    /// The elements, packed, bytes() long: inside `window` if they lie there as they are wanted, else in
    /// `buffer`.
    const std::uint8_t* cut(const std::uint8_t* window, std::uint8_t* buffer) const;

  private:
    struct Piece {
        std::size_t bit, bits;
    };
    void finish(std::uint64_t bits, std::size_t window_bits);
    void add(std::size_t bit, std::size_t bits);

    std::vector<Piece> pieces_;
    std::size_t bytes_ = 0;
    bool in_place_ = false;
};

/// Bytes of a tile's list in the index memory; 0: it has none. Throws std::invalid_argument for codes of more
/// than 16 bits and groups without elements.
std::size_t tile_index_bytes(const pimvp_tile& tile);

}  // namespace pimvp
