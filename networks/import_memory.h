// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace pimvp::net {

/// Most memory that the functions of import.h take, what they return included, whatever the file claims:
/// this, and 32 bytes for each byte of the file (constants are kept as 64-bit integers and floats while
/// reading). tests/fuzz holds them to it.
constexpr std::uint64_t most_import_memory = std::uint64_t{1} << 31;

}  // namespace pimvp::net
