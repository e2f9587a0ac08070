// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "apps/run_arguments.h"

namespace CLI {
class App;
}

namespace pimvp {

/// PLATFORM, one. `args` must outlive the parser.
void add_system_option(CLI::App& app, RunArguments& args);

/// What to run: --network, --dataset, --data-dir, --images, --no-check, how the network is
/// read, --param-set, --param-seed. `args` must outlive the parser.
void add_work_options(CLI::App& app, RunArguments& args);

/// The words of `pimvp run` that ask for the same, without the settings.
std::vector<std::string> work_words(const RunArguments& args);

}  // namespace pimvp
