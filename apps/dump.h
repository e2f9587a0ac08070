// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "networks/graph.h"

namespace pimvp {

/// A NumPy array of a network's integer outputs, a row per image, CHW. The type is the first of int8, uint8,
/// int16, int32 that holds every value of the output tensor.
std::string outputs_npy(const net::TensorType& type, const std::vector<std::vector<std::int32_t>>& outputs);

/// What the host's own steps make of the outputs, float32: Graph::host_steps, then softmax where the network
/// has one; the outputs as they are where it has neither. Throws Error for a softmax that TFLite's kernel
/// does not take.
std::vector<float> host_scores(const net::Graph& network, const std::vector<std::int32_t>& outputs);

}  // namespace pimvp
