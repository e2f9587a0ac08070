// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace pimvp {

/// The ELF file of driver/firmware, as it was built with this library.
std::vector<std::uint8_t> built_in_firmware();

}  // namespace pimvp
