// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The meaning of every node once more, from the definitions in networks/graph.h but written the other way
// round from the executor: inputs are scattered to the outputs that see them, nothing is gathered.
#pragma once

#include "networks/executor.h"

namespace pimvp::net::test {

/// The node's output, from the inputs in `tensors`. `accumulators`: what a convolution's requantisation is
/// given.
std::vector<std::int32_t> oracle(const Graph& graph, const Node& node, const Activations& tensors,
                                 std::vector<std::int64_t>* accumulators = nullptr);

}  // namespace pimvp::net::test
