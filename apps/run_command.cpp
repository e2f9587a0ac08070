// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>

#include "apps/command.h"
#include "apps/run.h"
#include "apps/run_arguments.h"
#include "apps/work_options.h"

namespace pimvp {

Command add_run_command(CLI::App& app) {
    auto args = std::make_shared<RunArguments>();
    CLI::App* run = app.add_subcommand("run", "Run a network on a platform, and report what it took");
    add_system_option(*run, *args);
    add_work_options(*run, *args);

    run->add_option("--set", args->changes.assignments,
                    "set a parameter, with its unit; block[i].name=value for one\n"
                    "instance; may be given again (see pimvp params)")
        ->allow_extra_args(false)
        ->option_text("KEY=VALUE")
        ->group("What to change");

    const std::string outputs = "What to write";
    run->add_option("--json", args->json, "the result as JSON; - for standard output, without the report")
        ->option_text("FILE|-")
        ->group(outputs);
    run->add_option("--vcd", args->vcd, "waveforms as VCD, or as FST if the name ends in .fst")
        ->option_text("FILE")
        ->group(outputs);
    run->add_option("--transactions", args->transactions,
                    "what passed the links between blocks, as CSV, a line per transaction")
        ->option_text("FILE.csv")
        ->group(outputs);
    run->add_option("--trace-scope", args->trace_scope,
                    "only signals, and links with an end, whose name starts so, e.g.\n"
                    "dualpim.sram")
        ->option_text("PREFIX")
        ->group(outputs);
    run->add_option("--trace-from", args->trace_from, "first simulated time in both, e.g. \"10 us\"")
        ->option_text("TIME")
        ->group(outputs);
    run->add_option("--trace-to", args->trace_to, "last simulated time in both")
        ->option_text("TIME")
        ->group(outputs);
    run->add_option("--dump-outputs", args->dump_outputs,
                    "the network's integer outputs as a NumPy array, a row per image,\n"
                    "int8, int16 or int32 as its output tensor needs")
        ->option_text("FILE.npy")
        ->group(outputs);
    run->add_option("--dump-scores", args->dump_scores,
                    "what the host makes of the outputs (scales, softmax), float32")
        ->option_text("FILE.npy")
        ->group(outputs);
    run->add_option("--dump-config", args->dump_config, "the configuration that ran, for PLATFORM:FILE.toml")
        ->option_text("FILE.toml")
        ->group(outputs);
    run->add_flag("--quiet", args->quiet, "no report on standard output, no progress")->group(outputs);

    const std::string simulation = "Simulation";
    run->add_option("--quantum", args->quantum,
                    "TLM global quantum, e.g. \"1 us\"; results do not depend on it\n(default: 0)")
        ->option_text("TIME")
        ->group(simulation);
    run->add_option("--time-resolution", args->time_resolution,
                    "of SystemC, 1ps or 1fs; results do not depend on it (default: 1ps)")
        ->option_text("TIME")
        ->group(simulation);
    run->add_option("--log-level", args->log_level,
                    "trace, debug, info, warn, error or off, to standard error (default: warn)")
        ->option_text("LEVEL")
        ->group(simulation);
    run->footer(
        "Examples:\n"
        "  pimvp run dualpim\n"
        "  pimvp run dualpim --images 0..99 --json result.json\n"
        "  pimvp run quantpim --network alexnet_stripes99 --images 0..0\n"
        "  pimvp run dualpim --network ResNet-8.tflite --dataset cifar10 --rounding single\n"
        "  pimvp run dualpim --set sram_macro.rows=256 --vcd run.vcd --trace-to \"50 us\"");
    return {run, [args] { return run_network(*args); }};
}

}  // namespace pimvp
