// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// A harvested SOT-MRAM platform whose power is cut again and again, at random instants or in the middle of a
// backup, a restore or a write: every output beside that of an uninterrupted run, work lost beside what the
// policy allows.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <systemc>

#include "apps/run_arguments.h"
#include "apps/work.h"
#include "modules/core/error.h"
#include "modules/core/output_file.h"
#include "platforms/common/si_text.h"
#include "platforms/common/text_table.h"
#include "testbenches/cut_campaign.h"
#include "testbenches/cut_network.h"
#include "testbenches/run_bench.h"

namespace {

using namespace pimvp;
using nlohmann::json;

constexpr std::size_t drawn_images = 16;

struct Options {
    CutOptions cuts;
    RunArguments run;
    std::string json;
};

json result_json(const Options& o, const std::string& network, const CutResult& r, double wall_s) {
    const auto share = [&](double part) { return r.taken_j > 0 ? part / r.taken_j : 0.0; };
    const auto faults = r.faults();
    nlohmann::json out = {{"schema", 1},
                          {"testbench", "power_cuts"},
                          {"platform", o.run.system},
                          {"network", network},
                          {"policy", o.cuts.policy},
                          {"commit_every", o.cuts.commit_every},
                          {"target", o.cuts.target},
                          {"seed", o.cuts.seed},
                          {"settings", o.cuts.settings},
                          {"ok", faults.empty()},
                          {"faults", faults},
                          {"cuts", r.cuts},
                          {"other_cuts", r.other_cuts},
                          {"mean_interval_s", r.interval_s},
                          {"frames", r.frames},
                          {"outputs_differ", r.outputs_differ},
                          {"work_lost_max", r.work_lost_max},
                          {"work_lost_allowed", r.work_lost_allowed ? json(*r.work_lost_allowed) : json()},
                          {"went_back", r.went_back},
                          {"outages", r.outages},
                          {"warnings", r.warnings},
                          {"restores", r.restores},
                          {"commits", r.commits},
                          {"torn_backups", r.torn_backups},
                          {"steps", r.steps},
                          {"steps_lost", r.steps_lost},
                          {"steps_per_frame", r.frame_steps},
                          {"steps_unexplained", r.steps_unexplained()},
                          {"forward_progress", r.forward_progress()},
                          {"backup_share", share(r.backup_j)},
                          {"restore_share", share(r.restore_j)},
                          {"taken_j", r.taken_j},
                          {"powered_s", r.powered_s},
                          {"dead_s", r.dead_s},
                          {"no_progress", r.no_progress.empty() ? json() : json(r.no_progress)}};
    out["simulation"] = {{"wall_s", wall_s}, {"processes", r.processes}};
    return out;
}

void print(const CutOptions& o, const CutResult& r, const json& out) {
    using Align = TextTable::Align;
    const auto percent = [&](const char* key) {
        char text[32];
        std::snprintf(text, sizeof text, "%.2f %%", 100 * out[key].get<double>());
        return std::string(text);
    };
    TextTable table({{"", Align::left}, {"", Align::right}});
    const auto add = [&](const char* what, const auto& n) { table.add({what, std::to_string(n)}); };
    add("cuts", r.cuts);
    if (o.target != "uniform") add("other cuts between them", r.other_cuts);
    add("frames", r.frames);
    add("frames with other outputs", r.outputs_differ);
    add("steps lost by one cut, at most", r.work_lost_max);
    table.add({"allowed", r.work_lost_allowed ? std::to_string(*r.work_lost_allowed) : "a frame"});
    add("restores", r.restores);
    add("torn backups", r.torn_backups);
    add("commits", r.commits);
    if (r.warnings != 0) add("warnings", r.warnings);
    add("steps", r.steps);
    add("of these lost", r.steps_lost);
    table.add({"forward progress", percent("forward_progress")});
    table.add({"energy of backups", percent("backup_share")});
    table.add({"energy of restores", percent("restore_share")});
    table.add({"time with power", si_text(r.powered_s, "s")});
    table.add({"time without", si_text(r.dead_s, "s")});
    if (r.interval_s > 0) table.add({"mean time between cuts at random", si_text(r.interval_s, "s")});
    table.add({"wall time", si_text(out["simulation"]["wall_s"].get<double>(), "s")});
    std::cout << "power_cuts " << o.policy << ", " << o.target << ", network "
              << out["network"].get<std::string>() << "\n"
              << table.text();
    if (!r.no_progress.empty()) std::cout << "\ngiven up: " << r.no_progress << "\n";
    for (const auto& fault : r.faults()) std::cout << "\nnot as it must be: " << fault << "\n";
}

int run(Options& o) {
    if (!o.json.empty() && o.json != "-") require_writable(o.json);
    // That a simulation was stopped is no news; standard output is for the result.
    sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    const auto choice = choose_system(o.run.system, {});
    net::Graph network;
    net::Dataset images;
    if (o.run.network.empty()) {
        network = cut_network(o.cuts.seed);
        images = net::draw_images(network.tensor(network.input).shape, drawn_images, o.cuts.seed);
    } else {
        auto work = load_work(o.run, choice.config);
        network = std::move(work.network);
        images = std::move(work.dataset);
    }
    const auto start = std::chrono::steady_clock::now();
    const CutResult result = run_cuts(choice.config, network, images, o.cuts);
    const double wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const json out = result_json(o, network.name, result, wall_s);
    if (o.json != "-") print(o.cuts, result, out);
    write_result(o.json, out.dump(2) + "\n");
    return result.faults().empty() ? 0 : 1;
}

}  // namespace

int sc_main(int argc, char** argv) {
    CLI::App app("Cuts the power of a harvested SOT-MRAM platform, and compares what comes out.",
                 "power_cuts");
    Options o;
    o.run.system = "mram:harvested";
    app.get_formatter()->column_width(42);
    app.add_option("--cuts", o.cuts.cuts, "how many")
        ->check(CLI::Range(1, 100000000))
        ->option_text("N (default: 1000)");
    app.add_option("--policy", o.cuts.policy, "what is committed when (resumable.policy)")
        ->check(CLI::IsMember({"volatile", "checkpoint", "nv-accumulator", "warned"}))
        ->option_text("WHICH (default: nv-accumulator)");
    app.add_option("--commit-every", o.cuts.commit_every,
                   "checkpoint: array steps between commits; 0: layers")
        ->check(CLI::Range(0, 1000000000))
        ->option_text("N (default: 0)");
    app.add_option("--target", o.cuts.target, "instants: uniform, or within a backup, restore or write")
        ->check(CLI::IsMember({"uniform", "backup", "restore", "write"}))
        ->option_text("WHICH (default: uniform)");
    app.add_option("--seed", o.cuts.seed, "of instants, torn bits and the drawn network")
        ->option_text("N (default: 1)");
    app.add_option("--network", o.run.network, "instead of a small drawn one")->option_text("NAME|FILE");
    app.add_option("--images", o.run.images, "of the network's data set, in turn")
        ->option_text("A..B (default: 0..9)");
    app.add_option("--set", o.cuts.settings, "set a parameter of the platform; repeatable")
        ->allow_extra_args(false)
        ->option_text("KEY=VALUE");
    app.add_option("--json", o.json, "the result as JSON; - for standard output, without the report")
        ->option_text("FILE|-");
    app.footer(
        "Exit status: 0 outputs, lost work and progress are as they must be, 1 they are not, 2 bad input.");
    return pimvp::run_bench(app, "power_cuts", argc, argv, [&] { return run(o); });
}
