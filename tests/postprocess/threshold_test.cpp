// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Ladders of thresholds, counted one by one, and configurations that are none.
#include <gtest/gtest.h>

#include <set>

#include "tests/postprocess/post_unit_support.h"

namespace pimvp {
namespace {

struct Ladder {
    std::int32_t bias = 0;
    bool falling = false;
    std::vector<std::int64_t> thresholds;
};

/// As driver/pimvp_program.h lays them out.
std::vector<pimvp_post_entry> entries_of(const std::vector<Ladder>& ladders) {
    std::vector<pimvp_post_entry> entries;
    for (const Ladder& l : ladders) {
        std::vector<std::uint32_t> fields = {static_cast<std::uint32_t>(l.bias),
                                             static_cast<std::uint32_t>(l.thresholds[0]), l.falling ? 1u : 0u,
                                             0};
        for (std::size_t k = 1; k < l.thresholds.size(); ++k)
            fields.push_back(static_cast<std::uint32_t>(l.thresholds[k]));
        while (fields.size() % 4 != 0) fields.push_back(0x5A5A5A5Au);  // means nothing
        for (std::size_t i = 0; i < fields.size(); i += 4)
            entries.push_back({static_cast<std::int32_t>(fields[i]), static_cast<std::int32_t>(fields[i + 1]),
                               fields[i + 2], fields[i + 3]});
    }
    return entries;
}

TEST(Thresholds, CountsOfEveryLength) {
    Random random(31);
    PostUnit unit({40, 4096, 32, 32});
    for (unsigned n = 1; n <= 255; ++n) {
        for (int trial = 0; trial < 6; ++trial) {
            const auto channels = static_cast<unsigned>(random(1, 40));
            const std::int64_t spread = random(0, 1) == 0 ? 300 : INT32_MAX;
            std::vector<Ladder> ladders(channels);
            for (auto& l : ladders) {
                l.bias = static_cast<std::int32_t>(random(-50, 50));
                l.falling = random(0, 2) == 0;
                for (unsigned k = 0; k < n; ++k)
                    l.thresholds.push_back(random.extreme(-spread - 1, spread));  // equal ones occur
                std::sort(l.thresholds.begin(), l.thresholds.end());
            }
            const bool is_signed = n < 128 && random(0, 1) == 0;
            const ElementRange out{is_signed ? 8u : static_cast<unsigned>(random(n < 16 ? 4 : 8, 16)),
                                   is_signed};
            auto post = make_post(PIMVP_POST_THRESHOLD, channels, 5, out);
            post.low = static_cast<std::int32_t>(random.extreme(out.low(), out.high() - n));
            post.high = post.low + static_cast<std::int32_t>(n);
            post.operand_format[0] = n;
            post.parameters = static_cast<std::uint32_t>(random(0, 2));
            auto entries = entries_of(ladders);
            entries.insert(entries.begin(), post.parameters, pimvp_post_entry{});
            ASSERT_EQ(unit.configure(post, entries.data(), entries.size()), PostStatus::ok);
            EXPECT_EQ(unit.entries(), channels * (1 + (n + 2) / 4));
            EXPECT_EQ(unit.thresholds(), n);
            std::vector<std::int64_t> expected;
            for (unsigned x = 0; x < post.width; ++x) {
                std::vector<std::int64_t> sums;
                for (const auto& l : ladders) {
                    // Next to a threshold, or anywhere.
                    const auto near = l.thresholds[static_cast<std::size_t>(random(0, n - 1))];
                    const auto acc = std::clamp<std::int64_t>(
                        random(0, 3) == 0 ? random.extreme(INT32_MIN, INT32_MAX) : near + random(-1, 1),
                        INT32_MIN + std::int64_t{100}, INT32_MAX - std::int64_t{100});
                    sums.push_back(acc - l.bias);
                    std::int64_t reached = 0;
                    for (const auto t : l.thresholds) reached += acc >= t ? 1 : 0;
                    expected.push_back(post.low + (l.falling ? n - reached : reached));
                }
                const Bytes data = little_endian(sums, 4);
                ASSERT_EQ(unit.add_sums(0, data.data(), data.size(), 4, true), PostStatus::ok);
            }
            ASSERT_EQ(row_of(unit), packed(expected, out.bits)) << n << " thresholds, trial " << trial;
        }
    }
}

TEST(Thresholds, ByHand) {
    PostUnit unit({2, 64, 32, 32});
    auto post = make_post(PIMVP_POST_THRESHOLD, 2, 4, {8, true});
    post.low = -1;
    post.operand_format[0] = 5;
    const auto entries = entries_of({{10, false, {-7, 0, 0, 3, 9}}, {0, true, {-7, 0, 0, 3, 9}}});
    ASSERT_EQ(entries.size(), 4u);
    ASSERT_EQ(unit.configure(post, entries.data(), 4), PostStatus::ok);
    for (const int s : {-18, -10, -1, 9}) {  // channel 0 sees -8, 0, 9, 19
        const Bytes data = little_endian({s, s}, 2);
        ASSERT_EQ(unit.add_sums(0, data.data(), 4, 2, true), PostStatus::ok);
    }
    // Reached: 0 3 5 5 and, of -18 -10 -1 9, 0 0 1 5, from 5 downwards.
    EXPECT_EQ(row_of(unit), packed({-1, 4, 2, 4, 4, 3, 4, -1}, 8));
}

TEST(Thresholds, WhatIsNoLadder) {
    PostUnit unit({2, 64, 16, 8});
    auto post = make_post(PIMVP_POST_THRESHOLD, 2, 2, {2, false});
    post.operand_format[0] = 3;
    const std::vector<Ladder> good = {{0, false, {1, 2, 2}}, {0, true, {-5, 0, 5}}};
    const auto configure = [&](const pimvp_post& p, const std::vector<pimvp_post_entry>& entries) {
        return unit.configure(p, entries.data(), entries.size()) == PostStatus::ok;
    };
    EXPECT_TRUE(configure(post, entries_of(good)));
    auto bad = good;
    bad[1].thresholds = {-5, 6, 5};
    EXPECT_FALSE(configure(post, entries_of(bad))) << "must ascend";
    bad = good;
    bad[1].thresholds = {-5, 0, 40000};
    EXPECT_FALSE(configure(post, entries_of(bad))) << "beyond 16 bits";
    bad = good;
    bad[0].bias = 40000;
    EXPECT_FALSE(configure(post, entries_of(bad)));
    auto entries = entries_of(good);
    entries[2].shift = 2;
    EXPECT_FALSE(configure(post, entries)) << "falling is 0 or 1";
    entries = entries_of(good);
    entries.pop_back();
    EXPECT_FALSE(configure(post, entries)) << "one entry is missing";
    auto p = post;
    p.low = 1;
    EXPECT_FALSE(configure(p, entries_of(good))) << "1 + 3 in two bits";
    p.low = -1;
    EXPECT_FALSE(configure(p, entries_of(good)));
    p = post;
    p.operand_format[0] = 256;
    EXPECT_FALSE(configure(p, std::vector<pimvp_post_entry>(200)));
    p.operand_format[0] = 0;
    EXPECT_TRUE(configure(p, entries_of({{0, false, {1}}, {0, true, {2}}}))) << "one threshold per channel";
    EXPECT_EQ(unit.entries(), 2u);
}

}  // namespace
}  // namespace pimvp
