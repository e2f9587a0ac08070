// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace pimvp {

/// Throws Error unless GTKWave's vcd2fst is on the PATH.
void require_vcd2fst(const std::string& for_file);

/// Runs `vcd2fst vcd fst`. Throws Error if it fails; `fst` is then removed.
void convert_vcd_to_fst(const std::string& vcd, const std::string& fst);

}  // namespace pimvp
