// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// gated_io_lanes.sv beside IoGate: random streams of reads and writes, single and in pairs; every word, every
// count of lane groups and every clock cycle compared.
#include <CLI/CLI.hpp>

#include "Vgated_io_bench.h"
#include "Vgated_io_bugs.h"
#include "modules/rtl/gated_io_model_of.h"
#include "testbenches/rtl_bench.h"
#include "testbenches/rtl_bug.h"
#include "testbenches/rtl_gate_stimulus.h"
#include "testbenches/rtl_state.h"
#include "testbenches/run_bench.h"

namespace pimvp {
namespace {

MakeGatedIo bench_model(int bug) {
    check_bug(bug, PIMVP_GATED_IO_BUGS);
    return [bug]() -> std::unique_ptr<GatedIoModel> {
        if (bug > 0) return std::make_unique<WithBug<GatedIoModelOf<Vgated_io_bugs>>>(bug);
        return std::make_unique<GatedIoModelOf<Vgated_io_bench>>();
    };
}

}  // namespace
}  // namespace pimvp

int sc_main(int argc, char** argv) {
    using namespace pimvp;
    CLI::App app{"Random accesses on the RTL of a vault's gated I/O and on its model"};
    RtlBenchOptions options;
    options.add_to(app);
    return run_bench(app, "rtl_gate_bench", argc, argv, [&] {
        begin_in_random_state(options.seed);
        const auto tracer = make_tracer(options);
        GatedIoPins pins("rtl", Period{2000}, tracer.get(), bench_model(options.bug));
        GateStimulus stimulus(options.seed);
        return run_rtl_bench("rtl_gate_bench", options, 20'000, stimulus.coverage(), tracer.get(),
                             [&](std::uint64_t) { return stimulus.step(pins); });
    });
}
