// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "modules/core/config.h"

namespace pimvp {

/// A number in [0, 1) that depends on the seed and the key alone: 53 bits of the SplitMix64 finaliser over
/// seed + FNV-1a(key). Two runs that share a parameter and a seed therefore agree on its place in the range,
/// whatever else they have.
double sample_unit(std::uint64_t seed, const std::string& key);

/// Gives every parameter that has a range the value low + sample_unit(seed, key) * (high - low).
void sample_ranges(Config& config, std::uint64_t seed);

/// Gives every parameter that has a range one end of it. Unlike Config::use(), what is set afterwards wins,
/// and to_toml() and non_default() show the values.
void use_range_end(Config& config, ParamSet set);

}  // namespace pimvp
