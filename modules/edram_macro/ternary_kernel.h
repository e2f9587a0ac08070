// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The inner loop of differential columns: a portable form, and on x86-64 one for processors with a population
// count, chosen at run time; both give the same integers. No SystemC here.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pimvp {

/// sums[f] = ones(planes[2 f] & inputs) - ones(planes[2 f + 1] & inputs); planes and inputs of `words` 64-bit
/// words.
void ternary_sums(const std::uint64_t* planes, std::size_t filters, std::size_t words,
                  const std::uint64_t* inputs, std::int32_t* sums);
void ternary_sums_portable(const std::uint64_t* planes, std::size_t filters, std::size_t words,
                           const std::uint64_t* inputs, std::int32_t* sums);

}  // namespace pimvp
