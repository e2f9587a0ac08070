// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/common/report_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

namespace pimvp {
namespace {

using nlohmann::json;

json or_null(const std::optional<double>& value) {
    return value ? json(*value) : json();
}

/// Energies by the same keys twice: joules for reading, zeptojoules for adding up.
struct Energies {
    json j = json::object(), zj = json::object();
    void add(const std::string& key, Zeptojoules energy) {
        j[key] = joules(energy);
        zj[key] = decimal_text(energy);
    }
};

json latency(const RunResult& r) {
    json out = {{"mean", r.mean_latency().si()}, {"min", 0.0}, {"max", 0.0}};
    if (r.latency.empty()) return out;
    const auto [low, high] = std::minmax_element(r.latency.begin(), r.latency.end());
    out["min"] = low->si();
    out["max"] = high->si();
    return out;
}

json layer(const LayerResult& l) {
    return {{"name", l.name},
            {"op", l.op},
            {"path", l.path},
            {"macs", l.macs},
            {"cycles", l.cycles},
            {"start_s", l.start.si()},
            {"latency_s", l.latency.si()},
            {"energy_j", joules(l.energy)},
            {"utilisation", l.utilisation},
            {"dense_utilisation", l.dense_utilisation},
            {"bound", l.bound},
            {"resident", l.resident},
            {"loading_s", l.loading.si()},
            {"tiles", l.tiles},
            {"passes", l.passes}};
}

void add_energy(const RunResult& r, json& out) {
    Energies totals, blocks, events, load_events, others;
    totals.add("total", r.energy);
    totals.add("load", r.load_energy);
    totals.add("idle", r.idle_energy);
    totals.add("io", r.io_energy);
    for (const BlockResult& block : r.blocks) {
        (block.counted ? blocks : others).add(block.name, block.energy);
        if (!block.counted) continue;
        for (const auto& [event, energy] : block.by_event) events.add(block.name + "." + event, energy);
        for (const auto& [event, energy] : block.load_by_event)
            load_events.add(block.name + "." + event, energy);
    }
    json layers = json::array();
    for (const LayerResult& l : r.layers) layers.push_back(decimal_text(l.energy));

    totals.j["per_inference"] = r.energy_per_inference().si();
    totals.j["by_block"] = blocks.j;
    totals.j["by_event"] = events.j;
    totals.j["load_by_event"] = load_events.j;
    totals.j["not_counted"] = others.j;
    totals.zj["by_block"] = blocks.zj;
    totals.zj["by_event"] = events.zj;
    totals.zj["load_by_event"] = load_events.zj;
    totals.zj["by_layer"] = layers;
    totals.zj["not_counted"] = others.zj;
    out["energy_j"] = totals.j;
    out["energy_zj"] = totals.zj;
}

void add_blocks(const RunResult& r, json& out) {
    json by_block = json::object(), by_component = json::object(), not_counted = json::object();
    json utilisation = json::object(), busy = json::object(), counters = json::object();
    for (const BlockResult& block : r.blocks) {
        (block.counted ? by_block : not_counted)[block.name] = block.area.si();
        if (block.counted)
            for (const auto& [component, area] : block.by_component)
                by_component[block.name + "." + component] = area.si();
        if (block.utilisation) utilisation[block.name] = *block.utilisation;
        if (block.busy) busy[block.name] = *block.busy;
        for (const auto& [name, n] : block.counters) counters[block.name + "." + name] = n;
    }
    out["area_m2"] = {{"total", r.area.si()},
                      {"by_block", by_block},
                      {"by_component", by_component},
                      {"not_counted", not_counted}};
    if (const ArrayUse use = r.array_use(); use.count > 0)
        out["arrays"] = {{"count", use.count},
                         {"in_use", use.in_use},
                         {"area_m2", use.area.si()},
                         {"area_in_use_m2", use.area_in_use.si()},
                         {"idle_leakage_j", joules(use.idle_leakage)}};
    out["utilisation"] = utilisation;
    out["busy"] = busy;
    out["counters"] = counters;
}

json power(const PowerReport& p) {
    const double taken = joules(p.taken);
    const auto share = [&](Zeptojoules part) { return taken > 0 ? joules(part) / taken : 0.0; };
    return {{"policy", p.policy},
            {"outages", p.outages},
            {"injected_cuts", p.injected_cuts},
            {"aimed_cuts", p.aimed_cuts},
            {"warnings", p.warnings},
            {"restores", p.restores},
            {"commits", p.commits},
            {"torn_backups", p.torn_backups},
            {"steps", p.steps},
            {"steps_lost", p.steps_lost},
            {"work_lost_max", p.work_lost_max},
            {"work_lost_allowed", p.work_lost_allowed ? json(*p.work_lost_allowed) : json()},
            {"forward_progress", p.forward_progress()},
            {"harvested_j", joules(p.harvested)},
            {"taken_j", taken},
            {"torn_j", joules(p.torn)},
            {"wasted_j", joules(p.wasted)},
            {"leaked_j", joules(p.leaked)},
            {"cut_j", joules(p.cut)},
            {"initial_j", joules(p.initial)},
            {"unpaid_j", joules(p.unpaid)},
            {"stored_j", joules(p.stored)},
            {"backup_share", share(p.backup)},
            {"restore_share", share(p.restore)},
            {"powered_s", p.powered.si()},
            {"dead_s", p.dead.si()},
            {"no_progress", p.no_progress.empty() ? json() : json(p.no_progress)}};
}

}  // namespace

std::string decimal_text(Zeptojoules zj) {
    if (zj == 0) return "0";
    const bool negative = zj < 0;
    std::string digits;
    for (; zj != 0; zj /= 10) {
        const int digit = static_cast<int>(zj % 10);
        digits += static_cast<char>('0' + (digit < 0 ? -digit : digit));
    }
    if (negative) digits += '-';
    std::reverse(digits.begin(), digits.end());
    return digits;
}

std::string report_json(const RunResult& r) {
    json out = {{"schema", 1},
                {"version", version()},
                {"platform", r.platform},
                {"variant", r.variant},
                {"network", r.network},
                {"network_file", r.network_file},
                {"network_options", r.network_options},
                {"dataset", r.dataset},
                {"images", {{"first", r.first_image}, {"last", r.last_image}, {"count", r.count()}}},
                {"shape_only", r.shape_only},
                {"accuracy", or_null(r.accuracy())},
                {"predictions", r.predictions},
                {"bit_exact", r.bit_exact ? json(*r.bit_exact) : json()},
                {"first_mismatch", r.first_mismatch.empty() ? json() : json(r.first_mismatch)},
                {"non_ideal", r.non_ideal},
                {"latency_s", latency(r)},
                {"span_s", r.span.si()},
                {"load_s", r.load_time.si()},
                {"throughput_inferences_per_s", r.throughput()},
                {"macs_per_inference", r.macs},
                {"seed", r.seed},
                {"config", r.config}};
    const double operations = 2.0 * static_cast<double>(r.macs);
    const double energy = r.energy_per_inference().si();
    out["ops_per_s"] = operations * r.throughput();
    out["ops_per_j"] = energy > 0 ? operations / energy : 0.0;
    add_energy(r, out);
    add_blocks(r, out);
    if (r.power) out["power"] = power(*r.power);
    for (const RtlResult& rtl : r.rtl)
        out["rtl"][rtl.block] = {
            {"operations", rtl.operations},
            {"cycles", rtl.cycles},
            {"differences", rtl.differences},
            {"first_difference", rtl.first_difference.empty() ? json() : json(rtl.first_difference)}};
    json layers = json::array();
    for (const LayerResult& l : r.layers) layers.push_back(layer(l));
    out["layers"] = layers;

    nlohmann::ordered_json ordered(out);
    ordered["simulation"] = {
        {"inferences_per_wall_s", r.wall_s > 0 ? static_cast<double>(r.count()) / r.wall_s : 0.0},
        {"peak_memory_bytes", r.peak_memory_bytes},
        {"wall_s", r.wall_s}};
    return ordered.dump(2) + "\n";
}

std::string version() {
    return PIMVP_VERSION;
}

}  // namespace pimvp
