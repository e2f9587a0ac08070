// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

struct pimvp_conv;

namespace pimvp {

class WindowMask;

/// The line buffer and window register of a sequencer: holds as many input rows, packed, as lie under the
/// kernel and its next step, with their padding, and cuts windows or parts of them out. Window order is
/// kernel row, kernel column, channel. No SystemC.
class WindowBuffer {
  public:
    /// `conv` describes the tensor and the kernel. Throws std::invalid_argument for a size of zero, elements
    /// over 16 bits, sizes that no line buffer could hold, and pixels apart (pixel_bytes) that do not fill
    /// bytes.
    void configure(const pimvp_conv& conv);
    /// Until the next configure(), windows are the elements that `mask` takes, one after the other. Throws
    /// std::invalid_argument for a mask of another number of elements than the window's and one that takes
    /// none.
    void keep(const WindowMask& mask);

    int held_rows() const { return slots_; }
    std::size_t row_bytes() const { return row_bytes_; }  // of one input row, its pixels packed
    std::size_t window_bits() const { return window_bits_; }
    unsigned element_bits() const { return bits_; }
    /// Last input row (inclusive) that output row y needs; below 0 if it lies in the padding only.
    int last_row(int y) const;

    /// Takes input row `row`, row_bytes() long.
    void load_row(int row, const std::uint8_t* data);
    /// Window of output pixel (y, x) into window(), all rows it needs are loaded.
    void assemble(int y, int x);
    const std::uint8_t* window() const { return window_.data(); }

  private:
    /// Neighbouring bits of a window that lie in one padded row, from the window's left edge on.
    struct Piece {
        int kernel_row;
        std::size_t bit, bits;
    };
    const std::uint8_t* padded_row(std::int64_t row) const;
    const std::uint8_t* row_under(int y, int kernel_row) const;
    void add_piece(const Piece& piece);

    int height_ = 0, width_ = 0, channels_ = 0, out_width_ = 0;
    int kernel_h_ = 1, kernel_w_ = 1, stride_h_ = 1, stride_w_ = 1, pad_top_ = 0, pad_left_ = 0,
        dilation_h_ = 1, dilation_w_ = 1;
    unsigned bits_ = 8;
    int slots_ = 1;
    std::size_t pixel_bits_ = 8, row_bytes_ = 0, padded_bytes_ = 0, window_bits_ = 0;
    std::vector<std::uint8_t> rows_;  // slot after slot, then one row of padding only
    std::vector<std::uint8_t> window_;
    std::vector<Piece> pieces_;  // of the kept elements; empty: all are
};

}  // namespace pimvp
