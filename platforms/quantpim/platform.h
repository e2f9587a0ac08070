// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Quant-PIM (IEEE Embedded Systems Letters 13(4), 2021): a stack of DRAM vaults whose gated I/O moves only
// the bits that a layer needs, with a processing element below each vault.
#pragma once

#include <string>

#include "modules/core/config.h"
#include "networks/vault_program.h"
#include "platforms/common/result.h"
#include "platforms/common/run_options.h"

namespace pimvp::quantpim {

Schema schema();
/// What the compiler must know.
net::VaultMachine machine(const Config& config);
/// For `pimvp inspect`: how layers are divided over the vaults, and what streams.
std::string placement(const Config& config, const net::Graph& graph);
/// Throws Error for a network or a configuration that does not fit.
RunResult run(const Config& config, const RunOptions& options);

}  // namespace pimvp::quantpim
