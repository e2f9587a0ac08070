// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Ripple-carry adders behind an array: how many full adders trees take and how long they ripple, as
// ZigZag-IMC (KULeuven-MICAS) counts them. No SystemC here.
#pragma once

#include <cstdint>

#include "modules/core/technology.h"

namespace pimvp {

/// Levels of a binary tree with n >= 1 leaves.
std::uint32_t ceil_log2(std::uint32_t n);

/// Full adders of a tree that sums `inputs` values of `bits`, each level one bit wider: for powers of two
/// inputs (bits + 1) - (bits + log2 inputs + 1). 0 for one input.
std::uint32_t adder_tree_bits(std::uint32_t inputs, std::uint32_t bits);

/// Full adders that add the `weight_bits` place values of one filter, inputs of `adc_bits`: as in ZigZag-IMC
/// n (w - 1) + w (log2 w - 1/2), rounded up, 0 for one column.
std::uint32_t shift_add_bits(std::uint32_t weight_bits, std::uint32_t adc_bits);

/// Through a tree whose levels but the last wait for a sum each; the last one's carry ripples over its
/// `last_bits`. Nothing for one input.
Duration ripple_tree_delay(const Technology& technology, std::uint32_t inputs, std::uint32_t last_bits);

/// Through an accumulator of `width` behind a sum of `input_bits`: its lower bits settle while that sum's
/// carry still runs.
Duration accumulator_delay(const Technology& technology, std::uint32_t input_bits, std::uint32_t width);

}  // namespace pimvp
