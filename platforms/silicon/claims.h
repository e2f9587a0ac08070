// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "platforms/common/claim.h"

namespace pimvp::silicon {

/// Area, cycle and energy per MAC of measured chips against the cost model; nothing is simulated.
ClaimGroup claims();

}  // namespace pimvp::silicon
