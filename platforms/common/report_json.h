// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "modules/core/account.h"
#include "platforms/common/result.h"

namespace pimvp {

/// Decimal digits of all 128 bits.
std::string decimal_text(Zeptojoules zj);

/// The result as JSON: schema 1, sorted keys but `simulation` last, two spaces of indent, numbers in the
/// shortest form that reads back exactly, a newline at the end. Everything but the object `simulation` is the
/// same for the same inputs. `energy_zj` has the exact integers behind `energy_j` as decimal strings: the sum
/// over by_block, the sum over by_event, and by_layer + load + idle + io are each the total. Blocks that do
/// not count (the host) are in `not_counted` alone. apps/README.md lists the keys.
std::string report_json(const RunResult& result);

/// The project's version, as in the key `version` and `pimvp --version`.
std::string version();

}  // namespace pimvp
