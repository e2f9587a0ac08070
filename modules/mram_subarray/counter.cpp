// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/mram_subarray/counter.h"

namespace pimvp {

CounterTree counter_tree(std::uint32_t inputs) {
    CounterTree tree;
    for (std::uint32_t bits = inputs; bits != 0; bits /= 2) {
        tree.full_adders += (bits - 1) / 2;
        tree.half_adders += bits % 2 == 0;
        ++tree.result_bits;
    }
    return tree;
}

Energy counter_energy(std::uint32_t inputs, const Technology& technology) {
    const CounterTree tree = counter_tree(inputs);
    return technology.full_adder_energy() * (tree.full_adders + 0.5 * tree.half_adders);
}

Area counter_area(std::uint32_t inputs, const Technology& technology) {
    const CounterTree tree = counter_tree(inputs);
    return technology.full_adder_area() * (tree.full_adders + 0.5 * tree.half_adders);
}

std::uint32_t sum_bits(std::uint32_t inputs, std::uint32_t weight_bits, std::uint32_t input_bits) {
    return counter_tree(inputs).result_bits + weight_bits + input_bits;
}

Energy accumulate_energy(std::uint32_t bits, const Technology& technology) {
    return (technology.full_adder_energy() + technology.flip_flop_energy()) * bits;
}

Area accumulator_area(std::uint32_t bits, const Technology& technology) {
    return (technology.full_adder_area() + technology.flip_flop_area()) * bits;
}

}  // namespace pimvp
