// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/edram_macro/retention.h"

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <string>

#include "modules/core/error.h"

namespace pimvp {

namespace {

// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
std::uint64_t mix(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

constexpr std::uint64_t golden = 0x9E3779B97F4A7C15u;

double normal_cdf(double z) {
    return 0.5 * std::erfc(-z / std::sqrt(2.0));
}
double normal_quantile(double p) {
    return -std::sqrt(2.0) * boost::math::erfc_inv(2.0 * p);
}

constexpr double longest_ps = 4e18;  // 46 days: sums with simulated time stay inside 64 bits

}  // namespace

RetentionDistribution::RetentionDistribution(const RetentionParams& params) : params_(params) {
    if (params.retention_ps <= 0) {
        throw Error("edram_macro.retention: expected more than 0 ps, found " +
                    std::to_string(params.retention_ps) + " ps");
    }
    if (!(params.sigma >= 0.0)) {
        throw Error("edram_macro.retention_sigma: expected 0 or more, found " + std::to_string(params.sigma));
    }
    if (!(params.yield > 0.0 && params.yield < 1.0)) {
        throw Error("edram_macro.retention_yield: expected a share between 0 and 1, found " +
                    std::to_string(params.yield));
    }
    median_ps_ =
        static_cast<double>(params.retention_ps) * std::exp(normal_quantile(params.yield) * params.sigma);
}

double RetentionDistribution::lost_share(std::int64_t time_ps) const {
    if (time_ps <= 0) return 0.0;
    if (params_.sigma == 0.0) return static_cast<double>(time_ps) > median_ps_ ? 1.0 : 0.0;
    const double share = normal_cdf(std::log(static_cast<double>(time_ps) / median_ps_) / params_.sigma);
    if (!params_.repair) return share;
    return std::max(0.0, (share - (1.0 - params_.yield)) / params_.yield);
}

double RetentionDistribution::rank(std::uint64_t array, int row, int node) const {
    const std::uint64_t row_key = mix(mix(params_.seed + golden) + golden * (array * 0x10000u + 1u) +
                                      0xD1B54A32D192ED03u * static_cast<std::uint64_t>(row));
    const std::uint64_t hash = mix(row_key + golden * (static_cast<std::uint64_t>(node) + 1u));
    return (static_cast<double>(hash >> 11) + 0.5) * 0x1p-53;
}

std::int64_t RetentionDistribution::of_rank(double rank) const {
    const double p = params_.repair ? (1.0 - params_.yield) + params_.yield * rank : rank;
    const double ps = median_ps_ * std::exp(normal_quantile(p) * params_.sigma);
    const auto whole = static_cast<std::int64_t>(std::llround(std::min(ps, longest_ps)));
    return params_.repair ? std::max(whole, params_.retention_ps) : whole;
}

RetentionArray::RetentionArray(const RetentionParams& params, std::uint64_t array, int rows,
                               int nodes_per_row)
    : distribution_(params),
      array_(array),
      rows_(rows),
      nodes_(nodes_per_row),
      words_((static_cast<std::size_t>(nodes_per_row) + 63) / 64) {
    reset();
}

void RetentionArray::reset() {
    const auto rows = static_cast<std::size_t>(rows_);
    charged_.assign(rows * words_, 0);
    charged_count_.assign(rows, 0);
    fresh_ps_.assign(rows, never);
    weakest_ps_.assign(rows, never);
    earliest_expiry_ps_ = never;
    losses_.clear();
    flips_ = 0;
    charges_ = 0;
}

void RetentionArray::charge(int row, std::int64_t time_ps, const std::uint64_t* charged) {
    const auto r = static_cast<std::size_t>(row);
    fresh_ps_[r] = time_ps;
    replace(row, charged);
    charges_ += static_cast<std::uint64_t>(charged_count_[r]);
}

void RetentionArray::replace(int row, const std::uint64_t* charged) {
    const auto r = static_cast<std::size_t>(row);
    std::copy_n(charged, words_, charged_.begin() + static_cast<std::ptrdiff_t>(r * words_));
    find_weakest(row);
    earliest_expiry_ps_ = std::min(earliest_expiry_ps_, expiry_ps(row));
}

void RetentionArray::find_weakest(int row) {
    const auto r = static_cast<std::size_t>(row);
    const std::uint64_t* charged = &charged_[r * words_];
    double lowest = 2.0;
    int count = 0;
    for (int node = 0; node < nodes_; ++node) {
        if ((charged[node / 64] >> (node % 64) & 1u) == 0) continue;
        ++count;
        lowest = std::min(lowest, distribution_.rank(array_, row, node));
    }
    charged_count_[r] = count;
    weakest_ps_[r] = count == 0 ? never : distribution_.of_rank(lowest);
}

std::int64_t RetentionArray::expiry_ps(int row) const {
    const auto r = static_cast<std::size_t>(row);
    return weakest_ps_[r] == never || fresh_ps_[r] == never ? never : fresh_ps_[r] + weakest_ps_[r];
}

std::int64_t RetentionArray::earliest_expiry_ps() const {
    std::int64_t earliest = never;
    for (int row = 0; row < rows_; ++row) earliest = std::min(earliest, expiry_ps(row));
    return earliest;
}

const std::vector<RetentionArray::Loss>& RetentionArray::lose(std::int64_t time_ps) {
    losses_.clear();
    if (!may_lose(time_ps)) return losses_;
    for (int row = 0; row < rows_; ++row) lose_row(row, time_ps);
    earliest_expiry_ps_ = earliest_expiry_ps();
    return losses_;
}

const std::vector<RetentionArray::Loss>& RetentionArray::refresh(int row, std::int64_t fresh_ps,
                                                                 std::int64_t read_ps) {
    losses_.clear();
    const auto r = static_cast<std::size_t>(row);
    if (!live(row)) return losses_;
    lose_row(row, read_ps);
    fresh_ps_[r] = fresh_ps;
    charges_ += static_cast<std::uint64_t>(charged_count_[r]);
    earliest_expiry_ps_ = std::min(earliest_expiry_ps_, expiry_ps(row));
    return losses_;
}

void RetentionArray::lose_row(int row, std::int64_t time_ps) {
    if (expiry_ps(row) >= time_ps) return;
    const auto r = static_cast<std::size_t>(row);
    std::uint64_t* charged = &charged_[r * words_];
    const std::int64_t age_ps = time_ps - fresh_ps_[r];
    // Comparing ranks spares the quantile of every node; the slack covers rounding, the picoseconds decide.
    const double suspect = distribution_.lost_share(age_ps) + 1e-9;
    for (int node = 0; node < nodes_; ++node) {
        const std::uint64_t bit = std::uint64_t{1} << (node % 64);
        if ((charged[node / 64] & bit) == 0) continue;
        const double rank = distribution_.rank(array_, row, node);
        if (rank > suspect || distribution_.of_rank(rank) >= age_ps) continue;
        charged[node / 64] &= ~bit;
        losses_.push_back({row, node});
        ++flips_;
    }
    find_weakest(row);
}

}  // namespace pimvp
