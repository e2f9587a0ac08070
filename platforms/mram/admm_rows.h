// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Row operations of pruned networks against those of dense ones. No SystemC here.
#pragma once

#include <string>

#include "platforms/common/claim.h"

namespace pimvp::mram {

/// Counters against the closed formula, and how much of a compression rate arrives at whole rows.
void add_pruned_rows(ClaimGroup& group, ClaimTable& table);
/// All of them at a glance, nominal.
std::string row_table(const Measured& nominal);

}  // namespace pimvp::mram
