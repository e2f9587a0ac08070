// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <thread>

#include "apps/command.h"
#include "apps/compare.h"
#include "apps/work_options.h"

namespace pimvp {

Command add_compare_command(CLI::App& app) {
    auto args = std::make_shared<CompareArguments>();
    args->jobs = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    CLI::App* compare = app.add_subcommand("compare", "Run the same images on several systems, side by side");
    compare
        ->add_option("SYSTEM", args->systems,
                     "two or more, each a platform, PLATFORM:VARIANT or PLATFORM:FILE.toml\n"
                     "(see pimvp list); ratios are to the first")
        ->required()
        ->option_text("...");
    add_work_options(*compare, args->run);
    compare
        ->add_option("--set", args->run.changes.assignments,
                     "set a parameter of all systems, or of one: SYSTEM.KEY=VALUE, the\n"
                     "system as it is written above; may be given again")
        ->allow_extra_args(false)
        ->option_text("[SYSTEM.]KEY=VALUE")
        ->group("What to change");

    const std::string outputs = "What to write";
    compare
        ->add_option("--json", args->run.json,
                     "results and comparison as JSON; - for standard output, without the\ntable")
        ->option_text("FILE|-")
        ->group(outputs);
    compare->add_flag("--quiet", args->run.quiet, "no table on standard output, no progress")->group(outputs);
    compare
        ->add_option("--jobs", args->jobs,
                     "simulations at a time (default: cores of this machine); with one,\n"
                     "the simulation speeds are those of runs alone")
        ->option_text("N")
        ->group("How to run");
    compare->footer(
        "Every system is a process of its own, pimvp run. Without --network all run the first system's\n"
        "own that fits all of them. Exit status 1 if a system fails, after showing the others, or if\n"
        "predictions differ although all must be exact.\n"
        "Examples:\n"
        "  pimvp compare dualpim mram quantpim --network fmnist_int4 --images 0..99\n"
        "  pimvp compare mram mram:optimistic --set mram:optimistic.technology.supply=0.95V\n"
        "  pimvp compare dualpim quantpim --json -");
    return {compare, [args] { return compare_systems(*args); }};
}

}  // namespace pimvp
