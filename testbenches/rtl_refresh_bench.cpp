// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// edram_refresh.sv beside RefreshSchedule: random accesses, idle times and rows that come to life; every
// refresh, every start of an access compared, to the cycle.
#include <CLI/CLI.hpp>

#include "Vedram_refresh_16.h"
#include "Vedram_refresh_bugs.h"
#include "modules/core/error.h"
#include "modules/rtl/edram_refresh_model_of.h"
#include "testbenches/rtl_bench.h"
#include "testbenches/rtl_refresh_stimulus.h"
#include "testbenches/run_bench.h"

namespace pimvp {
namespace {

class WithBug : public EdramRefreshModelOf<Vedram_refresh_bugs> {
  public:
    explicit WithBug(int bug) {
        rtl_.bug(bug_);
        bug_.write(static_cast<std::uint32_t>(bug));
    }

  private:
    sc_core::sc_signal<std::uint32_t> bug_{"bug"};
};

/// 16 rows, where rounds are short and collisions are many, or those of make_edram_refresh().
MakeEdramRefresh bench_model(int rows, int bug) {
    const int bugs = rows == 16 ? PIMVP_EDRAM_REFRESH_BUGS : 0;
    if (bug < 0 || bug > bugs)
        throw Error("--bug: expected 0 to " + std::to_string(bugs) + ", found " + std::to_string(bug));
    return [bug](int wanted) -> std::unique_ptr<EdramRefreshModel> {
        if (bug > 0) return std::make_unique<WithBug>(bug);
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
        const auto tracer = make_tracer(options);
        EdramRefreshPins pins("rtl", rows, Period{5000}, tracer.get(), bench_model(rows, options.bug));
        RefreshStimulus stimulus(rows, options.seed);
        return run_rtl_bench("rtl_refresh_bench", options, 20'000, stimulus.coverage(), tracer.get(),
                             [&](std::uint64_t) { return stimulus.step(pins); });
    });
}
