// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/claims_runs.h"

#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

#include "apps/claims_process.h"
#include "apps/progress.h"
#include "apps/run_arguments.h"
#include "apps/system_choice.h"
#include "modules/core/error.h"
#include "networks/onnx_import.h"

namespace pimvp {
namespace {

namespace fs = std::filesystem;

class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string pattern = (fs::temp_directory_path() / "pimvp_claims_XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr)
            throw Error(pattern + ": expected a folder that can be made, found none; TMPDIR names another");
        path_ = pattern;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    std::string file(const std::string& name) const { return (path_ / name).string(); }

  private:
    fs::path path_;
};

struct Task {
    const ClaimRun* run = nullptr;
    int seed = 0;  // 0: nominal
    RunFigures* figures = nullptr;
};

std::string read_text(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void perform(const Task& task, const ClaimOptions& options, const std::string& file) {
    std::vector<std::string> words = {
        options.executable, "run",     task.run->system, "--network", task.run->network,
        "--no-check",       "--quiet", "--json",         file};
    for (const std::string& assignment : task.run->set) {
        words.push_back("--set");
        words.push_back(assignment);
    }
    words.push_back("--images");
    words.push_back(task.seed == 0 ? options.images : options.sample_images);
    if (task.seed != 0) {
        words.push_back("--param-seed");
        words.push_back(std::to_string(task.seed));
    }
    const ProcessEnd end = run_process(words, file + ".err");
    if (end.status != 0) {
        std::string command, said = read_text(file + ".err");
        for (std::size_t i = 1; i < words.size(); ++i)
            if (words[i] != file && words[i] != "--json") command += " " + words[i];
        const std::string prefix = "pimvp: error: ";
        if (said.compare(0, prefix.size(), prefix) == 0) said.erase(0, prefix.size());
        while (!said.empty() && said.back() == '\n') said.pop_back();
        if (end.status == 2) throw Error(said);
        throw std::runtime_error("pimvp" + command + " ended with " + end.text + (said.empty() ? "" : ": ") +
                                 said);
    }
    RunFigures figures = run_figures(read_text(file));
    figures.weight_bits = task.figures->weight_bits;
    figures.config = std::move(task.figures->config);
    *task.figures = std::move(figures);
    std::error_code ignored;
    fs::remove(file, ignored);
}

std::int64_t count(const std::string& images) {
    const ImageRange range = parse_images(images);
    return range.last - range.first + 1;
}

std::int64_t stored_bits(const net::Graph& graph) {
    std::int64_t bits = 0;
    for (const net::Node& node : graph.nodes)
        bits += static_cast<std::int64_t>(node.weights.size()) * node.weight_type.bits;
    return bits;
}

/// Everything that can be wrong with what the group names, before hours of simulation.
void prepare(const ClaimGroup& group, Measurement& measurement) {
    for (const ClaimRun& run : group.runs) {
        const std::int64_t bits = stored_bits(net::import_onnx(find_network(run.network).file));
        const auto fill = [&](RunFigures& figures, std::optional<std::uint64_t> seed) {
            ConfigChanges changes;
            changes.seed = seed;
            changes.assignments = run.set;
            figures.config = choose_system(run.system, changes).config;
            figures.weight_bits = bits;
        };
        fill(measurement.nominal[run.name], std::nullopt);
        for (std::size_t s = 0; s < measurement.samples.size(); ++s)
            fill(measurement.samples[s][run.name], s + 1);
    }
}

}  // namespace

RunFigures run_figures(const std::string& text) {
    using nlohmann::json;
    try {
        const json in = json::parse(text);
        RunFigures out;
        out.images = in.at("images").at("count");
        out.accuracy = in.at("accuracy");
        const json& energy = in.at("energy_j");
        out.energy_j = energy.at("per_inference");
        out.latency_s = in.at("latency_s").at("mean");
        out.simulated_s = in.at("load_s").get<double>() + in.at("span_s").get<double>();
        for (const json& layer : in.at("layers"))
            out.layers.push_back({layer.at("name"), layer.at("path"), layer.at("start_s"),
                                  layer.at("latency_s"),
                                  layer.at("energy_j").get<double>() / static_cast<double>(out.images)});
        out.event_energy_j = energy.at("by_event").get<std::map<std::string, double>>();
        out.counters = in.at("counters").get<std::map<std::string, std::uint64_t>>();
        return out;
    } catch (const json::exception& error) {
        throw std::runtime_error(std::string("a simulation wrote no result that can be read: ") +
                                 error.what());
    }
}

Measurement measure(const ClaimGroup& group, const ClaimOptions& options) {
    Measurement measurement;
    measurement.samples.resize(static_cast<std::size_t>(options.samples));
    const std::int64_t nominal_images = count(options.images), sample_images = count(options.sample_images);
    prepare(group, measurement);

    // The long ones first, so that none is left alone at the end.
    std::vector<Task> tasks;
    for (const ClaimRun& run : group.runs) tasks.push_back({&run, 0, &measurement.nominal.at(run.name)});
    for (int s = 0; s < options.samples; ++s)
        for (const ClaimRun& run : group.runs)
            tasks.push_back({&run, s + 1, &measurement.samples[static_cast<std::size_t>(s)].at(run.name)});

    const TemporaryFolder folder;
    const auto runs = static_cast<std::int64_t>(group.runs.size());
    Progress progress(runs * (nominal_images + options.samples * sample_images), options.progress);
    std::int64_t done = 0;
    std::exception_ptr failure;
    std::mutex mutex;  // of the three above
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (std::size_t i = next++; i < tasks.size(); i = next++) {
            try {
                perform(tasks[i], options, folder.file(std::to_string(i)));
                const std::lock_guard<std::mutex> lock(mutex);
                done += tasks[i].seed == 0 ? nominal_images : sample_images;
                progress.update(done);
            } catch (...) {
                next = tasks.size();
                const std::lock_guard<std::mutex> lock(mutex);
                if (!failure) failure = std::current_exception();
            }
        }
    };
    std::vector<std::thread> workers;
    for (int j = 0; j < std::max(1, options.jobs); ++j) workers.emplace_back(work);
    for (std::thread& worker : workers) worker.join();
    if (failure) std::rethrow_exception(failure);
    return measurement;
}

}  // namespace pimvp
