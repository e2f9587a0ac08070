// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "modules/core/output_file.h"

namespace pimvp {

/// `text` to standard output if `file` is "-", else to the file. Throws Error if it cannot.
void write_output(const std::string& file, const std::string& text);

}  // namespace pimvp
