// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "networks/npy.h"

namespace pimvp {

/// The bytes of a NumPy array file, format 1.0, little endian, shape [rows][columns]; all rows have the
/// length of the first. Every value must fit the integer type.
std::string npy_bytes(const std::vector<std::vector<std::int32_t>>& rows, net::NpyType type);
/// The same of float32.
std::string npy_bytes(const std::vector<std::vector<float>>& rows);

}  // namespace pimvp
