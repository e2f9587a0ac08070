// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What waveforms and the log of transactions cost a run. Each run with them is paired with one without, right
// before it, so that load on the machine falls on both; processor time, start-up subtracted.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/process.h"

namespace {

namespace fs = std::filesystem;
using namespace pimvp;

constexpr int last_image = 200;

struct Case {
    const char* name;
    std::vector<std::string> options;
};

double run_s(const std::string& platform, int last, const std::vector<std::string>& options) {
    std::vector<std::string> words = {
        PIMVP_EXECUTABLE, "run", platform, "--images", "0.." + std::to_string(last), "--no-check", "--quiet"};
    words.insert(words.end(), options.begin(), options.end());
    return bench::run_process(std::move(words)).processor_s;
}

/// Processor seconds of an image: start and loading are the same for one image and cancel out.
double image_s(const std::string& platform, const std::vector<std::string>& options) {
    const double start_s = run_s(platform, 0, options);
    return (run_s(platform, last_image, options) - start_s) / last_image;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void traced(benchmark::State& state, const std::string& platform, const Case& c, const fs::path& folder) {
    std::vector<double> with, without, ratios;
    for (auto _ : state) {
        without.push_back(image_s(platform, {}));
        with.push_back(image_s(platform, c.options));
        ratios.push_back(with.back() / without.back());
        state.SetIterationTime(with.back());
    }
    std::uintmax_t bytes = 0;
    for (const auto& entry : fs::directory_iterator(folder)) bytes += entry.file_size();
    state.counters["without_ms"] = 1e3 * median(without);
    state.counters["with_ms"] = 1e3 * median(with);
    state.counters["ratio"] = median(ratios);
    state.counters["kB_per_image"] = 1e-3 * static_cast<double>(bytes) / (last_image + 1);
    for (const auto& entry : fs::directory_iterator(folder)) fs::remove(entry);
}

}  // namespace

int main(int argc, char** argv) {
    std::string pattern = (fs::temp_directory_path() / "pimvp_trace_bench_XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder " + pattern);
    const fs::path folder = pattern;
    const auto file = [&](const char* name) { return (folder / name).string(); };
    const std::string platform = "dualpim";
    const std::vector<Case> cases = {
        {"none", {}},  // what two equal runs differ by
        {"one_signal", {"--vcd", file("run.vcd"), "--trace-scope", platform + ".host.awake"}},
        {"one_array", {"--vcd", file("run.vcd"), "--trace-scope", platform + ".sram0."}},
        {"window_of_10_us", {"--vcd", file("run.vcd"), "--trace-from", "100 us", "--trace-to", "110 us"}},
        {"vcd", {"--vcd", file("run.vcd")}},
        {"fst", {"--vcd", file("run.fst")}},
        {"transactions", {"--transactions", file("run.csv")}},
    };
    for (const Case& c : cases)
        benchmark::RegisterBenchmark(("trace/" + std::string(c.name)).c_str(),
                                     [&](benchmark::State& state) { traced(state, platform, c, folder); })
            ->UseManualTime()
            ->Iterations(5)
            ->Unit(benchmark::kMillisecond);
    benchmark::Initialize(&argc, argv);
    const bool bad = benchmark::ReportUnrecognizedArguments(argc, argv);
    if (!bad) benchmark::RunSpecifiedBenchmarks();
    fs::remove_all(folder);
    return bad ? 2 : 0;
}
