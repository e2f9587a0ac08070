// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "platforms/common/claim.h"

namespace pimvp::dualpim {

/// What DualPIM (AICAS 2022), its journal version (TCAS-I 71(12), 2024) and the silicon that stands in for
/// its arrays say, against three DualNets and their single-precision baselines. Nothing here is an input of a
/// simulation.
ClaimGroup claims();

}  // namespace pimvp::dualpim
