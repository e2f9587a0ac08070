// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/quantity_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>

#include "modules/core/error.h"

namespace pimvp {
namespace {

const ParamType types[] = {ParamType::ratio,    ParamType::energy,   ParamType::power,
                           ParamType::duration, ParamType::area,     ParamType::capacitance,
                           ParamType::voltage,  ParamType::frequency};

TEST(QuantityText, Reads) {
    // The compiler's literals are the independent decimal conversion: equal to the last bit.
    EXPECT_EQ(parse_quantity("0.35 fF", ParamType::capacitance), 0.35e-15);
    EXPECT_EQ(parse_quantity("200 us", ParamType::duration), 200e-6);
    EXPECT_EQ(parse_quantity("20 fJ", ParamType::energy), 20e-15);
    EXPECT_EQ(parse_quantity("5ns", ParamType::duration), 5e-9);
    EXPECT_EQ(parse_quantity("1.6 mm2", ParamType::area), 1.6e-6);
    EXPECT_EQ(parse_quantity("0.614 um2", ParamType::area), 0.614e-12);
    EXPECT_EQ(parse_quantity("3 m2", ParamType::area), 3.0);
    EXPECT_EQ(parse_quantity("3 nm2", ParamType::area), 3e-18);
    EXPECT_EQ(parse_quantity("0.9 V", ParamType::voltage), 0.9);
    EXPECT_EQ(parse_quantity("-300 mV", ParamType::voltage), -0.3);
    EXPECT_EQ(parse_quantity("200 MHz", ParamType::frequency), 200e6);
    EXPECT_EQ(parse_quantity("1.5 GHz", ParamType::frequency), 1.5e9);
    EXPECT_EQ(parse_quantity("32.768 kHz", ParamType::frequency), 32768.0);
    EXPECT_EQ(parse_quantity("7 pW", ParamType::power), 7e-12);
    EXPECT_EQ(parse_quantity(" 1.25e-1  mW ", ParamType::power), 0.125e-3);
    EXPECT_EQ(parse_quantity("0.5", ParamType::ratio), 0.5);
    EXPECT_EQ(parse_quantity("+1e3", ParamType::ratio), 1000.0);
    EXPECT_EQ(parse_quantity(".5", ParamType::ratio), 0.5);
}

TEST(QuantityText, Prints) {
    EXPECT_EQ(print_quantity(0.35e-15, ParamType::capacitance), "0.35 fF");
    EXPECT_EQ(print_quantity(200e-6, ParamType::duration), "200 us");
    EXPECT_EQ(print_quantity(1e-3, ParamType::duration), "1 ms");
    EXPECT_EQ(print_quantity(999e-6, ParamType::duration), "999 us");
    EXPECT_EQ(print_quantity(1000e-6, ParamType::duration), "1 ms");
    EXPECT_EQ(print_quantity(0.614e-12, ParamType::area), "0.614 um2");
    EXPECT_EQ(print_quantity(1.6e-6, ParamType::area), "1.6 mm2");
    EXPECT_EQ(print_quantity(0.9, ParamType::voltage), "900 mV");
    EXPECT_EQ(print_quantity(1.0, ParamType::voltage), "1 V");
    EXPECT_EQ(print_quantity(200e6, ParamType::frequency), "200 MHz");
    EXPECT_EQ(print_quantity(0, ParamType::energy), "0 J");
    EXPECT_EQ(print_quantity(-0.3, ParamType::voltage), "-300 mV");
    EXPECT_EQ(print_quantity(0.05, ParamType::ratio), "0.05");
}

TEST(QuantityText, RoundTripsEveryDouble) {
    std::mt19937_64 random(3);
    std::uniform_real_distribution<double> exponent(-22, 12), mantissa(-10, 10);
    for (int i = 0; i < 20000; ++i)
        for (const auto type : types) {
            const double value = mantissa(random) * std::pow(10.0, exponent(random));
            ASSERT_EQ(parse_quantity(print_quantity(value, type), type), value)
                << print_quantity(value, type);
        }
    for (int i = 0; i < 20000; ++i) {  // any bit pattern
        const std::uint64_t bits = random();
        double value = 0;
        std::memcpy(&value, &bits, sizeof value);
        if (!std::isnormal(value) || std::abs(value) < 1e-290) continue;
        ASSERT_EQ(parse_quantity(print_quantity(value, ParamType::energy), ParamType::energy), value);
    }
}

std::string error_of(const std::string& text, ParamType type) {
    try {
        const double value = parse_quantity(text, type);
        return "accepted as " + std::to_string(value);
    } catch (const Error& e) {
        return e.what();
    }
}

TEST(QuantityText, SaysUnitAndExample) {
    EXPECT_EQ(error_of("0.35 fJ", ParamType::capacitance),
              "expected a capacitance such as \"0.35 fF\" (F with prefix f p n u m k M G or none), found "
              "\"0.35 fJ\"");
    EXPECT_EQ(error_of("fast", ParamType::ratio), "expected a number such as 0.5, found \"fast\"");
}

TEST(QuantityText, RefusesWrongUnitsAndGarbage) {
    const char* bad[] = {"",        " ",     "5",     "J",      "fJ",    "5 J J",
                         "5 xJ",    "5 ffJ", "5 j",   "5 Js",   "5e J",  "5e1000000000 J",
                         "1e400 J", "nan J", "inf J", "0x10 J", "1,5 J", "1.2.3 J",
                         "--5 J",   "5 J\n", "5 fJ;", ". J",    "5 m2",  "5 Hz",
                         "5 KJ",    "5 m J"};
    for (const char* text : bad)
        EXPECT_EQ(error_of(text, ParamType::energy).rfind("expected an energy", 0), 0u) << text;
    EXPECT_NE(error_of("5 um", ParamType::area).find("found \"5 um\""), std::string::npos);
    EXPECT_NE(error_of("0.5 %", ParamType::ratio).find("expected a number"), std::string::npos);
    EXPECT_NE(error_of("5 k", ParamType::ratio).find("expected a number"), std::string::npos);
    // Each unit is refused where another is asked for.
    const char* one[] = {"1", "1 J", "1 W", "1 s", "1 m2", "1 F", "1 V", "1 Hz"};
    for (int i = 0; i < 8; ++i)
        for (int j = 0; j < 8; ++j)
            EXPECT_EQ(error_of(one[i], types[j]).rfind("expected", 0) == 0, i != j)
                << one[i] << " as type " << j;
}

}  // namespace
}  // namespace pimvp
