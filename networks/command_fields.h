// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a node makes of the fields of commands, whatever machine they are for.
#pragma once

#include <cstdint>

#include "driver/pimvp_program.h"
#include "networks/graph.h"

namespace pimvp::net {

/// Element format of a tensor type as the hardware has it.
std::uint32_t format_of(const TensorType& type);

/// Mode, format, clamp, zero point, count of thresholds, channels and width of a node's whole output; where
/// it goes is left to the caller. Throws Error for what the postprocessor cannot do.
pimvp_post post_command(const Graph& graph, const Node& node);

/// The element that stands where a window leaves the input.
std::int32_t pad_value(const Node& node, const TensorType& input);

/// Of all channels of a pixel as the hardware stores it.
std::int64_t pixel_bits(const Tensor& tensor);

}  // namespace pimvp::net
