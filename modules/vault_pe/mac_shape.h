// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a MAC command and its POST command ask for, checked. No SystemC here.
#pragma once

#include <cstdint>

#include "driver/pimvp_program.h"
#include "driver/pimvp_vault.h"
#include "modules/vault_pe/mac_kernels.h"
#include "modules/vault_pe/vault_pe_params.h"

namespace pimvp {

/// Convolution of output rows first_row to first_row + rows - 1, all columns. Sizes in pixels, channels,
/// words; addresses and distances of rows in bytes.
struct MacShape {
    int mode = PIMVP_MAC_STREAM_INPUTS;
    std::uint32_t input = 0, row_bytes = 0, weights = 0;
    std::int64_t height = 0, width = 0, pixel_words = 0, channels = 0;
    std::int64_t first_row = 0, rows = 0, out_width = 0, filters = 0;
    std::int64_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, pad_top = 0, pad_left = 0,
                 dilation_h = 1, dilation_w = 1;
    std::int32_t pad_value = 0;
    WordFormat input_format, weight_format;
    std::int64_t output_bytes = 2;  // of a finished output; 4 if it has 32 bits

    /// Throws std::invalid_argument, for people, for what no PE could do.
    static MacShape of(const pimvp_mac& mac, const pimvp_post& post);

    std::int64_t taps() const { return kernel_h * kernel_w; }
    /// Words of one tap of a filter: channels, in STREAM_INPUTS and LANES up to whole blocks.
    std::int64_t tap_words() const {
        return mode == PIMVP_MAC_STREAM_WEIGHTS ? channels : PIMVP_VAULT_PIXEL_WORDS(channels);
    }
    /// From filter to filter: whole blocks. LANES: all taps of all channels.
    std::int64_t filter_words() const { return (taps() * tap_words() + 15) / 16 * 16; }
    /// Input row or column that tap k of output row or column i meets; may lie outside.
    std::int64_t input_row(std::int64_t row, std::int64_t ky) const {
        return row * stride_h + ky * dilation_h - pad_top;
    }
    std::int64_t input_column(std::int64_t column, std::int64_t kx) const {
        return column * stride_w + kx * dilation_w - pad_left;
    }
    /// Modulo 2^32: a tensor that does not lie in DRAM is met by an address error.
    std::uint32_t pixel_address(std::int64_t row, std::int64_t column) const {
        return input + static_cast<std::uint32_t>(row) * row_bytes +
               static_cast<std::uint32_t>(column * pixel_words * 2);
    }
    bool inside(std::int64_t row, std::int64_t column) const {
        return row >= 0 && row < height && column >= 0 && column < width;
    }
};

}  // namespace pimvp
