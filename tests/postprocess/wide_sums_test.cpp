// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Accumulators of 48 bits, elements of 16 and the largest pixels and rows.
#include <gtest/gtest.h>

#include <optional>

#include "networks/requant.h"
#include "tests/postprocess/post_unit_support.h"

namespace pimvp {
namespace {

constexpr std::int64_t top = std::int64_t{1} << 47;  // the smallest number that does not fit
constexpr PostLimits limits{4096, 131072, 48, 32};
constexpr ElementRange unsigned_16{16, false}, signed_16{16, true};

bool fits_48(Wide x) {
    return x >= -top && x < top;
}
bool fits_32(Wide x) {
    return x >= INT32_MIN && x <= INT32_MAX;
}

/// Sums on both sides of 32 and 48 bits, and anything between.
std::int64_t wide_sum(Random& random) {
    const std::int64_t edges[] = {std::int64_t{1} << 31, std::int64_t{1} << 32, top - 4};
    if (random(0, 2) == 0) return edges[random(0, 2)] * (random(0, 1) == 0 ? 1 : -1) + random(-2, 2);
    return random(-top, top - 1) >> random(0, 30);
}

TEST(WideSums, RequantisedInEveryRounding) {
    Random random(61);
    PostUnit unit(limits);
    int rows = 0, refused[3] = {};
    for (int trial = 0; trial < 6000; ++trial) {
        const auto rounding = static_cast<unsigned>(trial % 3);
        const auto channels = static_cast<unsigned>(random(1, 40));
        const ElementRange out = trial % 2 == 0 ? unsigned_16 : random_range(random);
        auto post = make_post(PIMVP_POST_MODE(PIMVP_POST_REQUANT, rounding), channels, 1, out);
        randomise_clamp(post, out, random);
        auto entries = random_entries(channels, random, INT32_MAX);
        std::vector<std::int64_t> first, second;
        std::vector<std::int64_t> expected;
        bool good = true;
        for (auto& e : entries) {
            if (random(0, 1) == 0) e.shift = static_cast<std::uint32_t>(random(25, 62));
            const bool narrow = rounding == PIMVP_ROUND_DOUBLED && trial % 5 != 0;
            if (narrow) e.shift = static_cast<std::uint32_t>(random(31, 62));
            const std::int64_t sum = narrow ? random(-1000000, 1000000) : wide_sum(random);
            if (narrow) e.bias = static_cast<std::int32_t>(random(-1000000, 1000000));
            first.push_back(random(-top / 2, top / 2 - 1) / 2 + sum / 2);
            second.push_back(sum - first.back());
            const Wide acc = Wide{sum} + e.bias;
            good = good && fits_48(sum) && fits_48(acc) &&
                   (rounding != PIMVP_ROUND_DOUBLED || (fits_32(acc) && stays_in_32_bits(acc, e.shift)));
            if (good) expected.push_back(clamped_output(rounded(acc, e.multiplier, e.shift, rounding), post));
        }
        ASSERT_EQ(unit.configure(post, entries.data(), entries.size()), PostStatus::ok);
        const Bytes a = little_endian(first, 8), b = little_endian(second, 8);
        ASSERT_EQ(unit.add_sums(0, a.data(), a.size(), 8, false), PostStatus::ok);
        ASSERT_EQ(unit.add_sums(0, b.data(), b.size(), 8, true), good ? PostStatus::ok : PostStatus::refused)
            << trial;
        if (good) {
            ASSERT_EQ(row_of(unit), packed(expected, out.bits)) << trial;
            ++rows;
        } else {
            EXPECT_FALSE(unit.configured());
            ++refused[rounding];
        }
    }
    EXPECT_GT(rows, 3000);
    for (const int count : refused) EXPECT_GT(count, 20);
}

TEST(WideSums, EndsByHand) {
    PostUnit unit(limits);
    const auto post = make_post(PIMVP_POST_REQUANT, 1, 1, unsigned_16);
    const auto give = [&](std::int64_t sum, const pimvp_post_entry& entry) -> std::int64_t {
        EXPECT_EQ(unit.configure(post, &entry, 1), PostStatus::ok);
        const Bytes data = little_endian({sum}, 8);
        if (unit.add_sums(0, data.data(), data.size(), 8, true) != PostStatus::ok) return -1;
        return unit.row()[0] + 256 * unit.row()[1];
    };
    EXPECT_EQ(give(std::int64_t{1} << 31, {0, 1, 16, 0}), 32768);
    EXPECT_EQ(give((std::int64_t{1} << 31) - 32769, {0, 1, 16, 0}), 32767);
    EXPECT_EQ(give(top - 1, {0, 1, 31, 0}), 65535) << "65536 is cut";
    EXPECT_EQ(give(top - 1, {0, 3, 33, 0}), 49152);
    EXPECT_EQ(give(top - 1, {0, INT32_MAX, 0, 0}), 65535) << "a product of 78 bits is cut, not wrapped";
    EXPECT_EQ(give(-top, {0, INT32_MIN, 62, 0}), 65535) << "2^78 / 2^62 is 65536";
    EXPECT_EQ(give(-top, {0, -INT32_MAX, 62, 0}), 65535) << "a little less rounds up to it";
    EXPECT_EQ(give(-top, {0, -INT32_MAX - 1, 62, 0}), 65535);
    EXPECT_EQ(give(-top, {0, -(1 << 30), 62, 0}), 32768);
    EXPECT_EQ(give(top - 1, {1, 1, 32, 0}), -1) << "sum plus bias";
    EXPECT_EQ(give(top - 1, {-1, 1, 32, 0}), 32768);
    EXPECT_EQ(give(top, {-1, 1, 32, 0}), -1) << "the sum alone";
    EXPECT_EQ(give(INT64_MAX, {0, 1, 32, 0}), -1);
    EXPECT_EQ(give(INT64_MIN, {0, 1, 32, 0}), -1);
}

TEST(WideSums, RawKeepsTo32Bits) {
    PostUnit unit(limits);
    const auto post = make_post(PIMVP_POST_RAW, 1, 1, {32, true});
    const pimvp_post_entry entry{-5, 0, 0, 0};
    for (const std::int64_t acc : {std::int64_t{INT32_MAX}, std::int64_t{INT32_MAX} + 1,
                                   std::int64_t{INT32_MIN}, std::int64_t{INT32_MIN} - 1}) {
        ASSERT_EQ(unit.configure(post, &entry, 1), PostStatus::ok);
        const Bytes data = little_endian({acc + 5}, 8);
        EXPECT_EQ(unit.add_sums(0, data.data(), 8, 8, true),
                  fits_32(acc) ? PostStatus::ok : PostStatus::refused);
        if (fits_32(acc)) {
            EXPECT_EQ(row_of(unit), packed({acc}, 32));
        }
    }
}

TEST(WideSums, ReachThresholds) {
    Random random(62);
    PostUnit unit(limits);
    auto post = make_post(PIMVP_POST_THRESHOLD, 2, 1, {8, false});
    post.operand_format[0] = 3;
    // The second channel falls.
    const std::vector<pimvp_post_entry> entries = {
        {7, INT32_MIN, 0, 0}, {0, INT32_MAX, 0, 0}, {-7, -5, 1, 0}, {5, INT32_MAX, 0, 0}};
    const std::int64_t thresholds[2][3] = {{INT32_MIN, 0, INT32_MAX}, {-5, 5, INT32_MAX}};
    for (int trial = 0; trial < 2000; ++trial) {
        const std::int64_t acc[] = {wide_sum(random), wide_sum(random)};
        std::vector<std::int64_t> expected;
        for (int c = 0; c < 2; ++c) {
            const auto n =
                std::count_if(thresholds[c], thresholds[c] + 3, [&](std::int64_t t) { return acc[c] >= t; });
            expected.push_back(c == 0 ? n : 3 - n);
        }
        const bool good = fits_48(acc[0]) && fits_48(acc[0] - 7) && fits_48(acc[1]) && fits_48(acc[1] + 7);
        ASSERT_EQ(unit.configure(post, entries.data(), entries.size()), PostStatus::ok);
        const Bytes data = little_endian({acc[0] - 7, acc[1] + 7}, 8);
        ASSERT_EQ(unit.add_sums(0, data.data(), data.size(), 8, true),
                  good ? PostStatus::ok : PostStatus::refused);
        if (!good) continue;
        ASSERT_EQ(row_of(unit), packed(expected, 8)) << acc[0] << ", " << acc[1];
    }
}

TEST(WideSums, WindowsOfSixteenBits) {
    PostUnit unit(limits);
    constexpr unsigned pixels = 65536;
    for (const ElementRange in : {unsigned_16, signed_16}) {
        const std::vector<std::int64_t> extremes = {in.low(), in.high()};
        for (const std::int64_t value : extremes) {
            const std::vector<std::int64_t> window(pixels, value);
            const Bytes data = packed(window, 16);
            auto post = make_post(PIMVP_POST_SUM, 1, 1, in);
            post.operand_format[0] = in.format();
            // The sum less 65536 times a zero point of 3, divided by 65536.
            const pimvp_post_entry mean{3, 1, 16, 0};
            ASSERT_EQ(unit.configure(post, &mean, 1), PostStatus::ok);
            ASSERT_EQ(unit.add_window(data.data(), data.size()), PostStatus::ok);
            EXPECT_EQ(row_of(unit), packed({std::max(value - 3, in.low())}, 16));

            post.mode = PIMVP_POST_DIVIDE;
            const auto d = net::exact_divider(pixels, std::int64_t{pixels} << 16);
            const pimvp_post_entry divide{0, d.multiplier, static_cast<std::uint32_t>(d.shift), pixels / 2};
            ASSERT_EQ(unit.configure(post, &divide, 1), PostStatus::ok);
            ASSERT_EQ(unit.add_window(data.data(), data.size()), PostStatus::ok);
            EXPECT_EQ(row_of(unit), packed({value}, 16));

            // A product of reciprocal and sum beyond 64 bits is cut by the clamp.
            const pimvp_post_entry huge{0, INT32_MAX, 0, 0};
            ASSERT_EQ(unit.configure(post, &huge, 1), PostStatus::ok);
            ASSERT_EQ(unit.add_window(data.data(), data.size()), PostStatus::ok);
            EXPECT_EQ(row_of(unit), packed({value}, 16));

            post.mode = PIMVP_POST_MAX;
            ASSERT_EQ(unit.configure(post, nullptr, 0), PostStatus::ok);
            ASSERT_EQ(unit.add_window(data.data(), data.size()), PostStatus::ok);
            EXPECT_EQ(row_of(unit), packed({value}, 16));
        }
    }
}

/// Rows of 4096 channels and 131072 bytes of unsigned elements of 16 bits.
struct LargeRows : ::testing::Test {
    static constexpr unsigned channels = 4096, width = 16;
    LargeRows() {
        for (auto& row : rows) {
            row.resize(channels * width);
            for (auto& x : row) x = random.extreme(0, 65535);
        }
    }
    pimvp_post post(unsigned mode) const {
        auto p = make_post(mode, channels, width, unsigned_16);
        p.operand_format[0] = p.operand_format[1] = unsigned_16.format();
        return p;
    }
    Bytes combine() {
        for (unsigned k = 0; k < 2; ++k) {
            const Bytes data = packed(rows[k], 16);
            EXPECT_EQ(data.size(), limits.row_bytes);
            EXPECT_EQ(unit.add_operand(k, data.data(), data.size()), PostStatus::ok);
        }
        return row_of(unit);
    }
    template <class Of>
    Bytes expected(const pimvp_post& p, Of of) const {
        std::vector<std::int64_t> values;
        for (std::size_t i = 0; i < rows[0].size(); ++i) values.push_back(clamped_output(of(i), p));
        return packed(values, 16);
    }
    Random random{63};
    PostUnit unit{limits};
    std::vector<std::int64_t> rows[2];
};

TEST_F(LargeRows, ProductsOfUnsignedElements) {
    for (const unsigned rounding : {PIMVP_ROUND_HALF_UP, PIMVP_ROUND_HALF_EVEN}) {
        auto p = post(PIMVP_POST_MODE(PIMVP_POST_MULTIPLY, rounding));
        p.zero_point = 100;
        const pimvp_post_entry entries[] = {{0, 3, 17, 0}, {40000, 0, 0, 0}};
        ASSERT_EQ(unit.configure(p, entries, 2), PostStatus::ok);
        EXPECT_EQ(combine(), expected(p, [&](std::size_t i) {
                      return rounded(Wide{rows[0][i]} * (rows[1][i] - 40000), 3, 17, rounding);
                  }));
    }
}

TEST_F(LargeRows, Additions) {
    auto p = post(PIMVP_POST_ADD);
    const pimvp_post_entry entries[] = {{1, INT32_MAX, 32, 0}, {65535, -INT32_MAX, 32, 0}};
    ASSERT_EQ(unit.configure(p, entries, 2), PostStatus::ok);
    EXPECT_EQ(combine(), expected(p, [&](std::size_t i) {
                  return rounded(Wide{rows[0][i] - 1 - rows[1][i] + 65535} * INT32_MAX, 1, 32, 0);
              }));

    // Two stages: what was rounded first adds up to more than 32 bits.
    const pimvp_post_entry two[] = {
        {0, INT32_MAX, 31, PIMVP_PAIR(1, 15)}, {0, INT32_MAX, 31, 0}, {0, 1, 17, 0}};
    ASSERT_EQ(unit.configure(p, two, 3), PostStatus::ok);
    EXPECT_EQ(combine(), expected(p, [&](std::size_t i) {
                  Wide sum = 0;
                  for (const auto& row : rows) sum += rounded(Wide{row[i]} << 15, INT32_MAX, 31, 0);
                  return rounded(sum, 1, 17, 0);
              }));
}

TEST_F(LargeRows, Merges) {
    const auto p = post(PIMVP_POST_MERGE);
    std::vector<pimvp_post_entry> entries(channels);
    for (unsigned c = 0; c < channels; ++c)
        entries[c] = {static_cast<std::int32_t>(c % 7), 3, 1, PIMVP_PAIR(c % 2, channels - 1 - c)};
    ASSERT_EQ(unit.configure(p, entries.data(), entries.size()), PostStatus::ok);
    EXPECT_EQ(combine(), expected(p, [&](std::size_t i) {
                  const std::size_t c = i % channels, from = i - c + (channels - 1 - c);
                  return rounded(rows[c % 2][from] - static_cast<std::int64_t>(c % 7), 3, 1, 0);
              }));
}

TEST_F(LargeRows, SumsOfAllChannels) {
    const auto p = make_post(PIMVP_POST_REQUANT, channels, width, unsigned_16);
    const std::vector<pimvp_post_entry> entries(channels, {12345, INT32_MAX, 59, 0});
    ASSERT_EQ(unit.configure(p, entries.data(), entries.size()), PostStatus::ok);
    std::vector<std::int64_t> values;
    for (unsigned x = 0; x < width; ++x) {
        std::vector<std::int64_t> sums(channels);
        for (auto& sum : sums) {
            sum = random(0, top / 2);
            values.push_back(clamped_output(rounded(Wide{sum} + 12345, INT32_MAX, 59, 0), p));
        }
        const Bytes data = little_endian(sums, 8);
        ASSERT_EQ(unit.add_sums(0, data.data(), data.size(), 8, true), PostStatus::ok);
    }
    EXPECT_EQ(row_of(unit), packed(values, 16));
}

}  // namespace
}  // namespace pimvp
