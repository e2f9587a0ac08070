// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/pim_macro/kernels.h"

#include <cstring>

#if defined(__x86_64__) && defined(__GNUC__)
#define PIMVP_X86 1
#include <immintrin.h>
#endif

namespace pimvp {
namespace {

unsigned ones_in(std::uint64_t word) {
    word -= (word >> 1) & 0x5555555555555555u;
    word = (word & 0x3333333333333333u) + ((word >> 2) & 0x3333333333333333u);
    word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return static_cast<unsigned>((word * 0x0101010101010101u) >> 56);
}

inline std::uint32_t add_clipped_body(const std::uint32_t* ones, std::size_t columns, std::uint32_t limit,
                                      std::int32_t place, std::int32_t* sums) {
    std::int32_t beyond = 0;
    const auto most = static_cast<std::int32_t>(limit);
    for (std::size_t c = 0; c < columns; ++c) {
        const auto x = static_cast<std::int32_t>(ones[c]);
        beyond += x > most;
        sums[c] += place * (x < most ? x : most);
    }
    return static_cast<std::uint32_t>(beyond);
}

#ifdef PIMVP_X86

__attribute__((target("avx2"))) std::uint32_t add_clipped_avx2(const std::uint32_t* ones, std::size_t columns,
                                                               std::uint32_t limit, std::int32_t place,
                                                               std::int32_t* sums) {
    return add_clipped_body(ones, columns, limit, place, sums);
}

__attribute__((target("avx2"))) inline __m256i load(const std::int16_t* p) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}

/// Four filters at a time, so that their horizontal sums share shuffles.
__attribute__((target("avx2"))) void matrix_vector_avx2(const std::int16_t* matrix, std::size_t filters,
                                                        std::size_t stride, const std::int16_t* vector,
                                                        std::int32_t* sums) {
    std::size_t f = 0;
    for (; f + 4 <= filters; f += 4) {
        const std::int16_t* m = matrix + f * stride;
        __m256i a = _mm256_setzero_si256(), b = a, c = a, d = a;
        for (std::size_t r = 0; r < stride; r += 16) {
            const __m256i v = load(vector + r);
            a = _mm256_add_epi32(a, _mm256_madd_epi16(load(m + r), v));
            b = _mm256_add_epi32(b, _mm256_madd_epi16(load(m + stride + r), v));
            c = _mm256_add_epi32(c, _mm256_madd_epi16(load(m + 2 * stride + r), v));
            d = _mm256_add_epi32(d, _mm256_madd_epi16(load(m + 3 * stride + r), v));
        }
        const __m256i quad = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
        const __m128i four = _mm_add_epi32(_mm256_castsi256_si128(quad), _mm256_extracti128_si256(quad, 1));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(sums + f), four);
    }
    if (f < filters) matrix_vector_portable(matrix + f * stride, filters - f, stride, vector, sums + f);
}

__attribute__((target("popcnt"))) void count_conducting_popcnt(const std::uint64_t* cells,
                                                               std::size_t columns, std::size_t words,
                                                               const std::uint64_t* inputs,
                                                               std::uint32_t* ones) {
    if (words == 1) {
        const std::uint64_t input = inputs[0];
        for (std::size_t c = 0; c < columns; ++c)
            ones[c] = static_cast<std::uint32_t>(__builtin_popcountll(cells[c] & input));
    } else if (words == 2) {
        const std::uint64_t low = inputs[0], high = inputs[1];
        for (std::size_t c = 0; c < columns; ++c)
            ones[c] = static_cast<std::uint32_t>(__builtin_popcountll(cells[2 * c] & low) +
                                                 __builtin_popcountll(cells[2 * c + 1] & high));
    } else {
        for (std::size_t c = 0; c < columns; ++c) {
            std::uint32_t sum = 0;
            for (std::size_t w = 0; w < words; ++w)
                sum += static_cast<std::uint32_t>(__builtin_popcountll(cells[c * words + w] & inputs[w]));
            ones[c] = sum;
        }
    }
}

const bool has_avx2 = __builtin_cpu_supports("avx2");
const bool has_popcnt = __builtin_cpu_supports("popcnt");

#endif

}  // namespace

void matrix_vector_portable(const std::int16_t* matrix, std::size_t filters, std::size_t stride,
                            const std::int16_t* vector, std::int32_t* sums) {
    for (std::size_t f = 0; f < filters; ++f) {
        const std::int16_t* row = matrix + f * stride;
        std::int32_t sum = 0;
        for (std::size_t r = 0; r < stride; ++r) sum += std::int32_t{row[r]} * vector[r];
        sums[f] = sum;
    }
}

void matrix_vector(const std::int16_t* matrix, std::size_t filters, std::size_t stride,
                   const std::int16_t* vector, std::int32_t* sums) {
#ifdef PIMVP_X86
    if (has_avx2) return matrix_vector_avx2(matrix, filters, stride, vector, sums);
#endif
    matrix_vector_portable(matrix, filters, stride, vector, sums);
}

std::uint64_t bit_plane(const std::uint8_t* bytes, unsigned bit) {
    std::uint64_t plane = 0;
    for (unsigned i = 0; i < 8; ++i) {
        std::uint64_t eight;
        std::memcpy(&eight, bytes + 8 * i, 8);
        // The product gathers the lowest bits of the eight bytes in its top byte, byte 0 lowest (little
        // endian).
        const std::uint64_t gathered = (((eight >> bit) & 0x0101010101010101u) * 0x0102040810204080u) >> 56;
        plane |= gathered << (8 * i);
    }
    return plane;
}

void count_conducting_portable(const std::uint64_t* cells, std::size_t columns, std::size_t words,
                               const std::uint64_t* inputs, std::uint32_t* ones) {
    for (std::size_t c = 0; c < columns; ++c) {
        std::uint32_t sum = 0;
        for (std::size_t w = 0; w < words; ++w) sum += ones_in(cells[c * words + w] & inputs[w]);
        ones[c] = sum;
    }
}

void count_conducting(const std::uint64_t* cells, std::size_t columns, std::size_t words,
                      const std::uint64_t* inputs, std::uint32_t* ones) {
#ifdef PIMVP_X86
    if (has_popcnt) return count_conducting_popcnt(cells, columns, words, inputs, ones);
#endif
    count_conducting_portable(cells, columns, words, inputs, ones);
}

std::uint32_t add_clipped_portable(const std::uint32_t* ones, std::size_t columns, std::uint32_t limit,
                                   std::int32_t place, std::int32_t* sums) {
    return add_clipped_body(ones, columns, limit, place, sums);
}

std::uint32_t add_clipped(const std::uint32_t* ones, std::size_t columns, std::uint32_t limit,
                          std::int32_t place, std::int32_t* sums) {
#ifdef PIMVP_X86
    if (has_avx2) return add_clipped_avx2(ones, columns, limit, place, sums);
#endif
    return add_clipped_portable(ones, columns, limit, place, sums);
}

}  // namespace pimvp
