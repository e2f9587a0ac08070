// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sequencer/window.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "driver/pimvp_program.h"
#include "modules/core/bits.h"
#include "modules/sequencer/window_mask.h"

namespace pimvp {

namespace {

/// Of one window, or of the rows under it; no line buffer is so large, and sizes stay far from overflow.
constexpr std::size_t most_bytes = std::size_t{1} << 24;

int high_half(std::uint32_t pair) {
    return static_cast<int>(pair >> 16);
}
int low_half(std::uint32_t pair) {
    return static_cast<int>(pair & 0xFFFFu);
}

}  // namespace

void WindowBuffer::configure(const pimvp_conv& conv) {
    height_ = high_half(conv.size);
    width_ = low_half(conv.size);
    channels_ = static_cast<int>(conv.channels);
    out_width_ = low_half(conv.out_size);
    kernel_h_ = high_half(conv.kernel);
    kernel_w_ = low_half(conv.kernel);
    stride_h_ = high_half(conv.stride);
    stride_w_ = low_half(conv.stride);
    pad_top_ = high_half(conv.pad);
    pad_left_ = low_half(conv.pad);
    dilation_h_ = high_half(conv.dilation);
    dilation_w_ = low_half(conv.dilation);
    bits_ = conv.format & 0xFFFFu;
    for (const int size : {height_, width_, channels_, out_width_, kernel_h_, kernel_w_, stride_h_, stride_w_,
                           dilation_h_, dilation_w_})
        if (size <= 0) throw std::invalid_argument("a window has a size of zero");
    if (bits_ < 1 || bits_ > 16) throw std::invalid_argument("elements have 1 to 16 bits");

    const std::int64_t rows = std::int64_t{kernel_h_ - 1} * dilation_h_ + 1 + stride_h_;
    slots_ = static_cast<int>(std::min<std::int64_t>(height_, rows));
    // In double, since a product of four 16-bit sizes passes 2^63.
    const double row = std::max(1.0 * width_ + pad_left_,
                                1.0 * (out_width_ - 1) * stride_w_ + 1.0 * (kernel_w_ - 1) * dilation_w_ + 1);
    const double pixels = std::max(1.0 * kernel_h_ * kernel_w_, row * (slots_ + 1));
    if (pixels * channels_ * bits_ > 8.0 * most_bytes)
        throw std::invalid_argument("a window over more than " + std::to_string(most_bytes) + " bytes");

    pixel_bits_ = static_cast<std::size_t>(channels_) * bits_;
    if (conv.pixel_bytes != 0 && pixel_bits_ % 8 != 0)
        throw std::invalid_argument("pixels apart have whole bytes, found " + std::to_string(pixel_bits_) +
                                    " bits");
    row_bytes_ = (static_cast<std::size_t>(width_) * pixel_bits_ + 7) / 8;
    window_bits_ = static_cast<std::size_t>(kernel_h_ * kernel_w_) * pixel_bits_;
    const int reach = (out_width_ - 1) * stride_w_ + (kernel_w_ - 1) * dilation_w_ + 1;
    const auto padded_pixels = static_cast<std::size_t>(std::max(reach, pad_left_ + width_));
    padded_bytes_ = (padded_pixels * pixel_bits_ + 7) / 8;
    rows_.assign(padded_bytes_ * (static_cast<std::size_t>(slots_) + 1), 0);
    window_.assign((window_bits_ + 7) / 8, 0);
    pieces_.clear();
    if (conv.pad_value != 0) {
        for (int slot = 0; slot <= slots_; ++slot)
            for (std::size_t e = 0; e < padded_pixels * static_cast<std::size_t>(channels_); ++e)
                put_bits(rows_.data() + static_cast<std::size_t>(slot) * padded_bytes_, e * bits_,
                         static_cast<std::uint32_t>(conv.pad_value), bits_);
    }
}

void WindowBuffer::keep(const WindowMask& mask) {
    const std::size_t elements = window_bits_ / bits_;
    if (mask.elements() != elements)
        throw std::invalid_argument("MASK of " + std::to_string(mask.elements()) +
                                    " elements, the window has " + std::to_string(elements));
    if (mask.kept() == 0)
        throw std::invalid_argument("MASK keeps none of " + std::to_string(elements) + " elements");
    const auto channels = static_cast<std::size_t>(channels_), columns = static_cast<std::size_t>(kernel_w_);
    for (const WindowMask::Run& run : mask.runs()) {
        const std::size_t end = run.first + run.count;
        for (std::size_t first = run.first; first < end;) {
            const std::size_t pixel = first / channels, next = std::min(end, (pixel + 1) * channels);
            const std::size_t left = pixel % columns * static_cast<std::size_t>(dilation_w_);
            add_piece({static_cast<int>(pixel / columns), (left * channels + first % channels) * bits_,
                       (next - first) * bits_});
            first = next;
        }
    }
    window_bits_ = mask.kept() * bits_;
    window_.assign((window_bits_ + 7) / 8, 0);
}

void WindowBuffer::add_piece(const Piece& piece) {
    if (!pieces_.empty()) {
        Piece& last = pieces_.back();
        if (last.kernel_row == piece.kernel_row && last.bit + last.bits == piece.bit) {
            last.bits += piece.bits;
            return;
        }
    }
    pieces_.push_back(piece);
}

int WindowBuffer::last_row(int y) const {
    return static_cast<int>(std::min<std::int64_t>(
        height_ - 1, std::int64_t{y} * stride_h_ - pad_top_ + std::int64_t{kernel_h_ - 1} * dilation_h_));
}

void WindowBuffer::load_row(int row, const std::uint8_t* data) {
    copy_bits(rows_.data() + static_cast<std::size_t>(row % slots_) * padded_bytes_,
              static_cast<std::size_t>(pad_left_) * pixel_bits_, data, 0,
              static_cast<std::size_t>(width_) * pixel_bits_);
}

const std::uint8_t* WindowBuffer::padded_row(std::int64_t row) const {
    const auto slot = row < 0 || row >= height_ ? slots_ : row % slots_;
    return rows_.data() + static_cast<std::size_t>(slot) * padded_bytes_;
}

const std::uint8_t* WindowBuffer::row_under(int y, int kernel_row) const {
    return padded_row(std::int64_t{y} * stride_h_ - pad_top_ + std::int64_t{kernel_row} * dilation_h_);
}

void WindowBuffer::assemble(int y, int x) {
    std::size_t bit = 0;
    const auto left = static_cast<std::size_t>(x * stride_w_) * pixel_bits_;
    if (!pieces_.empty()) {
        const std::uint8_t* row = nullptr;
        int kernel_row = -1;
        for (const Piece& piece : pieces_) {
            if (piece.kernel_row != kernel_row) row = row_under(y, kernel_row = piece.kernel_row);
            copy_bits(window_.data(), bit, row, left + piece.bit, piece.bits);
            bit += piece.bits;
        }
        return;
    }
    for (int ky = 0; ky < kernel_h_; ++ky) {
        const auto* row = row_under(y, ky);
        if (dilation_w_ == 1) {
            const auto span = static_cast<std::size_t>(kernel_w_) * pixel_bits_;
            copy_bits(window_.data(), bit, row, left, span);
            bit += span;
            continue;
        }
        for (int kx = 0; kx < kernel_w_; ++kx, bit += pixel_bits_)
            copy_bits(window_.data(), bit, row,
                      left + static_cast<std::size_t>(kx * dilation_w_) * pixel_bits_, pixel_bits_);
    }
}

}  // namespace pimvp
