// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sram_macro/ripple_adders.h"

#include <cmath>

namespace pimvp {

std::uint32_t ceil_log2(std::uint32_t n) {
    std::uint32_t bits = 0;
    while ((1u << bits) < n) ++bits;
    return bits;
}

std::uint32_t adder_tree_bits(std::uint32_t inputs, std::uint32_t bits) {
    std::uint32_t sum = 0;
    for (; inputs > 1; inputs -= inputs / 2) sum += inputs / 2 * bits++;
    return sum;
}

std::uint32_t shift_add_bits(std::uint32_t weight_bits, std::uint32_t adc_bits) {
    if (weight_bits <= 1) return 0;
    const double w = weight_bits;
    return adc_bits * (weight_bits - 1) +
           static_cast<std::uint32_t>(std::ceil(w * (std::log2(w) - 0.5) - 1e-9));
}

Duration ripple_tree_delay(const Technology& technology, std::uint32_t inputs, std::uint32_t last_bits) {
    if (inputs <= 1) return {};
    return technology.full_adder_in_to_sum() * static_cast<double>(ceil_log2(inputs) - 1) +
           technology.full_adder_in_to_carry() +
           technology.full_adder_carry_to_carry() * static_cast<double>(last_bits - 1);
}

Duration accumulator_delay(const Technology& technology, std::uint32_t input_bits, std::uint32_t width) {
    const double tail = width > input_bits ? width - input_bits : 0;
    return technology.full_adder_in_to_carry() + technology.full_adder_carry_to_carry() * tail;
}

}  // namespace pimvp
