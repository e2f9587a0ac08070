// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "platforms/common/claim.h"

namespace pimvp::mram {

/// Printed below the claims on compressed networks: what they are ratios of, with nominal parameters, and
/// what the same authors published of other hardware and larger networks.
std::string admm_tables(const Measured& nominal);

}  // namespace pimvp::mram
