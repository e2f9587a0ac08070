// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

namespace pimvp {

/// Bad input by the user: file, line or key, what was expected, what was found. The command line prints it
/// and exits with status 2. Anything else that is thrown is a bug of ours.
class Error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

}  // namespace pimvp
