// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "platforms/common/claim.h"

namespace pimvp::quantpim {

/// What Quant-PIM (IEEE Embedded Systems Letters 13(4), 2021) says in its abstract, against well-known
/// networks with published precision tables, whose names it does not give, and two trained ones. The gate's
/// position is not published either, so every saving is given for three. Nothing here is an input of a
/// simulation.
ClaimGroup claims();

}  // namespace pimvp::quantpim
