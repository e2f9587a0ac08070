// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <random>

namespace pimvp {

/// Which of a stream of bits are wrong, each with the same probability: draws how many are right until the
/// next wrong one (a geometric distribution) instead of drawing for every bit. No SystemC here.
class BitErrors {
  public:
    /// `rate` 0 to 1. At 0 nothing is ever drawn.
    BitErrors(double rate, std::uint64_t seed);

    bool none() const { return rate_ == 0; }
    /// Passes `bits` bits of the stream; calls wrong(i) for each wrong one, i < bits.
    template <class F>
    void pass(std::uint64_t bits, F wrong) {
        if (none()) return;
        std::uint64_t at = 0;
        for (; right_ < bits - at; draw()) {
            at += right_;
            wrong(static_cast<std::uint32_t>(at));
            ++at;
        }
        right_ -= bits - at;
    }
    /// How many of `bits` are wrong.
    std::uint64_t number(std::uint64_t bits) {
        std::uint64_t wrong = 0;
        pass(bits, [&wrong](std::uint32_t) { ++wrong; });
        return wrong;
    }

  private:
    void draw();

    double rate_, log_right_;
    std::mt19937_64 random_;
    std::uint64_t right_ = 0;  // bits before the next wrong one
};

}  // namespace pimvp
