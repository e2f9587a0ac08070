// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/edram_macro/signed_adc.h"

#include <algorithm>
#include <cstdlib>

namespace pimvp {

unsigned SignedAdc::lossless_bits(unsigned active_rows) {
    unsigned bits = 0;
    while ((1u << bits) < 2 * active_rows + 1) ++bits;
    return bits;
}

SignedAdc::SignedAdc(unsigned bits, unsigned lsb, unsigned active_rows)
    : bits_(bits == 0 ? lossless_bits(active_rows) : bits),
      lsb_(bits == 0 ? 1 : lsb),
      active_rows_(static_cast<int>(active_rows)),
      least_(active_rows_),
      greatest_(-active_rows_) {
    const unsigned half = 1u << (bits_ - 1);
    if (lsb_ == 0) lsb_ = (active_rows + half - 1) / half;
    const int step = static_cast<int>(lsb_), lowest = -static_cast<int>(half),
              highest = static_cast<int>(half) - 1;
    for (int x = -active_rows_; x <= active_rows_; ++x) {
        const int magnitude = (2 * std::abs(x) + step) / (2 * step);
        const int rounded = x < 0 ? -magnitude : magnitude;
        const int code = std::clamp(rounded, lowest, highest);
        values_.push_back(code * step);
        lossless_ = lossless_ && code * step == x;
        if (code == rounded) {
            least_ = std::min(least_, x);
            greatest_ = std::max(greatest_, x);
        }
    }
}

unsigned SignedAdc::bits_for(unsigned raised) const {
    return lsb_ == 1 ? std::min(bits_, lossless_bits(raised)) : bits_;
}

std::int32_t SignedAdc::greatest_magnitude() const {
    return std::max(-values_.front(), values_.back());
}

}  // namespace pimvp
