// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/schedule.h"

#include <algorithm>
#include <string>

#include "modules/core/error.h"

namespace pimvp::net {

namespace {

std::vector<std::vector<int>> consumers_of(const Graph& graph) {
    std::vector<std::vector<int>> consumers(graph.tensors.size());
    for (std::size_t n = 0; n < graph.nodes.size(); ++n)
        for (const int t : graph.nodes[n].inputs)
            consumers[static_cast<std::size_t>(t)].push_back(static_cast<int>(n));
    return consumers;
}

/// Convolutions are where their weights are; everything else follows its data: a merge goes to the path that
/// consumes it, a pool or an add stays where its first input was made.
void assign_paths(const Graph& graph, Mapping& mapping) {
    const auto consumers = consumers_of(graph);
    for (std::size_t i = graph.nodes.size(); i-- > 0;) {
        if (graph.nodes[i].op != Op::merge) continue;
        const auto& users = consumers[static_cast<std::size_t>(graph.nodes[i].output)];
        if (!users.empty())
            mapping.nodes[i].path = mapping.nodes[static_cast<std::size_t>(users.front())].path;
    }
    std::vector<int> made_on(graph.tensors.size(), 0);
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
        const auto& node = graph.nodes[n];
        if (node.op != Op::conv && node.op != Op::merge)
            mapping.nodes[n].path = made_on[static_cast<std::size_t>(node.inputs[0])];
        made_on[static_cast<std::size_t>(node.output)] = mapping.nodes[n].path;
    }
}

int path_of_tensor(const Graph& graph, const Mapping& mapping, int tensor) {
    for (std::size_t n = 0; n < graph.nodes.size(); ++n)
        if (graph.nodes[n].output == tensor) return mapping.nodes[n].path;
    return 0;  // the network's input
}

/// Only a merge can read another path's buffer: any other node gets a copy of what it needs, made by an
/// identity merge on its own path, one per tensor and path.
void insert_copies(Graph& graph, Mapping& mapping) {
    std::vector<Node> nodes;
    std::vector<NodeMapping> mapped;
    std::vector<std::pair<std::pair<int, int>, int>> copies;  // (tensor, path) -> copy
    const Graph original = graph;
    const Mapping before = mapping;
    auto bring = [&](int tensor, int path) {
        for (const auto& [key, copy] : copies)
            if (key == std::make_pair(tensor, path)) return copy;
        Tensor local = original.tensor(tensor);
        local.name += "_on_path" + std::to_string(path);
        const int index = static_cast<int>(graph.tensors.size());
        Node node;
        node.name = local.name;
        node.op = Op::merge;
        node.inputs = {tensor};
        node.output = index;
        for (int c = 0; c < local.shape.c; ++c) {
            node.channels.push_back({0, c});
            node.requant.multiplier.push_back(1);
            node.requant.shift.push_back(0);
        }
        node.requant.low = local.type.lowest();
        node.requant.high = local.type.highest();
        graph.tensors.push_back(local);
        nodes.push_back(node);
        NodeMapping m;
        m.path = path;
        mapped.push_back(m);
        copies.push_back({{tensor, path}, index});
        return index;
    };
    for (std::size_t n = 0; n < original.nodes.size(); ++n) {
        Node node = original.nodes[n];
        if (node.op != Op::merge)
            for (int& t : node.inputs)
                if (path_of_tensor(original, before, t) != before.nodes[n].path)
                    t = bring(t, before.nodes[n].path);
        if (node.output == graph.output && before.nodes[n].path != 0)
            throw Error("network " + graph.name + ": its last layer " + node.name + " would end on path " +
                        std::to_string(before.nodes[n].path) + "; the scores leave from path 0");
        nodes.push_back(node);
        mapped.push_back(before.nodes[n]);
    }
    graph.nodes = nodes;
    mapping.nodes = mapped;
    for (std::size_t n = 0; n < mapping.nodes.size(); ++n)
        for (auto& tile : mapping.nodes[n].tiles) tile.node = static_cast<int>(n);
}

bool reads_other_path(const Graph& graph, const Mapping& mapping, int n) {
    const auto& node = graph.nodes[static_cast<std::size_t>(n)];
    return std::any_of(node.inputs.begin(), node.inputs.end(), [&](int t) {
        return path_of_tensor(graph, mapping, t) != mapping.nodes[static_cast<std::size_t>(n)].path;
    });
}

/// A path starts to work as soon as it can: what is ready to be exchanged is exchanged at once, all of it
/// together, and only then do the paths go on with what each has for itself.
std::vector<ScheduledNode> order_nodes(const Graph& graph, const Mapping& mapping) {
    std::vector<bool> ready(graph.tensors.size(), false), done(graph.nodes.size(), false);
    ready[static_cast<std::size_t>(graph.input)] = true;
    std::vector<ScheduledNode> order;
    int step = 0;
    auto runnable = [&](std::size_t n) {
        const auto& in = graph.nodes[n].inputs;
        return !done[n] &&
               std::all_of(in.begin(), in.end(), [&](int t) { return ready[static_cast<std::size_t>(t)]; });
    };
    auto finish = [&](std::size_t n, bool exchange) {
        done[n] = true;
        order.push_back({static_cast<int>(n), mapping.nodes[n].path, step, exchange});
    };
    while (order.size() < graph.nodes.size()) {
        std::vector<std::size_t> batch;
        for (std::size_t n = 0; n < graph.nodes.size(); ++n)
            if (runnable(n) && reads_other_path(graph, mapping, static_cast<int>(n))) batch.push_back(n);
        const bool exchange = !batch.empty();
        // Merges of a path's own tensors move data too: beside the others they cost no time of their own.
        for (std::size_t n = 0; n < graph.nodes.size() && exchange; ++n)
            if (runnable(n) && graph.nodes[n].op == Op::merge &&
                std::count(batch.begin(), batch.end(), n) == 0)
                batch.push_back(n);
        for (std::size_t n = 0; n < graph.nodes.size() && batch.empty(); ++n)
            if (runnable(n)) batch.push_back(n);
        for (const auto n : batch) finish(n, exchange);
        for (const auto n : batch) ready[static_cast<std::size_t>(graph.nodes[n].output)] = true;
        ++step;
    }
    return order;
}

/// First-fit allocation by lifetime. A step's tensors are all alive until its end, since its nodes may
/// overlap in time.
void allocate(Schedule& schedule, const Machine& machine) {
    const auto& graph = schedule.graph;
    const std::size_t count = graph.tensors.size();
    std::vector<int> first(count, 0), last(count, 0), path(count, 0);
    for (const auto& item : schedule.order) {
        const auto& node = graph.nodes[static_cast<std::size_t>(item.node)];
        first[static_cast<std::size_t>(node.output)] = item.step;
        path[static_cast<std::size_t>(node.output)] = item.path;
        last[static_cast<std::size_t>(node.output)] =
            std::max(last[static_cast<std::size_t>(node.output)], item.step);
        for (const int t : node.inputs)
            last[static_cast<std::size_t>(t)] = std::max(last[static_cast<std::size_t>(t)], item.step);
    }
    last[static_cast<std::size_t>(graph.output)] = schedule.order.back().step + 1;
    first[static_cast<std::size_t>(graph.input)] = -1;

    std::vector<std::size_t> by_birth(count);
    for (std::size_t t = 0; t < count; ++t) by_birth[t] = t;
    std::stable_sort(by_birth.begin(), by_birth.end(), [&](auto a, auto b) { return first[a] < first[b]; });
    schedule.homes.assign(count, {});
    schedule.peak_bytes.assign(machine.paths.size(), 0);
    std::vector<std::size_t> placed;
    for (const auto t : by_birth) {
        auto& home = schedule.homes[t];
        home.path = path[t];
        home.row_bytes = row_bytes(graph.tensors[t]);
        const auto bytes = home.bytes(graph.tensors[t].shape);
        std::vector<std::pair<std::int64_t, std::int64_t>> taken;
        for (const auto o : placed)
            if (path[o] == path[t] && first[o] <= last[t] && first[t] <= last[o])
                taken.emplace_back(
                    schedule.homes[o].offset,
                    schedule.homes[o].offset + schedule.homes[o].bytes(graph.tensors[o].shape));
        std::sort(taken.begin(), taken.end());
        for (const auto& [from, to] : taken)
            if (home.offset + bytes > from) home.offset = std::max(home.offset, (to + 15) / 16 * 16);
        placed.push_back(t);
        const auto p = static_cast<std::size_t>(path[t]);
        schedule.peak_bytes[p] = std::max(schedule.peak_bytes[p], home.offset + bytes);
        if (schedule.peak_bytes[p] > machine.paths[p].buffer_bytes)
            throw Error("network " + graph.name + ": tensor " + graph.tensors[t].name +
                        " does not fit: path " + machine.paths[p].name + " needs " +
                        std::to_string(schedule.peak_bytes[p]) + " bytes of activation buffer, it has " +
                        std::to_string(machine.paths[p].buffer_bytes));
    }
}

}  // namespace

int row_bytes(const Tensor& tensor) {
    return (tensor.shape.w * tensor.shape.c * tensor.type.bits + 7) / 8;
}

Schedule schedule_network(const Graph& graph, const Machine& machine) {
    validate(graph);  // order_nodes() ends only if every input is made some time
    Schedule schedule;
    schedule.graph = graph;
    schedule.mapping = map_network(graph, machine);
    assign_paths(schedule.graph, schedule.mapping);
    insert_copies(schedule.graph, schedule.mapping);
    schedule.order = order_nodes(schedule.graph, schedule.mapping);
    allocate(schedule, machine);
    return schedule;
}

}  // namespace pimvp::net
