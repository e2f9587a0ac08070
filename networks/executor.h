// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "networks/graph.h"

namespace pimvp::net {

/// Integers of every tensor of the graph for one image, CHW, indexed like Graph::tensors.
using Activations = std::vector<std::vector<std::int32_t>>;

/// The integers of the graph's input for an image of input-shape bytes in CHW, by Graph::input_table. With
/// `integers` the bytes are the input's integers themselves, in two's complement for signed types.
std::vector<std::int32_t> input_integers(const Graph& graph, const std::uint8_t* image,
                                         bool integers = false);

/// The oracle: plain loops over the definition of each operator, independent of arrays and mapping. `input`
/// as CHW. `accumulators` receives for each output tensor of a conv what its requantisation was given, bias
/// included. Throws std::overflow_error if an accumulator leaves 32 bits.
Activations execute(const Graph& graph, std::vector<std::int32_t> input, Activations* accumulators = nullptr);
/// With input_integers() of an image.
Activations execute(const Graph& graph, const std::uint8_t* image);

/// What Graph::host_steps make of the scores, in double precision in their order, then rounded to float32; the
/// scores themselves without steps.
std::vector<float> host_outputs(const Graph& graph, const std::vector<std::int32_t>& scores);

/// Index of the first largest element.
int argmax(const std::vector<std::int32_t>& scores);

}  // namespace pimvp::net
