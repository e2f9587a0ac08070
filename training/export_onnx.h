// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "training/network.h"

namespace pimvp::training {

/// Writes a quantised network in the dialect of networks/README.md (opset 13), normalisation folded, paths
/// that nothing needs left out (cleanup.h) unless `clean` is false. `dataset` becomes the metadata property
/// of that name, if it is not empty. The file is checked by onnx::checker before it takes its name. Throws
/// Error if it cannot be written.
void export_onnx(const Network& network, const std::string& name, const std::string& file,
                 const std::string& dataset = "", bool clean = true);

}  // namespace pimvp::training
