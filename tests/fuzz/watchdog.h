// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What is said of an input that ends the process, or does not end.
#pragma once

#include <string>

namespace pimvp::fuzz {

/// `line` is printed when the process crashes, a sanitizer stops it or `seconds` of processor time have
/// passed since; the process then exits with a status other than 0. 0 seconds: the watch ends.
void watch(const std::string& line, int seconds);

}  // namespace pimvp::fuzz
