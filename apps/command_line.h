// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace pimvp {

/// Parses the arguments (without the program's name) and does what they say. Messages go to standard error;
/// returns the exit status: 0 good, 1 a bug of ours, 2 bad input.
int command_line(std::vector<std::string> arguments);

}  // namespace pimvp
