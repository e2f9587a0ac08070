// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "modules/rtl/sram_mvm_model.h"

namespace pimvp {

/// `corner`: 64 x 64 cells with groups of 20 wordlines, 2 input bits per step and a converter of 4 bits for 3
/// units per code, which clips; `sram`, `sun`: those of make_sram_mvm().
SramMvmShape sram_bench_shape(const std::string& name);

/// The RTL of these shapes; with `bug` > 0 that of `corner` with this seeded bug. Throws Error if there is no
/// such bug.
MakeSramMvm make_sram_bench_model(int bug);

}  // namespace pimvp
