// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "apps/run_arguments.h"
#include "tests/support/expect_error.h"

namespace pimvp {
namespace {

TEST(Arguments, image_range_is_inclusive) {
    const ImageRange range = parse_images("3..17");
    EXPECT_EQ(range.first, 3);
    EXPECT_EQ(range.last, 17);
    EXPECT_EQ(parse_images("0..0").last, 0);
}

TEST(Arguments, last_image_of_the_set_is_one_less_than_its_size) {
    EXPECT_NO_THROW(check_images({0, 9999}, 10000, "set"));
    test::expect_error([] { check_images({0, 10000}, 10000, "set"); }, "0..9999", "set", "10000 images");
}

TEST(Arguments, times_become_whole_picoseconds) {
    EXPECT_EQ(parse_time_ps("--t", "0"), 0);
    EXPECT_EQ(parse_time_ps("--t", "10 us"), 10'000'000);
    EXPECT_EQ(parse_time_ps("--t", "0.3ns"), 300);
    EXPECT_EQ(parse_time_ps("--t", "1 ps"), 1);
    test::expect_error([] { parse_time_ps("--t", "-1 ns"); }, "--t", "-1 ns");
    test::expect_error([] { parse_time_ps("--t", "0.1 ps"); }, "--t", "1 ps");
    test::expect_error([] { parse_time_ps("--t", "3 J"); }, "--t", "3 J");
}

TEST(Arguments, suggestions_are_near_or_not_given) {
    EXPECT_EQ(suggestion("imagse", {"json", "images"}), ", did you mean 'images'?");
    EXPECT_EQ(suggestion("fmnist_dualnet", {"fmnist_int4", "fmnist_dualnet_50"}),
              ", did you mean 'fmnist_dualnet_50'?");
    EXPECT_EQ(suggestion("transistors", {"json", "images"}), ":");
}

}  // namespace
}  // namespace pimvp
