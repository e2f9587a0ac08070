// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Requests per second of one pseudo-channel: initiator, four phases, controller, DRAM, gate; and column
// accesses per second of long payloads.
#include <benchmark/benchmark.h>

#include <memory>
#include <random>
#include <vector>

#include "modules/vault/vault.h"
#include "testbenches/at_initiator.h"

namespace {

using namespace pimvp;

struct Case {
    const char* name;
    unsigned request_bytes, outstanding;
    bool random;
    double write_share = 0;
};

/// Endless traffic, in portions. Answers are not looked at: what is measured is the vault and its protocol.
struct Bench : sc_core::sc_module {
    static constexpr std::uint64_t portion_blocks = 1 << 16;

    Bench(const sc_core::sc_module_name& name, const Case& c)
        : sc_module(name),
          what(c),
          vault("vault", params),
          initiator(
              "initiator", c.outstanding, 0, [this](AtJob& job) { return next(job); },
              [this](const AtJob& job) {
                  if (job.status != tlm::TLM_OK_RESPONSE) std::abort();
              }) {
        initiator.port.bind(vault.in[0]);
    }
    bool next(AtJob& job) {
        if (left == 0) return false;
        --left;
        job.data.resize(what.request_bytes);
        job.write = what.write_share > 0 && (random() >> 32) < what.write_share * 4294967296.0;
        const std::uint64_t places = vault.params().organisation.bytes() / what.request_bytes;
        place = what.random ? random() % places : (place + 1) % places;
        job.address = place * what.request_bytes;
        return true;
    }
    void run(benchmark::State& state) {
        const std::uint64_t requests = portion_blocks * 32 / what.request_bytes;
        std::uint64_t sent = 0;
        for (auto _ : state) {
            left = requests;
            initiator.start();
            sc_core::sc_start();
            sent += requests;
        }
        if (initiator.answered() != initiator.sent()) std::abort();
        const auto rate = benchmark::Counter::kIsRate;
        state.counters["requests/s"] = benchmark::Counter(static_cast<double>(sent), rate);
        state.counters["columns/s"] =
            benchmark::Counter(static_cast<double>(sent * what.request_bytes / 32), rate);
    }

    const Case what;
    const VaultParams params;
    Vault vault;
    AtInitiator initiator;
    std::mt19937_64 random{1};
    std::uint64_t left = 0, place = 0;
};

}  // namespace

int sc_main(int argc, char** argv) {
    const Case cases[] = {{"stream_32B", 32, 64, false},
                          {"random_32B", 32, 64, true},
                          {"stream_32B_half_writes", 32, 64, false, 0.5},
                          {"random_32B_half_writes", 32, 64, true, 0.5},
                          {"stream_1KB", 1024, 4, false},
                          {"random_1KB", 1024, 4, true}};
    std::vector<std::unique_ptr<Bench>> benches;
    for (const Case& c : cases) {
        benches.push_back(std::make_unique<Bench>(c.name, c));
        Bench* bench = benches.back().get();
        benchmark::RegisterBenchmark(c.name, [bench](benchmark::State& state) { bench->run(state); });
    }
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
