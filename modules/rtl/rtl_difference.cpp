// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/rtl/rtl_difference.h"

#include <cstring>
#include <iomanip>
#include <sstream>

namespace pimvp {
namespace {

std::int32_t result_at(const Region& region, const std::uint8_t* results, std::size_t filter) {
    std::int32_t value = 0;
    if (region.result_bytes == 2) {
        std::int16_t half = 0;
        std::memcpy(&half, results + 2 * filter, sizeof half);
        value = half;
    } else {
        std::memcpy(&value, results + 4 * filter, sizeof value);
    }
    return value;
}

}  // namespace

std::string describe_access(const Region& region, unsigned index, std::uint64_t access, std::int64_t start_ps,
                            const std::uint8_t* inputs) {
    std::ostringstream text;
    text << "access " << access << " at " << start_ps << " ps, region " << index << ": " << region.rows
         << " inputs of " << region.input_bits << " bits ("
         << (region.signed_inputs() ? "signed" : "unsigned") << "), " << region.filters << " filters of "
         << region.weight_bits << " bits (kind " << region.weight_kind << "), first row " << region.row0
         << ", first column " << region.column0 << ", inputs 0x" << std::hex << std::setfill('0');
    for (std::size_t k = region.input_size(); k-- > 0;) text << std::setw(2) << unsigned{inputs[k]};
    return text.str();
}

std::string describe_difference(const Region& region, const std::uint8_t* expected, const std::uint8_t* found,
                                std::int64_t expected_cycles, std::int64_t cycles) {
    for (std::size_t f = 0; f < region.filters; ++f) {
        const auto want = result_at(region, expected, f), have = result_at(region, found, f);
        if (want != have)
            return "sum of filter " + std::to_string(f) + ": expected " + std::to_string(want) + ", found " +
                   std::to_string(have);
    }
    return "clock cycles: expected " + std::to_string(expected_cycles) + ", found " + std::to_string(cycles);
}

}  // namespace pimvp
