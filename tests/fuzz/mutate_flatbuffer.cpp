// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <vector>

#include "tests/fuzz/mutate.h"

namespace pimvp::fuzz {
namespace {

std::uint32_t word(const std::string& bytes, std::size_t at) {
    std::uint32_t value = 0;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

void set_word(std::string& bytes, std::size_t at, std::uint32_t value) {
    std::memcpy(bytes.data() + at, &value, sizeof value);
}

/// Words that, from a random place on, the first to meet `wanted`; 0 if none does.
template <class Wanted>
std::size_t find_word(const std::string& bytes, Random& random, Wanted wanted) {
    const std::size_t words = bytes.size() / 4, first = random.below(words);
    for (std::size_t i = 0; i < words && i < 2000; ++i) {
        const std::size_t at = (first + i) % words * 4;
        if (wanted(at, word(bytes, at))) return at;
    }
    return 0;
}

}  // namespace

void mutate_flatbuffer(std::string& bytes, const std::string& donor, Random& random) {
    if (bytes.size() < 32 || random.chance(20)) return mutate_bytes(bytes, donor, random);
    const auto is_offset = [&](std::size_t at, std::uint32_t value) {
        return at > 4 && value >= 4 && value % 4 == 0 && value < bytes.size() - at;
    };
    const auto is_small = [](std::size_t at, std::uint32_t value) { return at > 4 && value < 200; };
    constexpr std::uint32_t extremes[] = {0,          1,          2,          7,          0xff,
                                          0x7fff,     0x10000,    0x100000,   0x7fffffff, 0x80000000,
                                          0xffffffff, 0xfffffff0, 0x40000000, 0x20000000, 0x3f800000,
                                          0x7f800000, 0x7fc00000, 0xff800000, 0x00000001, 0x7f7fffff};
    switch (random.below(6)) {
        case 0: {
            // One offset now leads where another does: always forwards, so that it may well be taken.
            const std::size_t from = find_word(bytes, random, is_offset),
                              to = find_word(bytes, random, is_offset);
            const std::size_t target = to + word(bytes, to);
            if (from != 0 && to != 0 && target > from)
                set_word(bytes, from, static_cast<std::uint32_t>(target - from));
            break;
        }
        case 1: {
            const std::size_t at = find_word(bytes, random, is_small);
            if (at != 0) set_word(bytes, at, static_cast<std::uint32_t>(random.below(64)));
            break;
        }
        case 2: {
            const std::size_t at = find_word(bytes, random, is_small);
            if (at != 0) set_word(bytes, at, random.of(extremes));
            break;
        }
        case 3: {
            const std::size_t at = find_word(bytes, random, is_small);
            if (at != 0)
                set_word(bytes, at, word(bytes, at) + static_cast<std::uint32_t>(random.below(9)) - 4);
            break;
        }
        case 4: {
            // Entries of vtables are 16-bit offsets into the table: absent, or another field's.
            const std::size_t at = 8 + (random.below(bytes.size() - 12) & ~std::size_t{1});
            const std::uint16_t entry =
                static_cast<std::uint16_t>(random.chance(40) ? 0 : 4 * random.below(16));
            std::uint16_t old = 0;
            std::memcpy(&old, bytes.data() + at, sizeof old);
            if (old < 64) std::memcpy(bytes.data() + at, &entry, sizeof entry);
            break;
        }
        case 5:
            set_word(bytes, random.below(bytes.size() / 4) * 4, random.of(extremes));
            break;
    }
}

}  // namespace pimvp::fuzz
