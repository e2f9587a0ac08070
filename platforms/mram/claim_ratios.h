// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Baselines over mram: the four published ratios. No SystemC here.
#pragma once

#include <string>

#include "platforms/common/claim.h"

namespace pimvp::mram {

/// `abstract` says where they were published.
void add_ratios(ClaimTable& table, const std::string& abstract);
/// All of them at a glance, a column per network, with nominal parameters.
std::string ratio_table(const Measured& nominal);

}  // namespace pimvp::mram
