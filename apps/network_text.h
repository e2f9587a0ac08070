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
/// "conv 3x3 /2 g16": operator, kernel, stride and groups where they say something.
std::string op_text(const net::Graph& graph, const net::Node& node);

}  // namespace pimvp
