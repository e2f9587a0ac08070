// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pimvp {

/// The bytes of a NumPy array file, format 1.0, int32 little endian, shape [rows][columns]; all rows have the
/// length of the first.
std::string npy_bytes(const std::vector<std::vector<std::int32_t>>& rows);

}  // namespace pimvp
