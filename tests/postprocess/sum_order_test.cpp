// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Sums that come in another order than the channels: as if they had come in the channels' order.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "modules/postprocess/post_unit.h"
#include "tests/postprocess/post_unit_support.h"

namespace pimvp {
namespace {

struct Layer {
    pimvp_post post{};
    std::vector<pimvp_post_entry> entries;
    unsigned per_channel = 1;
};

Layer requantised(Random& random, unsigned channels) {
    Layer layer;
    layer.post = make_post(PIMVP_POST_REQUANT, channels, 3, {8, true});
    for (unsigned c = 0; c < channels; ++c)
        layer.entries.push_back({static_cast<std::int32_t>(random(-900, 900)),
                                 static_cast<std::int32_t>(random(1, 4000)),
                                 static_cast<std::uint32_t>(random(8, 14)), 0});
    return layer;
}

Layer raw(Random& random, unsigned channels) {
    Layer layer;
    layer.post = make_post(PIMVP_POST_RAW, channels, 3, {32, true});
    for (unsigned c = 0; c < channels; ++c)
        layer.entries.push_back({static_cast<std::int32_t>(random(-900, 900)), 0, 0, 0});
    return layer;
}

Layer compared(Random& random, unsigned channels) {
    Layer layer;
    const auto n = static_cast<unsigned>(random(1, 9));
    layer.post = make_post(PIMVP_POST_THRESHOLD, channels, 3, {8, false});
    layer.post.low = 0, layer.post.high = static_cast<std::int32_t>(n);
    layer.post.operand_format[0] = n;
    layer.per_channel = 1 + (n + 2) / 4;
    for (unsigned c = 0; c < channels; ++c) {
        std::int32_t at = static_cast<std::int32_t>(random(-600, 0));
        const auto next = [&] { return at += static_cast<std::int32_t>(random(0, 200)); };
        layer.entries.push_back(
            {static_cast<std::int32_t>(random(-90, 90)), next(), c % 3 == 0 ? 1u : 0u, 0});
        for (unsigned k = 1; k < layer.per_channel; ++k) {
            const std::int32_t a = next(), b = next(), d = next(), e = next();
            layer.entries.push_back({a, b, static_cast<std::uint32_t>(d), static_cast<std::uint32_t>(e)});
        }
    }
    return layer;
}

Bytes outputs(PostUnit& unit, const Layer& layer, const std::vector<std::int64_t>& sums) {
    EXPECT_EQ(unit.configure(layer.post, layer.entries.data(), layer.entries.size()), PostStatus::ok);
    const std::size_t channels = layer.post.channels;
    for (std::size_t pixel = 0; pixel < layer.post.width; ++pixel) {
        const auto begin = sums.begin() + static_cast<std::ptrdiff_t>(pixel * channels);
        const Bytes data = little_endian({begin, begin + static_cast<std::ptrdiff_t>(channels)}, 4);
        EXPECT_EQ(unit.add_sums(0, data.data(), data.size(), 4, true), PostStatus::ok);
    }
    EXPECT_TRUE(unit.row_complete());
    return row_of(unit);
}

TEST(SumOrder, IsUndoneBeforeOutputs) {
    Random random(17);
    PostUnit unit({64, 4096, 32, 32});
    for (int trial = 0; trial < 300; ++trial) {
        const auto channels = static_cast<unsigned>(random(1, 64));
        Layer layer = trial % 5 == 0   ? raw(random, channels)
                      : trial % 2 == 0 ? requantised(random, channels)
                                       : compared(random, channels);
        std::vector<unsigned> place(channels);  // by channel
        std::iota(place.begin(), place.end(), 0u);
        for (unsigned i = channels; i > 1; --i)
            std::swap(place[i - 1], place[static_cast<unsigned>(random(0, i - 1))]);
        std::vector<std::int64_t> own(3 * channels), moved(own.size());
        for (std::size_t i = 0; i < own.size(); ++i) {
            own[i] = random(-1500, 1500);
            moved[i / channels * channels + place[i % channels]] = own[i];
        }
        const Bytes expected = outputs(unit, layer, own);
        EXPECT_NE(std::count(expected.begin(), expected.end(), expected[0]), 0);
        for (unsigned c = 0; c < channels; ++c)
            if (place[c] != c || trial % 3 == 0)
                layer.entries[c * layer.per_channel].select = PIMVP_PAIR(1, place[c]);
        ASSERT_EQ(outputs(unit, layer, moved), expected) << "trial " << trial;
    }
}

TEST(SumOrder, ASumThatIsNotThereIsRefused) {
    Random random(18);
    PostUnit unit({64, 4096, 32, 32});
    for (Layer layer : {requantised(random, 5), compared(random, 5)}) {
        for (const std::uint32_t bad : {PIMVP_PAIR(1, 5), PIMVP_PAIR(2, 0), PIMVP_PAIR(0, 3)}) {
            Layer other = layer;
            other.entries[2 * layer.per_channel].select = bad;
            EXPECT_EQ(unit.configure(other.post, other.entries.data(), other.entries.size()),
                      PostStatus::refused);
        }
        layer.entries[2 * layer.per_channel].select = PIMVP_PAIR(1, 4);
        EXPECT_EQ(unit.configure(layer.post, layer.entries.data(), layer.entries.size()), PostStatus::ok);
    }
}

}  // namespace
}  // namespace pimvp
