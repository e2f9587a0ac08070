// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/vault_pe/mac_kernels.h"

#include <cstring>
#include <stdexcept>
#include <string>

#include "driver/pimvp_macro.h"
#include "driver/pimvp_vault.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define PIMVP_X86 1
#define PIMVP_AVX2 __attribute__((target("avx2")))
#endif
// Bodies are compiled into each of their callers, for the callers' processors.
#define PIMVP_BODY inline __attribute__((always_inline))

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

struct Dot64 {
    template <class T>
    PIMVP_BODY std::int64_t operator()(const T* a, const T* b, std::size_t n) const {
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < n; ++i) sum += std::int64_t{a[i]} * b[i];
        return sum;
    }
};
struct Dot32 {
    PIMVP_BODY std::int32_t operator()(const std::int16_t* a, const std::int16_t* b, std::size_t n) const {
        std::int32_t sum = 0;
        for (std::size_t i = 0; i < n; ++i) sum += std::int32_t{a[i]} * b[i];
        return sum;
    }
};
struct DotPieces {
    std::size_t longest;
    PIMVP_BODY std::int64_t operator()(const std::int16_t* a, const std::int16_t* b, std::size_t n) const {
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < n; i += longest)
            sum += Dot32{}(a + i, b + i, longest < n - i ? longest : n - i);
        return sum;
    }
};

template <class T, class Dot>
PIMVP_BODY void dots_each(const DotShape& shape, const T* streamed, const T* resident, std::int64_t* acc,
                          const Dot& dot) {
    for (std::size_t v = 0; v < shape.vectors; ++v, streamed += shape.words, acc += shape.vector_stride)
        for (std::size_t r = 0; r < shape.residents; ++r)
            acc[r * shape.resident_stride] += dot(streamed, resident + r * shape.resident_pitch, shape.words);
}

PIMVP_BODY void dots_body(const DotShape& shape, const std::int16_t* streamed, const std::int16_t* resident,
                          std::size_t longest, std::int64_t* acc) {
    if (shape.words <= longest)
        dots_each(shape, streamed, resident, acc, Dot32{});
    else if (longest >= 16)
        dots_each(shape, streamed, resident, acc, DotPieces{longest / 16 * 16});
    else
        dots_each(shape, streamed, resident, acc, Dot64{});
}

template <class T>
PIMVP_BODY void lanes_body(const DotShape& shape, const T* streamed, const T* resident, std::int64_t* acc) {
    for (std::size_t v = 0; v < shape.vectors; ++v, streamed += shape.words, acc += shape.vector_stride)
        for (std::size_t i = 0; i < shape.words; ++i) acc[i] += std::int64_t{streamed[i]} * resident[i];
}

PIMVP_BODY void decode_body(const std::uint8_t* words, std::size_t n, WordFormat format, std::int16_t* out) {
    const unsigned shift = PIMVP_VAULT_WORD_BITS - format.bits;
    if (format.is_signed)
        decode_blocks<std::int16_t>(words, n, shift, out);
    else
        decode_blocks<std::uint16_t>(words, n, shift, out);
}

#ifdef PIMVP_X86

PIMVP_AVX2 void decode_avx2(const std::uint8_t* words, std::size_t n, WordFormat format, std::int16_t* out) {
    decode_body(words, n, format, out);
}
PIMVP_AVX2 void dots_avx2(const DotShape& shape, const std::int16_t* streamed, const std::int16_t* resident,
                          std::size_t longest, std::int64_t* acc) {
    dots_body(shape, streamed, resident, longest, acc);
}
PIMVP_AVX2 void lanes_avx2(const DotShape& shape, const std::int16_t* streamed, const std::int16_t* resident,
                           std::int64_t* acc) {
    lanes_body(shape, streamed, resident, acc);
}
const bool has_avx2 = __builtin_cpu_supports("avx2");

#else

constexpr bool has_avx2 = false;
constexpr auto decode_avx2 = &portable::decode_words;
constexpr auto dots_avx2 = &portable::dot_products;
constexpr auto lanes_avx2 = &portable::lane_products;

#endif

}  // namespace

void portable::decode_words(const std::uint8_t* words, std::size_t n, WordFormat format, std::int16_t* out) {
    decode_body(words, n, format, out);
}
void portable::dot_products(const DotShape& shape, const std::int16_t* streamed, const std::int16_t* resident,
                            std::size_t longest, std::int64_t* acc) {
    dots_body(shape, streamed, resident, longest, acc);
}
void portable::lane_products(const DotShape& shape, const std::int16_t* streamed,
                             const std::int16_t* resident, std::int64_t* acc) {
    lanes_body(shape, streamed, resident, acc);
}

void decode_words(const std::uint8_t* words, std::size_t n, WordFormat format, std::int16_t* out) {
    (has_avx2 ? decode_avx2 : portable::decode_words)(words, n, format, out);
}
void decode_words(const std::uint8_t* words, std::size_t n, WordFormat format, std::int32_t* out) {
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
    (has_avx2 ? dots_avx2 : portable::dot_products)(shape, streamed, resident, longest, acc);
}
void dot_products(const DotShape& shape, const std::int32_t* streamed, const std::int32_t* resident,
                  std::int64_t* acc) {
    dots_each(shape, streamed, resident, acc, Dot64{});
}

void lane_products(const DotShape& shape, const std::int16_t* streamed, const std::int16_t* resident,
                   std::int64_t* acc) {
    (has_avx2 ? lanes_avx2 : portable::lane_products)(shape, streamed, resident, acc);
}
void lane_products(const DotShape& shape, const std::int32_t* streamed, const std::int32_t* resident,
                   std::int64_t* acc) {
    lanes_body(shape, streamed, resident, acc);
}

}  // namespace pimvp
