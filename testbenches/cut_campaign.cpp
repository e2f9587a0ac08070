// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "testbenches/cut_campaign.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>

#include "modules/core/error.h"
#include "networks/executor.h"
#include "networks/program.h"
#include "networks/schedule.h"
#include "platforms/mram/platform.h"
#include "testbenches/in_child.h"

namespace pimvp {

namespace {

using nlohmann::json;

constexpr std::int64_t most_frames = 256;  // of one process

/// What is the same for all runs of a campaign.
struct Campaign {
    const Config& config;
    const net::Graph& network;
    const net::Dataset& images;
    const CutOptions& options;
    std::vector<std::vector<std::int32_t>> expected;  // scores by image
};

struct Span {
    double seconds = 0;
    std::int64_t steps = 0;  // of the arrays
};

/// A frame without cuts.
struct Calm {
    Span frame;
    double longest_layer_s = 0;
    std::string difference;
};

net::Dataset frames_of(const net::Dataset& images, std::int64_t first, std::int64_t frames) {
    net::Dataset data;
    data.name = images.name;
    data.shape = images.shape;
    data.integers = images.integers;
    const auto bytes = static_cast<std::ptrdiff_t>(images.shape.size());
    for (std::int64_t i = 0; i < frames; ++i) {
        const auto from = static_cast<std::size_t>(first + i) % images.count();
        const auto* image = images.image(from);
        data.pixels.insert(data.pixels.end(), image, image + bytes);
        data.labels.push_back(images.labels[from]);
    }
    return data;
}

/// Runs frames in a process of its own. The result as JSON, compared with what is expected.
json run_frames(const Campaign& c, const std::vector<std::string>& settings, std::int64_t first,
                std::int64_t frames) {
    Config config = c.config;
    for (const auto& setting : settings) config.set(setting);
    for (const auto& setting : c.options.settings) config.set(setting);
    const auto text = in_child([&] {
        RunOptions run;
        run.network = c.network;
        run.dataset = frames_of(c.images, first, frames);
        run.last_image = frames - 1;
        run.check = false;
        run.quantum_ps = c.options.quantum_ps;
        const RunResult result = mram::run(config, run);
        json out = {{"frames", result.count()}, {"differ", 0}, {"first_difference", ""}};
        for (std::size_t i = 0; i < result.count(); ++i) {
            const auto image = (static_cast<std::size_t>(first) + i) % c.images.count();
            if (result.scores[i] == c.expected[image]) continue;
            out["differ"] = out["differ"].get<std::int64_t>() + 1;
            if (out["differ"] == 1)
                out["first_difference"] = "image " + std::to_string(image) + " of frame " +
                                          std::to_string(first + static_cast<std::int64_t>(i));
        }
        double longest = 0;
        for (const auto& layer : result.layers) longest = std::max(longest, layer.latency.si());
        out["latency_s"] = result.count() == 0 ? 0.0 : result.mean_latency().si();
        out["longest_layer_s"] = longest;
        if (!result.power) return out.dump();
        const auto& p = *result.power;
        const auto cuts = p.aimed_cuts;
        out["aimed_cuts"] = cuts;
        out["random_cuts"] = p.injected_cuts - cuts;
        out["outages"] = p.outages;
        out["warnings"] = p.warnings;
        out["restores"] = p.restores;
        out["commits"] = p.commits;
        out["torn_backups"] = p.torn_backups;
        out["steps"] = p.steps;
        out["steps_lost"] = p.steps_lost;
        out["work_lost_max"] = p.work_lost_max;
        out["work_lost_allowed"] = p.work_lost_allowed.value_or(-1);
        out["went_back"] = p.went_back;
        out["taken_j"] = joules(p.taken);
        out["backup_j"] = joules(p.backup);
        out["restore_j"] = joules(p.restore);
        out["powered_s"] = p.powered.si();
        out["dead_s"] = p.dead.si();
        out["no_progress"] = p.no_progress;
        return out.dump();
    });
    const auto result = json::parse(text, nullptr, false);
    if (!result.is_object())
        throw std::runtime_error(text.empty() ? "a simulation ended without a result" : text);
    return result;
}

std::string ps_text(double seconds) {
    return std::to_string(std::max<long long>(1, std::llround(seconds * 1e12))) + " ps";
}

/// A supply that only an injected cut ends, and what the campaign chooses.
std::vector<std::string> base_settings(const CutOptions& o) {
    return {"platform.supply=harvested", "power.source=constant", "power.mean_power=1 W",
            "resumable.policy=" + o.policy, "resumable.commit_every=" + std::to_string(o.commit_every)};
}

std::vector<std::string> joined(std::vector<std::string> a, const std::vector<std::string>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

/// Other garbage in what is torn, and other instants.
std::vector<std::string> seeds(std::mt19937_64& random) {
    std::vector<std::string> all;
    for (const char* key : {"power.inject_seed", "resumable.seed", "mram_subarray.seed",
                            "activation_buffer.seed", "program_memory.seed", "memory.seed"})
        all.push_back(std::string(key) + "=" + std::to_string(random() % 1000000000));
    return all;
}

Calm calm_run(const Campaign& c) {
    for (const char* power : {"platform.supply=always-on", "platform.supply=harvested"}) {
        const json r = run_frames(c, joined(base_settings(c.options), {power}), 0, 1);
        if (r["differ"] != 0)
            return {{}, 0, "without cuts, " + r["first_difference"].get<std::string>() + ", " + power};
        if (!r.contains("steps")) continue;
        const Span frame{r["latency_s"].get<double>(), r["steps"].get<std::int64_t>()};
        return {frame, r["longest_layer_s"].get<double>(), ""};
    }
    throw std::logic_error("no run on a supply that may run out");
}

/// Time from turning on until the frame goes on.
double setup_s(const Campaign& c, const Calm& calm) {
    CutOptions o = c.options;
    o.policy = "nv-accumulator";  // loses nothing that would take time again
    const std::vector<std::string> one = {"power.give_up_after=1000000", "power.inject=uniform",
                                          "power.inject_interval=" + ps_text(calm.frame.seconds / 10),
                                          "power.inject_count=3"};
    const auto without = run_frames(c, base_settings(o), 0, 1);
    const auto with = run_frames(c, joined(base_settings(o), one), 0, 1);
    const auto restores = with["restores"].get<double>();
    if (restores < 1) return 0;
    return std::max(0.0, (with["powered_s"].get<double>() - without["powered_s"].get<double>()) / restores);
}

/// Windows of a restoration: the record, and every setup command. Throws Error for what does not fit.
std::int64_t restore_windows(const Campaign& c) {
    Config config = c.config;
    for (const auto& setting : joined(base_settings(c.options), c.options.settings)) config.set(setting);
    const auto machine = mram::machine(config, c.network);
    const auto schedule = net::schedule_network(c.network, machine);
    const auto program = net::compile(schedule, machine, net::default_address_map(machine.paths.size()));
    return 1 + program.paths[0].setup_commands;
}

/// Windows of writes between two commits, about: an access writes its inputs and each filter's result, and a
/// position's outputs are stored.
std::int64_t write_windows(const Campaign& c) {
    if (c.options.policy == "nv-accumulator") return 8;
    if (c.options.policy == "checkpoint" && c.options.commit_every != 0) return 8 + c.options.commit_every;
    const auto mapping = net::map_network(c.network, mram::machine(c.config, c.network));
    std::int64_t most = 8;
    for (std::size_t n = 0; n < c.network.nodes.size(); ++n) {
        const auto& shape = c.network.tensor(c.network.nodes[n].output).shape;
        std::int64_t position = 4 + shape.c / 8;
        for (const auto& tile : mapping.nodes[n].tiles) position += 1 + tile.filters;
        most = std::max(most, position * shape.h * shape.w);
    }
    return most;
}

/// Where cuts come.
struct Plan {
    double interval_s = 0;
    std::int64_t least_every = 1, most_every = 1;

    std::vector<std::string> settings(const CutOptions& o, std::int64_t cuts, std::mt19937_64& random) const {
        std::vector<std::string> all = {
            "power.inject=" + o.target, "power.inject_count=" + std::to_string(cuts),
            "power.give_up_after=" + std::string(o.policy == "volatile" ? "10" : "1000000")};
        const auto choices = static_cast<std::uint64_t>(most_every - least_every + 1);
        const auto every = least_every + static_cast<std::int64_t>(random() % choices);
        all.push_back("power.inject_every=" + std::to_string(every));
        if (interval_s > 0) all.push_back("power.inject_interval=" + ps_text(interval_s));
        if (o.policy == "warned") all.push_back("power.inject_warning=true");
        return joined(all, seeds(random));
    }
};

Plan plan_of(const Campaign& c, const Calm& calm, std::int64_t windows) {
    const auto& o = c.options;
    const double step = calm.frame.seconds / static_cast<double>(std::max<std::int64_t>(1, calm.frame.steps));
    double between = calm.frame.seconds / 50;  // commits
    if (o.policy == "checkpoint" && o.commit_every != 0)
        between =
            std::max(between, std::min(calm.longest_layer_s, step * 4 * static_cast<double>(o.commit_every)));
    const bool layers = o.policy == "checkpoint" && o.commit_every == 0;
    if (layers || (o.policy == "warned" && o.target != "uniform")) between = calm.longest_layer_s;
    Plan plan;
    const double interval = 2 * setup_s(c, calm) + 0.8 * between;
    // With a warning, there is something to back up.
    if (o.target == "uniform" || o.target == "restore" || o.policy == "warned") plan.interval_s = interval;
    // A volatile frame never lasts as long as a charge.
    if (o.policy == "volatile") plan.interval_s = std::min(interval, calm.frame.seconds / 10);
    if (o.target == "backup") {
        plan.least_every = 2;
        plan.most_every = 5;
    } else if (o.target == "restore") {
        plan.least_every = windows + 1;
        plan.most_every = 2 * windows + 1;
    } else if (o.target == "write") {
        plan.least_every = write_windows(c);
        plan.most_every = 2 * plan.least_every;
    }
    return plan;
}

void add(CutResult& sum, const json& run, bool aimed) {
    const auto count = [&](const char* key) { return run[key].get<std::uint64_t>(); };
    sum.cuts += count(aimed ? "aimed_cuts" : "random_cuts");
    if (aimed) sum.other_cuts += count("random_cuts");
    sum.outages += count("outages");
    sum.warnings += count("warnings");
    sum.restores += count("restores");
    sum.commits += count("commits");
    sum.torn_backups += count("torn_backups");
    sum.went_back += count("went_back");
    sum.frames += run["frames"].get<std::int64_t>();
    if (sum.outputs_differ == 0) sum.first_difference = run["first_difference"];
    sum.outputs_differ += run["differ"].get<std::int64_t>();
    sum.steps += run["steps"].get<std::int64_t>();
    sum.steps_lost += run["steps_lost"].get<std::int64_t>();
    sum.work_lost_max = std::max(sum.work_lost_max, run["work_lost_max"].get<std::int64_t>());
    const auto allowed = run["work_lost_allowed"].get<std::int64_t>();
    if (allowed >= 0) sum.work_lost_allowed = std::max(sum.work_lost_allowed.value_or(0), allowed);
    sum.taken_j += run["taken_j"].get<double>();
    sum.backup_j += run["backup_j"].get<double>();
    sum.restore_j += run["restore_j"].get<double>();
    sum.powered_s += run["powered_s"].get<double>();
    sum.dead_s += run["dead_s"].get<double>();
    sum.no_progress = run["no_progress"];
    ++sum.processes;
}

}  // namespace

double CutResult::forward_progress() const {
    return steps == 0 ? 1 : static_cast<double>(steps - steps_lost) / static_cast<double>(steps);
}

std::vector<std::string> CutResult::faults() const {
    std::vector<std::string> all;
    if (outputs_differ != 0)
        all.push_back(std::to_string(outputs_differ) + " frames have other outputs, the first is " +
                      first_difference);
    if (work_lost_allowed && work_lost_max > *work_lost_allowed)
        all.push_back("a cut lost " + std::to_string(work_lost_max) + " steps, allowed are " +
                      std::to_string(*work_lost_allowed));
    if (went_back != 0)
        all.push_back(std::to_string(went_back) + " commits or restores lay behind what was committed");
    if (no_progress.empty() && steps_unexplained() != 0)
        all.push_back(std::to_string(steps_unexplained()) + " steps more than frames and losses explain");
    return all;
}

CutResult run_cuts(const Config& config, const net::Graph& network, const net::Dataset& images,
                   const CutOptions& o) {
    Campaign c{config, network, images, o, {}};
    for (std::size_t i = 0; i < images.count(); ++i)
        c.expected.push_back(net::execute(
            network, net::input_integers(network, images.image(i),
                                         images.integers))[static_cast<std::size_t>(network.output)]);
    const auto windows = restore_windows(c);
    const Calm calm = calm_run(c);
    CutResult result;
    if (!calm.difference.empty()) {
        result.outputs_differ = 1;
        result.first_difference = calm.difference;
        return result;
    }
    const Plan plan = plan_of(c, calm, windows);
    std::mt19937_64 random(o.seed);
    result.frame_steps = calm.frame.steps;
    result.interval_s = plan.interval_s;
    const bool aimed = o.target != "uniform";
    // Several processes, as a seed chooses which windows are cut, too.
    const auto most = std::max<std::int64_t>(20, o.cuts / 10);
    std::int64_t first = 0, frames = 1;
    while (result.cuts < static_cast<std::uint64_t>(o.cuts) && result.no_progress.empty()) {
        const auto left = std::min(o.cuts - static_cast<std::int64_t>(result.cuts), most);
        add(result, run_frames(c, joined(base_settings(o), plan.settings(o, left, random)), first, frames),
            aimed);
        first += frames;
        // As many frames as the rest takes at the rate so far.
        const double each = static_cast<double>(result.cuts + 1) / static_cast<double>(first);
        const auto rest = std::min(o.cuts - static_cast<std::int64_t>(result.cuts), most);
        frames = std::clamp(static_cast<std::int64_t>(static_cast<double>(rest) / each), std::int64_t{1},
                            most_frames);
        if (first > 1000 + o.cuts * 10)
            throw Error("too few cuts happen: " + std::to_string(result.cuts) + " in " +
                        std::to_string(first) + " frames");
    }
    return result;
}

}  // namespace pimvp
