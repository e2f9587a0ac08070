// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The unit against the formulas of networks/graph.h, written here with 128-bit integers and division instead
// of 64-bit shifts, and elements read and written bit by bit.
#include "modules/postprocess/post_unit.h"

#include <gtest/gtest.h>

#include "modules/core/error.h"
#include "tests/postprocess/post_unit_support.h"

namespace pimvp {
namespace {

std::int64_t requant(Wide product, unsigned shift, const pimvp_post& post) {
    return clamped_output(rounded(product, 1, shift, PIMVP_ROUND_HALF_UP), post);
}

TEST(PostUnit, RoundsHalvesUpByHand) {
    PostUnit unit({4, 64, 32, 32});
    auto post = make_post(PIMVP_POST_REQUANT, 1, 9, {8, true});
    post.zero_point = 10;
    post.high = 12;
    const pimvp_post_entry entry{1, 1, 1, 0};  // (acc + 1) / 2
    ASSERT_EQ(unit.configure(post, &entry, 1), PostStatus::ok);
    // acc + 1:          -4   -3   -2   -1  0  1  2  5     -1000
    // half up:          -2   -1   -1    0  0  1  1  3      -500
    const int sums[] = {-5, -4, -3, -2, -1, 0, 1, 4, -1001};
    for (const int s : sums)
        ASSERT_EQ(unit.add_sums(0, little_endian({s}, 2).data(), 2, 2, true), PostStatus::ok);
    EXPECT_TRUE(unit.row_complete());
    EXPECT_EQ(row_of(unit), (Bytes{8, 9, 9, 10, 10, 11, 11, 12, 0x80}));
}

TEST(PostUnit, RequantisesSumsOfTiles) {
    Random random(11);
    PostUnit unit({70, 4096, 32, 32});
    for (int trial = 0; trial < 400; ++trial) {
        const auto channels = static_cast<unsigned>(random(1, 70)),
                   width = static_cast<unsigned>(random(1, 9));
        const ElementRange out = random_range(random);
        auto post = make_post(PIMVP_POST_REQUANT, channels, width, out);
        randomise_clamp(post, out, random);
        post.parameters = static_cast<std::uint32_t>(random(0, 3));
        const auto entries = random_entries(channels + post.parameters, random, 1 << 30);
        ASSERT_EQ(unit.configure(post, entries.data(), entries.size()), PostStatus::ok);
        EXPECT_EQ(unit.entries(), channels);
        std::vector<std::int64_t> expected;
        for (unsigned p = 0; p < width; ++p) {
            std::vector<Wide> total(channels, 0);
            const auto split = static_cast<unsigned>(random(0, channels - 1));  // two column tiles
            const int row_tiles = static_cast<int>(random(1, 3));
            for (int tile = 0; tile < row_tiles; ++tile) {
                const unsigned sum_bytes = random(0, 1) == 0 ? 2 : 4;
                const std::int64_t limit = sum_bytes == 2 ? 1 << 15 : 1 << 28;
                for (const auto& [first, end] : {std::pair{0u, split}, std::pair{split, channels}}) {
                    std::vector<std::int64_t> sums;
                    for (unsigned c = first; c < end; ++c) {
                        sums.push_back(random.extreme(-limit, limit - 1));
                        total[c] += sums.back();
                    }
                    if (sums.empty()) continue;
                    const bool last = tile == row_tiles - 1 && end == channels;
                    const Bytes data = little_endian(sums, sum_bytes);
                    ASSERT_EQ(unit.add_sums(first, data.data(), data.size(), sum_bytes, last),
                              PostStatus::ok);
                }
            }
            for (unsigned c = 0; c < channels; ++c) {
                const auto& e = entries[post.parameters + c];
                expected.push_back(requant((total[c] + e.bias) * e.multiplier, e.shift, post));
            }
        }
        ASSERT_TRUE(unit.row_complete());
        ASSERT_EQ(row_of(unit), packed(expected, out.bits)) << "trial " << trial;
    }
}

TEST(PostUnit, RawKeepsTheBiasedSum) {
    PostUnit unit({2, 64, 32, 32});
    const pimvp_post_entry entries[] = {{-7, 0, 0, 0}, {1, 0, 63, 0}};  // multiplier and shift are unused
    ASSERT_EQ(unit.configure(make_post(PIMVP_POST_RAW, 2, 1, {32, true}), entries, 2), PostStatus::ok);
    const Bytes data = little_endian({INT32_MIN + 7, 5}, 4);
    ASSERT_EQ(unit.add_sums(0, data.data(), 8, 4, true), PostStatus::ok);
    EXPECT_EQ(row_of(unit), (Bytes{0, 0, 0, 0x80, 6, 0, 0, 0}));
}

TEST(PostUnit, ThresholdIsRequantToOneBit) {
    // y = clamp(floor((acc + bias) m / 2^s + 1/2), 0, 1) is 1 from the smallest a = acc + bias with 2 a m >=
    // 2^s on.
    Random random(12);
    PostUnit one({1, 8, 32, 32}), other({1, 8, 32, 32});
    for (int trial = 0; trial < 2000; ++trial) {
        const std::int64_t multiplier = random(1, 40000);
        const auto shift = static_cast<unsigned>(random(1, 30));
        const auto bias = static_cast<std::int32_t>(random(-5000, 5000));
        const std::int64_t half = std::int64_t{1} << shift;
        const std::int64_t threshold = (half + 2 * multiplier - 1) / (2 * multiplier);
        const pimvp_post_entry by_requant{bias, static_cast<std::int32_t>(multiplier), shift, 0};
        const pimvp_post_entry by_threshold{bias, static_cast<std::int32_t>(threshold), 0, 0};
        const auto requant_post = make_post(PIMVP_POST_REQUANT, 1, 8, {1, false});
        const auto threshold_post = make_post(PIMVP_POST_THRESHOLD, 1, 8, {1, false});
        ASSERT_EQ(one.configure(requant_post, &by_requant, 1), PostStatus::ok);
        ASSERT_EQ(other.configure(threshold_post, &by_threshold, 1), PostStatus::ok);
        for (const int offset : {-2, -1, 0, 1, 2, -100000, 100000, 0}) {
            const std::int64_t sum = threshold - bias + offset;
            const Bytes data = little_endian({sum}, 4);
            ASSERT_EQ(one.add_sums(0, data.data(), 4, 4, true), PostStatus::ok);
            ASSERT_EQ(other.add_sums(0, data.data(), 4, 4, true), PostStatus::ok);
        }
        // offsets:  -2 -1 0 1 2 -100000 100000 0, first in bit 0
        ASSERT_EQ(other.row()[0], 0b11011100);
        ASSERT_EQ(one.row()[0], other.row()[0]);
    }
}

TEST(PostUnit, PoolsWindows) {
    Random random(13);
    PostUnit unit({40, 4096, 32, 32});
    for (int trial = 0; trial < 600; ++trial) {
        const bool maximum = random(0, 1) == 0;
        const auto channels = static_cast<unsigned>(random(1, 40)),
                   width = static_cast<unsigned>(random(1, 5));
        const ElementRange in = random_range(random), out = maximum ? in : random_range(random);
        auto post = make_post(maximum ? PIMVP_POST_MAX : PIMVP_POST_SUM, channels, width, out);
        if (!maximum) randomise_clamp(post, out, random);
        const auto pixels = static_cast<unsigned>(random(1, 12));
        post.operand_format[0] = in.format(pixels);
        const auto entries = random_entries(channels, random, 1 << 16);
        ASSERT_EQ(unit.configure(post, entries.data(), entries.size()), PostStatus::ok);
        std::vector<std::int64_t> expected;
        for (unsigned p = 0; p < width; ++p) {
            std::vector<std::int64_t> window(std::size_t{pixels} * channels);
            for (auto& x : window) x = random.extreme(in.low(), in.high());
            const Bytes data = packed(window, in.bits);
            ASSERT_EQ(unit.window_elements(data.size()), window.size());
            ASSERT_EQ(unit.add_window(data.data(), data.size()), PostStatus::ok);
            for (unsigned c = 0; c < channels; ++c) {
                Wide sum = 0;
                std::int64_t largest = INT64_MIN;
                for (unsigned k = 0; k < pixels; ++k) {
                    const std::int64_t x = window[std::size_t{k} * channels + c];
                    sum += x - entries[c].bias;
                    largest = std::max(largest, x);
                }
                const std::int64_t average = requant(sum * entries[c].multiplier, entries[c].shift, post);
                expected.push_back(maximum ? largest : average);
            }
        }
        ASSERT_EQ(row_of(unit), packed(expected, out.bits)) << "trial " << trial;
    }
}

TEST(PostUnit, AddsRows) {
    Random random(14);
    PostUnit unit({40, 4096, 32, 32});
    for (int trial = 0; trial < 600; ++trial) {
        const auto channels = static_cast<unsigned>(random(1, 40)),
                   width = static_cast<unsigned>(random(1, 7));
        const auto operands = static_cast<unsigned>(random(1, 4));
        const ElementRange out = random_range(random);
        auto post = make_post(PIMVP_POST_ADD, channels, width, out);
        randomise_clamp(post, out, random);
        auto entries = random_entries(operands, random, 1 << 16);
        std::vector<Wide> total(std::size_t{width} * channels, 0);
        std::vector<Bytes> rows;
        for (unsigned k = 0; k < operands; ++k) {
            const ElementRange in = random_range(random);
            post.operand_format[k] = in.format();
            std::vector<std::int64_t> row(total.size());
            for (std::size_t i = 0; i < row.size(); ++i) {
                row[i] = random.extreme(in.low(), in.high());
                total[i] += Wide{row[i] - entries[k].bias} * entries[k].multiplier;
            }
            rows.push_back(packed(row, in.bits));
        }
        ASSERT_EQ(unit.configure(post, entries.data(), entries.size()), PostStatus::ok);
        EXPECT_EQ(unit.operands(), operands);
        for (unsigned k = 0; k < operands; ++k) {
            ASSERT_FALSE(unit.row_complete());
            ASSERT_EQ(unit.add_operand(k, rows[k].data(), rows[k].size()), PostStatus::ok);
        }
        ASSERT_TRUE(unit.row_complete());
        std::vector<std::int64_t> expected;
        for (const Wide t : total) expected.push_back(requant(t, entries[0].shift, post));
        ASSERT_EQ(row_of(unit), packed(expected, out.bits)) << "trial " << trial;
    }
}

TEST(PostUnit, MergesChannels) {
    Random random(15);
    PostUnit unit({40, 4096, 32, 32});
    for (int trial = 0; trial < 600; ++trial) {
        const auto channels = static_cast<unsigned>(random(1, 40)),
                   width = static_cast<unsigned>(random(1, 7));
        const auto operands = static_cast<unsigned>(random(1, 4));
        const ElementRange out = random_range(random);
        auto post = make_post(PIMVP_POST_MERGE, channels, width, out);
        randomise_clamp(post, out, random);
        std::vector<unsigned> depth;
        std::vector<std::vector<std::int64_t>> values;
        std::vector<Bytes> rows;
        for (unsigned k = 0; k < operands; ++k) {
            const ElementRange in = random_range(random);
            depth.push_back(static_cast<unsigned>(random(1, 30)));
            post.operand_format[k] = in.format(depth[k]);
            values.emplace_back(std::size_t{width} * depth[k]);
            for (auto& x : values[k]) x = random.extreme(in.low(), in.high());
            rows.push_back(packed(values[k], in.bits));
        }
        auto entries = random_entries(channels, random, 1 << 16);
        std::vector<std::pair<unsigned, unsigned>> source(channels);
        for (unsigned c = 0; c < channels; ++c) {
            const auto k = static_cast<unsigned>(random(0, operands - 1));
            source[c] = {k, static_cast<unsigned>(random(0, depth[k] - 1))};
            entries[c].select = PIMVP_PAIR(source[c].first, source[c].second);
        }
        ASSERT_EQ(unit.configure(post, entries.data(), entries.size()), PostStatus::ok);
        for (unsigned k = 0; k < operands; ++k)
            ASSERT_EQ(unit.add_operand(k, rows[k].data(), rows[k].size()), PostStatus::ok);
        std::vector<std::int64_t> expected;
        for (unsigned p = 0; p < width; ++p) {
            for (unsigned c = 0; c < channels; ++c) {
                const auto [k, channel] = source[c];
                const Wide x = values[k][p * depth[k] + channel] - entries[c].bias;
                expected.push_back(requant(x * entries[c].multiplier, entries[c].shift, post));
            }
        }
        ASSERT_EQ(row_of(unit), packed(expected, out.bits)) << "trial " << trial;
    }
}

TEST(PostUnit, CountsWholeOnesOfUncountedFormats) {
    PostUnit unit({8, 64, 32, 32});
    auto post = make_post(PIMVP_POST_MAX, 3, 1, {8, false});
    post.operand_format[0] = PIMVP_FORMAT(8, PIMVP_KIND_UNSIGNED);
    ASSERT_EQ(unit.configure(post, nullptr, 0), PostStatus::ok);
    EXPECT_EQ(unit.window_elements(12), 12u);
    EXPECT_EQ(unit.window_elements(13), 0u);
    // Nine pixels of one channel of four bits: five bytes have room for ten.
    post = make_post(PIMVP_POST_MAX, 1, 1, {4, true});
    post.operand_format[0] = PIMVP_COUNTED_FORMAT(4, PIMVP_KIND_SIGNED, 9);
    ASSERT_EQ(unit.configure(post, nullptr, 0), PostStatus::ok);
    EXPECT_EQ(unit.window_elements(5), 9u);
    const Bytes below_zero = packed({-3, -3, -3, -3, -2, -3, -3, -3, -3}, 4);
    ASSERT_EQ(unit.add_window(below_zero.data(), below_zero.size()), PostStatus::ok);
    EXPECT_EQ(row_of(unit), Bytes{0x0E});
}

TEST(PostUnit, RowsStartClean) {
    PostUnit unit({3, 64, 32, 32});
    const pimvp_post_entry entries[3] = {{0, 1, 0, 0}, {0, 1, 0, 0}, {0, 1, 0, 0}};
    auto post = make_post(PIMVP_POST_REQUANT, 3, 3, {3, false});  // 27 bits: 5 bits of the last byte are free
    post.address = 1000;
    post.row_bytes = 16;
    ASSERT_EQ(unit.configure(post, entries, 3), PostStatus::ok);
    EXPECT_EQ(unit.row_bytes(), 4u);
    for (int row = 0; row < 3; ++row) {
        std::vector<std::int64_t> expected;
        EXPECT_EQ(unit.row_address(), 1000u + 16 * row);
        for (int p = 0; p < 3; ++p) {
            const std::vector<std::int64_t> sums = {row + p, 7 - row, p};
            ASSERT_EQ(unit.add_sums(0, little_endian(sums, 2).data(), 6, 2, true), PostStatus::ok);
            expected.insert(expected.end(), sums.begin(), sums.end());
        }
        ASSERT_TRUE(unit.row_complete());
        EXPECT_EQ(row_of(unit), packed(expected, 3));
        unit.next_row();
    }
}

class PostUnitErrors : public ::testing::Test {
  protected:
    PostStatus configure(const pimvp_post& post) {
        return unit_.configure(post, entries_.data(), entries_.size());
    }
    std::vector<pimvp_post_entry> entries_ = std::vector<pimvp_post_entry>(4, {0, 1, 0, 0});
    PostUnit unit_{{4, 16, 16, 8}};
    const Bytes zeros_ = Bytes(64);
};

TEST_F(PostUnitErrors, Configuration) {
    const auto good = make_post(PIMVP_POST_REQUANT, 4, 4, {8, false});
    EXPECT_EQ(unit_.add_sums(0, zeros_.data(), 2, 2, true), PostStatus::refused)
        << "before any configuration";
    EXPECT_EQ(configure(good), PostStatus::ok);
    const auto refuses = [&](auto change) {
        auto post = good;
        change(post);
        EXPECT_EQ(configure(good), PostStatus::ok);
        const bool refused = configure(post) == PostStatus::refused;
        return refused && unit_.add_sums(0, zeros_.data(), 2, 2, false) == PostStatus::refused;
    };
    EXPECT_TRUE(refuses([](auto& p) { p.mode = 9; }));
    EXPECT_TRUE(refuses([](auto& p) { p.mode = PIMVP_POST_MODE(PIMVP_POST_REQUANT, 3); }));
    EXPECT_TRUE(refuses([](auto& p) { p.mode |= 1 << 16; }));
    EXPECT_TRUE(refuses([](auto& p) { p.channels = 0; }));
    EXPECT_TRUE(refuses([](auto& p) { p.channels = 5; }));
    EXPECT_TRUE(refuses([](auto& p) { p.width = 0; }));
    EXPECT_TRUE(refuses([](auto& p) { p.width = 5; })) << "20 bytes in a row buffer of 16";
    EXPECT_TRUE(refuses([](auto& p) { p.width = 0x40000001; })) << "a row of 2^32 + 4 elements";
    EXPECT_TRUE(refuses([](auto& p) { p.format = 0; }));
    EXPECT_TRUE(refuses([](auto& p) { p.format = PIMVP_FORMAT(33, PIMVP_KIND_SIGNED); }));
    EXPECT_TRUE(refuses([](auto& p) { p.format = PIMVP_FORMAT(8, 3); }));
    EXPECT_TRUE(refuses([](auto& p) { p.low = 256; }));
    EXPECT_TRUE(refuses([](auto& p) { p.parameters = 1; }));
    EXPECT_TRUE(refuses([](auto& p) { p.parameters = 0xFFFFFFFF; }));
    EXPECT_TRUE(refuses([](auto& p) { p.mode = PIMVP_POST_RAW; })) << "8 bits";
    EXPECT_TRUE(refuses([](auto& p) { p.mode = PIMVP_POST_ADD; })) << "no operand";
    EXPECT_TRUE(refuses([](auto& p) { p.mode = PIMVP_POST_SUM; })) << "no operand";
    EXPECT_TRUE(refuses([](auto& p) {
        p.mode = PIMVP_POST_ADD;
        p.operand_format[0] = PIMVP_FORMAT(17, PIMVP_KIND_UNSIGNED);
    }));
    const auto refuses_entry = [&](auto change) {
        const auto before = entries_[2];
        change(entries_[2]);
        const bool refused = configure(good) == PostStatus::refused;
        entries_[2] = before;
        return refused;
    };
    EXPECT_TRUE(refuses_entry([](auto& e) { e.shift = 63; }));
    EXPECT_TRUE(refuses_entry([](auto& e) { e.multiplier = 128; })) << "8 bits";
    EXPECT_FALSE(refuses_entry([](auto& e) { e.multiplier = -128; }));
    EXPECT_TRUE(refuses_entry([](auto& e) { e.bias = 1 << 15; })) << "16 bits";
    EXPECT_FALSE(refuses_entry([](auto& e) { e.bias = -(1 << 15); }));
}

TEST_F(PostUnitErrors, Sums) {
    ASSERT_EQ(configure(make_post(PIMVP_POST_REQUANT, 3, 4, {8, false})), PostStatus::ok);
    EXPECT_EQ(unit_.add_sums(2, zeros_.data(), 4, 2, false), PostStatus::channel);
    EXPECT_EQ(unit_.add_sums(4, zeros_.data(), 2, 2, false), PostStatus::channel);
    EXPECT_EQ(unit_.add_sums(0, zeros_.data(), 3, 2, false), PostStatus::length);
    EXPECT_EQ(unit_.add_sums(0, zeros_.data(), 6, 4, false), PostStatus::length);
    EXPECT_EQ(unit_.add_window(zeros_.data(), 3), PostStatus::refused);
    EXPECT_EQ(unit_.add_operand(0, zeros_.data(), 3), PostStatus::refused);
    EXPECT_EQ(unit_.add_sums(1, zeros_.data(), 4, 2, true), PostStatus::ok)
        << "none of these ended the tensor";
}

TEST_F(PostUnitErrors, SumsBeyondTheAccumulator) {
    for (const int sum : {32767, 32768, -32768, -32769}) {
        ASSERT_EQ(configure(make_post(PIMVP_POST_REQUANT, 3, 4, {8, false})), PostStatus::ok);
        const bool fits = sum >= -32768 && sum <= 32767;
        EXPECT_EQ(unit_.add_sums(1, little_endian({sum}, 4).data(), 4, 4, true),
                  fits ? PostStatus::ok : PostStatus::refused);
        EXPECT_EQ(unit_.configured(), fits);
    }
    entries_[0].bias = 1;
    ASSERT_EQ(configure(make_post(PIMVP_POST_REQUANT, 1, 4, {8, false})), PostStatus::ok);
    EXPECT_EQ(unit_.add_sums(0, little_endian({32767}, 2).data(), 2, 2, true), PostStatus::refused);
}

TEST_F(PostUnitErrors, WindowsAndRows) {
    auto post = make_post(PIMVP_POST_MAX, 3, 2, {8, false});
    post.operand_format[0] = ElementRange{8, false}.format();
    ASSERT_EQ(configure(post), PostStatus::ok);
    EXPECT_EQ(unit_.add_sums(0, zeros_.data(), 2, 2, false), PostStatus::refused);
    EXPECT_EQ(unit_.add_window(zeros_.data(), 4), PostStatus::length);

    post = make_post(PIMVP_POST_ADD, 3, 2, {8, false});
    post.operand_format[0] = post.operand_format[1] = ElementRange{8, false}.format();
    ASSERT_EQ(configure(post), PostStatus::ok);
    EXPECT_EQ(unit_.add_operand(2, zeros_.data(), 6), PostStatus::channel);
    EXPECT_EQ(unit_.add_operand(0, zeros_.data(), 5), PostStatus::length);
    EXPECT_EQ(unit_.add_operand(1, zeros_.data(), 6), PostStatus::refused) << "operand 0 is missing";
    EXPECT_EQ(unit_.add_operand(0, zeros_.data(), 6), PostStatus::ok);
    EXPECT_EQ(unit_.add_operand(1, zeros_.data(), 6), PostStatus::ok);

    post.mode = PIMVP_POST_MERGE;
    entries_[1].select = PIMVP_PAIR(2, 0);
    EXPECT_EQ(configure(post), PostStatus::refused);
    entries_[1].select = PIMVP_PAIR(1, 3);
    ASSERT_EQ(configure(post), PostStatus::ok);
    EXPECT_EQ(unit_.add_operand(0, zeros_.data(), 2), PostStatus::ok) << "one channel is enough";
    EXPECT_EQ(unit_.add_operand(1, zeros_.data(), 6), PostStatus::length)
        << "three channels, the fourth is used";
    EXPECT_EQ(unit_.add_operand(1, zeros_.data(), 18), PostStatus::length) << "row buffers have 16 bytes";
    EXPECT_EQ(unit_.add_operand(1, zeros_.data(), 8), PostStatus::ok);
}

TEST(PostUnit, LimitsAreChecked) {
    EXPECT_THROW(PostUnit({0, 16, 16, 8}), Error);
    EXPECT_THROW(PostUnit({4, 0, 16, 8}), Error);
    EXPECT_THROW(PostUnit({4, 16, 49, 8}), Error);
    EXPECT_THROW(PostUnit({4, 16, 48, 33}), Error);
    EXPECT_THROW(PostUnit({4, 16, 16, 1}), Error);
}

}  // namespace
}  // namespace pimvp
