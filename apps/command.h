// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The commands of the command line. Each adds its options to the parser and returns what to do if it was
// chosen.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace pimvp {

/// Returns the exit status: 0 good, 1 a bug of ours. Bad input is thrown as Error, which makes it 2.
using Action = std::function<int()>;

struct Command {
    CLI::App* options = nullptr;
    Action action;
};

Command add_run_command(CLI::App& app);
Command add_compare_command(CLI::App& app);
Command add_list_command(CLI::App& app);
Command add_inspect_command(CLI::App& app);
Command add_params_command(CLI::App& app);
Command add_claims_command(CLI::App& app);
Command add_sweep_command(CLI::App& app);

}  // namespace pimvp
