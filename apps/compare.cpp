// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/compare.h"

#include <iostream>
#include <set>

#include "apps/child_process.h"
#include "apps/comparison.h"
#include "apps/output_file.h"
#include "apps/progress.h"
#include "apps/result_figure.h"
#include "apps/work.h"
#include "apps/work_options.h"
#include "modules/core/error.h"

namespace pimvp {
namespace {

/// What one of the systems runs with: the settings of all, and those that name it.
RunArguments arguments_of(const CompareArguments& args, const std::string& system) {
    RunArguments run = args.run;
    run.system = system;
    run.changes.set = param_set(run.param_set);
    run.changes.assignments.clear();
    for (const std::string& assignment : args.run.changes.assignments) {
        std::string owner;
        for (const std::string& name : args.systems)
            if (assignment.compare(0, name.size() + 1, name + ".") == 0) owner = name;
        if (owner.empty())
            run.changes.assignments.push_back(assignment);
        else if (owner == system)
            run.changes.assignments.push_back(assignment.substr(owner.size() + 1));
    }
    return run;
}

SystemChoice choose(const RunArguments& run) {
    try {
        return choose_system(run.system, run.changes);
    } catch (const Error& error) {
        throw Error(run.system + ": " + error.what());
    }
}

bool fits(const SystemChoice& system, const net::Graph& network) {
    try {
        system.platform->placement(system.config, network);
        return true;
    } catch (const Error&) {
        return false;
    }
}

/// The first system's own network that all can run, or that of the first.
std::string common_network(const CompareArguments& args, const std::vector<SystemChoice>& systems) {
    std::set<std::string> tried;
    for (std::size_t s = 0; s < systems.size(); ++s) {
        const std::string name = systems[s].config.text("platform.network");
        if (!tried.insert(name).second) continue;
        const net::Graph network = load_network(find_network(name), args.run.import);
        bool all = true;
        for (const SystemChoice& system : systems) all = all && fits(system, network);
        if (!all) continue;
        if (!args.run.quiet)
            std::cerr << "pimvp: all run " << name << ", what " << args.systems[s]
                      << " runs by default; --network names another\n";
        return name;
    }
    const std::string name = systems.front().config.text("platform.network");
    if (!args.run.quiet)
        std::cerr << "pimvp: none of these systems' own networks fits all of them; they run " << name
                  << ", what " << args.systems.front() << " runs by default; --network names another\n";
    return name;
}

ComparedSystem facts(const std::string& name, const Config& config) {
    ComparedSystem out;
    out.name = name;
    const std::string block = "technology.";
    for (const Param& param : config.params()) {
        if (!param.kind.empty()) ++out.parameters;
        if (param.kind == "assumed") ++out.assumed;
        if (param.spec.key.compare(0, block.size(), block) != 0) continue;
        out.technology[param.spec.key] = value_text(param);
        if (param.spec.key == "technology.supply") out.supply_source = param.source;
    }
    return out;
}

std::vector<std::string> words_of(const RunArguments& run) {
    std::vector<std::string> words = {"/proc/self/exe", "run", "--json", "-", "--quiet"};
    const std::vector<std::string> work = work_words(run);
    words.insert(words.end(), work.begin(), work.end());
    for (const std::string& assignment : run.changes.assignments)
        words.insert(words.end(), {"--set", assignment});
    return words;
}

void run_all(const CompareArguments& args, const std::vector<RunArguments>& runs,
             std::vector<ComparedSystem>& systems) {
    std::int64_t done = 0;
    Progress progress(static_cast<std::int64_t>(runs.size()), !args.run.quiet, "systems");
    Processes processes;
    processes.count = runs.size();
    processes.at_a_time = args.jobs;
    processes.words = [&](std::size_t s) { return words_of(runs[s]); };
    processes.ended = [&](std::size_t s, const ProcessEnd& end) {
        systems[s].result = end.output;  // tensors that differ end a run with 1, but its result is whole
        systems[s].error = printable(failure_message(end));
        ++done;
    };
    processes.tick = [&](int running) { progress.update(done, ", " + std::to_string(running) + " running"); };
    run_processes(processes);
}

}  // namespace

int compare_systems(const CompareArguments& args) {
    if (args.systems.size() < 2)
        throw Error("compare: expected two systems or more, found " + std::to_string(args.systems.size()));
    if (args.jobs < 1 || args.jobs > 256)
        throw Error("--jobs: expected 1..256, found " + std::to_string(args.jobs));
    const std::string& json = args.run.json;
    if (!json.empty() && json != "-") require_writable(json);

    std::vector<RunArguments> runs;
    std::vector<SystemChoice> choices;
    std::vector<ComparedSystem> systems;
    for (const std::string& name : args.systems) {
        runs.push_back(arguments_of(args, name));
        choices.push_back(choose(runs.back()));
        systems.push_back(facts(name, choices.back().config));
    }
    const std::string network = args.run.network.empty() ? common_network(args, choices) : args.run.network;
    for (RunArguments& run : runs) run.network = network;
    load_work(runs.front(), choices.front().config);  // what is wrong with it is wrong with it for all

    run_all(args, runs, systems);
    const Comparison comparison = compare(std::move(systems));
    if (!json.empty()) write_output(json, comparison_json(comparison));
    if (json != "-" && !args.run.quiet) write_output("-", comparison_text(comparison));
    for (const ComparedSystem& system : comparison.systems)
        if (!system.error.empty())
            std::cerr << "pimvp: error: " << system.name << ": " << system.error << "\n";
    for (const PredictionDifference& d : comparison.differences)
        std::cerr << "pimvp: error: " << d.system << ", image " << d.image << ": expected class "
                  << d.expected << " as of " << d.expected_by << ", found " << d.found << "\n";
    return comparison.good() ? 0 : 1;
}

}  // namespace pimvp
