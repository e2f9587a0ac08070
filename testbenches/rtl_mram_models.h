// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "modules/rtl/mram_rtl_model.h"

namespace pimvp {

/// 96 x 128 cells: quick, and small enough for the edges to be met often.
MramRtlShape mram_bench_shape();

/// The RTL of that shape or of make_mram_rtl()'s; with `bug` > 0 the small one with this seeded bug. Throws
/// Error if there is no such bug.
MakeMramRtl make_mram_bench_model(const MramRtlShape& shape, int bug);

}  // namespace pimvp
