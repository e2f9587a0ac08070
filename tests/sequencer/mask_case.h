// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Convolutions that leave window elements out, and arrays that multiply what they are sent.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "driver/pimvp_macro.h"
#include "driver/pimvp_program.h"
#include "tests/sequencer/bench.h"

namespace pimvp::test {

inline std::uint64_t window_at(std::uint32_t region) {
    return macro_at + PIMVP_MACRO_WINDOW_BASE + region * std::uint64_t{PIMVP_MACRO_WINDOW_STRIDE};
}

/// A random layer, its input and its weights [filter][window element], zero where `kept` says no.
struct MaskCase {
    int h, w, c, kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, top, left, out_h, out_w;
    unsigned bits;
    bool is_signed;
    int pad_value, filters;
    std::vector<int> image;
    std::vector<bool> kept;
    std::vector<std::vector<int>> weights;
    std::uint32_t first_region = 0, image_at = static_cast<std::uint32_t>(buffer_at);
    std::vector<std::uint32_t> tile_rows;  // kept elements of each tile, one after the other

    MaskCase(std::mt19937& random, int round) {
        const auto between = [&](int low, int high) {
            return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1));
        };
        kernel_h = between(1, 4), kernel_w = between(1, 4);
        stride_h = between(1, 3), stride_w = between(1, 3);
        dilation_h = between(1, 3), dilation_w = between(1, 3);
        const int span_h = (kernel_h - 1) * dilation_h + 1, span_w = (kernel_w - 1) * dilation_w + 1;
        top = between(0, span_h - 1), left = between(0, span_w - 1);
        out_h = between(1, 3), out_w = between(1, 3);
        h = std::max(1, (out_h - 1) * stride_h + span_h - top - between(0, span_h - 1));
        w = std::max(1, (out_w - 1) * stride_w + span_w - left - between(0, span_w - 1));
        c = round % 8 == 7 ? between(25, 40) : between(1, 7);
        bits = static_cast<unsigned>(1 + round % 16);
        is_signed = bits > 1 && random() % 2 == 0;
        const int low = is_signed ? -(1 << (bits - 1)) : 0, high = low + (1 << bits) - 1;
        pad_value = between(low, high);
        filters = between(1, 3);
        for (int i = 0; i < h * w * c; ++i) image.push_back(between(low, high));
        const auto n = static_cast<std::size_t>(kernel_h * kernel_w * c);
        kept.assign(n, false);
        if (round % 5 == 0) kept[random() % n] = true;
        if (round % 5 == 1) kept.front() = kept.back() = true;
        if (round % 5 == 2) kept.assign(n, true);
        if (round % 5 > 2)
            for (std::size_t i = 0; i < n; ++i) kept[i] = random() % static_cast<unsigned>(round % 5) == 0;
        if (std::find(kept.begin(), kept.end(), true) == kept.end()) kept[n / 2] = true;
        weights.assign(static_cast<std::size_t>(filters), std::vector<int>(n, 0));
        for (auto& filter : weights)
            for (std::size_t i = 0; i < n; ++i)
                if (kept[i]) filter[i] = between(-7, 7);
        for (auto rest = static_cast<std::uint32_t>(std::count(kept.begin(), kept.end(), true)); rest != 0;) {
            tile_rows.push_back(tile_rows.size() == 3 ? rest : 1 + random() % rest);
            rest -= tile_rows.back();
        }
    }

    /// Of output pixel (y, x): the loops of a dense convolution.
    std::int32_t sum(int filter, int y, int x) const {
        std::int32_t total = 0;
        std::size_t i = 0;
        for (int ky = 0; ky < kernel_h; ++ky)
            for (int kx = 0; kx < kernel_w; ++kx)
                for (int ch = 0; ch < c; ++ch, ++i) {
                    const int iy = y * stride_h - top + ky * dilation_h;
                    const int ix = x * stride_w - left + kx * dilation_w;
                    const bool inside = iy >= 0 && iy < h && ix >= 0 && ix < w;
                    total += weights[static_cast<std::size_t>(filter)][i] *
                             (inside ? image[static_cast<std::size_t>((iy * w + ix) * c + ch)] : pad_value);
                }
        return total;
    }

    std::uint32_t row_bytes() const { return (static_cast<std::uint32_t>(w * c) * bits + 7) / 8; }
    void store(Everything& memory) const {
        for (int y = 0; y < h; ++y) {
            std::vector<std::uint8_t> row(row_bytes(), 0);
            for (unsigned i = 0; i < static_cast<unsigned>(w * c) * bits; ++i) {
                const int value = image[static_cast<std::size_t>(y * w * c) + i / bits];
                row[i / 8] |= static_cast<std::uint8_t>((value >> (i % bits) & 1) << (i % 8));
            }
            for (std::size_t i = 0; i < row.size(); ++i)
                memory.put(image_at + static_cast<std::uint64_t>(y) * row_bytes() + i, row[i]);
        }
    }
    std::vector<pimvp_mask> masks(std::uint32_t most) const {
        std::vector<pimvp_mask> list;
        for (std::uint32_t first = 0; first < kept.size(); first += most) {
            pimvp_mask mask{};
            mask.activity = 3;
            mask.first = first;
            mask.count = std::min(most, static_cast<std::uint32_t>(kept.size()) - first);
            for (std::uint32_t i = 0; i < mask.count; ++i)
                if (kept[first + i]) mask.bits[i / 32] |= 1u << (i % 32);
            list.push_back(mask);
        }
        return list;
    }
    pimvp_conv conv() const {
        const auto pair = [](int high, int low) {
            return PIMVP_PAIR(static_cast<std::uint32_t>(high), static_cast<std::uint32_t>(low));
        };
        pimvp_conv conv{};
        conv.activity = 3;
        conv.address = image_at;
        conv.row_bytes = row_bytes();
        conv.size = pair(h, w);
        conv.channels = static_cast<std::uint32_t>(c);
        conv.format = PIMVP_FORMAT(bits, is_signed ? 1 : 0);
        conv.out_size = pair(out_h, out_w);
        conv.kernel = pair(kernel_h, kernel_w);
        conv.stride = pair(stride_h, stride_w);
        conv.pad = pair(top, left);
        conv.dilation = pair(dilation_h, dilation_w);
        conv.pad_value = pad_value;
        conv.tiles = static_cast<std::uint32_t>(tile_rows.size());
        return conv;
    }
    std::vector<pimvp_tile> tiles() const {
        std::vector<pimvp_tile> list;
        std::uint32_t row0 = 0;
        for (const auto rows : tile_rows) {
            pimvp_tile tile{};
            tile.activity = 3;
            tile.macro = macro_at;
            tile.region = first_region + static_cast<std::uint32_t>(list.size());
            tile.row0 = row0;
            tile.rows = rows;
            tile.filters = static_cast<std::uint32_t>(filters);
            tile.result_bytes = 4;
            list.push_back(tile);
            row0 += rows;
        }
        return list;
    }

    /// What arrays with the weights of the kept elements do with an access: answers inputs with results.
    void multiply(Everything& memory, const Access& access) const {
        std::size_t row0 = 0;
        for (std::uint32_t t = 0; t < tile_rows.size(); row0 += tile_rows[t++]) {
            if (!access.write || access.address != window_at(first_region + t)) continue;
            std::vector<std::size_t> elements;  // that the rows of all tiles stand for
            for (std::size_t i = 0; i < kept.size(); ++i)
                if (kept[i]) elements.push_back(i);
            for (int f = 0; f < filters; ++f) {
                std::int32_t total = 0;
                for (std::size_t r = 0; r < tile_rows[t]; ++r) {
                    int value = 0;
                    for (std::size_t b = 0; b < bits; ++b) {
                        const auto bit = r * bits + b;
                        if ((access.data.at(bit / 8) >> (bit % 8) & 1) != 0) value |= 1 << b;
                    }
                    if (is_signed && (value >> (bits - 1) & 1) != 0) value -= 1 << bits;
                    total += value * weights[static_cast<std::size_t>(f)][elements[row0 + r]];
                }
                memory.put(access.address + PIMVP_MACRO_RESULT + 4 * static_cast<std::uint64_t>(f), total);
            }
        }
    }
};

}  // namespace pimvp::test
