// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sequencer/window.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "driver/pimvp_program.h"
#include "tests/mapping/random_graph.h"

namespace pimvp {
namespace {

using net::test::Random;

/// Element `index` of `bits` bits, bit by bit.
unsigned element(const std::uint8_t* bytes, std::size_t index, unsigned bits) {
    unsigned value = 0;
    for (unsigned b = 0; b < bits; ++b) {
        const std::size_t bit = index * bits + b;
        value |= (bytes[bit / 8] >> (bit % 8) & 1u) << b;
    }
    return value;
}

struct Case {
    int h, w, c, kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, top, left, out_h, out_w;
    unsigned bits;
    int pad_value;
};

pimvp_conv command(const Case& k) {
    pimvp_conv conv{};
    conv.size = PIMVP_PAIR(k.h, k.w);
    conv.channels = static_cast<std::uint32_t>(k.c);
    conv.format = PIMVP_FORMAT(k.bits, 1);
    conv.out_size = PIMVP_PAIR(k.out_h, k.out_w);
    conv.kernel = PIMVP_PAIR(k.kernel_h, k.kernel_w);
    conv.stride = PIMVP_PAIR(k.stride_h, k.stride_w);
    conv.dilation = PIMVP_PAIR(k.dilation_h, k.dilation_w);
    conv.pad = PIMVP_PAIR(k.top, k.left);
    conv.pad_value = k.pad_value;
    return conv;
}

Case random_case(Random& random) {
    Case k{};
    k.h = random.between(1, 9);
    k.w = random.between(1, 9);
    k.c = random.between(1, 7);
    k.kernel_h = random.between(1, 4);
    k.kernel_w = random.between(1, 4);
    k.stride_h = random.between(1, 3);
    k.stride_w = random.between(1, 3);
    k.dilation_h = random.between(1, 3);
    k.dilation_w = random.between(1, 3);
    const int span_h = (k.kernel_h - 1) * k.dilation_h + 1, span_w = (k.kernel_w - 1) * k.dilation_w + 1;
    k.top = random.between(0, span_h - 1);
    k.left = random.between(0, span_w - 1);
    // Padding below and to the right is what the output size implies.
    k.out_h = (k.h + k.top + random.between(0, span_h - 1) - span_h) / k.stride_h + 1;
    k.out_w = (k.w + k.left + random.between(0, span_w - 1) - span_w) / k.stride_w + 1;
    k.bits = static_cast<unsigned>(random.between(1, 16));
    k.pad_value = random.chance(50) ? 0 : random.between(-(1 << (k.bits - 1)), (1 << (k.bits - 1)) - 1);
    return k;
}

TEST(WindowBuffer, CutsTheWindowsThatIm2colWould) {
    int padded = 0, windows = 0;
    for (std::uint32_t seed = 0; seed < 600; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Random random(seed);
        const Case k = random_case(random);
        if (k.out_h < 1 || k.out_w < 1) continue;
        const unsigned mask = (1u << k.bits) - 1;
        std::vector<unsigned> image(static_cast<std::size_t>(k.h * k.w * k.c));
        for (auto& v : image) v = static_cast<unsigned>(random.between(0, static_cast<int>(mask)));

        WindowBuffer buffer;
        buffer.configure(command(k));
        const std::size_t row_bits = static_cast<std::size_t>(k.w * k.c) * k.bits;
        ASSERT_EQ(buffer.row_bytes(), (row_bits + 7) / 8);
        ASSERT_EQ(buffer.element_bits(), k.bits);
        ASSERT_EQ(buffer.window_bits(), static_cast<std::size_t>(k.kernel_h * k.kernel_w * k.c) * k.bits);
        EXPECT_LE(buffer.held_rows(), k.h);
        int next_row = 0;
        for (int y = 0; y < k.out_h; ++y) {
            for (; next_row <= buffer.last_row(y); ++next_row) {
                ASSERT_LT(next_row, k.h);
                // Bits beyond the row's end are not its: they must not matter.
                std::vector<std::uint8_t> row(buffer.row_bytes(), 0xFF);
                for (std::size_t i = 0; i < row_bits; ++i) {
                    const auto value = image[static_cast<std::size_t>(next_row * k.w * k.c) + i / k.bits];
                    if ((value >> (i % k.bits) & 1u) == 0)
                        row[i / 8] &= static_cast<std::uint8_t>(~(1u << (i % 8)));
                }
                buffer.load_row(next_row, row.data());
            }
            for (int x = 0; x < k.out_w; ++x) {
                buffer.assemble(y, x);
                ++windows;
                std::size_t index = 0;
                for (int ky = 0; ky < k.kernel_h; ++ky) {
                    for (int kx = 0; kx < k.kernel_w; ++kx) {
                        const int iy = y * k.stride_h - k.top + ky * k.dilation_h;
                        const int ix = x * k.stride_w - k.left + kx * k.dilation_w;
                        const bool inside = iy >= 0 && iy < k.h && ix >= 0 && ix < k.w;
                        padded += !inside;
                        for (int c = 0; c < k.c; ++c, ++index) {
                            const unsigned expected =
                                inside ? image[static_cast<std::size_t>((iy * k.w + ix) * k.c + c)]
                                       : static_cast<unsigned>(k.pad_value) & mask;
                            ASSERT_EQ(element(buffer.window(), index, k.bits), expected)
                                << "output " << y << ", " << x << ", element " << index;
                        }
                    }
                }
            }
        }
    }
    EXPECT_GT(windows, 1000);
    EXPECT_GT(padded, 1000);
}

TEST(WindowBuffer, HoldsTheRowsUnderTheKernelAndItsNextStep) {
    Case k{20, 4, 1, 3, 3, 2, 1, 2, 1, 0, 0, 8, 2, 8, 0};
    WindowBuffer buffer;
    buffer.configure(command(k));
    EXPECT_EQ(buffer.held_rows(), 5 + 2);
    EXPECT_EQ(buffer.last_row(0), 4);
    EXPECT_EQ(buffer.last_row(1), 6);
    EXPECT_EQ(buffer.last_row(100), 19);
    k.top = 4;
    buffer.configure(command(k));
    EXPECT_EQ(buffer.last_row(0), 0);
    k.kernel_h = 1;
    k.top = 3;
    buffer.configure(command(k));
    EXPECT_LT(buffer.last_row(0), 0) << "nothing but padding";
}

TEST(WindowBuffer, RefusesWhatNoLineBufferHolds) {
    const Case good{4, 4, 2, 2, 2, 1, 1, 1, 1, 0, 0, 3, 3, 4, 0};
    const auto refused = [&](auto change) {
        pimvp_conv conv = command(good);
        change(conv);
        WindowBuffer buffer;
        EXPECT_THROW(buffer.configure(conv), std::invalid_argument);
    };
    WindowBuffer().configure(command(good));
    refused([](auto& c) { c.size = PIMVP_PAIR(0, 4); });
    refused([](auto& c) { c.channels = 0; });
    refused([](auto& c) { c.out_size = PIMVP_PAIR(3, 0); });
    refused([](auto& c) { c.kernel = PIMVP_PAIR(2, 0); });
    refused([](auto& c) { c.stride = 0; });
    refused([](auto& c) { c.dilation = PIMVP_PAIR(0, 1); });
    refused([](auto& c) { c.format = 0; });
    refused([](auto& c) { c.format = 17; });
    refused([](auto& c) { c.kernel = c.dilation = PIMVP_PAIR(0xFFFF, 0xFFFF); });
    refused([](auto& c) { c.size = c.kernel = c.dilation = c.stride = 0xFFFFFFFF; });
    refused([](auto& c) { c.channels = 0x7FFFFFFF; });
}

}  // namespace
}  // namespace pimvp
