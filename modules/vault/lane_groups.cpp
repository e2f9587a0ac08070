// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/vault/lane_groups.h"

#include <algorithm>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace pimvp {
namespace {

constexpr std::size_t block_bytes = 32;

// The way back is the same transposition of the groups from last to first, and the words come from last to
// first: bit 15 - w of all groups (group 15 in bit 0) is word w.

/// Bit i of the result is bit 0 of byte i; only bits 0 of the bytes are set. (The product's highest byte
/// collects them: no two terms meet there.)
std::uint32_t gather(std::uint64_t bytes) {
    return static_cast<std::uint32_t>(bytes * 0x0102040810204080u >> 56);
}

void transpose_portable(const std::uint16_t* words, std::uint16_t* groups) {
    std::uint64_t high[2] = {0, 0}, low[2] = {0, 0};  // of words 0..7 and 8..15
    for (unsigned i = 0; i < 16; ++i) {
        high[i / 8] |= static_cast<std::uint64_t>(words[i] >> 8) << (8 * (i % 8));
        low[i / 8] |= static_cast<std::uint64_t>(words[i] & 0xFF) << (8 * (i % 8));
    }
    constexpr std::uint64_t ones = 0x0101010101010101u;
    for (unsigned i = 0; i < 8; ++i) {
        const unsigned bit = 7 - i;
        groups[i] =
            static_cast<std::uint16_t>(gather(high[0] >> bit & ones) | gather(high[1] >> bit & ones) << 8);
        groups[i + 8] =
            static_cast<std::uint16_t>(gather(low[0] >> bit & ones) | gather(low[1] >> bit & ones) << 8);
    }
}

#ifdef __SSE2__

/// Two registers of 8 words -> 16 groups, in the order that `place` gives. A byte's sign is what movemask
/// collects: the high bytes of all words give bit 15, shifted left by one bit 14, ...
template <class Place>
void transpose(__m128i first, __m128i second, Place place) {
    const __m128i byte = _mm_set1_epi16(0xFF);
    __m128i high = _mm_packus_epi16(_mm_srli_epi16(first, 8), _mm_srli_epi16(second, 8));
    __m128i low = _mm_packus_epi16(_mm_and_si128(first, byte), _mm_and_si128(second, byte));
    for (std::size_t i = 0; i < 8; ++i) {
        place(i) = static_cast<std::uint16_t>(_mm_movemask_epi8(high));
        place(i + 8) = static_cast<std::uint16_t>(_mm_movemask_epi8(low));
        high = _mm_add_epi8(high, high);
        low = _mm_add_epi8(low, low);
    }
}

__m128i load(const void* from) {
    return _mm_loadu_si128(static_cast<const __m128i*>(from));
}

__m128i reverse(__m128i words) {
    words = _mm_shufflelo_epi16(words, _MM_SHUFFLE(0, 1, 2, 3));
    words = _mm_shufflehi_epi16(words, _MM_SHUFFLE(0, 1, 2, 3));
    return _mm_shuffle_epi32(words, _MM_SHUFFLE(1, 0, 3, 2));
}

#endif

}  // namespace

LaneGroups to_lanes_portable(const std::uint8_t* words) {
    std::uint16_t in[16];
    std::memcpy(in, words, block_bytes);
    LaneGroups lanes;
    transpose_portable(in, lanes.data());
    return lanes;
}

void to_words_portable(const LaneGroups& lanes, std::uint8_t* words) {
    std::uint16_t in[16], out[16];
    std::reverse_copy(lanes.begin(), lanes.end(), in);
    transpose_portable(in, out);
    std::reverse(out, out + 16);
    std::memcpy(words, out, block_bytes);
}

#ifdef __SSE2__

LaneGroups to_lanes(const std::uint8_t* words) {
    LaneGroups lanes;
    transpose(load(words), load(words + 16), [&](std::size_t i) -> std::uint16_t& { return lanes[i]; });
    return lanes;
}

void to_words(const LaneGroups& lanes, std::uint8_t* words) {
    std::uint16_t out[16];
    transpose(reverse(load(lanes.data() + 8)), reverse(load(lanes.data())),
              [&](std::size_t i) -> std::uint16_t& { return out[15 - i]; });
    std::memcpy(words, out, block_bytes);
}

#else

LaneGroups to_lanes(const std::uint8_t* words) {
    return to_lanes_portable(words);
}

void to_words(const LaneGroups& lanes, std::uint8_t* words) {
    to_words_portable(lanes, words);
}

#endif

}  // namespace pimvp
