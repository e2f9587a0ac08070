// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "apps/child_process.h"
#include "apps/sweep_settings.h"

namespace pimvp {

/// What came of one point, in the texts of the CSV.
struct SweepRow {
    std::vector<std::string> figures;  // in the order of sweep_figures(); empty if it failed
    std::string error;                 // one line; empty if it did not
};

/// Names of the figures, units included.
const std::vector<std::string>& sweep_figures();

/// From what `pimvp run --json -` wrote, or from how it failed.
SweepRow sweep_row(const ProcessEnd& end);

/// RFC 4180 with line feeds: a heading, then a line per point: its settings, `status` (ok, error), figures,
/// `error`. `rows` by point.
std::string sweep_csv(const SweepPoints& points, const std::vector<SweepRow>& rows);

}  // namespace pimvp
