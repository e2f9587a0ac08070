// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// One array access over the socket: input write and result read, annotated time, accounts, arithmetic.
#include <benchmark/benchmark.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <memory>
#include <random>
#include <vector>

#include "driver/pimvp_macro.h"
#include "modules/core/payload.h"
#include "modules/sram_macro/sram_macro.h"

namespace {

using namespace pimvp;

struct Bench : sc_core::sc_module {
    tlm_utils::simple_initiator_socket<Bench> port{"port"};
    SramMacro macro;
    Payload payload;
    sc_core::sc_time time;
    std::mt19937 rng{1};

    Bench(const sc_core::sc_module_name& name, const SramMacroParams& params)
        : sc_module(name), macro("macro", params, Technology{}) {
        port.bind(macro.target);
    }
    void send(tlm::tlm_generic_payload& p) {
        port->b_transport(p, time);
        if (p.is_response_error()) std::abort();
    }
    /// One access; with `reload` its weights are written before it, row by row as a DMA engine does.
    /// `probes` more than the macro's own are told of it.
    void run(benchmark::State& state, const Region& region, bool reload, std::vector<Probe>& probes) {
        const SramMacroParams& params = macro.params();
        std::vector<std::uint8_t> cells(params.rows * params.columns / 8), inputs(region.input_size()),
            results(region.result_size());
        for (auto& b : cells) b = static_cast<std::uint8_t>(rng());
        for (auto& b : inputs) b = static_cast<std::uint8_t>(rng());
        const std::uint32_t fields[] = {region.row0,       region.rows,        region.column0,
                                        region.filters,    region.weight_bits, region.weight_kind,
                                        region.input_bits, region.input_kind,  region.result_bytes};
        send(payload.write(PIMVP_MACRO_CELLS, cells.data(), static_cast<unsigned>(cells.size()),
                           Activity::load));
        send(payload.write(PIMVP_MACRO_REGION_BASE, fields, sizeof fields, Activity::load));
        const unsigned row_bytes = params.columns / 8;
        for (auto _ : state) {
            for (unsigned r = 0; reload && r < params.rows; ++r)
                send(payload.write(PIMVP_MACRO_CELLS + r * row_bytes, cells.data() + r * row_bytes, row_bytes,
                                   Activity::layer(0)));
            send(payload.write(PIMVP_MACRO_WINDOW_BASE, inputs.data(), region.input_size(),
                               Activity::layer(0)));
            send(payload.read(PIMVP_MACRO_WINDOW_BASE + PIMVP_MACRO_RESULT, results.data(),
                              region.result_size(), Activity::layer(0)));
            for (Probe& probe : probes) {
                benchmark::DoNotOptimize(probe);  // what it is, the compiler must not know
                probe.pulse(0, 1);
            }
            benchmark::DoNotOptimize(results.data());
        }
        state.counters["MAC/s"] = benchmark::Counter(
            static_cast<double>(region.rows) * region.filters * static_cast<double>(state.iterations()),
            benchmark::Counter::kIsRate);
    }
};

}  // namespace

int sc_main(int argc, char** argv) {
    const Region int4{0, 128, 0, 32, 4, PIMVP_KIND_SIGNED, 4, PIMVP_KIND_UNSIGNED, 2};
    Region wide = int4;
    wide.weight_bits = wide.input_bits = 8;
    wide.filters = 16;
    wide.result_bytes = 4;
    SramMacroParams exact, five, grouped, by_value;
    five.adc_bits = 5;
    grouped.active_rows = 31;
    by_value.data_dependence = DataDependence::value;
    SramMacroParams clipped_groups = five;
    clipped_groups.active_rows = 40;
    struct Case {
        const char* name;
        SramMacroParams params;
        Region region;
        bool reload = false;
        std::size_t probes = 0;
    };
    const Case cases[] = {{"exact_int4_128x32", exact, int4},
                          {"exact_int4_128x32_and_a_null_probe", exact, int4, false, 1},
                          {"exact_int4_128x32_and_100_null_probes", exact, int4, false, 100},
                          {"exact_int4_128x32_31_rows", grouped, int4},
                          {"exact_int4_128x32_by_value", by_value, int4},
                          {"exact_int8_128x16", exact, wide},
                          {"exact_int4_128x32_reloaded", exact, int4, true},
                          {"exact_int8_128x16_reloaded", exact, wide, true},
                          {"adc5_int4_128x32", five, int4},
                          {"adc5_int4_128x32_40_rows", clipped_groups, int4},
                          {"adc5_int8_128x16", five, wide}};
    std::vector<std::unique_ptr<Bench>> benches;
    for (const Case& c : cases) {
        benches.push_back(std::make_unique<Bench>(c.name, c.params));
        Bench* bench = benches.back().get();
        const Region region = c.region;
        const bool reload = c.reload;
        benchmark::RegisterBenchmark(c.name,
                                     [bench, region, reload, count = c.probes](benchmark::State& state) {
                                         std::vector<Probe> probes(count);
                                         bench->run(state, region, reload, probes);
                                     });
    }
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
