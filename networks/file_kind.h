// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a path says and is, before it is opened.
#pragma once

#include <string>

namespace pimvp::net {

/// The end of the name in lower case, with its dot: ".onnx"; "" without one.
std::string file_ending(const std::string& file);

/// Throws Error "FILE: expected WHAT, found a folder" (a pipe, a device, a socket) for what is there but is
/// no regular file. A file that is not there passes: who opens it knows why.
void expect_regular_file(const std::string& file, const std::string& what);

}  // namespace pimvp::net
