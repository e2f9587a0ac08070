// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/edram_macro/ternary_kernel.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define PIMVP_X86 1
#endif

namespace pimvp {

namespace {

int ones_in(std::uint64_t word) {
    word -= (word >> 1) & 0x5555555555555555u;
    word = (word & 0x3333333333333333u) + ((word >> 2) & 0x3333333333333333u);
    word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return static_cast<int>((word * 0x0101010101010101u) >> 56);
}

#ifdef PIMVP_X86

__attribute__((target("popcnt"))) void ternary_sums_popcnt(const std::uint64_t* planes, std::size_t filters,
                                                           std::size_t words, const std::uint64_t* inputs,
                                                           std::int32_t* sums) {
    if (words == 1) {
        const std::uint64_t input = inputs[0];
        for (std::size_t f = 0; f < filters; ++f, planes += 2) {
            sums[f] = __builtin_popcountll(planes[0] & input) - __builtin_popcountll(planes[1] & input);
        }
    } else if (words == 2) {
        const std::uint64_t low = inputs[0], high = inputs[1];
        for (std::size_t f = 0; f < filters; ++f, planes += 4) {
            sums[f] = __builtin_popcountll(planes[0] & low) + __builtin_popcountll(planes[1] & high) -
                      __builtin_popcountll(planes[2] & low) - __builtin_popcountll(planes[3] & high);
        }
    } else {
        for (std::size_t f = 0; f < filters; ++f, planes += 2 * words) {
            int sum = 0;
            for (std::size_t w = 0; w < words; ++w) {
                sum += __builtin_popcountll(planes[w] & inputs[w]) -
                       __builtin_popcountll(planes[words + w] & inputs[w]);
            }
            sums[f] = sum;
        }
    }
}

const bool has_popcnt = __builtin_cpu_supports("popcnt");

#endif

}  // namespace

void ternary_sums_portable(const std::uint64_t* planes, std::size_t filters, std::size_t words,
                           const std::uint64_t* inputs, std::int32_t* sums) {
    for (std::size_t f = 0; f < filters; ++f, planes += 2 * words) {
        int sum = 0;
        for (std::size_t w = 0; w < words; ++w) {
            sum += ones_in(planes[w] & inputs[w]) - ones_in(planes[words + w] & inputs[w]);
        }
        sums[f] = sum;
    }
}

void ternary_sums(const std::uint64_t* planes, std::size_t filters, std::size_t words,
                  const std::uint64_t* inputs, std::int32_t* sums) {
#ifdef PIMVP_X86
    if (has_popcnt) return ternary_sums_popcnt(planes, filters, words, inputs, sums);
#endif
    ternary_sums_portable(planes, filters, words, inputs, sums);
}

}  // namespace pimvp
