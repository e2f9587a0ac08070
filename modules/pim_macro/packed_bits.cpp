// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/pim_macro/packed_bits.h"

#include <cstring>

namespace pimvp {

void unpack_fields(const std::uint8_t* packed, std::size_t count, unsigned bits, std::uint8_t* out) {
    if (bits == 8) {
        std::memcpy(out, packed, count);
        return;
    }
    if (bits == 4) {
        const std::size_t pairs = count / 2;
        for (std::size_t i = 0; i < pairs; ++i) {
            out[2 * i] = packed[i] & 15;
            out[2 * i + 1] = packed[i] >> 4;
        }
        if (count % 2 != 0) out[count - 1] = packed[pairs] & 15;
        return;
    }
    const unsigned mask = (1u << bits) - 1;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t first = i * bits;
        unsigned two = packed[first / 8];
        if (first % 8 + bits > 8) two |= static_cast<unsigned>(packed[first / 8 + 1]) << 8;
        out[i] = static_cast<std::uint8_t>((two >> (first % 8)) & mask);
    }
}

std::uint64_t bit_plane(const std::uint8_t* bytes, unsigned bit) {
    std::uint64_t plane = 0;
    for (unsigned i = 0; i < 8; ++i) {
        std::uint64_t eight;
        std::memcpy(&eight, bytes + 8 * i, 8);
        // The product gathers the lowest bits of the eight bytes in its top byte, byte 0 lowest (little
        // endian).
        const std::uint64_t gathered = (((eight >> bit) & 0x0101010101010101u) * 0x0102040810204080u) >> 56;
        plane |= gathered << (8 * i);
    }
    return plane;
}

}  // namespace pimvp
