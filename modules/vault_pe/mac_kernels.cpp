// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/vault_pe/mac_kernels.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

#include "driver/pimvp_macro.h"
#include "driver/pimvp_vault.h"

// One body for every machine; the copy for AVX2 is chosen at run time where there is one.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define PIMVP_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define PIMVP_CLONES
#endif
#define PIMVP_BODY static inline __attribute__((always_inline))

namespace pimvp {

WordFormat WordFormat::of(std::uint32_t format) {
    const unsigned bits = format & 0xFFFFu, kind = format >> 16 & 0xFu;
    if (bits < 1 || bits > PIMVP_VAULT_WORD_BITS || kind > PIMVP_KIND_TERNARY)
        throw std::invalid_argument("elements of " + std::to_string(bits) + " bits, kind " +
                                    std::to_string(kind) + ": words hold 1 to 16 bits");
    return {bits, kind != PIMVP_KIND_UNSIGNED};
}

namespace {

template <class Word, class T>
PIMVP_BODY void decode_each(const std::uint8_t* words, std::size_t n, unsigned shift, T* out) {
    for (std::size_t i = 0; i < n; ++i) {
        Word word;
        std::memcpy(&word, words + 2 * i, 2);
        out[i] = static_cast<T>(word >> shift);
    }
}

/// A compiler cannot know that 16-bit lanes are wide enough for the shift: a block at a time as one vector.
template <class Word>
PIMVP_BODY void decode_blocks(const std::uint8_t* words, std::size_t n, unsigned shift, std::int16_t* out) {
    typedef Word Block __attribute__((vector_size(PIMVP_VAULT_BLOCK_BYTES)));
    constexpr std::size_t lanes = PIMVP_VAULT_BLOCK_BYTES / sizeof(Word);
    for (; n >= lanes; n -= lanes, words += sizeof(Block), out += lanes) {
        Block block;
        std::memcpy(&block, words, sizeof block);
        block = block >> static_cast<Word>(shift);
        std::memcpy(out, &block, sizeof block);
    }
    decode_each<Word>(words, n, shift, out);
}

template <class T>
PIMVP_BODY std::int64_t dot64(const T* a, const T* b, std::size_t n) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += std::int64_t{a[i]} * b[i];
    return sum;
}
PIMVP_BODY std::int32_t dot32(const std::int16_t* a, const std::int16_t* b, std::size_t n) {
    std::int32_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += std::int32_t{a[i]} * b[i];
    return sum;
}

template <class T, class Dot>
PIMVP_BODY void dots_body(const DotShape& shape, const T* streamed, const T* resident, std::int64_t* acc,
                          const Dot& dot) {
    for (std::size_t v = 0; v < shape.vectors; ++v, streamed += shape.words, acc += shape.vector_stride)
        for (std::size_t r = 0; r < shape.residents; ++r)
            acc[r * shape.resident_stride] += dot(streamed, resident + r * shape.resident_pitch, shape.words);
}

template <class T>
PIMVP_BODY void lanes_body(const DotShape& shape, const T* streamed, const T* resident, std::int64_t* acc) {
    for (std::size_t v = 0; v < shape.vectors; ++v, streamed += shape.words, acc += shape.vector_stride)
        for (std::size_t i = 0; i < shape.words; ++i) acc[i] += std::int64_t{streamed[i]} * resident[i];
}

PIMVP_CLONES void dots_short(const DotShape& shape, const std::int16_t* streamed,
                             const std::int16_t* resident, std::int64_t* acc) {
    dots_body(shape, streamed, resident, acc, dot32);
}
PIMVP_CLONES void dots_pieces(const DotShape& shape, const std::int16_t* streamed,
                              const std::int16_t* resident, std::size_t longest, std::int64_t* acc) {
    dots_body(shape, streamed, resident, acc,
              [longest](const std::int16_t* a, const std::int16_t* b, std::size_t n) {
                  std::int64_t sum = 0;
                  for (std::size_t i = 0; i < n; i += longest)
                      sum += dot32(a + i, b + i, std::min(longest, n - i));
                  return sum;
              });
}
PIMVP_CLONES void dots_long(const DotShape& shape, const std::int16_t* streamed, const std::int16_t* resident,
                            std::int64_t* acc) {
    dots_body(shape, streamed, resident, acc, dot64<std::int16_t>);
}

}  // namespace

PIMVP_CLONES void decode_words(const std::uint8_t* words, std::size_t n, WordFormat format,
                               std::int16_t* out) {
    const unsigned shift = PIMVP_VAULT_WORD_BITS - format.bits;
    if (format.is_signed)
        decode_blocks<std::int16_t>(words, n, shift, out);
    else
        decode_blocks<std::uint16_t>(words, n, shift, out);
}
PIMVP_CLONES void decode_words(const std::uint8_t* words, std::size_t n, WordFormat format,
                               std::int32_t* out) {
    const unsigned shift = PIMVP_VAULT_WORD_BITS - format.bits;
    if (format.is_signed)
        decode_each<std::int16_t>(words, n, shift, out);
    else
        decode_each<std::uint16_t>(words, n, shift, out);
}

void encode_words(const std::uint16_t* values, std::size_t n, unsigned bits, std::uint8_t* words) {
    const unsigned shift = PIMVP_VAULT_WORD_BITS - bits;
    for (std::size_t i = 0; i < n; ++i) {
        const auto word = static_cast<std::uint16_t>(values[i] << shift);
        std::memcpy(words + 2 * i, &word, 2);
    }
}

std::size_t longest_dot32(WordFormat a, WordFormat b) {
    return static_cast<std::size_t>(INT32_MAX / (a.largest() * b.largest()));
}

void dot_products(const DotShape& shape, const std::int16_t* streamed, const std::int16_t* resident,
                  std::size_t longest, std::int64_t* acc) {
    if (shape.words <= longest)
        dots_short(shape, streamed, resident, acc);
    else if (longest >= 16)
        dots_pieces(shape, streamed, resident, longest / 16 * 16, acc);
    else
        dots_long(shape, streamed, resident, acc);
}
PIMVP_CLONES void dot_products(const DotShape& shape, const std::int32_t* streamed,
                               const std::int32_t* resident, std::int64_t* acc) {
    dots_body(shape, streamed, resident, acc, dot64<std::int32_t>);
}

PIMVP_CLONES void lane_products(const DotShape& shape, const std::int16_t* streamed,
                                const std::int16_t* resident, std::int64_t* acc) {
    lanes_body(shape, streamed, resident, acc);
}
PIMVP_CLONES void lane_products(const DotShape& shape, const std::int32_t* streamed,
                                const std::int32_t* resident, std::int64_t* acc) {
    lanes_body(shape, streamed, resident, acc);
}

}  // namespace pimvp
