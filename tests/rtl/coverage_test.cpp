// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "testbenches/coverage.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace pimvp {
namespace {

TEST(Coverage, CountsOperationsNotHits) {
    Coverage c;
    const auto bits = c.add_range("bits", 1, 3);
    c.hit(bits, 0);
    c.hit(bits, 0);
    c.hit(bits, 2);
    EXPECT_EQ(c.hits(bits, 0), 0u);
    c.sample();
    EXPECT_EQ(c.hits(bits, 0), 1u);
    EXPECT_EQ(c.hits(bits, 2), 1u);
    c.sample();  // nothing was hit
    EXPECT_EQ(c.hits(bits, 0), 1u);
    EXPECT_EQ(c.holes(), std::vector<std::string>{"bits: 2"});
    EXPECT_EQ(c.bins(), 3u);
    EXPECT_EQ(c.reached(), 2u);
}

TEST(Coverage, CrossesWhatOneOperationHit) {
    Coverage c;
    const auto a = c.add("a", {"x", "y"}), b = c.add("b", {"p", "q"});
    const auto cross = c.add_cross(a, b);
    c.hit(a, 0);
    c.hit(b, 1);
    c.sample();
    c.hit(a, 1);  // alone
    c.sample();
    EXPECT_EQ(c.hits(cross, 1), 1u);
    EXPECT_EQ(c.holes(), (std::vector<std::string>{"b: p", "a x b: x x p", "a x b: y x p", "a x b: y x q"}));
    EXPECT_EQ(c.reached(), 4u);
    EXPECT_NE(c.text().find("a x b  1/4"), std::string::npos) << c.text();
}

TEST(Coverage, RefusesWhatThereIsNot) {
    Coverage c;
    const auto a = c.add("a", {"x"});
    const auto cross = c.add_cross(a, a);
    EXPECT_THROW(c.hit(a, 1), std::logic_error);
    EXPECT_THROW(c.hit(cross, 0), std::logic_error);
    EXPECT_THROW(c.hit(cross + 1, 0), std::out_of_range);
    EXPECT_THROW(c.add("empty", {}), std::logic_error);
}

}  // namespace
}  // namespace pimvp
