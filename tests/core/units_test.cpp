// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/units.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <string>

#include "modules/core/error.h"

namespace pimvp {
namespace {

Duration picoseconds(std::int64_t ps) {
    return Duration::si(static_cast<double>(ps) * 1e-12);
}

TEST(Units, CyclesAtTheEdges) {
    const Period clock{5000};
    EXPECT_EQ(clock.cycles(Duration{}), 1);
    EXPECT_EQ(clock.cycles(picoseconds(1)), 1);
    EXPECT_EQ(clock.cycles(picoseconds(4999)), 1);
    EXPECT_EQ(clock.cycles(picoseconds(5000)), 1);
    EXPECT_EQ(clock.cycles(picoseconds(5001)), 2);
    EXPECT_EQ(clock.cycles(picoseconds(10000)), 2);
    EXPECT_EQ(clock.cycles(picoseconds(10001)), 3);
    EXPECT_EQ(clock.cycles(microseconds(200)), 40000);
    EXPECT_EQ(Period{1}.cycles(picoseconds(7)), 7);
}

// Floating-point time must give what integer arithmetic on picoseconds gives, however the time was computed.
TEST(Units, CyclesEqualIntegerDivision) {
    std::mt19937_64 random(7);
    for (int i = 0; i < 100000; ++i) {
        const auto period = static_cast<std::int64_t>(random() % 20000) + 1;
        const auto n = static_cast<std::int64_t>(random() % 100000) + 1;
        const std::int64_t ps = n * period + static_cast<std::int64_t>(random() % 3) - 1;
        const std::int64_t expected = ps <= 0 ? 1 : (ps + period - 1) / period;
        ASSERT_EQ(Period{period}.cycles(picoseconds(ps)), expected) << ps << " of " << period;
        ASSERT_EQ(Period{period}.cycles(nanoseconds(static_cast<double>(ps) / 1000)), expected) << ps;
        ASSERT_EQ(Period{period}.cycles(Period{period}.duration() * static_cast<double>(n)), n) << period;
    }
}

std::string refusal(Duration time) {
    try {
        return "took it as " + std::to_string(Period::of(time, "bus.period").ps) + " ps";
    } catch (const Error& e) {
        return e.what();
    }
}

TEST(Units, APeriodIsWholePicoseconds) {
    EXPECT_EQ(Period::of(nanoseconds(5)).ps, 5000);
    EXPECT_EQ(Period::of(microseconds(1)).ps, 1'000'000);
    for (std::int64_t ps = 1; ps <= 100000; ++ps) {  // however the time was computed
        ASSERT_EQ(Period::of(picoseconds(ps)).ps, ps);
        ASSERT_EQ(Period::of(nanoseconds(static_cast<double>(ps) / 1000)).ps, ps);
    }
    EXPECT_EQ(Period::of(Duration::si(1.5e-12 + 0.5e-12 + 5e-19)).ps, 2);  // half the tolerance
    EXPECT_EQ(refusal(Duration::si(1.5e-12)), "bus.period: expected whole picoseconds, found 1.5 ps");
    EXPECT_EQ(refusal(Duration::si(0.4e-12)).find("bus.period: expected whole picoseconds, found "), 0u);
    EXPECT_EQ(refusal(Duration::si(0.9e-12)).find("bus.period: expected whole picoseconds, found "), 0u);
    EXPECT_EQ(refusal(Duration::si(5000.00001e-12)).find("bus.period: expected"), 0u);
    EXPECT_EQ(refusal(Duration{}).find("bus.period: expected"), 0u);
    EXPECT_EQ(refusal(Duration::si(-5e-9)).find("bus.period: expected"), 0u);
    EXPECT_EQ(refusal(Duration::si(1e7)).find("bus.period: expected"), 0u);
    EXPECT_EQ(refusal(Duration::si(std::numeric_limits<double>::infinity())).find("bus.period: expected"),
              0u);
    EXPECT_EQ(refusal(Duration::si(std::numeric_limits<double>::quiet_NaN())).find("bus.period: expected"),
              0u);
    EXPECT_THROW(Period::of(Duration::si(1.5e-12)), Error);
}

TEST(Units, QuantitiesAreSi) {
    EXPECT_DOUBLE_EQ(femtojoules(20).si(), 2e-14);
    EXPECT_DOUBLE_EQ(picojoules(20).si(), 2e-11);
    EXPECT_DOUBLE_EQ(nanoseconds(5).si(), 5e-9);
    EXPECT_DOUBLE_EQ(square_micrometres(2).si(), 2e-12);
    EXPECT_DOUBLE_EQ(microwatts(3).si(), 3e-6);
    EXPECT_DOUBLE_EQ(switching_energy(femtofarads(10), volts(0.5)).si(), 2.5e-15);
    EXPECT_DOUBLE_EQ(nanoseconds(10) / nanoseconds(4), 2.5);
    EXPECT_DOUBLE_EQ((2 * nanoseconds(3) - nanoseconds(1)).si(), 5e-9);
}

}  // namespace
}  // namespace pimvp
