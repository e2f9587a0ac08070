// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Random convolutions in a vault's layout, and what they must give: loops over pixels that know nothing of
// tiles, slices or blocks.
#pragma once

#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include "driver/pimvp_macro.h"
#include "driver/pimvp_program.h"
#include "driver/pimvp_vault.h"

namespace pimvp::test {

inline int words_for(int channels) {
    return static_cast<int>(PIMVP_VAULT_PIXEL_WORDS(static_cast<unsigned>(channels)));
}

struct ConvCase {
    int mode = 0;
    int height = 4, width = 4, tensor_channels = 16, channel0 = 0, channels = 16;
    int filters = 4;
    int kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, pad_top = 0, pad_left = 0, dilation_h = 1,
        dilation_w = 1;
    int first_row = 0, rows = 1, out_width = 1, pad_value = 0;
    unsigned input_bits = 8, weight_bits = 8;
    bool input_signed = false, weight_signed = true;

    int pixel_words() const { return words_for(tensor_channels); }
    std::uint32_t row_bytes() const {
        return static_cast<std::uint32_t>((width * pixel_words() * 2 + 63) / 64 * 64);
    }
};

/// Input tensor and weights as integers.
struct ConvData {
    std::vector<std::int32_t> input, weights;  // [row][column][channel], [filter][ky][kx][channel]
};

inline std::uint32_t format_for(unsigned bits, bool is_signed) {
    return PIMVP_FORMAT(bits, is_signed ? PIMVP_KIND_SIGNED : PIMVP_KIND_UNSIGNED);
}

inline std::int32_t draw(std::mt19937& random, unsigned bits, bool is_signed) {
    const std::int64_t low = is_signed ? -(std::int64_t{1} << (bits - 1)) : 0;
    const std::int64_t high = (std::int64_t{1} << (is_signed ? bits - 1 : bits)) - 1;
    switch (random() % 8) {
        case 0:
            return static_cast<std::int32_t>(low);
        case 1:
            return static_cast<std::int32_t>(high);
        default:
            return static_cast<std::int32_t>(std::uniform_int_distribution<std::int64_t>(low, high)(random));
    }
}

inline ConvData draw_data(const ConvCase& c, std::mt19937& random) {
    ConvData data;
    data.input.resize(static_cast<std::size_t>(c.height * c.width * c.tensor_channels));
    for (auto& x : data.input) x = draw(random, c.input_bits, c.input_signed);
    const int depth = c.mode == PIMVP_MAC_LANES ? 1 : c.channels;
    data.weights.resize(static_cast<std::size_t>(c.filters * c.kernel_h * c.kernel_w * depth));
    for (auto& w : data.weights) w = draw(random, c.weight_bits, c.weight_signed);
    return data;
}

/// Sum of output pixel (row, column), filter f.
inline std::int64_t expected_sum(const ConvCase& c, const ConvData& data, int row, int column, int f) {
    std::int64_t sum = 0;
    const bool lanes = c.mode == PIMVP_MAC_LANES;
    const int depth = lanes ? 1 : c.channels;
    for (int ky = 0; ky < c.kernel_h; ++ky)
        for (int kx = 0; kx < c.kernel_w; ++kx)
            for (int d = 0; d < depth; ++d) {
                const int y = row * c.stride_h + ky * c.dilation_h - c.pad_top;
                const int x = column * c.stride_w + kx * c.dilation_w - c.pad_left;
                const int channel = c.channel0 + (lanes ? f : d);
                const std::int64_t value = y < 0 || y >= c.height || x < 0 || x >= c.width
                                               ? c.pad_value
                                               : data.input[static_cast<std::size_t>(
                                                     (y * c.width + x) * c.tensor_channels + channel)];
                sum += value * data.weights[static_cast<std::size_t>(
                                   ((f * c.kernel_h + ky) * c.kernel_w + kx) * depth + d)];
            }
    return sum;
}

inline void put_word(std::vector<std::uint8_t>& memory, std::size_t at, std::int64_t value, unsigned bits,
                     std::mt19937* noise = nullptr) {
    auto word = static_cast<std::uint16_t>(static_cast<std::uint64_t>(value) << (16 - bits));
    // What stands below an element does not count.
    if (noise != nullptr && bits < 16)
        word = static_cast<std::uint16_t>(word | ((*noise)() & ((1u << (16 - bits)) - 1)));
    if (memory.size() < at + 2) memory.resize(at + 2);
    std::memcpy(&memory[at], &word, 2);
}

inline std::size_t weight_words_per_filter(const ConvCase& c) {
    const int tap = c.mode == PIMVP_MAC_STREAM_WEIGHTS ? c.channels : words_for(c.channels);
    return static_cast<std::size_t>((c.kernel_h * c.kernel_w * tap + 15) / 16 * 16);
}

/// Puts both into a vault's memory; padding words of weights are zero, those of the input are not.
inline void place(const ConvCase& c, const ConvData& data, std::uint32_t input, std::uint32_t weights,
                  std::vector<std::uint8_t>& memory, std::mt19937& random) {
    for (int y = 0; y < c.height; ++y)
        for (int x = 0; x < c.width; ++x)
            for (int k = 0; k < c.pixel_words(); ++k) {
                const std::size_t at = input + static_cast<std::size_t>(y) * c.row_bytes() +
                                       static_cast<std::size_t>(x * c.pixel_words() + k) * 2;
                if (k < c.tensor_channels)
                    put_word(memory, at,
                             data.input[static_cast<std::size_t>((y * c.width + x) * c.tensor_channels + k)],
                             c.input_bits, &random);
                else
                    put_word(memory, at, random(), 16);
            }
    const bool lanes = c.mode == PIMVP_MAC_LANES;
    const int tap_words = c.mode == PIMVP_MAC_STREAM_WEIGHTS ? c.channels : words_for(c.channels);
    const std::size_t total = weight_words_per_filter(c) * static_cast<std::size_t>(lanes ? 1 : c.filters);
    for (std::size_t i = 0; i < total; ++i) put_word(memory, weights + 2 * i, 0, 16);
    const int taps = c.kernel_h * c.kernel_w, depth = lanes ? 1 : c.channels;
    for (int f = 0; f < c.filters; ++f)
        for (int t = 0; t < taps; ++t)
            for (int d = 0; d < depth; ++d) {
                const std::size_t word = lanes ? static_cast<std::size_t>(t * tap_words + f)
                                               : static_cast<std::size_t>(f) * weight_words_per_filter(c) +
                                                     static_cast<std::size_t>(t * tap_words + d);
                put_word(memory, weights + 2 * word,
                         data.weights[static_cast<std::size_t>((f * taps + t) * depth + d)], c.weight_bits);
            }
}

inline pimvp_mac command_of(const ConvCase& c, std::uint32_t input, std::uint32_t weights) {
    pimvp_mac mac{};
    mac.opcode = PIMVP_OP_MAC;
    mac.activity = 3;
    mac.input = input + 2 * static_cast<std::uint32_t>(c.channel0);
    mac.row_bytes = c.row_bytes();
    mac.size = PIMVP_PAIR(c.height, c.width);
    mac.channels = PIMVP_PAIR(c.pixel_words(), c.channels);
    mac.input_format = format_for(c.input_bits, c.input_signed);
    mac.weight_format = format_for(c.weight_bits, c.weight_signed);
    mac.rows = PIMVP_PAIR(c.first_row, c.rows);
    mac.kernel = PIMVP_PAIR(c.kernel_h, c.kernel_w);
    mac.stride = PIMVP_PAIR(c.stride_h, c.stride_w);
    mac.pad = PIMVP_PAIR(c.pad_top, c.pad_left);
    mac.dilation = PIMVP_PAIR(c.dilation_h, c.dilation_w);
    mac.pad_value = c.pad_value;
    mac.weights = weights;
    mac.filters = PIMVP_PAIR(c.mode, c.filters);
    return mac;
}

inline pimvp_post raw_post(const ConvCase& c) {
    pimvp_post post{};
    post.opcode = PIMVP_OP_POST;
    post.activity = 3;
    post.mode = PIMVP_POST_RAW;
    post.channels = static_cast<std::uint32_t>(c.filters);
    post.width = static_cast<std::uint32_t>(c.out_width);
    post.format = PIMVP_FORMAT(32, PIMVP_KIND_SIGNED);
    return post;
}

/// A case that exercises odd sizes; bits up to `most_bits`.
inline ConvCase draw_case(std::mt19937& random, unsigned most_bits = 16) {
    const auto pick = [&](int low, int high) {
        return std::uniform_int_distribution<int>(low, high)(random);
    };
    ConvCase c;
    c.mode = pick(0, 2);
    c.kernel_h = pick(1, 4);
    c.kernel_w = pick(1, 4);
    c.stride_h = pick(1, 3);
    c.stride_w = pick(1, 3);
    c.dilation_h = pick(1, 2);
    c.dilation_w = pick(1, 2);
    c.pad_top = pick(0, c.kernel_h);
    c.pad_left = pick(0, c.kernel_w);
    const int groups = pick(0, 2) == 0 ? 2 : 1, least = c.mode == PIMVP_MAC_STREAM_INPUTS ? 16 : 1;
    c.channels = pick(0, 1) == 0 ? pick(least, 40) : 16 * pick(1, 5);
    c.tensor_channels = c.channels * groups;
    c.channel0 = c.channels * pick(0, groups - 1);
    // Padding words of the last group may lie beyond the pixel's: only its whole blocks are the PE's
    // business.
    if (c.mode != PIMVP_MAC_STREAM_WEIGHTS && c.channels % 16 != 0) {
        c.tensor_channels = c.channels;
        c.channel0 = 0;
    }
    c.filters = c.mode == PIMVP_MAC_LANES ? c.channels : pick(1, 40);
    c.height = pick(1, 9);
    c.width = pick(1, 12);
    c.first_row = pick(0, 3);
    c.rows = pick(1, 5);
    c.out_width = pick(1, 12);
    c.input_bits = static_cast<unsigned>(pick(1, static_cast<int>(most_bits)));
    c.weight_bits = static_cast<unsigned>(pick(1, static_cast<int>(most_bits)));
    c.input_signed = pick(0, 1) == 1;
    c.weight_signed = pick(0, 3) != 0;
    c.pad_value = pick(0, 1) == 0 ? 0 : draw(random, c.input_bits, c.input_signed);
    return c;
}

}  // namespace pimvp::test
