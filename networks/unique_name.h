// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>

namespace pimvp::net {

/// A name of letters, digits and _ that is not taken yet, made of another one.
std::string unique_name(const std::string& name, std::set<std::string>& taken, const std::string& otherwise);

}  // namespace pimvp::net
