// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "platforms/common/claim.h"

namespace pimvp::mram {

/// Networks pruned and quantised by ADMM against dense ones on the same hardware. The publication (arXiv
/// 1912.05416, SOCC 2020) has no figure in what is public, so that its claims stand without one; compression
/// rates and accuracies are held against the same authors' work on memristor crossbars (Yuan et al., ISLPED
/// 2019; Ma et al., ASP-DAC 2020). Nothing here is an input of a simulation.
ClaimGroup admm_claims();

}  // namespace pimvp::mram
