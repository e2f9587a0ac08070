// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/bits.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <vector>

namespace pimvp {
namespace {

using Bytes = std::vector<std::uint8_t>;

bool bit_of(const std::uint8_t* bytes, std::size_t i) {
    return (bytes[i / 8] >> (i % 8)) & 1;
}

/// What a field means, bit by bit.
std::int64_t field_of(const std::uint8_t* bytes, std::size_t at, unsigned bits, bool is_signed) {
    std::int64_t value = 0;
    for (unsigned i = 0; i < bits; ++i) {
        const std::int64_t weight = std::int64_t{1} << i;
        if (bit_of(bytes, at + i)) value += is_signed && i == bits - 1 ? -weight : weight;
    }
    return value;
}

Bytes random_bytes(std::size_t n, std::mt19937& rng) {
    Bytes bytes(n);
    for (auto& b : bytes) b = static_cast<std::uint8_t>(rng());
    return bytes;
}

// Buffers end exactly where the last bit lies, so that an address sanitizer sees any byte too many.
std::size_t bytes_for(std::size_t bits) {
    return (bits + 7) / 8;
}

TEST(Bits, CopyMovesExactlyItsBits) {
    std::mt19937 rng(1);
    for (int trial = 0; trial < 4000; ++trial) {
        const std::size_t from = rng() % 70, to = rng() % 70, count = rng() % 300;
        const Bytes src = random_bytes(bytes_for(from + count), rng);
        const Bytes before = random_bytes(bytes_for(to + count) + 2, rng);
        Bytes after(before.begin(), before.end() - 2);
        copy_bits(after.data(), to, src.data(), from, count);
        for (std::size_t i = 0; i < after.size() * 8; ++i) {
            const bool inside = i >= to && i < to + count;
            ASSERT_EQ(bit_of(after.data(), i),
                      inside ? bit_of(src.data(), from + i - to) : bit_of(before.data(), i))
                << "bit " << i << " of copy " << from << " -> " << to << ", " << count;
        }
    }
}

TEST(Bits, GetReadsEveryWidthAtEveryOffset) {
    std::mt19937 rng(2);
    for (unsigned bits = 1; bits <= 32; ++bits) {
        for (std::size_t at = 0; at < 40; ++at) {
            const Bytes src = random_bytes(bytes_for(at + bits), rng);
            EXPECT_EQ(get_bits(src.data(), at, bits), field_of(src.data(), at, bits, false));
            EXPECT_EQ(get_signed(src.data(), at, bits), field_of(src.data(), at, bits, true));
        }
    }
}

TEST(Bits, PutKeepsItsNeighboursAndDropsHighBits) {
    std::mt19937 rng(3);
    for (unsigned bits = 1; bits <= 32; ++bits) {
        for (std::size_t at = 0; at < 40; ++at) {
            const Bytes before = random_bytes(bytes_for(at + bits), rng);
            Bytes after = before;
            const auto value = static_cast<std::uint32_t>(rng());
            put_bits(after.data(), at, value, bits);
            for (std::size_t i = 0; i < after.size() * 8; ++i) {
                const bool inside = i >= at && i < at + bits;
                ASSERT_EQ(bit_of(after.data(), i),
                          inside ? (value >> (i - at)) & 1 : bit_of(before.data(), i));
            }
        }
    }
}

TEST(Bits, UnpackReadsFieldsBackToBack) {
    std::mt19937 rng(4);
    for (unsigned bits = 1; bits <= 32; ++bits) {
        for (const std::size_t at : {0u, 1u, 4u, 6u, 8u, 13u}) {
            for (const std::size_t count : {0u, 1u, 2u, 7u, 8u, 33u}) {
                const Bytes src = random_bytes(bytes_for(at + bits * count), rng);
                for (const bool is_signed : {false, true}) {
                    std::vector<std::int32_t> out(count);
                    unpack(src.data(), at, bits, is_signed, count, out.data());
                    for (std::size_t i = 0; i < count; ++i)
                        ASSERT_EQ(out[i], static_cast<std::int32_t>(
                                              field_of(src.data(), at + i * bits, bits, is_signed)))
                            << bits << " bits at " << at << ", element " << i;
                }
            }
        }
    }
}

TEST(Bits, UnpackToBytesAndHalfWords) {
    const std::uint8_t src[] = {0xF0, 0x7F, 0x80};
    std::int8_t nibbles[6];
    unpack(src, 0, 4, true, 6, nibbles);
    const int expected_nibbles[] = {0, -1, -1, 7, 0, -8};
    for (int i = 0; i < 6; ++i) EXPECT_EQ(nibbles[i], expected_nibbles[i]);
    std::int16_t bytes[3];
    unpack(src, 0, 8, false, 3, bytes);
    const int expected_bytes[] = {240, 127, 128};
    for (int i = 0; i < 3; ++i) EXPECT_EQ(bytes[i], expected_bytes[i]);
    std::int16_t odd[2];
    unpack(src, 4, 9, true, 2,
           odd);  // F and 7F up to its bit 4; then 7F from bit 5 (3), 80
    EXPECT_EQ(odd[0], -1);
    EXPECT_EQ(odd[1], 3);
}

TEST(Bits, PackIsTheInverseAndKeepsNeighbours) {
    std::mt19937 rng(5);
    for (unsigned bits = 1; bits <= 32; ++bits) {
        for (const std::size_t at : {0u, 1u, 4u, 7u, 8u, 19u}) {
            for (const std::size_t count : {0u, 1u, 3u, 8u, 29u}) {
                std::vector<std::int32_t> values(count);
                for (auto& v : values) v = static_cast<std::int32_t>(rng());
                const Bytes before = random_bytes(bytes_for(at + bits * count), rng);
                Bytes after = before;
                pack(values.data(), count, bits, after.data(), at);
                for (std::size_t i = 0; i < after.size() * 8; ++i) {
                    const bool inside = i >= at && i < at + bits * count;
                    const bool expected =
                        inside
                            ? (static_cast<std::uint32_t>(values[(i - at) / bits]) >> ((i - at) % bits)) & 1
                            : bit_of(before.data(), i);
                    ASSERT_EQ(bit_of(after.data(), i), expected)
                        << bits << " bits at " << at << ", bit " << i;
                }
            }
        }
    }
}

}  // namespace
}  // namespace pimvp
