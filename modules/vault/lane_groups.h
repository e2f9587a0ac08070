// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The two forms of a column block: 16 words as a bus sees them, 16 lane groups as the cells hold them.
#pragma once

#include <array>
#include <cstdint>

namespace pimvp {

/// A column block of 16 words as it lies in the cells: lane group i, 16 bits, is bit 15 - i of all words,
/// word 0 in bit 0. The transposition is its own inverse but for the order of the groups.
using LaneGroups = std::array<std::uint16_t, 16>;
LaneGroups to_lanes(const std::uint8_t* words);  // 32 bytes, little-endian words
void to_words(const LaneGroups& lanes, std::uint8_t* words);

/// The gate control for `bits` lane groups, 0..16: that many ones from bit 15 down.
constexpr std::uint16_t thermometer(int bits) {
    return static_cast<std::uint16_t>(0xFFFF0000u >> bits);
}

/// The same without vector instructions, what other processors than x86-64 use.
LaneGroups to_lanes_portable(const std::uint8_t* words);
void to_words_portable(const LaneGroups& lanes, std::uint8_t* words);

}  // namespace pimvp
