// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "networks/graph.h"
#include "networks/host_values.h"

namespace pimvp::net {

/// Integers of every tensor of the graph for one image, CHW, indexed like Graph::tensors.
using Activations = std::vector<std::vector<std::int32_t>>;

/// The oracle: plain loops over the definition of each operator, independent of arrays and mapping. `input`
/// as CHW. `accumulators` receives for each output tensor of a conv what its requantisation was given, bias
/// included. Throws std::overflow_error if an accumulator leaves 32 bits.
Activations execute(const Graph& graph, std::vector<std::int32_t> input, Activations* accumulators = nullptr);
/// With input_integers() of an image.
Activations execute(const Graph& graph, const std::uint8_t* image);

}  // namespace pimvp::net
