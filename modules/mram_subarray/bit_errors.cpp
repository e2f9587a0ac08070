// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/mram_subarray/bit_errors.h"

#include <cmath>

namespace pimvp {

BitErrors::BitErrors(double rate, std::uint64_t seed)
    : rate_(rate), log_right_(std::log1p(-rate)), random_(seed) {
    if (!none()) draw();
}

// Inversion of the geometric distribution by hand: that of the standard library differs between libraries.
void BitErrors::draw() {
    if (rate_ >= 1) {
        right_ = 0;
        return;
    }
    const double u = (static_cast<double>(random_() >> 11) + 0.5) * 0x1p-53;  // 0 < u < 1
    const double run = std::floor(std::log(u) / log_right_);
    right_ = run < 0x1p62 ? static_cast<std::uint64_t>(run) : std::uint64_t{1} << 62;
}

}  // namespace pimvp
