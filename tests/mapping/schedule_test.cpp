// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "networks/executor.h"
#include "networks/tensor_bytes.h"
#include "tests/mapping/machines.h"
#include "tests/mapping/random_graph.h"
#include "tests/support/expect_error.h"

namespace pimvp::net::test {
namespace {

using pimvp::test::expect_error;

int path_where(const Schedule& schedule, int tensor) {
    return schedule.homes[static_cast<std::size_t>(tensor)].path;
}

void expect_good_order(const Schedule& schedule) {
    const Graph& graph = schedule.graph;
    ASSERT_EQ(schedule.order.size(), graph.nodes.size());
    std::set<int> made = {graph.input}, made_in_step;
    std::set<int> nodes;
    int step = -1;
    for (const auto& item : schedule.order) {
        ASSERT_TRUE(nodes.insert(item.node).second) << "a node runs twice";
        ASSERT_GE(item.step, step);
        if (item.step != step) made_in_step.clear();
        step = item.step;
        const Node& node = graph.nodes[static_cast<std::size_t>(item.node)];
        EXPECT_EQ(item.path, schedule.mapping.nodes[static_cast<std::size_t>(item.node)].path);
        EXPECT_EQ(item.path, path_where(schedule, node.output));
        bool reads_other = false;
        for (const int t : node.inputs) {
            EXPECT_EQ(made.count(t), 1u) << graph.tensor(t).name << " is used before it is made";
            EXPECT_EQ(made_in_step.count(t), 0u) << "nodes of one step depend on each other";
            reads_other = reads_other || path_where(schedule, t) != item.path;
        }
        EXPECT_TRUE(item.exchange || !reads_other);
        EXPECT_TRUE(!item.exchange || node.op == Op::merge)
            << "only merges run while others read the buffers";
        made.insert(node.output);
        made_in_step.insert(node.output);
    }
    EXPECT_EQ(path_where(schedule, graph.output), 0);
    for (const auto& tile_node : schedule.mapping.nodes)
        for (const auto& tile : tile_node.tiles)
            EXPECT_EQ(&schedule.mapping.nodes[static_cast<std::size_t>(tile.node)], &tile_node);
}

/// Runs the order on buffers whose bytes only know whose they are: nobody finds another's bytes in its
/// inputs, although all nodes of a step write before the first one reads.
void expect_nobody_is_overwritten(const Schedule& schedule, const Machine& machine) {
    const Graph& graph = schedule.graph;
    std::vector<std::vector<int>> owner;
    for (const auto& path : machine.paths)
        owner.emplace_back(static_cast<std::size_t>(path.buffer_bytes), -1);
    owner.emplace_back(static_cast<std::size_t>(schedule.spilled_bytes), -1);
    const auto own = [&](const TensorHome& home, std::int64_t size, auto action) {
        auto& bytes = home.in_memory ? owner.back() : owner[static_cast<std::size_t>(home.path)];
        ASSERT_LE(home.offset + size, static_cast<std::int64_t>(bytes.size()));
        for (std::int64_t i = 0; i < size; ++i) action(bytes[static_cast<std::size_t>(home.offset + i)]);
    };
    const auto span = [&](int tensor, auto action) {
        const auto& home = schedule.homes[static_cast<std::size_t>(tensor)];
        const auto& t = graph.tensor(tensor);
        const int bits = t.type.kind == Kind::bipolar ? 1 : t.type.bits;
        const int row = (t.shape.w * t.shape.c * bits + 7) / 8;
        ASSERT_EQ(home.row_bytes, row);
        own(home, std::int64_t{row} * t.shape.h, action);
    };
    const auto take = [&](int tensor) { span(tensor, [&](int& byte) { byte = tensor; }); };
    const auto holds = [&](int tensor) {
        bool good = true;
        span(tensor, [&](int& byte) { good = good && byte == tensor; });
        EXPECT_TRUE(good) << graph.tensor(tensor).name << " is overwritten while it is needed";
    };
    // Sums of a layer that runs in passes; they are nobody's after it.
    const auto sums = [&](int n, bool write) {
        const auto& home = schedule.sums[static_cast<std::size_t>(n)];
        int channels = 0;
        for (const auto& pass : schedule.mapping.nodes[static_cast<std::size_t>(n)].passes)
            if (!pass.finishes) channels = std::max(channels, pass.channels);
        EXPECT_EQ(home.path >= 0, channels > 0);
        if (channels == 0) return;
        const auto& shape = graph.tensor(graph.nodes[static_cast<std::size_t>(n)].output).shape;
        const int mark = 100000 + n;
        own(home, std::int64_t{4} * channels * shape.h * shape.w, [&](int& byte) {
            if (write) byte = mark;
            EXPECT_EQ(byte, mark) << "sums are overwritten";
        });
    };
    take(graph.input);
    for (std::size_t i = 0; i < schedule.order.size();) {
        std::size_t end = i;
        while (end < schedule.order.size() && schedule.order[end].step == schedule.order[i].step) ++end;
        const auto node = [&](std::size_t k) -> const Node& {
            return graph.nodes[static_cast<std::size_t>(schedule.order[k].node)];
        };
        for (std::size_t k = i; k < end; ++k) {
            take(node(k).output);
            sums(schedule.order[k].node, true);
        }
        for (std::size_t k = i; k < end; ++k) {
            sums(schedule.order[k].node, false);
            for (const int t : node(k).inputs) holds(t);
            holds(node(k).output);
        }
        i = end;
    }
    holds(graph.output);
    for (std::size_t p = 0; p < machine.paths.size(); ++p) {
        std::int64_t peak = 0;
        for (std::size_t b = 0; b < owner[p].size(); ++b)
            if (owner[p][b] >= 0) peak = static_cast<std::int64_t>(b) + 1;
        EXPECT_EQ(schedule.peak_bytes[p], peak);
    }
}

/// The copies change nothing: all tensors of the network have the values they had.
void expect_same_meaning(const Graph& graph, const Schedule& schedule, std::uint32_t seed) {
    const auto image = random_image(seed, graph.tensor(graph.input).shape);
    const auto before = execute(graph, image.data()), after = execute(schedule.graph, image.data());
    for (std::size_t t = 0; t < graph.tensors.size(); ++t) EXPECT_EQ(before[t], after[t]);
}

TEST(Schedule, RandomNetworksRunInOrderInTheirOwnBytes) {
    int exchanges = 0, scheduled = 0, spilled = 0;
    for (std::uint32_t seed = 0; seed < 150; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Random random(seed + 2000);
        RandomShape shape;
        shape.nodes = 10;
        shape.score_map = seed % 4 == 0;
        const Graph graph = random_graph(seed, shape);
        Machine machine = random_machine(random);
        for (auto& path : machine.paths) path.macros += 60;
        const auto schedule = schedule_network(graph, machine);
        expect_good_order(schedule);
        expect_nobody_is_overwritten(schedule, machine);
        if (HasFatalFailure()) return;
        expect_same_meaning(graph, schedule, seed);
        for (const auto& item : schedule.order) exchanges += item.exchange;
        ++scheduled;

        // One byte less is too little.
        for (std::size_t p = 0; p < machine.paths.size(); ++p) {
            if (schedule.peak_bytes[p] == 0) continue;
            Machine small = machine;
            small.paths[p].buffer_bytes = schedule.peak_bytes[p];
            EXPECT_EQ(schedule_network(graph, small).peak_bytes, schedule.peak_bytes);
            --small.paths[p].buffer_bytes;
            const auto& order = schedule.order;
            const bool alone = std::all_of(order.begin(), order.end(), [&](const ScheduledNode& item) {
                return item.path == order.front().path;
            });
            if (!alone) {
                expect_error([&] { schedule_network(graph, small); }, graph.name, "does not fit",
                             "path " + small.paths[p].name, "activation buffer");
                continue;
            }
            const auto spilling = schedule_network(graph, small);
            EXPECT_GT(spilling.spilled_bytes, 0);
            EXPECT_LE(spilling.peak_bytes[p], small.paths[p].buffer_bytes);
            expect_nobody_is_overwritten(spilling, small);
            ++spilled;
        }
    }
    EXPECT_EQ(scheduled, 150);
    EXPECT_GT(spilled, 20);
    EXPECT_GT(exchanges, 50);
}

TEST(Schedule, TwoBranchesMeetInAMerge) {
    // image -> conv (SRAM); image -> ternary conv (eDRAM); merge -> classifier (SRAM).
    Random random(1);
    GraphBuilder b({2, 6, 6});
    const auto u4 = integer_type(4, Kind::unsigned_integer);
    const auto s4 = integer_type(4, Kind::signed_integer), ternary = integer_type(2, Kind::ternary);
    const auto conv = [&](int input, const TensorType& weights, int kernel) {
        Node node = random_conv(random, b.graph, input, 4, kernel, kernel, weights);
        random_requant(random, node, 4, 0.01, u4);
        const auto& s = b.graph.tensor(input).shape;
        return b.append(node, {4, s.h - kernel + 1, s.w - kernel + 1}, u4);
    };
    const int left = conv(b.graph.input, s4, 3), right = conv(b.graph.input, ternary, 3);
    Node merge;
    merge.op = Op::merge;
    merge.inputs = {left, right};
    for (int c = 0; c < 8; ++c) merge.channels.push_back({c % 2, c / 2});
    merge.requant = {std::vector<std::int32_t>(8, 1), std::vector<int>(8, 0), 0, 15};
    const int both = b.append(merge, {8, 4, 4}, u4);
    b.append(random_conv(random, b.graph, both, 10, 4, 4, s4), {10, 1, 1}, accumulator_type());

    const auto schedule =
        schedule_network(b.graph, machine_of({sram_path(4, 64, 64), edram_path(2, 64, 64)}));
    ASSERT_EQ(schedule.graph.nodes.size(), 5u);
    struct Expected {
        std::string name;
        int path;
        bool exchange;
    };
    // The copy of the image comes first, so that both layers can run at the same time.
    const std::vector<Expected> expected = {{"image_on_path1", 1, true},
                                            {"node0", 0, false},
                                            {"node1", 1, false},
                                            {"node2", 0, true},
                                            {"node3", 0, false}};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const auto& item = schedule.order[i];
        EXPECT_EQ(schedule.graph.nodes[static_cast<std::size_t>(item.node)].name, expected[i].name);
        EXPECT_EQ(item.path, expected[i].path);
        EXPECT_EQ(item.exchange, expected[i].exchange);
    }
    // A second use on the same path takes the same copy.
    const auto copies = [&](const Graph& g) {
        return std::count_if(g.nodes.begin(), g.nodes.end(),
                             [](const Node& n) { return n.name.find("_on_path") != std::string::npos; });
    };
    EXPECT_EQ(copies(schedule.graph), 1);
}

TEST(Schedule, ANetworkOfOnePathStaysThere) {
    Random random(1);
    GraphBuilder b({2, 3, 3});
    b.append(random_conv(random, b.graph, b.graph.input, 4, 3, 3, integer_type(2, Kind::ternary)), {4, 1, 1},
             accumulator_type());
    const auto schedule =
        schedule_network(b.graph, machine_of({sram_path(2, 32, 32), edram_path(2, 32, 32)}));
    EXPECT_EQ(path_where(schedule, schedule.graph.input), 1);
    EXPECT_EQ(path_where(schedule, schedule.graph.output), 1);
    EXPECT_EQ(schedule.order.size(), 1u);
}

TEST(Schedule, AGraphThatNeverEndsIsRefused) {
    Random random(1);
    Graph graph = random_graph(1);
    graph.nodes[0].inputs[0] = graph.nodes.back().output;
    expect_error([&] { schedule_network(graph, machine_of({sram_path(9, 64, 64)})); }, graph.name, "node0");
}

TEST(Schedule, RowsArePackedToBytes) {
    EXPECT_EQ(row_bytes({"t", {3, 5, 7}, integer_type(1, Kind::unsigned_integer)}), 3);  // 21 bits
    EXPECT_EQ(row_bytes({"t", {3, 5, 8}, integer_type(4, Kind::signed_integer)}), 12);   // 96 bits
    EXPECT_EQ(row_bytes({"t", {10, 1, 1}, integer_type(32, Kind::signed_integer)}), 40);
}

}  // namespace
}  // namespace pimvp::net::test
