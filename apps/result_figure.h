// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Single values out of what `pimvp run --json` wrote.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace pimvp {

/// What JSON pointer `pointer` names: a number, a truth value or null. Of an object (utilisation by array)
/// the mean of its values, null if it has none. Throws nlohmann's exceptions if there is no such value.
nlohmann::json result_figure(const nlohmann::json& result, const char* pointer);

/// A message may hold bytes of a damaged file, which JSON cannot.
std::string printable(const std::string& text);

}  // namespace pimvp
