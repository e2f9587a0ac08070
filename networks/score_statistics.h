// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// How much a number of test images says about an accuracy.
#pragma once

#include <cstddef>
#include <vector>

namespace pimvp::net {

struct Interval {
    double low = 0, high = 0;
};

/// 95 % interval of a proportion of which `right` of `count` were seen (Wilson, JASA 22, 1927).
Interval proportion_interval(std::size_t right, std::size_t count);

/// Two networks on the same images. Only images that one of them alone gets right tell them apart.
struct Comparison {
    std::size_t only_first = 0, only_second = 0;
    double difference = 0;  // accuracy of the first less the second's
    double deviation = 0;   // standard, of the difference of paired proportions (McNemar's variance)
    Interval interval;      // 95 %, from it
};
/// Predictions and labels by image. Throws std::invalid_argument if they are of different numbers of images,
/// or of none.
Comparison compare(const std::vector<int>& first, const std::vector<int>& second,
                   const std::vector<int>& labels);

}  // namespace pimvp::net
