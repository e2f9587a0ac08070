// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "testbenches/rtl_random.h"

#include <iomanip>
#include <sstream>

#include "modules/core/bits.h"

namespace pimvp {

std::vector<std::uint8_t> RtlRandom::inputs(const Region& region, Pattern pattern) {
    std::vector<std::uint8_t> packed(region.input_size());
    const std::uint32_t sign = 1u << (region.input_bits - 1), all = 2 * sign - 1;
    const std::uint32_t least = region.signed_inputs() ? sign : 0;
    const std::uint32_t greatest = region.signed_inputs() ? sign - 1 : all;
    for (std::uint32_t r = 0; r < region.rows; ++r) {
        const std::uint32_t value = pattern == zeros      ? 0
                                    : pattern == ones     ? all
                                    : pattern == extremes ? (once_in(2) ? least : greatest)
                                                          : any(0, all);
        put_bits(packed.data(), std::size_t{r} * region.input_bits, value, region.input_bits);
    }
    return packed;
}

void RtlRandom::fill(std::vector<std::uint8_t>& wordline) {
    const std::uint32_t kind = any(0, 4);
    for (auto& b : wordline) b = kind == 0 ? 0x00 : kind == 1 ? 0xFF : byte();
}

std::string hex(const std::uint8_t* bytes, std::size_t count) {
    std::ostringstream text;
    text << "0x" << std::hex << std::setfill('0');
    for (std::size_t k = count; k-- > 0;) text << std::setw(2) << unsigned{bytes[k]};
    return text.str();
}

}  // namespace pimvp
