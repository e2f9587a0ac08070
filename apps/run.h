// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/run_arguments.h"

namespace pimvp {

/// What `pimvp run` does: checks everything that can be wrong, simulates, writes the outputs, reports.
/// Returns 1 if tensors differ from the reference executor although nothing that may change them is
/// configured.
int run_network(const RunArguments& args);

}  // namespace pimvp
