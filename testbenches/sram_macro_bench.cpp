// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// One SRAM macro behind its socket: random weights into the cells, random inputs on the wordlines, every
// partial sum against plain loops over the definition.
#include <algorithm>
#include <cstdlib>

#include "driver/pimvp_macro.h"
#include "modules/core/bits.h"
#include "modules/core/error.h"
#include "modules/core/technology.h"
#include "modules/sram_macro/sram_macro.h"
#include "testbenches/testbench.h"

using namespace pimvp;

namespace {

struct Options {
    std::int64_t accesses = 100, weight_bits = 4, input_bits = 4;
    bool signed_inputs = false;
    Cell flip;
};

/// A converter as its data sheet would put it: rounded to the nearest code, saturated at the greatest.
int convert(int conducting, const SramMacroParams& params) {
    if (params.adc_bits == 0) return conducting;  // exact
    const int lsb = static_cast<int>(params.adc_lsb);
    return std::min((conducting + lsb / 2) / lsb, (1 << params.adc_bits) - 1) * lsb;
}

/// Place value of bit `k` of a number of `bits`.
int place(int k, int bits, bool is_signed) {
    return is_signed && k == bits - 1 ? -(1 << k) : 1 << k;
}

/// Partial sum of one filter: bit by bit, as many wordlines at once as the macro raises.
int expected_sum(const std::int32_t* weights, const std::vector<std::int32_t>& inputs, const Options& o,
                 const SramMacroParams& params) {
    const int rows = static_cast<int>(inputs.size()), group = static_cast<int>(params.active_rows);
    const int weight_bits = static_cast<int>(o.weight_bits), input_bits = static_cast<int>(o.input_bits);
    int sum = 0;
    for (int first = 0; first < rows; first += group)
        for (int j = 0; j < input_bits; ++j)
            for (int k = 0; k < weight_bits; ++k) {
                int conducting = 0;
                for (int r = first; r < std::min(first + group, rows); ++r)
                    conducting += (inputs[static_cast<std::size_t>(r)] >> j) & (weights[r] >> k) & 1;
                sum += convert(conducting, params) * place(j, input_bits, o.signed_inputs) *
                       place(k, weight_bits, true);
            }
    return sum;
}

void simulate(Testbench& bench, const Options& o) {
    const auto technology = Technology::from(bench.config());
    const auto params = SramMacroParams::from(bench.config(), 0);
    bench.check(o.flip, params.rows, params.columns);

    // One region over the whole array: weight_bits neighbouring columns a filter, least significant first.
    const auto weight_bits = static_cast<unsigned>(o.weight_bits),
               input_bits = static_cast<unsigned>(o.input_bits);
    const Region region{0,
                        params.rows,
                        0,
                        params.columns / weight_bits,
                        weight_bits,
                        PIMVP_KIND_SIGNED,
                        input_bits,
                        o.signed_inputs ? PIMVP_KIND_SIGNED : PIMVP_KIND_UNSIGNED,
                        4};
    if (!accepts(params, params.adc(), region))
        throw Error("the macro does not take weights of " + std::to_string(weight_bits) +
                    " bits with inputs of " + std::to_string(input_bits) + " bits");
    const std::size_t rows = region.rows, filters = region.filters, row_bits = params.columns;
    const auto weights =  // [filter][row]
        bench.random(filters * rows, -(1 << (weight_bits - 1)), (1 << (weight_bits - 1)) - 1);
    std::vector<std::uint8_t> cells(rows * row_bits / 8);
    for (std::size_t f = 0; f < filters; ++f)
        for (std::size_t r = 0; r < rows; ++r)
            put_bits(cells.data(), r * row_bits + f * weight_bits,
                     static_cast<std::uint32_t>(weights[f * rows + r]), weight_bits);
    const int low = o.signed_inputs ? -(1 << (input_bits - 1)) : 0, high = low + (1 << input_bits) - 1;
    double deviation = 0, greatest_deviation = 0;

    SramMacro macro("sram0", params, technology, bench.tracer());
    ProtocolChecker checker("checker");
    TestInitiator host("host", [&](TestInitiator& self) {
        self.set_activity(Activity::load);
        bench.scoreboard.accepted("weights", self.write(PIMVP_MACRO_CELLS, cells));
        bench.scoreboard.accepted("region", self.write(PIMVP_MACRO_REGION_BASE, region));
        if (o.flip.given()) {
            const auto bit =
                static_cast<std::size_t>(o.flip.row) * row_bits + static_cast<std::size_t>(o.flip.column);
            const auto byte = static_cast<std::uint8_t>(cells[bit / 8] ^ (1u << bit % 8));
            self.debug_write(PIMVP_MACRO_CELLS + bit / 8, {byte});
        }
        bench.measure(self);
        for (std::int64_t i = 0; i < o.accesses; ++i) {
            const auto inputs = bench.random(rows, low, high);
            std::vector<std::uint8_t> packed(region.input_size());
            pack(inputs.data(), rows, input_bits, packed.data(), 0);
            // The write latches the inputs and starts the array, the read waits for the partial sums.
            bench.scoreboard.accepted("inputs", self.write(PIMVP_MACRO_WINDOW_BASE, packed));
            std::vector<std::int32_t> sums(filters), expected;
            bench.scoreboard.accepted("partial sums", self.read(PIMVP_MACRO_WINDOW_BASE + PIMVP_MACRO_RESULT,
                                                                sums.data(), region.result_size()));
            for (std::size_t f = 0; f < filters; ++f) {
                expected.push_back(expected_sum(&weights[f * rows], inputs, o, params));
                int ideal = 0;
                for (std::size_t r = 0; r < rows; ++r) ideal += weights[f * rows + r] * inputs[r];
                const double off = std::abs(sums[f] - ideal);
                deviation += off;
                greatest_deviation = std::max(greatest_deviation, off);
            }
            bench.scoreboard.compare("access " + std::to_string(i), expected, sums);
        }
    });
    host.port.bind(checker.target);
    checker.port.bind(macro.target);
    bench.run(host, {&checker});

    bench.report(macro.account());
    const double accesses = static_cast<double>(o.accesses),
                 macs = accesses * static_cast<double>(rows * filters);
    const double joules_per_mac = joules(macro.account().energy(Testbench::measured)) / macs;
    bench.figure("time_per_access_s", bench.measured_s() / accesses, "s", "time per access");
    bench.figure("energy_per_mac_j", joules_per_mac, "J", "energy per MAC");
    bench.figure("ops_per_j", 2 / joules_per_mac, "op/J", "efficiency (1 MAC = 2 op)");
    if (weight_bits == 4 && input_bits == 4) {
        const std::string source = "4-bit chip, Si et al., JSSC 56(9), 2021, 28 nm";
        bench.beside("energy_per_mac_j", 29.2e-15, source);
        bench.beside("ops_per_j", 68.4e12, source);
    }
    bench.figure("ops_per_s", 2 * macs / bench.measured_s(), "op/s", "throughput");
    bench.figure("clipped_share",
                 static_cast<double>(macro.counters().clipped_conversions) /
                     static_cast<double>(macro.counters().conversions),
                 "%", "clipped conversions");
    bench.figure("deviation_mean", deviation / (accesses * static_cast<double>(filters)), "",
                 "mean deviation from the exact sum");
    bench.figure("deviation_max", greatest_deviation, "", "greatest deviation");
}

}  // namespace

int sc_main(int argc, char** argv) {
    Testbench bench("sram_macro_bench",
                    "An SRAM macro computes random products; every partial sum is checked.");
    Options options;
    bench.option("--accesses", options.accesses, 1, 1'000'000, "array accesses");
    bench.option("--weight-bits", options.weight_bits, 1, 8, "bits of a weight: columns of a filter");
    bench.option("--input-bits", options.input_bits, 1, 8, "bits of an input: array steps");
    bench.flag("--signed-inputs", options.signed_inputs, "two's complement inputs");
    bench.setting("--adc-bits", "sram_macro.adc_bits", "resolution, or exact");
    bench.setting("--active-rows", "sram_macro.active_rows", "wordlines raised at once");
    bench.option("--flip-cell", options.flip,
                 "invert one stored bit after loading: the scoreboard must notice");
    return bench.main(argc, argv, [&] { simulate(bench, options); });
}
