// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "platforms/common/result.h"

namespace pimvp {

/// The result for people, in at most 100 columns: headline, energy and area by group of like blocks, layers,
/// arrays, simulation speed. Energies are per inference unless they say otherwise.
std::string report_text(const RunResult& result);

/// What a block is one of: "dualpim.sram3" and "dualpim.sram11" are "sram". The platform itself keeps its
/// name.
std::string block_group(const std::string& block);

}  // namespace pimvp
