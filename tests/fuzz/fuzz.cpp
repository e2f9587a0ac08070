// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// pimvp_fuzz: mutated inputs of every format through its reader, and what is read through what uses it.
// README.md says how to run it and how to repeat a failure.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "networks/import_memory.h"
#include "tests/fuzz/formats.h"
#include "tests/fuzz/memory.h"
#include "tests/fuzz/watchdog.h"

namespace pimvp::fuzz {

std::string file_bytes(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string source_file(const std::string& path) {
    return file_bytes(PIMVP_SOURCE_DIR "/" + path);
}

namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr int default_time_limit = 100;  // sanitizers take about ten times as long
constexpr bool sanitized = true;
#else
constexpr int default_time_limit = 10;
constexpr bool sanitized = false;
#endif

struct Options {
    std::string format, keep;
    long count = -1, from = 0, only = -1;
    std::uint64_t seed = 1;
    bool full = false;
    int time_limit = default_time_limit;
};

struct Totals {
    long inputs = 0, accepted = 0, executed = 0, compiled = 0, failed = 0;
    double seconds = 0, longest = 0;
    std::size_t peak = 0;
};

double processor_seconds() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

/// Input `number` of a run: the same whatever ran before it.
Input make_input(const Format& format, std::uint64_t seed, long number) {
    std::uint64_t mixed = seed;
    for (const char* c = format.name; *c != '\0'; ++c)
        mixed = Random(mixed ^ static_cast<unsigned char>(*c)).next();
    Random random(mixed + static_cast<std::uint64_t>(number));
    const std::size_t small = format.corpus.size() - static_cast<std::size_t>(format.large);
    const auto any = [&]() -> const Input& {
        return format.corpus[random.below(random.below(200) == 0 ? format.corpus.size() : small)];
    };
    Input input = any();
    const Input& donor = any();
    const std::size_t changes = random.chance(60) ? 1 : 1 + random.below(8);
    for (std::size_t i = 0; i < changes; ++i)
        format.mutate(input[random.below(input.size())], donor[random.below(donor.size())], random);
    if (format.encode != nullptr) format.encode(input, random);
    return input;
}

std::vector<std::string> keep(const Options& options, const Format& format, long number, const Input& input) {
    std::vector<std::string> files;
    if (options.keep.empty()) return files;
    for (std::size_t part = 0; part < input.size(); ++part) {
        files.push_back(options.keep + "/" + format.name + "-" + std::to_string(options.seed) + "-" +
                        std::to_string(number) + "." + std::to_string(part));
        std::ofstream(files.back(), std::ios::binary) << input[part];
    }
    return files;
}

void run_one(const Format& format, const Options& options, long number, const Input& input, Totals& totals) {
    const std::string name = std::string(format.name) + ": seed " + std::to_string(options.seed) +
                             ", input " + std::to_string(number);
    const std::vector<std::string> files = keep(options, format, number, input);
    std::size_t size = 0;
    for (const std::string& part : input) size += part.size();
    std::string fault;
    const double begin = processor_seconds();
    limit_memory(net::most_import_memory + 32 * size);
    watch(name, options.time_limit);
    try {
        const Outcome outcome = format.run(input);
        totals.accepted += outcome.accepted;
        totals.executed += outcome.executed;
        totals.compiled += outcome.compiled;
    } catch (const std::exception& error) {
        fault = error.what();
    } catch (...) {
        fault = "an exception of a type of its own";
    }
    watch("", 0);
    if (memory_was_refused()) fault += " (more memory than import_memory.h declares)";
    ++totals.inputs;
    totals.peak = std::max(totals.peak, peak_memory());
    totals.longest = std::max(totals.longest, processor_seconds() - begin);
    limit_memory(0);
    if (fault.empty()) {
        for (const std::string& file : files) std::filesystem::remove(file);
        return;
    }
    ++totals.failed;
    std::fprintf(stderr, "FAILED %s: %s\n", name.c_str(), fault.c_str());
}

bool fuzz(const Format& format, const Options& options) {
    Totals totals;
    const double begin = processor_seconds();
    // The good inputs first: a corpus that is refused would test nothing.
    for (std::size_t i = 0; i < format.corpus.size() && options.only < 0; ++i) {
        Input input = format.corpus[i];
        const Outcome outcome = format.run(input);
        if (!outcome.accepted) {
            std::fprintf(stderr, "FAILED %s: good input %zu is refused: %s\n", format.name, i,
                         outcome.error.c_str());
            ++totals.failed;
        }
    }
    const long count = options.count >= 0 ? options.count : options.full ? format.count : format.count / 10;
    const long first = options.only >= 0 ? options.only : options.from;
    const long last = options.only >= 0 ? options.only + 1 : count;
    for (long number = first; number < last; ++number)
        run_one(format, options, number, make_input(format, options.seed, number), totals);
    totals.seconds = processor_seconds() - begin;
    std::printf(
        "%-12s seed %llu: %6ld inputs, %6ld read (%ld executed, %ld compiled), %6ld refused, %ld failed; "
        "%.1f s, longest %.2f s, most memory %.1f MB\n",
        format.name, static_cast<unsigned long long>(options.seed), totals.inputs, totals.accepted,
        totals.executed, totals.compiled, totals.inputs - totals.accepted - totals.failed, totals.failed,
        totals.seconds, totals.longest, static_cast<double>(totals.peak) / 1e6);
    std::fflush(stdout);
    const bool both =
        options.only >= 0 || totals.inputs < 50 || (totals.accepted > 0 && totals.accepted < totals.inputs);
    if (!both)
        std::fprintf(stderr, "FAILED %s: expected inputs that are read and inputs that are refused\n",
                     format.name);
    return both && totals.failed == 0;
}

int usage() {
    std::fprintf(
        stderr,
        "usage: pimvp_fuzz [--format NAME] [--quick | --full | --count N] [--seed S] [--from I | --only I]\n"
        "                  [--time-limit SECONDS] [--keep FOLDER]\n");
    return 2;
}

bool parse(int argc, char** argv, Options& options) {
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        if (name == "--full" || name == "--quick") {
            options.full = name == "--full";
            continue;
        }
        if (i + 1 == argc) return false;
        const char* value = argv[++i];
        if (name == "--format")
            options.format = value;
        else if (name == "--keep")
            options.keep = value;
        else if (name == "--count")
            options.count = std::atol(value);
        else if (name == "--seed")
            options.seed = std::strtoull(value, nullptr, 10);
        else if (name == "--from")
            options.from = std::atol(value);
        else if (name == "--only")
            options.only = std::atol(value);
        else if (name == "--time-limit")
            options.time_limit = std::atoi(value);
        else
            return false;
    }
    return true;
}

int run(int argc, char** argv) {
    Options options;
    if (!parse(argc, argv, options)) return usage();
    if (!options.keep.empty()) std::filesystem::create_directories(options.keep);
    if (!sanitized) {
        // Behind the count of operator new, for what C libraries take.
        const rlimit space{std::uint64_t{4} << 30, std::uint64_t{4} << 30};
        setrlimit(RLIMIT_AS, &space);
    }
    constexpr Format (*formats[])() = {
        tflite_format,     qdq_format,     qlinear_format, qonnx_format, json_format, csv_format, idx_format,
        compressed_format, cifar10_format, npy_format,     raw_format,   toml_format, set_format};
    bool good = true, found = false;
    for (const auto make : formats) {
        const Format format = make();
        if (!options.format.empty() && options.format != format.name) continue;
        found = true;
        good = fuzz(format, options) && good;
    }
    if (!found) return usage();
    return good ? 0 : 1;
}

}  // namespace
}  // namespace pimvp::fuzz

// libsystemc, which the platform's configuration comes with, brings main().
extern "C" int sc_main(int argc, char** argv) {
    return pimvp::fuzz::run(argc, argv);
}
