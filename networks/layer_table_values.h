// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Values that are drawn, and what they are expected to be spread like.
#pragma once

#include <cstdint>
#include <vector>

#include "networks/graph.h"

namespace pimvp::net {

/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
class RandomBits {
  public:
    explicit RandomBits(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        return z ^ z >> 31;
    }
    /// Sum of twelve uniform numbers less their mean: mean 0, variance 1, within -6..6.
    double normal();

  private:
    std::uint64_t state_;
};

/// How often each integer of a tensor occurs, as far as it can be said without data.
struct Spread {
    std::int64_t low = 0;
    std::vector<double> share = {};  // of low, low + 1, ...; adds up to 1

    double mean() const;
    double second_moment() const;  // about zero
    /// Of the largest of n independent values.
    Spread largest_of(double n) const;
};

Spread uniform_spread(std::int64_t low, std::int64_t high);
/// Normal, rounded to integers, cut to low..high.
Spread normal_spread(double mean, double deviation, std::int64_t low, std::int64_t high);

/// Type of drawn weights: 1 bit bipolar, 2 bits ternary, else signed. `odd`: 1 bit bipolar, else a signed
/// type of a bit more, for 2^bits odd values.
TensorType drawn_weight_type(int bits, bool odd = false);

/// Normal weights of mean 0, symmetric to zero: deviation a third of the largest, at least 0.8, cut at the
/// largest, which is 2^(bits-1) - 1 or `cap` if that is less. Bipolar weights are -1 and 1 alike. `odd`: the
/// nearest odd number, and the largest is odd.
class DrawnWeights {
  public:
    explicit DrawnWeights(const TensorType& type, bool odd = false, int cap = INT16_MAX);
    double second_moment() const;
    void fill(std::vector<std::int16_t>& weights, RandomBits& random) const;

  private:
    static constexpr int index_bits = 12;
    std::vector<std::int16_t> quantiles_;  // 2^index_bits values, equally likely
};

}  // namespace pimvp::net
