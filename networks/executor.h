// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "networks/graph.h"

namespace pimvp::net {

/// Integers of every tensor of the graph for one image, CHW, indexed like Graph::tensors.
using Activations = std::vector<std::vector<std::int32_t>>;

/// The oracle: plain loops over the definition of each operator, independent of arrays and mapping. `image`
/// has input-shape elements as uint8 pixels in CHW. Throws std::overflow_error if an accumulator leaves 32
/// bits.
Activations execute(const Graph& graph, const std::uint8_t* image);

/// Index of the first largest element.
int argmax(const std::vector<std::int32_t>& scores);

}  // namespace pimvp::net
