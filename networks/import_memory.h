// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace pimvp::net {

/// Most memory that the functions of import.h take beside the file itself, what they return included, whatever
/// the file claims: twice the weights of the largest network, and as much again for their tables. tests/fuzz
/// holds them to it.
constexpr std::uint64_t most_import_memory = std::uint64_t{1} << 31;

}  // namespace pimvp::net
