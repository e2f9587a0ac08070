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

/// What requantisations of convolutions were given, bias included; indexed likewise, empty for other tensors.
using Accumulators = std::vector<std::vector<std::int64_t>>;

/// Bits of an accumulator, signed: no platform has more. One without requantisation has 32.
constexpr int most_accumulator_bits = 48;

/// The oracle: plain loops over the definition of each operator, independent of arrays and mapping. `input`
/// as CHW. Throws std::overflow_error if an accumulator leaves most_accumulator_bits, or 32 where it is the
/// output.
Activations execute(const Graph& graph, std::vector<std::int32_t> input,
                    Accumulators* accumulators = nullptr);
/// With input_integers() of an image.
Activations execute(const Graph& graph, const std::uint8_t* image);

}  // namespace pimvp::net
