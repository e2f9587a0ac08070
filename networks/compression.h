// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// How many weights a pruned network has left, and how many bits they take, counted in the ways that
// publications count.
#pragma once

#include <cstdint>

#include "networks/graph.h"

namespace pimvp::net {

struct Mapping;

/// Weights of layers with weights; biases are not among them.
struct WeightCount {
    std::int64_t weights = 0;     // filters x window, as the network's file has them
    std::int64_t nonzero = 0;     // of these, other than zero
    std::int64_t stored = 0;      // of these, those that are kept where the network runs
    std::int64_t bits = 0;        // that the kept ones take, each as wide as its filter's weights
    std::int64_t index_bits = 0;  // that say which ones are kept

    WeightCount& operator+=(const WeightCount& other);
};

/// Of one layer or of all, everything kept.
WeightCount count_weights(const Node& node);
WeightCount count_weights(const Graph& graph);
/// As the network is mapped: filters and window elements that are zero need not be stored (pruned_window.h),
/// index bits are those of the masks.
WeightCount count_weights(const Graph& graph, const Mapping& mapping);

/// What is left of a dense network.
struct CompressionRate {
    double nonzero = 0;    // dense weights / weights other than zero
    double stored = 0;     // dense weights / kept weights: what publications give
    double of_floats = 0;  // 32 bits per dense weight / bits of kept weights and index
    double bits = 0;       // bits of the dense network's weights / bits of kept weights and index
};
/// Throws std::invalid_argument where nothing is left.
CompressionRate compression_rate(const WeightCount& dense, const WeightCount& compressed);

}  // namespace pimvp::net
