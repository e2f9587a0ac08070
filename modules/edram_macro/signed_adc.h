// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The transfer function of a differential column's converter: difference of conducting cells -> code ->
// value. No SystemC here.
#pragma once

#include <cstdint>
#include <vector>

namespace pimvp {

/// code = clamp(x / lsb rounded half away from zero, -2^(bits - 1), 2^(bits - 1) - 1), value = code lsb, for
/// x = -active_rows..active_rows.
class SignedAdc {
  public:
    /// bits = 0 means exact: the smallest lossless resolution. lsb = 0 with bits > 0 spans the full range:
    /// ceil(active_rows / 2^(bits - 1)).
    SignedAdc(unsigned bits, unsigned lsb, unsigned active_rows);

    /// ceil(log2(2 active_rows + 1)).
    static unsigned lossless_bits(unsigned active_rows);

    unsigned bits() const { return bits_; }
    unsigned lsb() const { return lsb_; }
    /// Bits after which a converter may stop when it knows that only `raised` of the rows can conduct. All of
    /// them where a code stands for several cells.
    unsigned bits_for(unsigned raised) const;
    /// Every x comes back as itself.
    bool lossless() const { return lossless_; }
    std::int32_t value(int x) const { return values_[static_cast<std::size_t>(x + active_rows_)]; }
    /// Beyond the codes: saturated, not rounded.
    bool clips(int x) const { return x < least_ || x > greatest_; }
    /// Greatest |value|.
    std::int32_t greatest_magnitude() const;

  private:
    unsigned bits_, lsb_;
    int active_rows_;
    bool lossless_ = true;
    int least_, greatest_;  // x that do not clip
    std::vector<std::int32_t> values_;
};

}  // namespace pimvp
