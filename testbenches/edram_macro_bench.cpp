// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// One gain-cell macro with its refresh controller: ternary weights, traffic back to back or with idle time,
// every partial sum against plain loops, and what refresh costs against its closed formula.
#include <algorithm>
#include <cstdlib>

#include "driver/pimvp_macro.h"
#include "modules/core/bits.h"
#include "modules/core/error.h"
#include "modules/core/technology.h"
#include "modules/edram_macro/edram_macro.h"
#include "modules/edram_macro/edram_refresh_controller.h"
#include "testbenches/testbench.h"

using namespace pimvp;

namespace {

struct Options {
    std::int64_t accesses = 50'000, input_bits = 1;
    double duty = 1;
    Cell flip;
};

/// A signed converter as its data sheet would put it: rounded half away from zero, saturated at both ends.
int convert(int difference, const EdramMacroParams& params) {
    if (params.adc_bits == 0) return difference;  // exact
    const int half = 1 << (params.adc_bits - 1), rows = static_cast<int>(params.active_rows);
    const int lsb = params.adc_lsb == 0 ? (rows + half - 1) / half : static_cast<int>(params.adc_lsb);
    const int magnitude = (std::abs(difference) + lsb / 2) / lsb;
    return (difference < 0 ? -std::min(magnitude, half) : std::min(magnitude, half - 1)) * lsb;
}

/// Partial sum of one filter: input bit by input bit, as many wordlines at once as the macro raises.
int expected_sum(const std::int32_t* weights, const std::vector<std::int32_t>& inputs, int input_bits,
                 const EdramMacroParams& params) {
    const auto rows = inputs.size();
    int sum = 0;
    for (std::size_t first = 0; first < rows; first += params.active_rows)
        for (int j = 0; j < input_bits; ++j) {
            int difference = 0;
            for (std::size_t r = first; r < std::min(first + params.active_rows, rows); ++r)
                difference += weights[r] * ((inputs[r] >> j) & 1);
            sum += convert(difference, params) * (1 << j);
        }
    return sum;
}

void simulate(Testbench& bench, const Options& o) {
    const auto technology = Technology::from(bench.config());
    const auto params = EdramMacroParams::from(bench.config(), 0);
    const auto refresh = refresh_params(params, technology);
    bench.check(o.flip, params.rows, params.columns);

    // One region over the whole array: a filter a column, a ternary weight in the two nodes of a cell.
    const auto input_bits = static_cast<unsigned>(o.input_bits);
    const Region region{0,          params.rows,         0, params.columns, 2, PIMVP_KIND_TERNARY,
                        input_bits, PIMVP_KIND_UNSIGNED, 4};
    if (!accepts(params, params.adc(), region))
        throw Error("--input-bits: the macro does not take inputs of " + std::to_string(input_bits) +
                    " bits");
    const std::size_t rows = region.rows, filters = region.filters;
    const auto weights = bench.random(filters * rows, -1, 1);  // [filter][row]
    std::vector<std::uint8_t> cells(rows * filters * 2 / 8);
    for (std::size_t f = 0; f < filters; ++f)
        for (std::size_t r = 0; r < rows; ++r) {
            const int weight = weights[f * rows + r];
            put_bits(cells.data(), (r * filters + f) * 2, weight > 0 ? 1 : weight < 0 ? 2 : 0, 2);
        }
    std::uint64_t refreshes_before = 0, stolen_before_ps = 0;

    EdramMacro macro("edram0", params, technology, bench.tracer());
    EdramRefreshController controller("refresh", {refresh}, technology);
    ProtocolChecker to_macro("to_macro"), to_controller("to_controller");
    TestInitiator host("host", [&](TestInitiator& self) {
        self.set_activity(Activity::load);
        bench.scoreboard.accepted("weights", self.write(PIMVP_MACRO_CELLS, cells));
        bench.scoreboard.accepted("region", self.write(PIMVP_MACRO_REGION_BASE, region));
        if (o.flip.given()) {  // the node that stores +1
            const auto bit =
                (static_cast<std::size_t>(o.flip.row) * filters + static_cast<std::size_t>(o.flip.column)) *
                2;
            const auto byte = static_cast<std::uint8_t>(cells[bit / 8] ^ (1u << bit % 8));
            self.debug_write(PIMVP_MACRO_CELLS + bit / 8, {byte});
        }
        bench.measure(self);
        refreshes_before = macro.counters().refreshes;
        stolen_before_ps = controller.stolen_ps();
        for (std::int64_t i = 0; i < o.accesses; ++i) {
            const auto inputs = bench.random(rows, 0, (1 << input_bits) - 1);
            std::vector<std::uint8_t> packed(region.input_size());
            pack(inputs.data(), rows, input_bits, packed.data(), 0);
            bench.scoreboard.accepted("inputs", self.write(PIMVP_MACRO_WINDOW_BASE, packed));
            std::vector<std::int32_t> sums(filters), expected;
            bench.scoreboard.accepted("partial sums", self.read(PIMVP_MACRO_WINDOW_BASE + PIMVP_MACRO_RESULT,
                                                                sums.data(), region.result_size()));
            for (std::size_t f = 0; f < filters; ++f)
                expected.push_back(
                    expected_sum(&weights[f * rows], inputs, static_cast<int>(input_bits), params));
            bench.scoreboard.compare("access " + std::to_string(i), expected, sums);
            if (o.duty < 1) sc_core::wait(self.last_delay() * (1 / o.duty - 1));
        }
        // Refreshes come with the accesses that find them due: those of the idle time at the end, too.
        macro.drain(sc_core::sc_time_stamp());
    });
    host.port.bind(to_macro.target);
    to_macro.port.bind(macro.target);
    macro.refresh.bind(to_controller.target);
    to_controller.port.bind(controller.in[0]);
    bench.run(host, {&to_macro, &to_controller});

    bench.report(macro.account());
    bench.report(controller.account());
    const double macs = static_cast<double>(o.accesses) * static_cast<double>(rows * filters);
    const auto refreshes = static_cast<double>(macro.counters().refreshes - refreshes_before);
    const double joules_per_mac =
        (joules(macro.account().energy()) - joules(macro.account().energy(Activity::load))) / macs;
    const auto time_ps = static_cast<double>(bench.measured_ps());
    bench.figure("time_per_access_s", bench.measured_s() / static_cast<double>(o.accesses), "s",
                 "time per access, idle time included");
    bench.figure("refreshes", refreshes, "", "row refreshes");
    bench.figure("stolen_share", static_cast<double>(controller.stolen_ps() - stolen_before_ps) / time_ps,
                 "%", "time that accesses waited for refresh");
    bench.figure("refresh_share", refreshes * static_cast<double>(refresh.row_ps) / time_ps, "%",
                 "array time of refresh");
    if (refresh.enabled) {
        const double formula = static_cast<double>(params.rows) * static_cast<double>(refresh.row_ps) /
                               static_cast<double>(refresh.period_ps);
        bench.beside("refresh_share", formula, "rows x row refresh time / period");
        if (o.duty == 1) bench.beside("stolen_share", formula, "rows x row refresh time / period");
    }
    bench.figure("retention_flips", static_cast<double>(macro.retention_flips()), "", "charges lost");
    bench.figure("energy_per_mac_j", joules_per_mac, "J", "energy per MAC with refresh");
    bench.figure("ops_per_j", 2 / joules_per_mac, "op/J", "efficiency (1 MAC = 2 op)");
    if (input_bits == 1) {
        const std::string source = "ternary chip, HYTEC, 28 nm, UNIST thesis";
        bench.beside("energy_per_mac_j", 4.18e-15, source);
        bench.beside("ops_per_j", 478e12, source);
    }
}

}  // namespace

int sc_main(int argc, char** argv) {
    Testbench bench("edram_macro_bench",
                    "A gain-cell macro computes random products between its refreshes; every\n"
                    "partial sum is checked.");
    Options options;
    bench.option("--accesses", options.accesses, 1, 10'000'000, "array accesses");
    bench.option("--input-bits", options.input_bits, 1, 8, "bits of an input: array steps");
    bench.option("--duty", options.duty, 0.001, 1,
                 "share of the time in which accesses run; 1: back to back");
    bench.setting("--adc-bits", "edram_macro.adc_bits", "resolution, or exact");
    bench.setting("--retention", "edram_macro.retention", "what a charge holds at least, such as 28us");
    bench.setting("--refresh", "refresh.enabled", "true or false");
    bench.setting("--policy", "refresh.policy", "distributed or burst");
    bench.setting("--period", "refresh.period", "between two refreshes of a row, or auto");
    bench.option("--flip-cell", options.flip,
                 "invert one stored node after loading: the scoreboard must notice");
    return bench.main(argc, argv, [&] { simulate(bench, options); });
}
