// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/mram_subarray/and_accumulate.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define PIMVP_X86 1
#include <immintrin.h>
#endif

namespace pimvp {
namespace {

inline unsigned ones(std::uint64_t word) {
    word -= (word >> 1) & 0x5555555555555555u;
    word = (word & 0x3333333333333333u) + ((word >> 2) & 0x3333333333333333u);
    word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return static_cast<unsigned>((word * 0x0101010101010101u) >> 56);
}

#ifdef PIMVP_X86

/// `fixed` words, or planes.words if it is 0.
template <std::size_t fixed>
__attribute__((target("popcnt"))) void popcnt_body(const std::uint64_t* rows, std::size_t stride,
                                                   std::size_t count, const AndPlanes& planes,
                                                   std::int32_t* sums) {
    const std::size_t words = fixed == 0 ? planes.words : fixed;
    for (std::size_t r = 0; r < count; ++r, rows += stride) {
        const std::uint64_t* plane = planes.bits;
        std::int32_t sum = 0;
        for (std::size_t n = 0; n < planes.planes; ++n, plane += words) {
            std::int64_t number = 0;
            for (std::size_t w = 0; w < words; ++w) number += __builtin_popcountll(rows[w] & plane[w]);
            sum += planes.places[n] * static_cast<std::int32_t>(number);
        }
        sums[r] = sum;
    }
}

void and_accumulate_popcnt(const std::uint64_t* rows, std::size_t stride, std::size_t count,
                           const AndPlanes& planes, std::int32_t* sums) {
    switch (planes.words) {
        case 1:
            return popcnt_body<1>(rows, stride, count, planes, sums);
        case 2:
            return popcnt_body<2>(rows, stride, count, planes, sums);
        case 3:
            return popcnt_body<3>(rows, stride, count, planes, sums);
        default:
            return popcnt_body<0>(rows, stride, count, planes, sums);
    }
}

/// Ones by looking up half bytes (Mula, Kurz, Lemire, The Computer Journal 61(1), 2018).
__attribute__((target("avx2,popcnt"))) void and_accumulate_avx2(const std::uint64_t* rows, std::size_t stride,
                                                                std::size_t count, const AndPlanes& planes,
                                                                std::int32_t* sums) {
    const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,  //
                                           0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i low = _mm256_set1_epi8(15), zero = _mm256_setzero_si256();
    const std::size_t whole = planes.words / 4 * 4;
    for (std::size_t r = 0; r < count; ++r, rows += stride) {
        const std::uint64_t* plane = planes.bits;
        __m256i weighted = zero;
        std::int32_t sum = 0;
        for (std::size_t n = 0; n < planes.planes; ++n, plane += planes.words) {
            __m256i number = zero;
            for (std::size_t w = 0; w < whole; w += 4) {
                const __m256i both =
                    _mm256_and_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows + w)),
                                     _mm256_loadu_si256(reinterpret_cast<const __m256i*>(plane + w)));
                const __m256i halves = _mm256_add_epi8(
                    _mm256_shuffle_epi8(table, _mm256_and_si256(both, low)),
                    _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(both, 4), low)));
                number = _mm256_add_epi64(number, _mm256_sad_epu8(halves, zero));
            }
            weighted =
                _mm256_add_epi64(weighted, _mm256_mul_epi32(number, _mm256_set1_epi64x(planes.places[n])));
            std::int64_t rest = 0;
            for (std::size_t w = whole; w < planes.words; ++w)
                rest += __builtin_popcountll(rows[w] & plane[w]);
            sum += planes.places[n] * static_cast<std::int32_t>(rest);
        }
        const __m128i two =
            _mm_add_epi64(_mm256_castsi256_si128(weighted), _mm256_extracti128_si256(weighted, 1));
        sums[r] = sum + static_cast<std::int32_t>(_mm_cvtsi128_si64(two) + _mm_extract_epi64(two, 1));
    }
}

__attribute__((target("avx512f,avx512vpopcntdq"))) void and_accumulate_avx512(const std::uint64_t* rows,
                                                                              std::size_t stride,
                                                                              std::size_t count,
                                                                              const AndPlanes& planes,
                                                                              std::int32_t* sums) {
    for (std::size_t r = 0; r < count; ++r, rows += stride) {
        const std::uint64_t* plane = planes.bits;
        __m512i weighted = _mm512_setzero_si512();
        for (std::size_t n = 0; n < planes.planes; ++n, plane += planes.words) {
            __m512i number = _mm512_setzero_si512();
            for (std::size_t w = 0; w < planes.words; w += 8) {
                const std::size_t left = planes.words - w;
                const auto mask = static_cast<__mmask8>(left >= 8 ? 0xFF : (1u << left) - 1);
                const __m512i both = _mm512_and_si512(_mm512_maskz_loadu_epi64(mask, rows + w),
                                                      _mm512_maskz_loadu_epi64(mask, plane + w));
                number = _mm512_add_epi64(number, _mm512_popcnt_epi64(both));
            }
            weighted = _mm512_add_epi64(
                weighted, _mm512_maskz_mul_epi32(0xFF, number, _mm512_set1_epi64(planes.places[n])));
        }
        std::int64_t parts[8];
        _mm512_storeu_si512(parts, weighted);
        std::int64_t sum = 0;
        for (const std::int64_t part : parts) sum += part;
        sums[r] = static_cast<std::int32_t>(sum);
    }
}

#endif

}  // namespace

std::uint32_t ones_in(const std::uint64_t* bits, std::size_t words) {
    std::uint32_t sum = 0;
    for (std::size_t w = 0; w < words; ++w) sum += ones(bits[w]);
    return sum;
}

void and_accumulate_portable(const std::uint64_t* rows, std::size_t stride, std::size_t count,
                             const AndPlanes& planes, std::int32_t* sums) {
    for (std::size_t r = 0; r < count; ++r, rows += stride) {
        const std::uint64_t* plane = planes.bits;
        std::int32_t sum = 0;
        for (std::size_t n = 0; n < planes.planes; ++n, plane += planes.words) {
            unsigned number = 0;
            for (std::size_t w = 0; w < planes.words; ++w) number += ones(rows[w] & plane[w]);
            sum += planes.places[n] * static_cast<std::int32_t>(number);
        }
        sums[r] = sum;
    }
}

AndAccumulateForms and_accumulate_forms() {
    AndAccumulateForms forms{nullptr, nullptr, nullptr};
#ifdef PIMVP_X86
    if (__builtin_cpu_supports("popcnt")) forms.popcnt = and_accumulate_popcnt;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt")) forms.avx2 = and_accumulate_avx2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vpopcntdq"))
        forms.avx512 = and_accumulate_avx512;
#endif
    return forms;
}

AndAccumulate and_accumulate_for(std::size_t words) {
    static const AndAccumulateForms forms = and_accumulate_forms();
    if (forms.avx512 != nullptr && words > 3) return forms.avx512;
    if (forms.avx2 != nullptr && words > 3) return forms.avx2;
    return forms.popcnt != nullptr ? forms.popcnt : and_accumulate_portable;
}

}  // namespace pimvp
