// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// One parameter's value: read from TOML, checked against its spec, printed again.
#pragma once

#include <string>

#include "modules/core/config.h"
#include "modules/core/config_toml.h"

namespace pimvp {

/// True for everything but integers, booleans and texts.
bool is_physical(ParamType type);

/// Where a value stands, for messages and Param::origin. An empty file means the command line.
struct Origin {
    std::string file, key;
    std::string place(int line) const;
    /// "FILE:LINE: KEY: " or "--set KEY: ".
    std::string prefix(int line) const;
};

/// Gives `param` the value that stands in TOML. `inherited`: it already has one, so that a physical parameter
/// may leave out what it keeps. Throws Error.
void assign(Param& param, const TomlValue& value, const Origin& origin, bool inherited);

/// Moves the nominal, widens the range to contain it. Throws Error if the spec's limits forbid it.
void assign_nominal(Param& param, double si, const std::string& error_prefix);

/// The value side of a TOML line; an inline table for a physical parameter.
std::string toml_of(const Param& param);

}  // namespace pimvp
