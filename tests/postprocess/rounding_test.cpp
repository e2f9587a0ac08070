// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Every mode that scales, in every rounding, against the oracle; and the oracle against the reference
// executor's definition.
#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>

#include "networks/requant.h"
#include "tests/postprocess/post_unit_support.h"

namespace pimvp {
namespace {

constexpr ElementRange words{32, true};
constexpr unsigned roundings[] = {PIMVP_ROUND_HALF_UP, PIMVP_ROUND_HALF_EVEN, PIMVP_ROUND_DOUBLED};
/// What a row must be; nothing if it must be refused.
using Expected = std::optional<std::vector<std::int64_t>>;

bool fits_32(Wide x) {
    return x >= INT32_MIN && x <= INT32_MAX;
}

std::optional<Wide> scaled(Wide acc, const pimvp_post_entry& e, unsigned rounding) {
    if (rounding == PIMVP_ROUND_DOUBLED && !(fits_32(acc) && stays_in_32_bits(acc, e.shift))) return {};
    return rounded(acc, e.multiplier, e.shift, rounding);
}

struct Rounding : ::testing::TestWithParam<unsigned> {
    unsigned rounding() const { return GetParam(); }
    pimvp_post post(unsigned mode, unsigned channels, unsigned width, ElementRange out = words) {
        return make_post(PIMVP_POST_MODE(mode, rounding()), channels, width, out);
    }
    /// Shifts around the places where something changes, multipliers of all sizes and small ones for ties.
    pimvp_post_entry entry(std::int64_t most_bias = 0) {
        static constexpr int shifts[] = {0, 1, 2, 15, 29, 30, 31, 32, 33, 45, 61, 62};
        pimvp_post_entry e{};
        e.bias = static_cast<std::int32_t>(random.extreme(-most_bias, most_bias));
        e.shift = static_cast<std::uint32_t>(random(0, 1) == 0 ? random(0, 62) : shifts[random(0, 11)]);
        e.multiplier =
            static_cast<std::int32_t>(random(0, 2) == 0 ? random(1, 4) : random.extreme(1, INT32_MAX));
        if (random(0, 3) == 0) e.multiplier = INT32_MAX / 2 + 1;  // a power of two: ties after doubling
        return e;
    }
    /// An accumulator that the rounding can mostly take.
    std::int64_t accumulator(const pimvp_post_entry& e) {
        const bool narrow = rounding() == PIMVP_ROUND_DOUBLED && e.shift < 31 && random(0, 99) != 0;
        const int up = narrow ? 31 - static_cast<int>(e.shift) : 0;
        return random.extreme(INT32_MIN / (std::int64_t{1} << up), INT32_MAX / (std::int64_t{1} << up));
    }
    void add(Expected& expected, std::optional<Wide> value, const pimvp_post& p) {
        if (!expected) return;
        if (value)
            expected->push_back(clamped_output(*value, p));
        else
            expected.reset();
    }
    void check(PostStatus status, const Expected& expected, const std::string& where) {
        ASSERT_EQ(status, expected ? PostStatus::ok : PostStatus::refused) << where;
        EXPECT_EQ(unit.configured(), expected.has_value()) << where;
        if (expected) {
            ASSERT_EQ(row_of(unit), packed(*expected, unit.post().format & 0xFFFF)) << where;
            ++rows;
        } else {
            ++refusals;
        }
    }

    Random random{21 + GetParam()};
    PostUnit unit{{70, 4096, 32, 32}};
    int rows = 0, refusals = 0;
};

TEST_P(Rounding, OracleIsTheReference) {
    constexpr net::Rounding named[] = {net::Rounding::half_up, net::Rounding::half_even,
                                       net::Rounding::doubled};
    int thrown = 0;
    for (int trial = 0; trial < 200000; ++trial) {
        const auto e = entry();
        const auto acc = accumulator(e);
        const auto value = scaled(acc, e, rounding());
        try {
            const std::int64_t reference =
                net::scale_back(acc, e.multiplier, static_cast<int>(e.shift), named[rounding()]);
            ASSERT_TRUE(value && *value == reference) << acc << " * " << e.multiplier << " >> " << e.shift;
        } catch (const std::overflow_error&) {
            ASSERT_FALSE(value) << acc << " << 31 - " << e.shift;
            ++thrown;
        }
    }
    EXPECT_EQ(thrown != 0, rounding() == PIMVP_ROUND_DOUBLED);
}

TEST_P(Rounding, Sums) {
    for (int trial = 0; trial < 4000; ++trial) {
        const auto channels = static_cast<unsigned>(random(1, 70));
        auto p = post(PIMVP_POST_REQUANT, channels, 1);
        p.zero_point = static_cast<std::int32_t>(random(-128, 127));
        std::vector<pimvp_post_entry> entries;
        std::vector<std::int64_t> sums;
        Expected expected = std::vector<std::int64_t>{};
        for (unsigned c = 0; c < channels; ++c) {
            auto e = entry();
            const auto acc = accumulator(e);
            e.bias = static_cast<std::int32_t>(
                std::clamp<std::int64_t>(random(-1000, 1000), acc - INT32_MAX, acc - INT32_MIN));
            add(expected, scaled(acc, e, rounding()), p);
            sums.push_back(acc - e.bias);
            entries.push_back(e);
        }
        ASSERT_EQ(unit.configure(p, entries.data(), entries.size()), PostStatus::ok);
        const Bytes data = little_endian(sums, 4);
        check(unit.add_sums(0, data.data(), data.size(), 4, true), expected, std::to_string(trial));
    }
    EXPECT_GT(rows, 1000);
    EXPECT_EQ(refusals != 0, rounding() == PIMVP_ROUND_DOUBLED);
}

TEST_P(Rounding, Windows) {
    for (int trial = 0; trial < 3000; ++trial) {
        const auto channels = static_cast<unsigned>(random(1, 40));
        const auto pixels = static_cast<unsigned>(random(1, 12));
        const ElementRange in = random_range(random);
        auto p = post(PIMVP_POST_SUM, channels, 1);
        p.zero_point = static_cast<std::int32_t>(random(-128, 127));
        p.operand_format[0] = in.format(pixels);
        std::vector<pimvp_post_entry> entries;
        for (unsigned c = 0; c < channels; ++c) {
            entries.push_back(entry(1 << 15));
            if (rounding() == PIMVP_ROUND_DOUBLED && trial % 2 == 0)
                entries[c].shift = static_cast<std::uint32_t>(random(31, 40));
        }
        std::vector<std::int64_t> window(std::size_t{pixels} * channels);
        for (auto& x : window) x = random.extreme(in.low(), in.high());
        Expected expected = std::vector<std::int64_t>{};
        for (unsigned c = 0; c < channels; ++c) {
            Wide sum = 0;
            for (unsigned k = 0; k < pixels; ++k)
                sum += window[std::size_t{k} * channels + c] - entries[c].bias;
            add(expected, scaled(sum, entries[c], rounding()), p);
        }
        ASSERT_EQ(unit.configure(p, entries.data(), entries.size()), PostStatus::ok);
        const Bytes data = packed(window, in.bits);
        check(unit.add_window(data.data(), data.size()), expected, std::to_string(trial));
    }
    EXPECT_GT(rows, 1000);
}

/// Rows of operands of one width and depth, and what they hold.
struct OperandRows {
    std::vector<std::vector<std::int64_t>> values;
    std::vector<Bytes> bytes;

    OperandRows(Random& random, pimvp_post& p, unsigned operands) {
        for (unsigned k = 0; k < operands; ++k) {
            const ElementRange in = random_range(random);
            p.operand_format[k] = in.format(p.channels);
            values.emplace_back(std::size_t{p.width} * p.channels);
            for (auto& x : values[k]) x = random.extreme(in.low(), in.high());
            bytes.push_back(packed(values[k], in.bits));
        }
    }
    PostStatus write(PostUnit& unit) const {
        PostStatus status = PostStatus::ok;
        for (unsigned k = 0; k < bytes.size() && status == PostStatus::ok; ++k)
            status = unit.add_operand(k, bytes[k].data(), bytes[k].size());
        return status;
    }
};

TEST_P(Rounding, MergedRows) {
    for (int trial = 0; trial < 3000; ++trial) {
        auto p =
            post(PIMVP_POST_MERGE, static_cast<unsigned>(random(1, 30)), static_cast<unsigned>(random(1, 4)));
        const auto operands = static_cast<unsigned>(random(1, 4));
        const OperandRows rows_in(random, p, operands);
        std::vector<pimvp_post_entry> entries;
        for (unsigned c = 0; c < p.channels; ++c) {
            entries.push_back(entry(1 << 12));
            if (rounding() == PIMVP_ROUND_DOUBLED)
                entries[c].shift = static_cast<std::uint32_t>(random(trial % 8 == 0 ? 0 : 31, 62));
            entries[c].select = PIMVP_PAIR(random(0, operands - 1), random(0, p.channels - 1));
        }
        Expected expected = std::vector<std::int64_t>{};
        for (unsigned x = 0; x < p.width; ++x) {
            for (const auto& e : entries) {
                const Wide value =
                    rows_in.values[e.select >> 16][x * p.channels + (e.select & 0xFFFF)] - e.bias;
                add(expected, scaled(value, e, rounding()), p);
            }
        }
        ASSERT_EQ(unit.configure(p, entries.data(), entries.size()), PostStatus::ok);
        check(rows_in.write(unit), expected, std::to_string(trial));
    }
    EXPECT_GT(rows, 1000);
}

TEST_P(Rounding, AddedRows) {
    for (int trial = 0; trial < 3000; ++trial) {
        const bool two_stages = trial % 2 == 0;
        // Up to 700 elements: more than one stretch of them.
        auto p =
            post(PIMVP_POST_ADD, static_cast<unsigned>(random(1, 70)), static_cast<unsigned>(random(1, 10)));
        p.zero_point = static_cast<std::int32_t>(random(-128, 127));
        const auto operands = static_cast<unsigned>(random(1, 4));
        const OperandRows rows_in(random, p, operands);
        const auto left = static_cast<unsigned>(two_stages ? random(0, 16) : 0);
        std::vector<pimvp_post_entry> entries;
        for (unsigned k = 0; k <= operands; ++k) {
            entries.push_back(entry(1 << 12));
            auto& e = entries[k];
            if (two_stages || rounding() == PIMVP_ROUND_DOUBLED)
                e.shift = static_cast<std::uint32_t>(random(31, 50));
            if (two_stages && trial % 16 == 0) e.shift = static_cast<std::uint32_t>(random(24, 31));
            if (!two_stages && rounding() == PIMVP_ROUND_DOUBLED)
                e.multiplier = static_cast<std::int32_t>(random(1, 4000));
        }
        if (two_stages) entries[0].select = PIMVP_PAIR(1, left);
        Expected expected = std::vector<std::int64_t>{};
        for (std::size_t i = 0; i < rows_in.values[0].size(); ++i) {
            std::optional<Wide> sum = 0;
            for (unsigned k = 0; k < operands && sum; ++k) {
                const Wide x = (rows_in.values[k][i] - entries[k].bias) * (Wide{1} << left);
                const auto term =
                    two_stages ? scaled(x, entries[k], rounding()) : std::optional(x * entries[k].multiplier);
                if (two_stages && (!fits_32(x) || !term || !fits_32(*term)))
                    sum.reset();
                else
                    *sum += *term;
            }
            if (two_stages && sum && !fits_32(*sum)) sum.reset();
            auto last = entries[two_stages ? operands : 0];
            if (!two_stages) last.multiplier = 1;
            add(expected, sum ? scaled(*sum, last, rounding()) : sum, p);
        }
        ASSERT_EQ(unit.configure(p, entries.data(), entries.size()), PostStatus::ok);
        EXPECT_EQ(unit.entries(), operands + (two_stages ? 1 : 0));
        check(rows_in.write(unit), expected, std::to_string(trial));
    }
    EXPECT_GT(rows, 1000);
    EXPECT_GT(refusals, 10);
}

TEST_P(Rounding, MultipliedRows) {
    for (int trial = 0; trial < 3000; ++trial) {
        auto p = post(PIMVP_POST_MULTIPLY, static_cast<unsigned>(random(1, 70)),
                      static_cast<unsigned>(random(1, 10)));
        p.zero_point = static_cast<std::int32_t>(random(-128, 127));
        const OperandRows rows_in(random, p, 2);
        std::vector<pimvp_post_entry> entries = {entry(1 << 16), entry(1 << 16)};
        if (rounding() == PIMVP_ROUND_DOUBLED) entries[0].shift = static_cast<std::uint32_t>(random(31, 62));
        Expected expected = std::vector<std::int64_t>{};
        for (std::size_t i = 0; i < rows_in.values[0].size(); ++i) {
            const Wide product =
                Wide{rows_in.values[0][i] - entries[0].bias} * (rows_in.values[1][i] - entries[1].bias);
            add(expected, fits_32(product) ? scaled(product, entries[0], rounding()) : std::optional<Wide>{},
                p);
        }
        ASSERT_EQ(unit.configure(p, entries.data(), entries.size()), PostStatus::ok);
        check(rows_in.write(unit), expected, std::to_string(trial));
    }
    EXPECT_GT(rows, 1000);
    EXPECT_GT(refusals, 10);
}

std::string name_of(const ::testing::TestParamInfo<unsigned>& info) {
    constexpr const char* names[] = {"HalfUp", "HalfEven", "Doubled"};
    return names[info.param];
}
INSTANTIATE_TEST_SUITE_P(All, Rounding, ::testing::ValuesIn(roundings), name_of);

TEST(RoundingByHand, TiesOfEachKind) {
    // acc / 2, the doubled kind with 2^30 / 2^31:  -5   -3   -1   1  3  5
    const std::int64_t sums[] = {-5, -3, -1, 1, 3, 5};
    const std::int64_t expected[3][6] = {{-2, -1, 0, 1, 2, 3}, {-2, -2, 0, 0, 2, 2}, {-2, -1, 0, 1, 2, 3}};
    for (const unsigned rounding : roundings) {
        PostUnit unit({1, 64, 32, 32});
        const bool doubled = rounding == PIMVP_ROUND_DOUBLED;
        const pimvp_post_entry e{0, doubled ? 1 << 30 : 1, doubled ? 31u : 1u, 0};
        ASSERT_EQ(
            unit.configure(make_post(PIMVP_POST_MODE(PIMVP_POST_REQUANT, rounding), 1, 6, {8, true}), &e, 1),
            PostStatus::ok);
        for (const auto s : sums)
            ASSERT_EQ(unit.add_sums(0, little_endian({s}, 4).data(), 4, 4, true), PostStatus::ok);
        EXPECT_EQ(row_of(unit), packed({expected[rounding], expected[rounding] + 6}, 8)) << rounding;
    }
    // Two shifts: 3 * 2^30 / 2^31 = 1.5 goes to 2, then 2 / 2^2 = 0.5 away from zero to 1; at once it is
    // 0.375.
    PostUnit unit({1, 64, 32, 32});
    const pimvp_post_entry e{0, 1 << 30, 33, 0};
    ASSERT_EQ(
        unit.configure(make_post(PIMVP_POST_MODE(PIMVP_POST_REQUANT, PIMVP_ROUND_DOUBLED), 1, 2, {8, true}),
                       &e, 1),
        PostStatus::ok);
    for (const int s : {3, -5})  // -2.5 goes to -2, then -0.5 to -1
        ASSERT_EQ(unit.add_sums(0, little_endian({s}, 4).data(), 4, 4, true), PostStatus::ok);
    EXPECT_EQ(row_of(unit), packed({1, -1}, 8));
}

}  // namespace
}  // namespace pimvp
