// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/common/gather.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

namespace pimvp {

namespace {

const char* op_name(net::Op op) {
    switch (op) {
        case net::Op::conv:
            return "conv";
        case net::Op::max_pool:
            return "max_pool";
        case net::Op::average_pool:
            return "average_pool";
        case net::Op::add:
            return "add";
        case net::Op::multiply:
            return "multiply";
        case net::Op::merge:
            return "merge";
    }
    return "";
}

BlockResult report(const Account& account) {
    BlockResult block;
    block.name = account.block();
    block.energy = account.energy();
    block.area = account.area();
    for (Account::EventId e = 0; e < account.events(); ++e) {
        block.counters[account.event_name(e)] = account.total(e);
        if (account.price_zj(e) != 0) block.by_event[account.event_name(e)] = account.event_energy(e);
    }
    if (account.leakage_zj_per_ps() != 0) block.by_event["leakage"] = account.leakage_energy();
    for (const auto& component : account.area_components())
        block.by_component[component.name] += component.area;
    return block;
}

/// What is configured that may give other integers than the reference executor.
std::vector<std::string> non_ideal(const SystemParts& parts) {
    std::set<std::string> causes;
    for (const auto* path : parts.paths) {
        for (const auto& macro : path->sram)
            if (!macro->params().adc().lossless())
                causes.insert("sram_macro.adc_bits = " + std::to_string(macro->params().adc_bits));
        for (const auto& macro : path->edram) {
            const auto& params = macro->params();
            if (!params.adc().lossless())
                causes.insert("edram_macro.adc_bits = " + std::to_string(params.adc_bits));
            if (!params.retention.repair) causes.insert("edram_macro.repair = false");
            if (!params.refresh.enabled) causes.insert("refresh.enabled = false");
        }
    }
    return {causes.begin(), causes.end()};
}

}  // namespace

std::vector<LayerRecord> LayerTimes::add(const std::vector<LayerRecord>& commands, std::int64_t doorbell_ps) {
    struct Sum {
        std::int64_t start_ps = 0, end_ps = 0;
        std::map<Stage, std::int64_t> by_stage;
    };
    std::map<int, Sum> sums;  // by activity
    for (const auto& command : commands) {
        auto [found, first] = sums.try_emplace(command.activity);
        auto& sum = found->second;
        sum.start_ps = first ? command.start_ps : std::min(sum.start_ps, command.start_ps);
        sum.end_ps = std::max(sum.end_ps, command.end_ps);
        sum.by_stage[command.bound] += command.end_ps - command.start_ps;
    }
    std::vector<LayerRecord> records;
    for (const auto& [activity, sum] : sums) {
        const auto longest =
            std::max_element(sum.by_stage.begin(), sum.by_stage.end(),
                             [](const auto& a, const auto& b) { return a.second < b.second; });
        records.push_back({activity, sum.start_ps, sum.end_ps, longest->first});
        auto& layer = layers_[static_cast<std::size_t>(activity - Activity::first_layer)];
        layer.total_ps += sum.end_ps - sum.start_ps;
        layer.start_ps += sum.start_ps - doorbell_ps;
        const auto loading = sum.by_stage.find(Stage::copy);
        if (loading != sum.by_stage.end()) layer.loading_ps += loading->second;
        ++layer.runs;
        layer.bound = longest->first;
    }
    return records;
}

void gather(RunResult& result, SystemParts& parts, const net::Schedule& schedule, const net::Program& program,
            const LayerTimes& times, const Timeline& timeline, const Config& config) {
    struct Counted {
        Account* account;
        bool counted;
    };
    std::vector<Counted> accounts = {{&parts.host->account(), config.boolean("host.included")},
                                     {&parts.bus->account(), true},
                                     {&parts.dram->account(), true}};
    for (auto* path : parts.paths)
        for (auto* account : path->accounts()) accounts.push_back({account, true});

    const auto& by_activity = timeline.time_ps();
    std::vector<Zeptojoules> energy(program.layers.size() + Activity::first_layer, 0);
    for (const auto& [account, counted] : accounts) {
        for (std::size_t a = 0; a < by_activity.size(); ++a)
            account->add_leakage_time(by_activity[a], static_cast<int>(a));
        result.blocks.push_back(report(*account));
        result.blocks.back().counted = counted;
        if (!counted) continue;
        result.energy += account->energy();
        result.area += account->area();
        for (int a = 0; a < account->activities(); ++a)
            energy[static_cast<std::size_t>(a)] += account->energy(a);
    }
    result.load_energy = energy[Activity::load];
    result.idle_energy = energy[Activity::idle];
    result.io_energy = energy[Activity::io];

    const auto block = [&](const std::string& name) -> BlockResult& {
        for (auto& b : result.blocks)
            if (b.name == name) return b;
        throw std::logic_error("no block " + name);
    };
    for (std::size_t p = 0; p < parts.paths.size(); ++p) {
        const auto fill = [&](const auto& macros) {
            for (std::size_t m = 0; m < macros.size(); ++m) {
                const auto& params = macros[m]->params();
                auto& b = block(macros[m]->name());
                b.utilisation = static_cast<double>(schedule.mapping.cells_in_use[p][m]) /
                                (static_cast<double>(params.rows) * params.columns);
                if (result.span.si() > 0)
                    b.busy = static_cast<double>(macros[m]->counters().access_cycles) *
                             params.period.duration().si() / result.span.si();
            }
        };
        fill(parts.paths[p]->sram);
        fill(parts.paths[p]->edram);
    }

    const auto period_ps = Period::of(config.duration("sequencer.period")).ps;
    for (std::size_t k = 0; k < program.layers.size(); ++k) {
        const auto& info = program.layers[k];
        const auto& mapped = schedule.mapping.nodes[static_cast<std::size_t>(info.node)];
        const auto& time = times.layer(k);
        LayerResult layer;
        layer.name = info.name;
        layer.op = op_name(schedule.graph.nodes[static_cast<std::size_t>(info.node)].op);
        layer.path = parts.paths[static_cast<std::size_t>(info.path)]->prefix;
        layer.macs = info.macs;
        const auto mean_ps = time.runs == 0 ? 0 : time.total_ps / time.runs;
        layer.cycles = mean_ps / period_ps;
        layer.latency = Duration::si(static_cast<double>(mean_ps) * 1e-12);
        const auto start_ps = time.runs == 0 ? 0 : time.start_ps / time.runs;
        layer.start = Duration::si(static_cast<double>(start_ps) * 1e-12);
        layer.energy = energy[static_cast<std::size_t>(Activity::layer(static_cast<int>(k)))];
        layer.utilisation = mapped.utilisation;
        layer.dense_utilisation = mapped.dense_utilisation;
        layer.bound = stage_name(time.bound);
        layer.resident = mapped.resident;
        layer.passes = static_cast<int>(mapped.passes.size());
        const auto loading_ps = time.runs == 0 ? 0 : time.loading_ps / time.runs;
        layer.loading = Duration::si(static_cast<double>(loading_ps) * 1e-12);
        layer.tiles = static_cast<int>(mapped.tiles.size());
        result.layers.push_back(layer);
        result.macs += info.macs;
    }
    result.config = config.non_default();
    result.seed = static_cast<std::uint64_t>(config.integer("edram_macro.seed"));
    result.non_ideal = non_ideal(parts);
}

}  // namespace pimvp
