// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "networks/graph.h"

namespace pimvp::net {

/// The file at a path, by import_onnx() of import.h with the default options.
Graph import_onnx(const std::string& file);

}  // namespace pimvp::net
