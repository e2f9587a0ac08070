// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "networks/dataset.h"
#include "networks/graph.h"

namespace pimvp::training {

/// Fraction of right answers of the integer reference executor (networks/executor.h), images spread over
/// `threads`.
double integer_accuracy(const net::Graph& graph, const net::Dataset& data, unsigned threads);

/// What it predicts of every image.
std::vector<int> integer_predictions(const net::Graph& graph, const net::Dataset& data, unsigned threads);

struct Interval {
    double low = 0, high = 0;
};

/// 95 % interval of a proportion of which `right` of `count` were seen (Wilson, JASA 22, 1927).
Interval proportion_interval(std::size_t right, std::size_t count);

/// Two networks on the same images. Only images that one of them alone gets right tell them apart.
struct Comparison {
    std::size_t only_first = 0, only_second = 0;
    double difference = 0;  // accuracy of the first less the second's
    Interval interval;      // 95 %, of the difference of paired proportions (McNemar's variance)
};
Comparison compare(const std::vector<int>& first, const std::vector<int>& second,
                   const std::vector<int>& labels);

}  // namespace pimvp::training
