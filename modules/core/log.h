// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace pimvp {

/// Sends what SystemC reports through sc_report to spdlog (stderr), once; throw, stop and abort stay with the
/// kernel's default handler. `level` is one of trace, debug, info, warn, error, off.
void init_logging(const std::string& level);

}  // namespace pimvp
