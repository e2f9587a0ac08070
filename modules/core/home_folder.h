// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace pimvp {

/// The folder of read-only files (platforms/*/*.toml, modules/*/*.toml, models/*.onnx): $PIMVP_HOME; or, of
/// an installed program, ../share/pimvp beside its folder; or the source tree that this was built from.
std::string home_folder();

}  // namespace pimvp
