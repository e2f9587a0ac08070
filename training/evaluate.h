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

}  // namespace pimvp::training
