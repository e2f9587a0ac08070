// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "platforms/common/claim.h"

namespace pimvp::mram {

/// What Roohi, Angizi, Fan and DeMara (ISQED 2019, arXiv 1904.07864) say in their abstract, against the
/// baselines `reram` and `cmos`, and what the same group published about relatives of that design. Neither
/// networks, bit widths nor baselines of the four ratios are public, so each is given for several. Nothing
/// here is an input of a simulation.
ClaimGroup claims();

}  // namespace pimvp::mram
