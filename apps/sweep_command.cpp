// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <thread>

#include "apps/command.h"
#include "apps/sweep.h"
#include "apps/work_options.h"

namespace pimvp {

Command add_sweep_command(CLI::App& app) {
    auto args = std::make_shared<SweepArguments>();
    args->jobs = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    CLI::App* sweep = app.add_subcommand("sweep", "Run every combination of settings, one row of a CSV each");
    add_system_option(*sweep, args->run);
    add_work_options(*sweep, args->run);
    sweep
        ->add_option("--set", args->settings,
                     "a parameter and its values; a value in double quotes may hold\n"
                     "commas; may be given again: every combination runs, the first\n"
                     "key's values change slowest")
        ->required()
        ->allow_extra_args(false)
        ->option_text("KEY=A,B,...")
        ->group("What to change");

    const std::string outputs = "What to write";
    sweep
        ->add_option("--csv", args->csv, "a row per combination; FILE.partial beside it while the sweep runs")
        ->required()
        ->option_text("FILE")
        ->group(outputs);
    sweep->add_flag("--quiet", args->quiet, "no summary on standard output, no progress")->group(outputs);

    const std::string how = "How to run";
    sweep->add_option("--jobs", args->jobs, "simulations at a time (default: cores of this machine)")
        ->option_text("N")
        ->group(how);
    sweep->add_flag("--retry-failed", args->retry_failed, "going on with a sweep, run failed points again")
        ->group(how);
    sweep->add_flag("--restart", args->restart, "discard what a sweep has left in FILE.partial")->group(how);
    sweep->footer(
        "Every point is a process of its own, pimvp run. A point that fails is a row with its error. A\n"
        "sweep that was stopped or killed goes on where it was when the same command is given again.\n"
        "Examples:\n"
        "  pimvp sweep dualpim:int4 --set sram_macro.adc_bits=4,5,6,exact --csv adc.csv\n"
        "  pimvp sweep quantpim --set vault.gate=a,b,c --csv gate.csv\n"
        "  pimvp sweep dualpim --set sram_macro.rows=128,256 --set technology.supply=0.9V,1V \\\n"
        "        --images 0..99 --jobs 4 --csv sweep.csv");
    return {sweep, [args] { return run_sweep(*args); }};
}

}  // namespace pimvp
