// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "networks/graph.h"

namespace pimvp {

/// "3x32x32": channels, height, width.
std::string shape_text(const net::Shape& shape);
/// "uint8", "int4", "ternary", "bipolar".
std::string type_text(const net::TensorType& type);
/// Of a layer's weights: "int4", or where filters differ "2..6 b, mean 3.9", the mean over filters.
std::string weight_text(const net::Node& node);
/// "conv 3x3 /2 d2 g16": operator, kernel, stride, dilation and groups where they say something.
std::string op_text(const net::Graph& graph, const net::Node& node);
/// How the output's integers come about: "half up", "double, two stages", "3 thresholds", "sums" (as they
/// are), "" where nothing is scaled.
std::string requant_text(const net::Node& node);
/// Bits of a signed accumulator that no image can overflow, nor any order of its sums; 0 without weights.
int accumulator_bits(const net::Graph& graph, const net::Node& node);
/// Share of weights that are zero, 0..1.
double zero_share(const net::Node& node);
/// What the host does with the scores: "multiply by 0.5, add 10 values, softmax"; "" for nothing.
std::string host_text(const net::Graph& graph);

}  // namespace pimvp
