// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace pimvp {

/// Parses, runs `body` and returns its exit status; 2 for bad input (what does not parse, and any Error), 1
/// for a bug of ours. Messages go to standard error and begin with `name`.
int run_bench(CLI::App& app, const std::string& name, int argc, char** argv,
              const std::function<int()>& body);

/// `text` to standard output if `file` is "-", to the file otherwise, nowhere if it is "". Throws Error if it
/// cannot.
void write_result(const std::string& file, const std::string& text);

}  // namespace pimvp
