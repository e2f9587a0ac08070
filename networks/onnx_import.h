// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "networks/graph.h"

namespace pimvp::net {

/// Reads a QDQ network (networks/README.md lists operators and dialect) into the integer graph. Throws Error
/// that names file, node and operator. Multipliers are 15-bit mantissas, 2^14 <= m < 2^15 (shift 0 and m 1
/// where the factor is 1).
Graph import_onnx(const std::string& file);

}  // namespace pimvp::net
