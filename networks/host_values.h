// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the host computes before and behind the accelerator.
#pragma once

#include <cstdint>
#include <vector>

#include "networks/graph.h"

namespace pimvp::net {

/// The integers of the graph's input for an image of input-shape bytes in CHW, by Graph::input_table. With
/// `integers` the bytes are the input's integers themselves, in two's complement for signed types.
std::vector<std::int32_t> input_integers(const Graph& graph, const std::uint8_t* image,
                                         bool integers = false);

/// Throws Error unless these are integers that the graph's input can hold, as many as it has elements.
void check_input(const Graph& graph, const std::vector<std::int32_t>& values);

/// What Graph::host_steps make of the scores, in double precision in their order, then rounded to float32;
/// the scores themselves without steps.
std::vector<float> host_outputs(const Graph& graph, const std::vector<std::int32_t>& scores);

/// Index of the first largest element.
int argmax(const std::vector<std::int32_t>& scores);

}  // namespace pimvp::net
