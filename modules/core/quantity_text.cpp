// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/quantity_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include "modules/core/error.h"

namespace pimvp {
namespace {

struct Unit {
    const char* symbol;
    const char* noun;
    const char* example;
    bool squared = false;
};

Unit unit_of(ParamType type) {
    switch (type) {
        case ParamType::ratio:
            return {"", "a number", "0.5"};
        case ParamType::energy:
            return {"J", "an energy", "20 fJ"};
        case ParamType::power:
            return {"W", "a power", "5 uW"};
        case ParamType::duration:
            return {"s", "a time", "5 ns"};
        case ParamType::area:
            return {"m2", "an area", "0.614 um2", true};
        case ParamType::capacitance:
            return {"F", "a capacitance", "0.35 fF"};
        case ParamType::voltage:
            return {"V", "a voltage", "0.9 V"};
        case ParamType::frequency:
            return {"Hz", "a frequency", "200 MHz"};
        case ParamType::integer:
        case ParamType::boolean:
        case ParamType::text:
            break;
    }
    throw std::logic_error("not a physical parameter type");
}

struct Prefix {
    char letter;
    int exponent;
};
constexpr Prefix prefixes[] = {{'f', -15}, {'p', -12}, {'n', -9}, {'u', -6},
                               {'m', -3},  {'k', 3},   {'M', 6},  {'G', 9}};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string_view trim(std::string_view s) {
    while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
    while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
    return s;
}

/// Takes [+-]digits[.digits][e[+-]digits] off the front of `s`: the digits as text, the exponent apart, so
/// that the unit's prefix can be added to it before anything is rounded.
bool take_number(std::string_view& s, std::string& mantissa, int& exponent) {
    std::size_t i = 0;
    if (i < s.size() && (s[i] == '+' || s[i] == '-')) {
        if (s[i] == '-') mantissa = "-";
        ++i;
    }
    int digits = 0;
    const auto take_digits = [&] {
        for (; i < s.size() && is_digit(s[i]); ++i, ++digits) mantissa += s[i];
    };
    take_digits();
    if (i < s.size() && s[i] == '.') {
        mantissa += '.';
        ++i;
        take_digits();
    }
    if (digits == 0) return false;
    exponent = 0;
    if (i < s.size() && (s[i] == 'e' || s[i] == 'E')) {
        std::size_t j = i + 1;
        const bool negative = j < s.size() && s[j] == '-';
        if (j < s.size() && (s[j] == '+' || s[j] == '-')) ++j;
        const auto [end, status] = std::from_chars(s.data() + j, s.data() + s.size(), exponent);
        if (status != std::errc{} || exponent < 0 || exponent > 1000) return false;
        if (negative) exponent = -exponent;
        i = static_cast<std::size_t>(end - s.data());
    }
    s.remove_prefix(i);
    return true;
}

/// The power of ten of `prefix unit`; false if `s` is anything else.
bool read_unit(std::string_view s, const Unit& unit, int& exponent) {
    const std::string_view symbol = unit.symbol;
    if (s.size() < symbol.size() || s.substr(s.size() - symbol.size()) != symbol) return false;
    s.remove_suffix(symbol.size());
    exponent = 0;
    if (s.empty()) return true;
    if (s.size() > 1 || symbol.empty()) return false;
    for (const auto& p : prefixes) {
        if (p.letter != s[0]) continue;
        exponent = unit.squared ? 2 * p.exponent : p.exponent;
        return true;
    }
    return false;
}

/// Which power of ten to print with, for a value d.ddd * 10^exponent.
int choose_prefix(int exponent, const Unit& unit) {
    if (*unit.symbol == '\0') return 0;
    if (unit.squared) return exponent < -15 ? -18 : exponent < -9 ? -12 : exponent < 0 ? -6 : 0;
    const int thousands = exponent >= 0 ? exponent / 3 : -((2 - exponent) / 3);
    return std::clamp(3 * thousands, -15, 9);
}

/// digits d1 d2 d3... with the decimal point after the first one moved by `shift`.
std::string place_point(std::string digits, int shift) {
    if (shift < -4 || shift > 8) {
        if (digits.size() > 1) digits.insert(1, ".");
        return digits + "e" + std::to_string(shift);
    }
    if (shift < 0) return "0." + std::string(static_cast<std::size_t>(-shift - 1), '0') + digits;
    const auto whole = static_cast<std::size_t>(shift) + 1;
    if (digits.size() <= whole) return digits + std::string(whole - digits.size(), '0');
    return digits.insert(whole, ".");
}

}  // namespace

std::string expected_quantity(ParamType type) {
    const Unit unit = unit_of(type);
    if (type == ParamType::ratio) return std::string(unit.noun) + " such as " + unit.example;
    return std::string(unit.noun) + " such as \"" + unit.example + "\"";
}

double parse_quantity(const std::string& text, ParamType type) {
    const Unit unit = unit_of(type);
    std::string_view rest = trim(text);
    std::string mantissa;
    int exponent = 0, prefix = 0;
    double value = 0;
    bool good = take_number(rest, mantissa, exponent) && read_unit(trim(rest), unit, prefix);
    if (good) {
        const std::string decimal = mantissa + "e" + std::to_string(exponent + prefix);
        const auto [end, status] = std::from_chars(decimal.data(), decimal.data() + decimal.size(), value);
        good = status == std::errc{} && end == decimal.data() + decimal.size();
    }
    if (!good) {
        std::string message = "expected " + expected_quantity(type);
        if (*unit.symbol != '\0')
            message += std::string(" (") + unit.symbol + " with prefix f p n u m k M G or none)";
        throw Error(message + ", found \"" + text + "\"");
    }
    return value;
}

std::string print_quantity(double si, ParamType type) {
    const Unit unit = unit_of(type);
    if (!std::isfinite(si)) throw std::logic_error("a physical parameter is not finite");
    char buffer[40];
    const auto end =
        std::to_chars(buffer, buffer + sizeof buffer, std::abs(si), std::chars_format::scientific).ptr;
    const std::string_view written(buffer, static_cast<std::size_t>(end - buffer));
    const auto e = written.find('e');
    std::string digits(written.substr(0, e));
    digits.erase(std::remove(digits.begin(), digits.end(), '.'), digits.end());
    const int exponent = std::atoi(std::string(written.substr(e + 1)).c_str());

    const int power = si == 0 ? 0 : choose_prefix(exponent, unit);
    std::string text = (si < 0 ? "-" : "") + place_point(digits, exponent - power);
    if (*unit.symbol == '\0') return text;
    text += ' ';
    for (const auto& p : prefixes)
        if (power == (unit.squared ? 2 * p.exponent : p.exponent)) text += p.letter;
    return text + unit.symbol;
}

}  // namespace pimvp
