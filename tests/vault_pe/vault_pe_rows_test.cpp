// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// POOL and VECTOR commands of a PE against plain loops over the words in memory.
#include <random>

#include "tests/vault_pe/conv_case.h"
#include "tests/vault_pe/pe_fixture.h"

namespace pimvp::test {
namespace {

/// A tensor in memory, random, words below its elements noise.
struct Plane {
    std::uint32_t address = 0;
    int height = 1, width = 1, channels = 1;
    unsigned bits = 8;
    bool is_signed = false;
    std::vector<std::int32_t> values;

    std::uint32_t pitch() const { return static_cast<std::uint32_t>(2 * words_for(channels)); }
    std::uint32_t row_bytes() const { return (pitch() * static_cast<std::uint32_t>(width) + 63) / 64 * 64; }
    std::int32_t at(int y, int x, int c) const {
        return values[static_cast<std::size_t>((y * width + x) * channels + c)];
    }
    std::uint32_t format() const { return format_for(bits, is_signed); }
    std::size_t place(int y, int x, int c) const {
        return address + std::size_t{row_bytes()} * static_cast<unsigned>(y) +
               std::size_t{pitch()} * static_cast<unsigned>(x) + 2 * static_cast<unsigned>(c);
    }
};

struct RowsTest : PeTest {
    static VaultPeParams params() {
        VaultPeParams p = small();
        p.burst_bytes = 128;
        return p;
    }
    std::mt19937 random{7};
    RowsTest() : PeTest(params()) {}

    Plane draw_plane(std::uint32_t address, int height, int width, int channels, unsigned bits,
                     bool is_signed) {
        Plane plane{address, height, width, channels, bits, is_signed, {}};
        for (int i = 0; i < height * width * channels; ++i)
            plane.values.push_back(draw(random, bits, is_signed));
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x)
                for (int c = 0; c < words_for(channels); ++c)
                    if (c < channels)
                        put_word(memory.bytes, plane.place(y, x, c), plane.at(y, x, c), bits, &random);
                    else
                        put_word(memory.bytes, plane.place(y, x, c), random(), 16);
        return plane;
    }
    static pimvp_post post_to(const Plane& out, std::uint32_t mode) {
        pimvp_post post{};
        post.opcode = PIMVP_OP_POST | PIMVP_REACH_ALL << 16;
        post.activity = 4;
        post.mode = mode;
        post.channels = static_cast<std::uint32_t>(out.channels);
        post.width = static_cast<std::uint32_t>(out.width);
        post.format = out.format();
        post.low = out.is_signed ? -(1 << (out.bits - 1)) : 0;
        post.high = (1 << (out.is_signed ? out.bits - 1 : out.bits)) - 1;
        post.address = out.address;
        post.row_bytes = out.row_bytes();
        post.parameters = 0x200;
        return post;
    }
    template <class Expected>
    void expect_plane(const Plane& out, const Expected& expected) {
        for (int y = 0; y < out.height; ++y)
            for (int x = 0; x < out.width; ++x)
                for (int c = 0; c < out.channels; ++c) {
                    const auto value = static_cast<std::uint16_t>(
                        static_cast<std::uint32_t>(expected(y, x, c)) << (16 - out.bits));
                    const std::size_t at = out.place(y, x, c);
                    ASSERT_EQ(word(memory.bytes, at), value) << y << ", " << x << ", " << c;
                    ASSERT_EQ(word(others.bytes, at), value) << "elsewhere: " << y << ", " << x << ", " << c;
                }
    }
};

struct Pool {
    int kernel_h = 3, kernel_w = 2, stride_h = 2, stride_w = 1, pad_top = 1, pad_left = 1, dilation_h = 1,
        dilation_w = 2;
};
pimvp_conv pool_command(const Pool& p, const Plane& in, const Plane& out, int channel0, std::int32_t pad) {
    pimvp_conv pool{};
    pool.opcode = PIMVP_OP_POOL;
    pool.activity = 4;
    pool.address = in.address + 2 * static_cast<std::uint32_t>(channel0);
    pool.row_bytes = in.row_bytes();
    pool.size = PIMVP_PAIR(in.height, in.width);
    pool.channels = static_cast<std::uint32_t>(out.channels);
    pool.format = in.format();
    pool.out_size = PIMVP_PAIR(out.height, out.width);
    pool.kernel = PIMVP_PAIR(p.kernel_h, p.kernel_w);
    pool.stride = PIMVP_PAIR(p.stride_h, p.stride_w);
    pool.pad = PIMVP_PAIR(p.pad_top, p.pad_left);
    pool.dilation = PIMVP_PAIR(p.dilation_h, p.dilation_w);
    pool.pad_value = pad;
    pool.pixel_bytes = in.pitch();
    return pool;
}
/// Calls take(value) for each element of a window.
template <class Take>
void each_of_window(const Pool& p, const Plane& in, int y, int x, int c, std::int32_t pad, const Take& take) {
    for (int ky = 0; ky < p.kernel_h; ++ky)
        for (int kx = 0; kx < p.kernel_w; ++kx) {
            const int iy = y * p.stride_h + ky * p.dilation_h - p.pad_top,
                      ix = x * p.stride_w + kx * p.dilation_w - p.pad_left;
            take(iy < 0 || iy >= in.height || ix < 0 || ix >= in.width ? pad : in.at(iy, ix, c));
        }
}

/// 7 of 40 channels, from the 30th on; negative values, 5 bits.
TEST_F(RowsTest, MaximumOfARangeOfChannels) {
    const Pool p;
    const Plane in = draw_plane(0x4000, 7, 6, 40, 5, true);
    const Plane out{0x10000, 4, 6, 7, 5, true, {}};
    pimvp_post post = post_to(out, PIMVP_POST_MAX);
    post.operand_format[0] = in.format() | 6u << 20;
    post.operand_format[1] = out.pitch();
    add(post);
    add(pool_command(p, in, out, 30, -16));
    run_well();
    expect_plane(out, [&](int y, int x, int c) {
        std::int32_t most = -16;
        each_of_window(p, in, y, x, 30 + c, -16, [&](std::int32_t v) { most = std::max(most, v); });
        return most;
    });
    ASSERT_EQ(layers.size(), 1u);
    EXPECT_EQ(layers[0].bound, Stage::vector);
    // Output row y takes input rows 2 y - 1 to 2 y + 1: 2 + 3 + 3 + 2 of them, 6 pixels of 7 channels.
    EXPECT_EQ(count("streamed_word", 4), 10u * 6 * 7);
    EXPECT_EQ(count("decode_bit", 4), 10u * 6 * 7 * 5);
    EXPECT_EQ(count("stored_word", 4), 4u * 6 * 7);
}

/// Of 12 unsigned bits: sums of 16 pixels, times 1 / 16, rounded half up.
TEST_F(RowsTest, AverageOfAWholeImage) {
    Pool p;
    p.kernel_h = p.kernel_w = 4;
    p.pad_top = p.pad_left = 0;
    p.dilation_w = 1;
    const Plane in = draw_plane(0x4000, 4, 4, 20, 12, false);
    const Plane out{0x10000, 1, 1, 20, 12, false, {}};
    pimvp_post post = post_to(out, PIMVP_POST_MODE(PIMVP_POST_SUM, PIMVP_ROUND_HALF_UP));
    post.operand_format[0] = in.format();
    post.operand_format[1] = out.pitch();
    for (std::uint32_t c = 0; c < 20; ++c) put(0x200 + 16 * c, pimvp_post_entry{0, 1, 4, 0});
    add(post);
    add(pool_command(p, in, out, 0, 0));
    run_well();
    expect_plane(out, [&](int y, int x, int c) {
        std::int32_t sum = 8;
        each_of_window(p, in, y, x, c, 0, [&](std::int32_t v) { sum += v; });
        return sum / 16;
    });
}

/// Operands of 3 and 16 bits, of 17 channels in 32 words: (x - 1) * 5 + (y + 2) * 3, halved twice.
TEST_F(RowsTest, SumOfTwoTensors) {
    const Plane a = draw_plane(0x4000, 3, 5, 17, 3, true), b = draw_plane(0x8000, 3, 5, 17, 16, false);
    const Plane out{0x10000, 3, 5, 17, 16, true, {}};
    pimvp_post post = post_to(out, PIMVP_POST_MODE(PIMVP_POST_ADD, PIMVP_ROUND_HALF_UP));
    post.operand_format[0] = a.format();
    post.operand_format[1] = b.format();
    put(0x200, pimvp_post_entry{1, 5, 2, 0});
    put(0x210, pimvp_post_entry{-2, 3, 2, 0});
    put(0x220, pimvp_post_entry{});
    add(post);
    pimvp_vector vector{};
    vector.opcode = PIMVP_OP_VECTOR;
    vector.activity = 4;
    vector.height = 3;
    vector.operands = 2;
    vector.address[0] = a.address;
    vector.address[1] = b.address;
    vector.row_bytes[0] = a.row_bytes();
    vector.row_bytes[1] = b.row_bytes();
    add(vector);
    run_well();
    expect_plane(out, [&](int y, int x, int c) {
        const std::int32_t sum = (a.at(y, x, c) - 1) * 5 + (b.at(y, x, c) + 2) * 3 + 2;
        return std::min(32767, sum < 0 ? -((3 - sum) / 4) : sum / 4);
    });
    EXPECT_EQ(count("decode_bit", 4), 15u * 17 * (3 + 16));
}

/// Channels 2, 0 of the first and 16 of the second operand.
TEST_F(RowsTest, ChannelsOfTwoTensors) {
    const Plane a = draw_plane(0x4000, 2, 4, 3, 4, false), b = draw_plane(0x8000, 2, 4, 20, 6, false);
    const Plane out{0x10000, 2, 4, 3, 6, false, {}};
    pimvp_post post = post_to(out, PIMVP_POST_MERGE);
    post.operand_format[0] = a.format() | 3u << 20;
    post.operand_format[1] = b.format() | 20u << 20;
    put(0x200, pimvp_post_entry{0, 1, 0, PIMVP_PAIR(0, 2)});
    put(0x210, pimvp_post_entry{0, 2, 0, PIMVP_PAIR(0, 0)});
    put(0x220, pimvp_post_entry{0, 1, 0, PIMVP_PAIR(1, 16)});
    add(post);
    pimvp_vector vector{};
    vector.opcode = PIMVP_OP_VECTOR;
    vector.activity = 4;
    vector.height = 2;
    vector.operands = 2;
    vector.address[0] = a.address;
    vector.address[1] = b.address;
    vector.row_bytes[0] = a.row_bytes();
    vector.row_bytes[1] = b.row_bytes();
    add(vector);
    run_well();
    expect_plane(out, [&](int y, int x, int c) {
        return c == 0 ? a.at(y, x, 2) : c == 1 ? 2 * a.at(y, x, 0) : b.at(y, x, 16);
    });
}

TEST_F(RowsTest, FailsOnAPoolWithoutAKernel) {
    const Plane in{0x4000, 4, 4, 16, 8, false, {}}, out{0x10000, 4, 4, 16, 8, false, {}};
    pimvp_post post = post_to(out, PIMVP_POST_MAX);
    post.operand_format[0] = in.format();
    add(post);
    Pool p;
    p.kernel_h = 0;
    add(pool_command(p, in, out, 0, 0));
    expect_failure("POOL expects a kernel");
}
TEST_F(RowsTest, FailsOnAMergeThatDoesNotCount) {
    const Plane out{0x10000, 4, 4, 16, 8, false, {}};
    pimvp_post post = post_to(out, PIMVP_POST_MERGE);
    post.operand_format[0] = out.format();
    add(post);
    pimvp_vector vector{};
    vector.opcode = PIMVP_OP_VECTOR;
    vector.operands = 1;
    add(vector);
    expect_failure("counts of its operands' channels");
}

}  // namespace
}  // namespace pimvp::test
