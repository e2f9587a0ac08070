// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/pim_macro/adc.h"

#include <algorithm>

namespace pimvp {

unsigned Adc::lossless_bits(unsigned active_rows) {
    unsigned bits = 0;
    while ((1u << bits) < active_rows + 1) ++bits;
    return bits;
}

Adc::Adc(unsigned bits, unsigned lsb, unsigned active_rows)
    : bits_(bits == 0 ? lossless_bits(active_rows) : bits),
      lsb_(bits == 0 ? 1 : lsb),
      clip_limit_(active_rows),
      values_(active_rows + 1) {
    const unsigned greatest = (1u << bits_) - 1;
    bool clipped = false;
    for (unsigned x = 0; x <= active_rows; ++x) {
        const unsigned rounded = (2 * x + lsb_) / (2 * lsb_);
        values_[x] = static_cast<std::int32_t>(std::min(rounded, greatest) * lsb_);
        lossless_ = lossless_ && values_[x] == static_cast<std::int32_t>(x);
        if (rounded > greatest && !clipped) {
            clip_limit_ = x - 1;
            clipped = true;
        }
    }
}

unsigned Adc::bits_for(unsigned raised) const {
    return lsb_ == 1 ? std::min(bits_, lossless_bits(raised)) : bits_;
}

std::vector<Account::EventId> add_conversion_events(Account& account, const std::vector<Energy>& prices,
                                                    const std::string& converter, std::size_t fewest_bits) {
    std::vector<Account::EventId> events(prices.size());
    for (std::size_t n = fewest_bits; n < prices.size(); ++n)
        events[n] = account.add_event(converter + "_conversion_" + std::to_string(n) + "b", prices[n]);
    return events;
}

}  // namespace pimvp
