// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/power/nv_record.h"

#include <gtest/gtest.h>

namespace pimvp {
namespace {

using Words = std::vector<std::uint32_t>;

Words payload(std::uint32_t k) {
    return {k, ~k, k * 2654435761u, 0, 0xFFFFFFFFu};
}

Words restored(const NvRecord& record) {
    Words words(5);
    EXPECT_TRUE(record.restore(words.data()));
    return words;
}

TEST(NvRecord, GivesBackTheLastWrite) {
    NvRecord record(5, 1);
    EXPECT_EQ(record.bits(), (5u + 2u) * 32u);
    for (std::uint32_t k = 1; k < 50; ++k) {
        record.write(payload(k).data(), false);
        EXPECT_EQ(restored(record), payload(k));
        EXPECT_EQ(record.sequence(), k);
    }
}

TEST(NvRecord, GarbageIsNoRecord) {
    for (std::uint64_t seed = 0; seed < 200'000; ++seed) {
        const NvRecord record(1 + seed % 4, seed);
        Words words(4, 7);
        ASSERT_FALSE(record.restore(words.data())) << "seed " << seed;
        ASSERT_EQ(words, Words(4, 7));
        ASSERT_EQ(record.sequence(), 0u);
    }
}

TEST(NvRecord, ATearAtAnyWordFallsBack) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        for (std::uint32_t before = 1; before <= 4; ++before) {
            for (std::size_t cut = 0; cut < 7; ++cut) {
                NvRecord record(5, seed);
                for (std::uint32_t k = 1; k <= before; ++k) record.write(payload(k).data(), false);
                // Again and again: what holds is never the target.
                for (std::uint32_t t = 0; t < 3; ++t) {
                    record.write_torn(payload(100 + t).data(), (cut + t) % 7);
                    ASSERT_EQ(restored(record), payload(before)) << "seed " << seed << " cut " << cut;
                    ASSERT_EQ(record.sequence(), before);
                }
                record.write(payload(9).data(), false);
                ASSERT_EQ(restored(record), payload(9));
                ASSERT_EQ(record.sequence(), before + 1);
            }
        }
    }
}

TEST(NvRecord, ASeededTearFallsBack) {
    NvRecord record(5, 3);
    Words last;
    for (std::uint32_t k = 0; k < 100'000; ++k) {
        const bool torn = k % 3 != 1;
        record.write(payload(k).data(), torn);
        if (!torn) last = payload(k);
        if (!last.empty()) {
            ASSERT_EQ(restored(record), last) << k;
        }
    }
}

TEST(NvRecord, BothSlotsTorn) {
    for (std::size_t first = 0; first < 7; ++first) {
        for (std::size_t second = 0; second < 7; ++second) {
            NvRecord record(5, 11);
            record.write_torn(payload(1).data(), first);
            record.write_torn(payload(1).data(), second);
            Words words(5);
            EXPECT_FALSE(record.restore(words.data())) << first << " " << second;
            record.write(payload(2).data(), false);
            EXPECT_EQ(restored(record), payload(2));
        }
    }
}

TEST(NvRecord, SequenceWrapsAround) {
    NvRecord record(5, 1, 0xFFFFFFFDu);
    std::uint32_t expected = 0xFFFFFFFDu;
    for (std::uint32_t k = 0; k < 8; ++k, ++expected) {
        record.write(payload(k).data(), false);
        EXPECT_EQ(restored(record), payload(k));
        EXPECT_EQ(record.sequence(), expected);
        record.write(payload(77).data(), true);
        EXPECT_EQ(restored(record), payload(k));
    }
}

TEST(NvRecord, SameSeedSameRecord) {
    NvRecord one(5, 5), other(5, 5);
    for (std::uint32_t k = 0; k < 100; ++k) {
        one.write(payload(k).data(), k % 2 == 1);
        other.write(payload(k).data(), k % 2 == 1);
        EXPECT_EQ(restored(one), restored(other));
    }
}

}  // namespace
}  // namespace pimvp
