// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/schedule.h"

#include <algorithm>
#include <string>

#include "modules/core/error.h"
#include "networks/tensor_bytes.h"

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
    std::vector<int> made_on(graph.tensors.size(), 0);  // the input, as long as only pools and adds read it
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
        const auto& node = graph.nodes[n];
        if (node.op != Op::conv && node.op != Op::merge)
            mapping.nodes[n].path = made_on[static_cast<std::size_t>(node.inputs[0])];
        made_on[static_cast<std::size_t>(node.output)] = mapping.nodes[n].path;
    }
}

/// The input goes where all who read it are, or to path 0.
int path_of_input(const Graph& graph, const Mapping& mapping) {
    int path = -1;
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
        const auto& in = graph.nodes[n].inputs;
        if (std::count(in.begin(), in.end(), graph.input) == 0) continue;
        if (path >= 0 && mapping.nodes[n].path != path) return 0;
        path = mapping.nodes[n].path;
    }
    return std::max(path, 0);
}

int path_of_tensor(const Graph& graph, const Mapping& mapping, int tensor) {
    for (std::size_t n = 0; n < graph.nodes.size(); ++n)
        if (graph.nodes[n].output == tensor) return mapping.nodes[n].path;
    return path_of_input(graph, mapping);
}

/// Only a merge can read another path's buffer: any other node gets a copy of what it needs, made by an
/// identity merge on its own path, one per tensor and path.
void insert_copies(Graph& graph, Mapping& mapping) {
    const auto& first = mapping.nodes.front();
    const bool one_path = std::all_of(mapping.nodes.begin(), mapping.nodes.end(),
                                      [&](const NodeMapping& node) { return node.path == first.path; });
    if (one_path) return;
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

/// Something that needs bytes of a path's buffer from one step to another.
struct Tenant {
    std::string name;
    TensorHome* home;
    std::int64_t bytes;
    int path, first, last;
};

/// Lowest offset at which the tenant fits beside those placed before.
std::int64_t first_fit(const Tenant& tenant, const std::vector<Tenant>& placed, bool in_memory) {
    std::vector<std::pair<std::int64_t, std::int64_t>> taken;
    for (const auto& other : placed)
        if (other.home->in_memory == in_memory && other.path == tenant.path && other.first <= tenant.last &&
            tenant.first <= other.last)
            taken.emplace_back(other.home->offset, other.home->offset + other.bytes);
    std::sort(taken.begin(), taken.end());
    std::int64_t offset = 0;
    for (const auto& [from, to] : taken)
        if (offset + tenant.bytes > from) offset = std::max(offset, (to + 15) / 16 * 16);
    return offset;
}

std::vector<Tenant> tenants_of(Schedule& schedule) {
    const auto& graph = schedule.graph;
    std::vector<Tenant> tenants;
    for (std::size_t t = 0; t < graph.tensors.size(); ++t) {
        auto& home = schedule.homes[t];
        home.path = path_of_tensor(graph, schedule.mapping, static_cast<int>(t));
        home.row_bytes = row_bytes(graph.tensors[t]);
        tenants.push_back(
            {"tensor " + graph.tensors[t].name, &home, home.bytes(graph.tensors[t].shape), home.path, 0, 0});
    }
    for (const auto& item : schedule.order) {
        const auto& node = graph.nodes[static_cast<std::size_t>(item.node)];
        auto& output = tenants[static_cast<std::size_t>(node.output)];
        output.first = item.step;
        output.last = std::max(output.last, item.step);
        for (const int t : node.inputs) {
            auto& input = tenants[static_cast<std::size_t>(t)];
            input.last = std::max(input.last, item.step);
        }
    }
    tenants[static_cast<std::size_t>(graph.output)].last = schedule.order.back().step + 1;
    tenants[static_cast<std::size_t>(graph.input)].first = -1;
    for (const auto& item : schedule.order) {
        const auto n = static_cast<std::size_t>(item.node);
        int channels = 0;
        for (const auto& pass : schedule.mapping.nodes[n].passes)
            if (!pass.finishes) channels = std::max(channels, pass.channels);
        if (channels == 0) continue;
        const auto& shape = graph.tensor(graph.nodes[n].output).shape;
        auto& home = schedule.sums[n];
        home.path = item.path;
        tenants.push_back({"sums of layer " + graph.nodes[n].name, &home,
                           std::int64_t{4} * channels * shape.h * shape.w, item.path, item.step, item.step});
    }
    return tenants;
}

/// First-fit allocation by lifetime. A step's tensors are all alive until its end, since its nodes may
/// overlap in time. Memory is shared by the paths and its accesses are not put in order between them: only a
/// path that works alone may spill.
void allocate(Schedule& schedule, const Machine& machine) {
    schedule.homes.assign(schedule.graph.tensors.size(), {});
    schedule.sums.assign(schedule.graph.nodes.size(), {});
    schedule.peak_bytes.assign(machine.paths.size(), 0);
    const bool alone =
        std::all_of(schedule.order.begin(), schedule.order.end(),
                    [&](const ScheduledNode& item) { return item.path == schedule.order.front().path; });
    auto tenants = tenants_of(schedule);
    std::stable_sort(tenants.begin(), tenants.end(),
                     [](const Tenant& a, const Tenant& b) { return a.first < b.first; });
    std::vector<Tenant> placed;
    for (auto& tenant : tenants) {
        const auto& path = machine.paths[static_cast<std::size_t>(tenant.path)];
        tenant.home->offset = first_fit(tenant, placed, false);
        const auto end = tenant.home->offset + tenant.bytes;
        auto& peak = schedule.peak_bytes[static_cast<std::size_t>(tenant.path)];
        if (end <= path.buffer_bytes) {
            peak = std::max(peak, end);
        } else if (alone) {
            tenant.home->in_memory = true;
            tenant.home->offset = first_fit(tenant, placed, true);
            schedule.spilled_bytes = std::max(schedule.spilled_bytes, tenant.home->offset + tenant.bytes);
        } else {
            throw Error("network " + schedule.graph.name + ": " + tenant.name + " does not fit: path " +
                        path.name + " needs " + std::to_string(end) + " bytes of activation buffer, it has " +
                        std::to_string(path.buffer_bytes) +
                        "; only a network whose layers are all on one path may keep tensors in memory");
        }
        placed.push_back(tenant);
    }
}

}  // namespace

Schedule schedule_network(const Graph& graph, const Machine& machine) {
    if (graph.nodes.empty()) throw Error("network " + graph.name + ": no layers, nothing to run");
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
