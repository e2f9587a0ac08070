// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Adders counted level by level, and carries followed bit by bit.
#include "modules/sram_macro/ripple_adders.h"

#include <gtest/gtest.h>

namespace pimvp {
namespace {

TEST(RippleAdders, trees_count_one_adder_per_pair_and_a_bit_more_per_level) {
    EXPECT_EQ(adder_tree_bits(1, 8), 0u);
    EXPECT_EQ(adder_tree_bits(2, 8), 8u);
    EXPECT_EQ(adder_tree_bits(4, 8), 8u + 8 + 9);
    EXPECT_EQ(adder_tree_bits(8, 1), 4u * 1 + 2 * 2 + 3);
    EXPECT_EQ(adder_tree_bits(3, 4), 4u + 5) << "the odd one waits for the next level";
    EXPECT_EQ(adder_tree_bits(5, 1), 2u * 1 + 2 + 3);
}

TEST(RippleAdders, trees_of_powers_of_two_have_the_closed_form_of_zigzag_imc) {
    for (std::uint32_t levels = 0; levels <= 10; ++levels)
        for (std::uint32_t bits = 1; bits <= 16; ++bits) {
            const std::uint32_t n = 1u << levels;
            EXPECT_EQ(adder_tree_bits(n, bits), n * (bits + 1) - (bits + levels + 1)) << n << " " << bits;
        }
}

// The 5-bit results of eight columns of two 2-bit slices, pair by pair: 8 of 7 bits, 4 of 9, 2 of 12, 1
// of 15.
TEST(RippleAdders, shift_and_add_of_sixteen_columns_is_the_sum_of_its_adders) {
    EXPECT_EQ(shift_add_bits(16, 5), 8u * 7 + 4 * 9 + 2 * 12 + 15);
    EXPECT_EQ(shift_add_bits(1, 5), 0u);
    EXPECT_EQ(shift_add_bits(2, 5), 5u + 1);
}

TEST(RippleAdders, delays_are_a_sum_per_level_and_the_last_carry) {
    Technology t;
    t.nand2_delay = nanoseconds(1);  // in to sum 4.8, in to carry 4.4, carry to carry 2.0
    EXPECT_EQ(ripple_tree_delay(t, 1, 8).si(), 0);
    EXPECT_NEAR(ripple_tree_delay(t, 2, 1).si(), 4.4e-9, 1e-18);
    EXPECT_NEAR(ripple_tree_delay(t, 2, 6).si(), (4.4 + 5 * 2.0) * 1e-9, 1e-18);
    EXPECT_NEAR(ripple_tree_delay(t, 32, 13).si(), (4 * 4.8 + 4.4 + 12 * 2.0) * 1e-9, 1e-18);
    EXPECT_NEAR(accumulator_delay(t, 14, 32).si(), (4.4 + 18 * 2.0) * 1e-9, 1e-18);
    EXPECT_NEAR(accumulator_delay(t, 8, 8).si(), 4.4e-9, 1e-18);
    EXPECT_NEAR(accumulator_delay(t, 9, 8).si(), 4.4e-9, 1e-18);
}

}  // namespace
}  // namespace pimvp
