// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The inner loop of the sub-array: AND, count, shift, accumulate on packed words. A portable form, and on
// x86-64 forms for newer processors, one of which is chosen at run time; all give the same integers. No
// SystemC here.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pimvp {

/// `planes` input planes of `words` 64-bit words each, back to back, with signed place values.
struct AndPlanes {
    const std::uint64_t* bits;
    const std::int32_t* places;
    std::size_t planes, words;
};

/// sums[r] = sum over n of places[n] * ones(rows[r * stride + ...] & plane n), for r < count.
using AndAccumulate = void (*)(const std::uint64_t* rows, std::size_t stride, std::size_t count,
                               const AndPlanes& planes, std::int32_t* sums);

void and_accumulate_portable(const std::uint64_t* rows, std::size_t stride, std::size_t count,
                             const AndPlanes& planes, std::int32_t* sums);
/// The fastest form that this processor runs for planes of `words` words.
AndAccumulate and_accumulate_for(std::size_t words);

/// Every form, for comparison; null where the processor cannot run it.
struct AndAccumulateForms {
    AndAccumulate popcnt, avx2, avx512;
};
AndAccumulateForms and_accumulate_forms();

/// Ones in `words` words.
std::uint32_t ones_in(const std::uint64_t* bits, std::size_t words);

}  // namespace pimvp
