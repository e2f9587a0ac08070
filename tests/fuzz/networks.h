// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "networks/import.h"
#include "tests/fuzz/formats.h"

namespace pimvp::fuzz {

/// Imports from memory, with options that the content draws, and puts the network to the test.
Outcome run_network(net::Graph (*import)(const std::string&, const std::string&, const net::ImportOptions&),
                    const std::string& file, const std::string& bytes);

}  // namespace pimvp::fuzz
