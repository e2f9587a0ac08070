// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace pimvp {

/// Some bits of all inputs, on the wordlines at once: (input >> lsb) & (2^bits - 1), times 2^lsb, or times
/// -2^lsb for the sign bit.
struct InputDigit {
    std::uint32_t lsb = 0, bits = 0;
    bool negative = false;

    std::uint32_t greatest() const { return (1u << bits) - 1; }
    std::int32_t place() const { return negative ? -(std::int32_t{1} << lsb) : std::int32_t{1} << lsb; }
};

/// Digits of `dac_bits` from the least significant one on, the last of them perhaps shorter; the sign bit of
/// two's complement inputs is a digit of its own. No SystemC here.
inline std::vector<InputDigit> input_digits(std::uint32_t input_bits, bool is_signed,
                                            std::uint32_t dac_bits) {
    std::vector<InputDigit> digits;
    const std::uint32_t magnitude = is_signed ? input_bits - 1 : input_bits;
    for (std::uint32_t lsb = 0; lsb < magnitude; lsb += dac_bits)
        digits.push_back({lsb, std::min(dac_bits, magnitude - lsb), false});
    if (is_signed) digits.push_back({magnitude, 1, true});
    return digits;
}

}  // namespace pimvp
