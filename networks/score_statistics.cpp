// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/score_statistics.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace pimvp::net {

namespace {

constexpr double quantile = 1.959964;  // of the normal distribution, 97.5 %

}  // namespace

Interval proportion_interval(std::size_t right, std::size_t count) {
    const double n = static_cast<double>(count), p = static_cast<double>(right) / n, z = quantile;
    const double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
    const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    return {std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

Comparison compare(const std::vector<int>& first, const std::vector<int>& second,
                   const std::vector<int>& labels) {
    if (labels.empty() || first.size() != labels.size() || second.size() != labels.size())
        throw std::invalid_argument("predictions of " + std::to_string(first.size()) + " and " +
                                    std::to_string(second.size()) + " images, labels of " +
                                    std::to_string(labels.size()));
    Comparison result;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const bool a = first[i] == labels[i], b = second[i] == labels[i];
        result.only_first += a && !b;
        result.only_second += b && !a;
    }
    const double n = static_cast<double>(labels.size());
    const double a = static_cast<double>(result.only_first), b = static_cast<double>(result.only_second);
    result.difference = (a - b) / n;
    result.deviation = std::sqrt(a + b - (a - b) * (a - b) / n) / n;
    const double half = quantile * result.deviation;
    result.interval = {result.difference - half, result.difference + half};
    return result;
}

}  // namespace pimvp::net
