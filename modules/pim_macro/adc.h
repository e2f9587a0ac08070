// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The transfer function of a column's converter: how many raised cells conducted -> code -> value. No SystemC
// here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "modules/core/account.h"

namespace pimvp {

/// code = min(round_half_up(x / lsb), 2^bits - 1), value = code lsb, for x = 0..active_rows.
class Adc {
  public:
    /// bits = 0 means exact: the smallest lossless resolution. `bits` up to 12, lsb >= 1.
    Adc(unsigned bits, unsigned lsb, unsigned active_rows);

    /// ceil(log2(active_rows + 1)).
    static unsigned lossless_bits(unsigned active_rows);

    unsigned bits() const { return bits_; }
    unsigned lsb() const { return lsb_; }
    /// Bits after which a converter may stop when it knows that only `raised` of the rows can conduct: the
    /// leading ones are zero. All of them where a code stands for several cells.
    unsigned bits_for(unsigned raised) const;
    /// Every x comes back as itself.
    bool lossless() const { return lossless_; }
    int value(unsigned x) const { return values_[x]; }
    /// Beyond the greatest code: saturated, not rounded.
    bool clips(unsigned x) const { return x > clip_limit_; }
    /// The greatest x that does not clip.
    unsigned clip_limit() const { return clip_limit_; }

  private:
    unsigned bits_, lsb_;
    bool lossless_ = true;
    unsigned clip_limit_;
    std::vector<std::int32_t> values_;
};

/// `adc_conversion_1b`, `adc_conversion_2b`, ...: an event per resolution, so that the count of each has one
/// price. Prices and ids by resolution, none below `fewest_bits`.
std::vector<Account::EventId> add_conversion_events(Account& account, const std::vector<Energy>& prices,
                                                    const std::string& converter = "adc",
                                                    std::size_t fewest_bits = 1);

}  // namespace pimvp
