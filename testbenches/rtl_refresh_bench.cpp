// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// edram_refresh.sv beside RefreshSchedule: random accesses, idle times and rows that come to life; every
// refresh, every start of an access compared, to the cycle.
#include <CLI/CLI.hpp>

#include "Vedram_refresh_16.h"
#include "Vedram_refresh_bugs.h"
#include "modules/rtl/edram_refresh_model_of.h"
#include "testbenches/rtl_bench.h"
#include "testbenches/rtl_bug.h"
#include "testbenches/rtl_refresh_stimulus.h"
#include "testbenches/rtl_state.h"
#include "testbenches/run_bench.h"

namespace pimvp {
namespace {

/// 16 rows, where rounds are short and collisions are many, or those of make_edram_refresh().
MakeEdramRefresh bench_model(int rows, int bug) {
    check_bug(bug, rows == 16 ? PIMVP_EDRAM_REFRESH_BUGS : 0);
    return [bug](int wanted) -> std::unique_ptr<EdramRefreshModel> {
        if (bug > 0) return std::make_unique<WithBug<EdramRefreshModelOf<Vedram_refresh_bugs>>>(bug);
        if (wanted == 16) return std::make_unique<EdramRefreshModelOf<Vedram_refresh_16>>();
        return make_edram_refresh(wanted);
    };
}

}  // namespace
}  // namespace pimvp

int sc_main(int argc, char** argv) {
    using namespace pimvp;
    CLI::App app{"Random accesses on the RTL of the eDRAM refresh controller and on its model"};
    RtlBenchOptions options;
    options.add_to(app);
    int rows = 16;
    app.add_option("--rows", rows, "of the array; 16 is the RTL with seeded bugs")
        ->check(CLI::IsMember({16, 128}))
        ->capture_default_str();
    return run_bench(app, "rtl_refresh_bench", argc, argv, [&] {
        begin_in_random_state(options.seed);
        const auto tracer = make_tracer(options);
        EdramRefreshPins pins("rtl", rows, Period{5000}, tracer.get(), bench_model(rows, options.bug));
        RefreshStimulus stimulus(rows, options.seed);
        return run_rtl_bench("rtl_refresh_bench", options, 20'000, stimulus.coverage(), tracer.get(),
                             [&](std::uint64_t) { return stimulus.step(pins); });
    });
}
