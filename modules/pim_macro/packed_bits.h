// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Fields of 1..8 bits packed back to back, least significant bit first, as the input windows and cells hold
// them, and their bit planes. No SystemC here.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pimvp {

/// Reads `count` packed fields of `bits` bits into bytes, zero-extended.
void unpack_fields(const std::uint8_t* packed, std::size_t count, unsigned bits, std::uint8_t* out);

/// A field of `bits` bits as two's complement.
inline int sign_extend(unsigned field, unsigned bits) {
    const unsigned sign = 1u << (bits - 1);
    return static_cast<int>(field ^ sign) - static_cast<int>(sign);
}

/// Bit `bit` of 64 bytes: byte i gives bit i of the result.
std::uint64_t bit_plane(const std::uint8_t* bytes, unsigned bit);

inline bool bit_at(const std::uint8_t* packed, std::size_t index) {
    return (packed[index / 8] >> (index % 8)) & 1;
}

}  // namespace pimvp
