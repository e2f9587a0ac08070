// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/common/gather.h"

#include <algorithm>
#include <map>

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
    Zeptojoules load_leakage = account.energy(Activity::load);
    for (Account::EventId e = 0; e < account.events(); ++e) {
        const std::string& event = account.event_name(e);
        block.counters[event] = account.total(e);
        if (account.price_zj(e) == 0) continue;
        block.by_event[event] = account.event_energy(e);
        const Zeptojoules load = Zeptojoules{account.total(e, Activity::load)} * account.price_zj(e);
        block.load_by_event[event] = load;
        load_leakage -= load;
    }
    if (account.leakage_zj_per_ps() != 0) {
        block.by_event["leakage"] = account.leakage_energy();
        block.load_by_event["leakage"] = load_leakage;
    }
    for (const auto& component : account.area_components())
        block.by_component[component.name] += component.area;
    return block;
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

void gather(RunResult& result, const SystemParts& parts, const CompiledNetwork& network,
            const LayerTimes& times, const Timeline& timeline, bool host_included) {
    struct Counted {
        Account* account;
        bool counted;
    };
    std::vector<Counted> accounts = {{&parts.host->account(), host_included}};
    for (const auto& part : parts.parts)
        for (auto* account : part.accounts) accounts.push_back({account, true});

    const auto& by_activity = timeline.time_ps();
    std::vector<Zeptojoules> energy(network.layers.size() + Activity::first_layer, 0);
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

    for (std::size_t k = 0; k < network.layers.size(); ++k) {
        const auto& info = network.layers[k];
        const auto& time = times.layer(k);
        const auto mean = [&](std::int64_t total_ps) { return time.runs == 0 ? 0 : total_ps / time.runs; };
        const auto duration = [](std::int64_t ps) { return Duration::si(static_cast<double>(ps) * 1e-12); };
        LayerResult layer;
        layer.name = info.name;
        layer.op = op_name(network.graph.nodes[static_cast<std::size_t>(info.node)].op);
        layer.macs = info.macs;
        layer.cycles = mean(time.total_ps) / parts.period.ps;
        layer.latency = duration(mean(time.total_ps));
        layer.start = duration(mean(time.start_ps));
        layer.loading = duration(mean(time.loading_ps));
        layer.energy = energy[static_cast<std::size_t>(Activity::layer(static_cast<int>(k)))];
        layer.bound = stage_name(time.bound);
        result.layers.push_back(layer);
        result.macs += info.macs;
    }
}

}  // namespace pimvp
