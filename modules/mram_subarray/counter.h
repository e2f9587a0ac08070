// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The digital part of a bit-plane product: how many ones a row of sense amplifiers reads, and the accumulator
// behind it. No SystemC here.
#pragma once

#include <cstdint>

#include "modules/core/technology.h"

namespace pimvp {

/// A tree of full adders that counts ones: at each place, three bits become one and a carry to the next
/// place, until one is left; a last pair takes a half adder. n inputs take n - popcount(n) adders, of which
/// those of 2^k - 1 inputs, n - k, are all full, and those of 2^k inputs are n - 1 - k full and k half.
struct CounterTree {
    std::uint32_t full_adders = 0, half_adders = 0;
    std::uint32_t result_bits = 0;
};
CounterTree counter_tree(std::uint32_t inputs);

/// All adders switch; a half adder is half a full one (an XOR2 and a NAND2 of two XOR2 and three NAND2).
Energy counter_energy(std::uint32_t inputs, const Technology& technology);
Area counter_area(std::uint32_t inputs, const Technology& technology);

/// Width of a sum of `inputs` products of `weight_bits` by `input_bits`: ceil(log2(inputs + 1)) + both.
std::uint32_t sum_bits(std::uint32_t inputs, std::uint32_t weight_bits, std::uint32_t input_bits);

/// Shift by wiring, then a full adder and a flip-flop per bit of the sum.
Energy accumulate_energy(std::uint32_t bits, const Technology& technology);
Area accumulator_area(std::uint32_t bits, const Technology& technology);

}  // namespace pimvp
