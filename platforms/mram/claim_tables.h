// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "platforms/common/claim.h"

namespace pimvp::mram {

/// Printed below the claims: what they are ratios of, with nominal parameters.
std::string claim_tables(const Measured& nominal);

}  // namespace pimvp::mram
