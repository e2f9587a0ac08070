// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// mram_and_accumulate.sv beside MramAccess: random cells, regions and inputs, every sum, every clock cycle
// and the cells that an access leaves compared.
#include <CLI/CLI.hpp>

#include "testbenches/rtl_bench.h"
#include "testbenches/rtl_mram_models.h"
#include "testbenches/rtl_mram_stimulus.h"
#include "testbenches/rtl_state.h"
#include "testbenches/run_bench.h"

int sc_main(int argc, char** argv) {
    using namespace pimvp;
    CLI::App app{"Random accesses on the RTL of the MRAM datapath and on its model"};
    RtlBenchOptions options;
    options.add_to(app);
    bool full_size = false;
    app.add_flag("--full-size", full_size,
                 "256 x 512 cells as on platform mram, instead of 96 x 128; no seeded bugs");
    return run_bench(app, "rtl_mram_bench", argc, argv, [&] {
        begin_in_random_state(options.seed);
        const auto tracer = make_tracer(options);
        const MramRtlShape shape = full_size ? MramRtlShape{} : mram_bench_shape();
        MramRtlPins pins("rtl", shape, Period{1200}, tracer.get(), make_mram_bench_model(shape, options.bug));
        MramStimulus stimulus(shape, options.seed);
        return run_rtl_bench("rtl_mram_bench", options, 20'000, stimulus.coverage(), tracer.get(),
                             [&](std::uint64_t) { return stimulus.step(pins); });
    });
}
