// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "modules/core/config.h"
#include "networks/graph.h"
#include "tests/platforms/run_checks.h"
#include "tests/support/sc_test_main.h"

namespace pimvp::test {

/// The default DualPIM with some settings.
Config dualpim_config(const std::vector<std::string>& settings);

/// Runs random images; expects every tensor and the scores as the reference executor has them.
RunResult expect_exact(const net::Graph& graph, const std::vector<std::string>& settings, std::uint32_t seed,
                       int images = 2);

}  // namespace pimvp::test
