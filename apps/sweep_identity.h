// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/run_arguments.h"
#include "apps/sweep_journal.h"
#include "apps/sweep_settings.h"

namespace pimvp {

/// Checks platform, settings, networks and images of the sweep, and tells what its rows depend on: options,
/// this program, and what the configuration, network and image files hold. Throws Error for whatever would
/// fail every point, and for a key or a value that the platform does not have.
SweepIdentity identify_sweep(const RunArguments& run, const SweepPoints& points);

}  // namespace pimvp
