// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "modules/core/units.h"

namespace pimvp {

/// For people: `digits` significant digits and the prefix that leaves one to three of them before the point,
/// f p n u m k M G T. "1.235 uJ".
std::string si_text(double value, const std::string& unit, int digits = 4);
/// In um2 below 0.1 mm2, in mm2 from there on.
std::string area_text(Area area, int digits = 4);
/// "12.3 %".
std::string percent_text(double share, int decimals = 1);

}  // namespace pimvp
