// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Averages by a reciprocal against division.
#include <gtest/gtest.h>

#include "modules/core/error.h"
#include "networks/requant.h"
#include "tests/postprocess/post_unit_support.h"

namespace pimvp {
namespace {

std::int64_t nearest(std::int64_t sum, std::int64_t n) {
    // By remainder: away from zero where it is half of n or more.
    const std::int64_t q = sum / n, rest = std::abs(sum % n);
    return 2 * rest >= n ? q + (sum < 0 ? -1 : 1) : q;
}

TEST(ExactDivider, EverySumOfEveryWindowOfBytes) {
    for (int n = 1; n <= 4096; n = n < 300 ? n + 1 : n + 97) {
        const std::int64_t most = 255 * std::int64_t{n};
        const auto d = net::exact_divider(n, most);
        ASSERT_GT(d.multiplier, 0);
        for (std::int64_t sum = 0; sum <= most; ++sum) {
            const std::int64_t raised = sum + n / 2;
            ASSERT_EQ(raised * d.multiplier >> d.shift, raised / n) << sum << " / " << n;
        }
    }
}

TEST(ExactDivider, EdgesOfQuotientsOfLongSums) {
    for (int n = 1; n <= 65536; n = n < 4096 ? n + 1 : n + 1021) {
        for (const std::int64_t most :
             {std::int64_t{1} << 20, std::int64_t{1} << 24, 32768 * std::int64_t{n}}) {
            if (most > (1 << 28)) continue;
            const auto d = net::exact_divider(n, most);
            ASSERT_LT(d.shift, 63);
            // A wrong quotient shows first just below the multiples of n.
            for (const std::int64_t q : {std::int64_t{1}, std::int64_t{2}, most / n / 2, most / n}) {
                for (const std::int64_t a : {q * n - 1, q * n, q * n + n - 1}) {
                    if (a < 0 || a > most + n / 2) continue;
                    ASSERT_EQ(static_cast<std::int64_t>(Wide{a} * d.multiplier >> d.shift), a / n)
                        << a << " / " << n;
                }
            }
        }
    }
}

TEST(ExactDivider, PowersOfTwoAreShifts) {
    for (int s = 0; s <= 16; ++s) {
        const auto d = net::exact_divider(1 << s, INT32_MAX / 2);
        EXPECT_EQ(d.multiplier, 1);
        EXPECT_EQ(d.shift, s);
    }
    EXPECT_THROW(net::exact_divider(65535, std::int64_t{1} << 45), Error);
}

TEST(PostUnit, DividesWindows) {
    Random random(41);
    PostUnit unit({40, 65536, 32, 32});
    for (unsigned n = 1; n <= 4096; n = n < 70 ? n + 1 : n * 2 - 7) {
        for (int trial = 0; trial < 8; ++trial) {
            const auto channels = static_cast<unsigned>(random(1, 12));
            const ElementRange in{random(0, 3) == 0 ? 16u : static_cast<unsigned>(random(1, 8)),
                                  random(0, 1) == 1};
            auto post = make_post(PIMVP_POST_DIVIDE, channels, 2, in);
            post.zero_point = 77;  // is not added
            if (trial % 2 == 1) {
                post.low = static_cast<std::int32_t>(random(in.low(), in.high()));
                post.high = static_cast<std::int32_t>(random(post.low, in.high()));
            }
            post.operand_format[0] = in.format(n < 4096 ? n : 0);
            if (n >= 4096 && std::uint64_t{channels} * in.bits < 8) continue;
            const auto d = net::exact_divider(static_cast<int>(n), std::int64_t{n} << in.bits);
            const pimvp_post_entry entry{0, d.multiplier, static_cast<std::uint32_t>(d.shift), n / 2};
            ASSERT_EQ(unit.configure(post, &entry, 1), PostStatus::ok);
            EXPECT_EQ(unit.entries(), 1u);
            std::vector<std::int64_t> expected;
            for (unsigned x = 0; x < post.width; ++x) {
                std::vector<std::int64_t> window(std::size_t{n} * channels), sums(channels, 0);
                const bool flat = random(0, 2) == 0;  // the largest sums
                for (std::size_t i = 0; i < window.size(); ++i) {
                    window[i] = flat ? (x == 0 ? in.low() : in.high()) : random.extreme(in.low(), in.high());
                    sums[i % channels] += window[i];
                }
                const Bytes data = packed(window, in.bits);
                ASSERT_EQ(unit.add_window(data.data(), data.size()), PostStatus::ok);
                for (const auto sum : sums)
                    expected.push_back(std::clamp<std::int64_t>(nearest(sum, n), post.low, post.high));
            }
            ASSERT_EQ(row_of(unit), packed(expected, in.bits)) << n << " pixels";
        }
    }
}

TEST(PostUnit, RefusesWhatDividesNothing) {
    PostUnit unit({4, 64, 16, 16});
    auto post = make_post(PIMVP_POST_DIVIDE, 2, 1, {8, false});
    const pimvp_post_entry good{0, 21846, 16, 1};  // a third
    EXPECT_EQ(unit.configure(post, &good, 1), PostStatus::refused) << "no elements";
    post.operand_format[0] = PIMVP_FORMAT(16, PIMVP_KIND_SIGNED);
    EXPECT_EQ(unit.configure(post, &good, 1), PostStatus::ok);
    EXPECT_EQ(unit.configure(post, &good, 0), PostStatus::refused);
    for (const pimvp_post_entry& bad :
         {pimvp_post_entry{1, 21846, 16, 1}, pimvp_post_entry{0, -1, 16, 1},
          pimvp_post_entry{0, 32768, 16, 1}, pimvp_post_entry{0, 1, 63, 1}, pimvp_post_entry{0, 1, 1, 32768}})
        EXPECT_EQ(unit.configure(post, &bad, 1), PostStatus::refused);
    // The accumulator has 16 bits: 32766 + 1 is its last number.
    for (const int sum : {32766, 32767, -32766, -32767, -32768}) {
        ASSERT_EQ(unit.configure(post, &good, 1), PostStatus::ok);
        const Bytes window = packed({sum, 0}, 16);
        EXPECT_EQ(unit.add_window(window.data(), window.size()),
                  std::abs(sum) <= 32766 ? PostStatus::ok : PostStatus::refused)
            << sum;
    }
}

}  // namespace
}  // namespace pimvp
