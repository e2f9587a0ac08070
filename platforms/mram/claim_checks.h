// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Claims beside the four ratios. No SystemC here.
#pragma once

#include "platforms/common/claim.h"

namespace pimvp::mram {

/// Figures that relatives of the design were published with: IMCE's AlexNet, and LeNet-5 in SOT-MRAM and in
/// analog ReRAM.
void add_relatives(ClaimGroup& group, ClaimTable& table);
/// Row operations of the SVHN network's quantised layers against P O ceil(K / C) M N.
void add_row_operations(ClaimGroup& group, ClaimTable& table);
/// What is left of a computation whose power comes and goes.
void add_harvested(ClaimGroup& group, ClaimTable& table);

}  // namespace pimvp::mram
