// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// sram_mvm.sv beside SramArray: random cells, regions and inputs, every sum and every clock cycle compared.
#include <CLI/CLI.hpp>

#include "modules/core/error.h"
#include "testbenches/rtl_bench.h"
#include "testbenches/rtl_sram_models.h"
#include "testbenches/rtl_sram_stimulus.h"
#include "testbenches/rtl_state.h"
#include "testbenches/run_bench.h"

int sc_main(int argc, char** argv) {
    using namespace pimvp;
    CLI::App app{"Random accesses on the RTL of the SRAM PIM datapath and on its model"};
    RtlBenchOptions options;
    options.add_to(app);
    std::string shape = "corner";
    app.add_option("--shape", shape,
                   "corner (small, ragged, with an ADC that clips), sram or sun: as in those platforms")
        ->check(CLI::IsMember({"corner", "sram", "sun"}))
        ->capture_default_str();
    return run_bench(app, "rtl_sram_bench", argc, argv, [&] {
        if (options.bug != 0 && shape != "corner")
            throw Error("--bug: expected --shape corner, the one with seeded bugs, found " + shape);
        begin_in_random_state(options.seed);
        const auto tracer = make_tracer(options);
        const SramMvmShape geometry = sram_bench_shape(shape);
        SramMvmPins pins("rtl", geometry, Period{1000}, tracer.get(), make_sram_bench_model(options.bug));
        SramStimulus stimulus(geometry, options.seed);
        return run_rtl_bench("rtl_sram_bench", options, 20'000, stimulus.coverage(), tracer.get(),
                             [&](std::uint64_t) { return stimulus.step(pins); });
    });
}
