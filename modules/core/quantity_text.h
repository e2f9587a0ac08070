// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "modules/core/config.h"

namespace pimvp {

/// Reads "0.35 fF", "200 us", "1.6 mm2", "200 MHz", or a plain number for a ratio, as SI. Prefixes are f p n
/// u m k M G and none, squared for areas; the space is optional. The decimal text is rounded once, to the
/// nearest double. Throws Error that says which unit was expected, with an example.
double parse_quantity(const std::string& text, ParamType type);

/// The shortest text that parse_quantity() turns into exactly this value, with a fitting prefix.
std::string print_quantity(double si, ParamType type);

/// For messages: `a capacitance such as "0.35 fF"`.
std::string expected_quantity(ParamType type);

}  // namespace pimvp
