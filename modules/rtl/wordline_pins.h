// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Wordlines as bytes, column 0 in bit 0 of byte 0, and as the pins of a verilated module.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <systemc>

#include "modules/rtl/pin.h"

namespace pimvp {

inline void set_wordline(Pin<std::uint64_t>& signal, const std::uint8_t* data) {
    std::uint64_t word = 0;
    std::memcpy(&word, data, sizeof word);
    signal.write(word);
}
inline void get_wordline(const Pin<std::uint64_t>& signal, std::uint8_t* data) {
    const std::uint64_t word = signal.read();
    std::memcpy(data, &word, sizeof word);
}
template <int Columns>
void set_wordline(Pin<sc_dt::sc_bv<Columns>>& signal, const std::uint8_t* data) {
    sc_dt::sc_bv<Columns> bits;
    for (int w = 0; w < Columns / 32; ++w) {
        std::uint32_t word = 0;
        std::memcpy(&word, data + 4 * static_cast<std::size_t>(w), sizeof word);
        bits.set_word(w, word);
    }
    signal.write(bits);
}
template <int Columns>
void get_wordline(const Pin<sc_dt::sc_bv<Columns>>& signal, std::uint8_t* data) {
    const sc_dt::sc_bv<Columns>& bits = signal.read();
    for (int w = 0; w < Columns / 32; ++w) {
        const auto word = static_cast<std::uint32_t>(bits.get_word(w));
        std::memcpy(data + 4 * static_cast<std::size_t>(w), &word, sizeof word);
    }
}

}  // namespace pimvp
