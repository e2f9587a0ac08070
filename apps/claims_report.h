// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "apps/claims_runs.h"
#include "platforms/common/claim.h"

namespace pimvp {

/// Claims of one group with what they came to.
struct ClaimReport {
    const ClaimGroup* group = nullptr;
    std::vector<ClaimResult> results;
    std::string appendix;
};

/// A list of {platform, id, what, workload, source, published (null: none), published_high (of a band; null:
/// no band), own_bound, relation ("=" or "<="), simulated, low, high, interval ("parameters" or "images"),
/// unit, verdict}, two spaces of indent, a newline at the end.
std::string claims_json(const std::vector<ClaimReport>& reports);

/// For people.
std::string claims_text(const std::vector<ClaimReport>& reports, const ClaimOptions& options);

}  // namespace pimvp
