// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "platforms/common/claim.h"

namespace pimvp::sun {

/// What SUN (Chen et al., IEEE TCAD 43(7), 2024) says in its abstract, at a calibration point of our own: its
/// configuration and its networks are not published. Nothing here is an input of a simulation.
ClaimGroup claims();

}  // namespace pimvp::sun
