// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "testbenches/rtl_bench.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <systemc>

#include "testbenches/run_bench.h"

namespace pimvp {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

struct Outcome {
    std::uint64_t operations = 0, cycles = 0;
    std::string difference;
    bool out_of_time = false;
    double wall_s = 0;
    std::exception_ptr thrown;
};

/// The thread that the pins need.
class Runner : public sc_core::sc_module {
  public:
    Runner(const sc_core::sc_module_name& name, const RtlBenchOptions& options,
           const std::function<RtlOperation(std::uint64_t)>& step)
        : sc_module(name), options_(options), step_(step) {
        SC_HAS_PROCESS(Runner);
        SC_THREAD(run);
    }
    Outcome outcome;

  private:
    void run() {
        const auto start = Clock::now();
        try {
            for (std::uint64_t k = 0; k < options_.operations && outcome.difference.empty(); ++k) {
                const RtlOperation operation = step_(k);
                ++outcome.operations;
                outcome.cycles += operation.cycles;
                outcome.difference = operation.difference;
                outcome.out_of_time =
                    options_.time_limit_s > 0 && k % 64 == 63 && seconds_since(start) > options_.time_limit_s;
                if (outcome.out_of_time) break;
            }
        } catch (const std::exception&) {
            outcome.thrown = std::current_exception();
        }
        outcome.wall_s = seconds_since(start);
        sc_core::sc_stop();
    }

    const RtlBenchOptions& options_;
    const std::function<RtlOperation(std::uint64_t)>& step_;
};

nlohmann::json coverage_json(const Coverage& coverage) {
    nlohmann::json points = nlohmann::json::object();
    for (const auto& point : coverage.points())
        for (std::size_t bin = 0; bin < point.bins.size(); ++bin)
            points[point.name][point.bins[bin]] = point.hits[bin];
    return {{"bins", coverage.bins()},
            {"reached", coverage.reached()},
            {"holes", coverage.holes()},
            {"points", points}};
}

void print(const std::string& name, const RtlBenchOptions& options, const Outcome& outcome,
           const Coverage& coverage) {
    std::cout << name << "  seed " << options.seed;
    if (options.bug > 0) std::cout << ", bug " << options.bug;
    std::cout << "\n  " << outcome.operations << " operations, " << outcome.cycles
              << " clock cycles of RTL in " << outcome.wall_s << " s of wall time\n";
    if (outcome.difference.empty())
        std::cout << "  RTL and model: the same" << (outcome.out_of_time ? " until time was up" : "") << "\n";
    else
        std::cout << "  RTL and model DIFFER in " << outcome.difference << "\n";
    std::cout << "\ncoverage  " << coverage.reached() << " of " << coverage.bins() << " bins\n"
              << coverage.text();
    for (const auto& hole : coverage.holes()) std::cout << "  not reached  " << hole << "\n";
}

}  // namespace

void RtlBenchOptions::add_to(CLI::App& app) {
    app.add_option("--operations", operations, "random operations")->capture_default_str();
    app.add_option("--seed", seed, "of the random operations")->capture_default_str();
    app.add_option("--bug", bug, "plants this line of the list of seeded bugs, counted from 1; 0: none")
        ->capture_default_str();
    app.add_option("--time-limit", time_limit_s, "seconds of wall time, 0: none")->capture_default_str();
    app.add_option("--json", json, "the result as JSON to this file, - for standard output");
    app.add_option("--vcd", vcd, "waveforms of the pins");
}

std::unique_ptr<Tracer> make_tracer(const RtlBenchOptions& options) {
    if (options.vcd.empty()) return nullptr;
    TraceOptions trace;
    trace.file = options.vcd;
    return std::make_unique<Tracer>(trace);
}

int run_rtl_bench(const std::string& name, const RtlBenchOptions& options, std::uint64_t full_coverage,
                  const Coverage& coverage, Tracer* tracer,
                  const std::function<RtlOperation(std::uint64_t operation)>& step) {
    // What the kernel says of the end.
    sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    Runner runner("runner", options, step);
    sc_core::sc_start();
    const Outcome& outcome = runner.outcome;
    if (outcome.thrown) std::rethrow_exception(outcome.thrown);
    if (tracer != nullptr) tracer->close(0);

    if (options.json.empty()) {
        print(name, options, outcome, coverage);
    } else {
        const nlohmann::json result = {
            {"bench", name},
            {"seed", options.seed},
            {"bug", options.bug},
            {"operations", outcome.operations},
            {"cycles", outcome.cycles},
            {"difference",
             outcome.difference.empty() ? nlohmann::json() : nlohmann::json(outcome.difference)},
            {"coverage", coverage_json(coverage)},
            {"simulation", {{"wall_s", outcome.wall_s}, {"out_of_time", outcome.out_of_time}}}};
        write_result(options.json, result.dump(2) + "\n");
    }
    const bool holes = outcome.operations >= full_coverage && !coverage.holes().empty();
    return outcome.difference.empty() && !holes ? 0 : 1;
}

}  // namespace pimvp
