// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/vault/lane_groups.h"

#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace pimvp {
namespace {

// The upper bytes of the words become groups 0 to 7, the lower ones 8 to 15. Of eight bytes, bit k of byte i
// and bit i of byte k change places: blocks of 1, 2 and 4 bits in turn (Warren, Hacker's Delight, 7-3). That
// is its own inverse.
constexpr std::uint64_t swap_1 = 0x00AA00AA00AA00AAu, swap_2 = 0x0000CCCC0000CCCCu,
                        swap_4 = 0x00000000F0F0F0F0u;

std::uint64_t transposed(std::uint64_t x) {
    std::uint64_t t = (x ^ x >> 7) & swap_1;
    x ^= t ^ t << 7;
    t = (x ^ x >> 14) & swap_2;
    x ^= t ^ t << 14;
    t = (x ^ x >> 28) & swap_4;
    return x ^ t ^ t << 28;
}

std::uint64_t byte_of(std::uint64_t x, unsigned k) {
    return x >> (8 * k) & 0xFF;
}

#ifdef __SSE2__

template <int shift>
__m128i swap(__m128i x, std::uint64_t mask) {
    const __m128i t = _mm_and_si128(_mm_xor_si128(x, _mm_srli_epi64(x, shift)),
                                    _mm_set1_epi64x(static_cast<long long>(mask)));
    return _mm_xor_si128(_mm_xor_si128(x, t), _mm_slli_epi64(t, shift));
}

/// Both halves.
__m128i transposed(__m128i x) {
    return swap<28>(swap<14>(swap<7>(x, swap_1), swap_2), swap_4);
}

/// Eight words, last first.
__m128i reversed(__m128i words) {
    words = _mm_shufflelo_epi16(words, _MM_SHUFFLE(0, 1, 2, 3));
    words = _mm_shufflehi_epi16(words, _MM_SHUFFLE(0, 1, 2, 3));
    return _mm_shuffle_epi32(words, _MM_SHUFFLE(1, 0, 3, 2));
}

/// The lower bytes of the first eight words, then of the second eight; and the upper ones.
__m128i lower(__m128i first, __m128i second) {
    const __m128i byte = _mm_set1_epi16(0xFF);
    return _mm_packus_epi16(_mm_and_si128(first, byte), _mm_and_si128(second, byte));
}
__m128i upper(__m128i first, __m128i second) {
    return _mm_packus_epi16(_mm_srli_epi16(first, 8), _mm_srli_epi16(second, 8));
}
/// Of eight words the lower bytes, then the upper ones.
__m128i split(__m128i words) {
    return _mm_packus_epi16(_mm_and_si128(words, _mm_set1_epi16(0xFF)), _mm_srli_epi16(words, 8));
}

__m128i load(const void* from) {
    return _mm_loadu_si128(static_cast<const __m128i*>(from));
}
void store(void* to, __m128i value) {
    _mm_storeu_si128(static_cast<__m128i*>(to), value);
}

#endif

}  // namespace

LaneGroups to_lanes_portable(const std::uint8_t* words) {
    std::uint64_t high[2] = {0, 0}, low[2] = {0, 0};  // bytes of words 0..7 and 8..15
    for (unsigned i = 0; i < 16; ++i) {
        low[i / 8] |= std::uint64_t{words[2 * i]} << (8 * (i % 8));
        high[i / 8] |= std::uint64_t{words[2 * i + 1]} << (8 * (i % 8));
    }
    for (unsigned half = 0; half < 2; ++half) {
        high[half] = transposed(high[half]);
        low[half] = transposed(low[half]);
    }
    LaneGroups lanes;
    for (unsigned k = 0; k < 8; ++k) {
        lanes[7 - k] = static_cast<std::uint16_t>(byte_of(high[0], k) | byte_of(high[1], k) << 8);
        lanes[15 - k] = static_cast<std::uint16_t>(byte_of(low[0], k) | byte_of(low[1], k) << 8);
    }
    return lanes;
}

void to_words_portable(const LaneGroups& lanes, std::uint8_t* words) {
    std::uint64_t high[2] = {0, 0}, low[2] = {0, 0};
    for (unsigned k = 0; k < 8; ++k)
        for (unsigned half = 0; half < 2; ++half) {
            high[half] |= byte_of(lanes[7 - k], half) << (8 * k);
            low[half] |= byte_of(lanes[15 - k], half) << (8 * k);
        }
    for (unsigned half = 0; half < 2; ++half) {
        high[half] = transposed(high[half]);
        low[half] = transposed(low[half]);
    }
    for (unsigned i = 0; i < 16; ++i) {
        words[2 * i] = static_cast<std::uint8_t>(byte_of(low[i / 8], i % 8));
        words[2 * i + 1] = static_cast<std::uint8_t>(byte_of(high[i / 8], i % 8));
    }
}

#ifdef __SSE2__

LaneGroups to_lanes(const std::uint8_t* words) {
    const __m128i first = load(words), second = load(words + 16);
    const __m128i high = transposed(upper(first, second)), low = transposed(lower(first, second));
    LaneGroups lanes;
    store(lanes.data(), reversed(_mm_unpacklo_epi8(high, _mm_srli_si128(high, 8))));
    store(lanes.data() + 8, reversed(_mm_unpacklo_epi8(low, _mm_srli_si128(low, 8))));
    return lanes;
}

void to_words(const LaneGroups& lanes, std::uint8_t* words) {
    const __m128i high = transposed(split(reversed(load(lanes.data()))));
    const __m128i low = transposed(split(reversed(load(lanes.data() + 8))));
    store(words, _mm_unpacklo_epi8(low, high));
    store(words + 16, _mm_unpackhi_epi8(low, high));
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
