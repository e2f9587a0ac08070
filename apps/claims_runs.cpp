// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/claims_runs.h"

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "apps/child_process.h"
#include "apps/claims_scores.h"
#include "apps/import_options.h"
#include "apps/progress.h"
#include "apps/run_arguments.h"
#include "apps/system_choice.h"
#include "modules/core/error.h"

namespace pimvp {
namespace {

struct Task {
    const ClaimRun* run = nullptr;
    int seed = 0;  // 0: nominal
    RunFigures* figures = nullptr;
};

const std::string& images_of(const Task& task, const ClaimOptions& options) {
    if (!task.run->images.empty()) return task.run->images;
    return task.seed == 0 ? options.images : options.sample_images;
}

std::vector<std::string> words_of(const Task& task, const ClaimOptions& options) {
    std::vector<std::string> words = {
        options.executable, "run",     task.run->system, "--network", task.run->network,
        "--no-check",       "--quiet", "--json",         "-"};
    for (const std::string& assignment : task.run->set) words.insert(words.end(), {"--set", assignment});
    words.insert(words.end(), {"--images", images_of(task, options)});
    if (task.seed != 0) words.insert(words.end(), {"--param-seed", std::to_string(task.seed)});
    return words;
}

void take_result(const Task& task, const ClaimOptions& options, const ProcessEnd& end) {
    if (end.status != 0) {
        const std::string said = error_message(end);
        if (end.status == 2) throw Error(said);
        std::string command;
        const std::vector<std::string> words = words_of(task, options);
        for (std::size_t i = 1; i < words.size(); ++i) command += " " + words[i];
        throw std::runtime_error("pimvp" + command + " ended with " + end.text + (said.empty() ? "" : ": ") +
                                 said);
    }
    RunFigures figures = run_figures(end.output);
    figures.weight_bits = task.figures->weight_bits;
    figures.network = std::move(task.figures->network);
    figures.config = std::move(task.figures->config);
    *task.figures = std::move(figures);
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
    std::map<std::string, std::shared_ptr<const net::Graph>> networks;
    for (const ClaimRun& run : group.runs) {
        auto& network = networks[run.network];
        if (!network) network = std::make_shared<net::Graph>(load_network(find_network(run.network)));
        const std::int64_t bits = stored_bits(*network);
        const auto fill = [&](RunFigures& figures, std::optional<std::uint64_t> seed) {
            ConfigChanges changes;
            changes.seed = seed;
            changes.assignments = run.set;
            figures.config = choose_system(run.system, changes).config;
            figures.weight_bits = bits;
            figures.network = network;
        };
        fill(measurement.nominal[run.name], std::nullopt);
        for (std::size_t s = 0; s < measurement.samples.size(); ++s)
            fill(measurement.samples[s][run.name], s + 1);
    }
}

/// The run's own predictions must be among those of the executor.
void take_scores(const ClaimRun& run, const ClaimOptions& options, RunFigures& figures) {
    const ReferenceScores scores =
        reference_scores(run.network, options.images, options.jobs, options.progress);
    const std::int64_t offset =
        parse_images(run.images.empty() ? options.images : run.images).first - scores.first;
    for (std::size_t i = 0; i < figures.predictions.size(); ++i) {
        const std::int64_t at = offset + static_cast<std::int64_t>(i);
        if (at < 0 || at >= static_cast<std::int64_t>(scores.predictions.size())) continue;
        if (scores.predictions[static_cast<std::size_t>(at)] != figures.predictions[i])
            throw std::runtime_error(run.system + " with " + run.network + ": image " +
                                     std::to_string(at + scores.first) +
                                     " is not what the reference executor makes of it");
    }
    figures.predictions = scores.predictions;
    figures.labels = scores.labels;
    figures.accuracy = scores.accuracy;
}

RunFigures::Power power_figures(const nlohmann::json& in) {
    RunFigures::Power out;
    out.outages = in.at("outages");
    out.torn_backups = in.at("torn_backups");
    out.work_lost_max = in.at("work_lost_max");
    out.backup_share = in.at("backup_share");
    out.restore_share = in.at("restore_share");
    out.powered_s = in.at("powered_s");
    out.dead_s = in.at("dead_s");
    out.gave_up = !in.at("no_progress").is_null();
    return out;
}

}  // namespace

RunFigures run_figures(const std::string& text) {
    using nlohmann::json;
    try {
        const json in = json::parse(text);
        RunFigures out;
        out.images = in.at("images").at("count");
        const json& accuracy = in.at("accuracy");
        out.accuracy = accuracy.is_null() ? std::nan("") : accuracy.get<double>();
        out.predictions = in.at("predictions").get<std::vector<int>>();
        const json& energy = in.at("energy_j");
        out.energy_j = energy.at("per_inference");
        out.latency_s = in.at("latency_s").at("mean");
        out.simulated_s = in.at("load_s").get<double>() + in.at("span_s").get<double>();
        for (const json& layer : in.at("layers"))
            out.layers.push_back({layer.at("name"), layer.at("path"), layer.at("op"), layer.at("start_s"),
                                  layer.at("latency_s"),
                                  layer.at("energy_j").get<double>() / static_cast<double>(out.images),
                                  layer.at("macs")});
        out.event_energy_j = energy.at("by_event").get<std::map<std::string, double>>();
        out.load_energy_j = energy.at("load_by_event").get<std::map<std::string, double>>();
        out.counters = in.at("counters").get<std::map<std::string, std::uint64_t>>();
        out.block_area_m2 = in.at("area_m2").at("by_block").get<std::map<std::string, double>>();
        out.utilisation = in.at("utilisation").get<std::map<std::string, double>>();
        out.throughput = in.at("throughput_inferences_per_s");
        if (in.contains("power")) out.power = power_figures(in.at("power"));
        return out;
    } catch (const json::exception& error) {
        throw std::runtime_error(std::string("a simulation wrote no result that can be read: ") +
                                 error.what());
    }
}

Measurement measure(const ClaimGroup& group, const ClaimOptions& options) {
    Measurement measurement;
    measurement.samples.resize(static_cast<std::size_t>(options.samples));
    prepare(group, measurement);

    // The long ones first, so that none is left alone at the end.
    std::vector<Task> tasks;
    for (const ClaimRun& run : group.runs) tasks.push_back({&run, 0, &measurement.nominal.at(run.name)});
    for (int s = 0; s < options.samples && !group.reprice; ++s)
        for (const ClaimRun& run : group.runs)
            if (!run.once)
                tasks.push_back(
                    {&run, s + 1, &measurement.samples[static_cast<std::size_t>(s)].at(run.name)});

    std::int64_t images = 0;
    for (const Task& task : tasks) images += count(images_of(task, options));
    Progress progress(images, options.progress);
    std::int64_t done = 0;
    Processes processes;
    processes.count = tasks.size();
    processes.at_a_time = options.jobs;
    processes.words = [&](std::size_t i) { return words_of(tasks[i], options); };
    processes.ended = [&](std::size_t i, const ProcessEnd& end) {
        take_result(tasks[i], options, end);
        done += count(images_of(tasks[i], options));
        progress.update(done);
    };
    run_processes(processes);
    for (const ClaimRun& run : group.runs)
        if (run.scored) take_scores(run, options, measurement.nominal.at(run.name));
    for (const ClaimRun& run : group.runs)
        if (run.once)
            for (Measured& sample : measurement.samples)
                sample.at(run.name) = measurement.nominal.at(run.name);
    if (group.reprice)
        for (Measured& sample : measurement.samples)
            for (auto& [name, figures] : sample)
                figures = group.reprice(measurement.nominal.at(name), figures.config);
    return measurement;
}

}  // namespace pimvp
