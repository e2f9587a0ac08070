// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/layer_table_values.h"

#include <algorithm>
#include <cmath>

namespace pimvp::net {
namespace {

double normal_below(double x) {
    return 0.5 * std::erfc(-x / std::sqrt(2.0));
}

}  // namespace

double RandomBits::normal() {
    constexpr double unit = 1.0 / 65536;
    double sum = -6 + 6 * unit;  // the mean of a 16-bit number lies half a unit below 1/2
    for (int word = 0; word < 3; ++word) {
        std::uint64_t bits = next();
        for (int lane = 0; lane < 4; ++lane, bits >>= 16) sum += static_cast<double>(bits & 0xffff) * unit;
    }
    return sum;
}

double Spread::mean() const {
    double sum = 0;
    for (std::size_t i = 0; i < share.size(); ++i)
        sum += share[i] * static_cast<double>(low + std::int64_t(i));
    return sum;
}

double Spread::second_moment() const {
    double sum = 0;
    for (std::size_t i = 0; i < share.size(); ++i) {
        const auto value = static_cast<double>(low + static_cast<std::int64_t>(i));
        sum += share[i] * value * value;
    }
    return sum;
}

Spread Spread::largest_of(double n) const {
    Spread result{low, {}};
    double sum = 0, before = 0;
    for (const double s : share) {
        sum = std::min(1.0, sum + s);
        const double below = std::pow(sum, n);
        result.share.push_back(below - before);
        before = below;
    }
    return result;
}

Spread uniform_spread(std::int64_t low, std::int64_t high) {
    const auto count = static_cast<std::size_t>(high - low + 1);
    return {low, std::vector<double>(count, 1.0 / static_cast<double>(count))};
}

Spread normal_spread(double mean, double deviation, std::int64_t low, std::int64_t high) {
    Spread result{low, {}};
    double before = 0;
    for (std::int64_t v = low; v <= high; ++v) {
        const double below = v == high ? 1 : normal_below((static_cast<double>(v) + 0.5 - mean) / deviation);
        result.share.push_back(below - before);
        before = below;
    }
    return result;
}

TensorType drawn_weight_type(int bits, bool odd) {
    TensorType type;
    if (odd && bits > 1) {
        type.bits = bits + 1;
        type.kind = Kind::signed_integer;
        return type;
    }
    type.bits = bits;
    type.kind = bits == 1 ? Kind::bipolar : bits == 2 ? Kind::ternary : Kind::signed_integer;
    return type;
}

DrawnWeights::DrawnWeights(const TensorType& type, bool odd, int cap)
    : quantiles_(std::size_t{1} << index_bits) {
    int largest = std::min(static_cast<int>(type.highest()), cap);
    const std::size_t count = quantiles_.size();
    if (type.kind == Kind::bipolar) {
        for (std::size_t i = 0; i < count; ++i) quantiles_[i] = i % 2 == 0 ? -1 : 1;
        return;
    }
    const int step = odd ? 2 : 1;
    if (odd && largest % 2 == 0) --largest;
    const double deviation = std::max(largest / 3.0, 0.8);
    int value = odd ? 1 : 0;
    for (std::size_t i = count / 2; i < count; ++i) {
        const double share = (static_cast<double>(i) + 0.5) / static_cast<double>(count);
        while (value < largest && normal_below((value + step / 2.0) / deviation) < share) value += step;
        quantiles_[i] = static_cast<std::int16_t>(value);
        quantiles_[count - 1 - i] = static_cast<std::int16_t>(-value);
    }
}

double DrawnWeights::second_moment() const {
    double sum = 0;
    for (const std::int16_t w : quantiles_) sum += double(w) * w;
    return sum / static_cast<double>(quantiles_.size());
}

void DrawnWeights::fill(std::vector<std::int16_t>& weights, RandomBits& random) const {
    constexpr int lanes = 64 / index_bits;
    constexpr std::uint64_t mask = (std::uint64_t{1} << index_bits) - 1;
    const std::size_t whole = weights.size() - weights.size() % lanes;
    std::size_t i = 0;
    for (; i < whole; i += lanes) {
        const std::uint64_t bits = random.next();
        for (std::size_t k = 0; k < lanes; ++k) weights[i + k] = quantiles_[bits >> (k * index_bits) & mask];
    }
    for (std::uint64_t bits = random.next(); i < weights.size(); ++i, bits >>= index_bits)
        weights[i] = quantiles_[bits & mask];
}

}  // namespace pimvp::net
