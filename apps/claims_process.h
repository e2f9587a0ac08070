// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace pimvp {

struct ProcessEnd {
    int status = -1;   // exit status, -1 if a signal ended it
    std::string text;  // "status 1", "signal 11"
};

/// Runs words[0] with the rest as arguments and waits for it; its standard output is dropped, its standard
/// error goes to `error_file`. Throws Error if it cannot be started.
ProcessEnd run_process(const std::vector<std::string>& words, const std::string& error_file);

}  // namespace pimvp
