// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Layers whose zeros are not stored: what is left in the arrays is the network, and no more than it takes.
#include "networks/pruned_window.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "modules/core/error.h"
#include "networks/program.h"
#include "networks/row_operations.h"
#include "networks/schedule.h"
#include "tests/mapping/array_image.h"
#include "tests/mapping/machines.h"
#include "tests/mapping/random_graph.h"
#include "tests/support/expect_error.h"

namespace pimvp::net::test {
namespace {

using pimvp::test::expect_error;

const TensorType u8 = integer_type(8, Kind::unsigned_integer), s8 = integer_type(8, Kind::signed_integer),
                 u1 = integer_type(1, Kind::unsigned_integer), s16 = integer_type(16, Kind::signed_integer),
                 ternary = integer_type(2, Kind::ternary);

constexpr std::int64_t large_mask = 4608;

int filters_of(const Node& node) {
    return static_cast<int>(node.bias.size());
}
int filter_size(const Node& node) {
    return static_cast<int>(node.weights.size()) / filters_of(node);
}
std::int16_t& weight(Node& node, int filter, int element) {
    return node.weights[static_cast<std::size_t>(filter * filter_size(node) + element)];
}
void clear_filter(Node& node, int filter) {
    for (int e = 0; e < filter_size(node); ++e) weight(node, filter, e) = 0;
}
void clear_element(Node& node, int element) {
    for (int f = 0; f < filters_of(node); ++f) weight(node, f, element) = 0;
}
void fill(Node& node, int value) {
    std::fill(node.weights.begin(), node.weights.end(), static_cast<std::int16_t>(value));
}
/// Zeros as pruning leaves them, and sometimes nothing else.
void prune(Random& random, Graph& graph) {
    for (auto& node : graph.nodes) {
        if (node.weights.empty() || node.weight_type.kind == Kind::bipolar) continue;
        const int elements = random.one_of<int>({0, 30, 80, 100}),
                  filters = random.one_of<int>({0, 20, 60, 100});
        const bool bursts = random.chance(30);  // neighbours together
        bool clear = false;
        for (int e = 0; e < filter_size(node) && elements < 100; ++e) {
            if (!bursts || e % 5 == 0) clear = random.chance(elements);
            if (clear) clear_element(node, e);
        }
        for (int f = 0; f < filters_of(node) && filters < 100; ++f) {
            if (!bursts || f % 5 == 0) clear = random.chance(filters);
            if (clear) clear_filter(node, f);
        }
        if (elements == 100 && filters == 100) fill(node, 0);
    }
}

/// One convolution of equal weights, even ones, with 3 x 3 kernel.
Graph one_conv(int channels, int outputs, const TensorType& weights, const TensorType& output = u8,
               int side = 4) {
    Random random(3);
    GraphBuilder b({channels, side, side});
    Node node = random_conv(random, b.graph, b.graph.output, outputs, 3, 3, weights);
    fill(node, 2);
    if (output.bits < 32) random_requant(random, node, outputs, 0.01, output);
    b.append(std::move(node), {outputs, side - 2, side - 2}, output);
    return b.graph;
}

PathGeometry row_path(int macros, int rows, int columns) {
    auto path = path_of("mram", CellKind::row, macros, rows, columns);
    path.mask_bits = large_mask;
    return path;
}

PathGeometry random_path(Random& random, CellKind cell) {
    auto path = path_of("p", cell, random.between(2, 12), 8 * random.between(4, 9), 8 * random.between(4, 9));
    path.parameter_entries = 1 << 14;
    if (cell == CellKind::multilevel) {
        path.cell_bits = random.between(1, 4);
        path.least_weight_bits = random.one_of<int>({1, 8});
    }
    path.bipolar = cell == CellKind::bit && random.chance(50);
    if (cell == CellKind::row && random.chance(40)) path.filters_per_tile = random.between(1, 9);
    path.mask_bits = random.one_of<std::int64_t>({large_mask, large_mask, 40, 1});
    path.line_buffer_bytes = random.one_of<std::int64_t>({1 << 14, 300, 120, 60, 40});
    if (random.chance(60)) path.post_channels = 8 * random.between(1, 4);
    if (random.chance(30)) path.post_row_bytes = 32 * random.between(2, 9);
    return path;
}

void make_ternary(Graph& graph) {
    for (auto& node : graph.nodes) {
        if (node.weights.empty() || node.weight_type.kind == Kind::bipolar) continue;
        node.weight_type = ternary;
        for (auto& w : node.weights) w = static_cast<std::int16_t>(w > 0 ? 1 : w < 0 ? -1 : 0);
    }
}

/// Convolutions one after the other, with so many channels that they can be divided.
Graph random_chain(Random& random) {
    GraphBuilder b({8 * random.between(1, 5), random.between(3, 9), random.between(3, 9)});
    b.graph.tensors[0].type = random.one_of<TensorType>({u1, u8, integer_type(4, Kind::unsigned_integer)});
    for (int n = random.between(1, 3); n > 0; --n) {
        const Shape in = b.graph.tensor(b.graph.output).shape;
        const int outputs = 8 * random.between(1, 6), kernel_h = random.between(1, std::min(3, in.h)),
                  kernel_w = random.between(1, std::min(3, in.w));
        const TensorType weights = integer_type(random.one_of<int>({1, 2, 4, 8, 16}), Kind::signed_integer);
        const auto output = n == 1 ? accumulator_type() : random.one_of<TensorType>({u1, u8});
        Node node = random_conv(random, b.graph, b.graph.output, outputs, kernel_h, kernel_w, weights);
        if (output.bits < 32) random_requant(random, node, outputs, 0.01, output);
        b.append(std::move(node), {outputs, in.h - kernel_h + 1, in.w - kernel_w + 1}, output);
    }
    return b.graph;
}

void expect_pruned_networks(CellKind cell, std::map<std::string, int>& met) {
    for (std::uint32_t seed = 0; seed < 120; ++seed) {
        SCOPED_TRACE("cells " + std::to_string(int(cell)) + ", seed " + std::to_string(seed));
        Random random(seed + 1000);
        auto options = RandomGraphOptions::everything_on_hardware();
        options.wide_layers = seed % 4 == 0;
        Graph graph = seed % 2 == 0 ? random_graph(seed, {}, options) : random_chain(random);
        if (cell == CellKind::ternary) make_ternary(graph);
        prune(random, graph);
        const Machine machine = machine_of({random_path(random, cell)});
        Mapping mapping;
        try {
            mapping = map_network(graph, machine);
            expect_weights_in_image(graph, machine);
        } catch (const Error& error) {
            ++met["refused"];
            // Where the dense network is taken the pruned one is, too.
            Machine dense = machine;
            dense.paths[0].mask_bits = 0;
            EXPECT_ANY_THROW(compile(schedule_network(graph, dense), dense, default_address_map(1)))
                << error.what();
            continue;
        }
        if (::testing::Test::HasFatalFailure()) return;
        met["reloading"] += mapping.reloaded_bits > 0;
        for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
            const Node& node = graph.nodes[n];
            const NodeMapping& mapped = mapping.nodes[n];
            if (node.weights.empty()) continue;
            const int window = filter_size(node);
            const auto stored = stored_weights(graph, static_cast<int>(n), mapped);
            ASSERT_EQ(stored.all_elements, window);
            ASSERT_EQ(stored.all_filters, filters_of(node));
            if (node.groups > 1) {
                met["groups"] += 1;
                EXPECT_TRUE(stored.all());
                EXPECT_EQ(stored.index_bits, 0);
                continue;
            }
            std::set<int> elements, filters;
            for (int i = 0; i < static_cast<int>(node.weights.size()); ++i)
                if (node.weights[static_cast<std::size_t>(i)] != 0) {
                    elements.insert(i % window);
                    filters.insert(i / window);
                }
            const auto ranges =
                static_cast<int>(std::count_if(mapped.passes.begin(), mapped.passes.end(),
                                               [](const Pass& pass) { return pass.channel0 == 0; }));
            // One more where a pass, or all channels that complete together, have none.
            EXPECT_GE(stored.filters, static_cast<int>(filters.size()));
            EXPECT_LE(stored.filters, std::max<int>(1, static_cast<int>(filters.size())) +
                                          static_cast<int>(mapped.passes.size()) - 1);
            EXPECT_GE(stored.elements, static_cast<int>(elements.size()));
            const bool one_window = mapped.passes[0].inputs * node.kernel_h * node.kernel_w == window;
            if (one_window && window > machine.paths[0].mask_bits) {
                EXPECT_EQ(stored.elements, window);
                met["mask too small"] += static_cast<int>(elements.size()) < window;
            }
            if (one_window && window <= machine.paths[0].mask_bits) {
                EXPECT_EQ(stored.elements, std::max<int>(1, static_cast<int>(elements.size())));
                EXPECT_EQ(stored.index_bits,
                          static_cast<int>(elements.size()) < window && window > 1 ? window : 0);
            }
            met["masks"] += stored.index_bits > 0;
            met["missing filters"] += stored.filters < stored.all_filters;
            met["all zero"] += elements.empty();
            met["masks of ranges"] += stored.index_bits > 0 && !one_window && ranges > 1;
            met["filters between passes"] +=
                stored.filters < stored.all_filters && mapped.passes.back().channel0 > 0;
            for (const auto& tile : mapped.tiles) {
                met["slices"] += tile.kept && tile.slice.lsb > 0;
                met["later rows"] += tile.kept && tile.element0 > 0;
            }
            std::int64_t cells = 0;
            for (const auto& tile : mapped.tiles)
                cells += std::int64_t{tile.rows} * tile.filters *
                         (cell == CellKind::ternary ? 1
                          : cell == CellKind::multilevel
                              ? 2 * ((tile.slice.bits + machine.paths[0].cell_bits - 1) /
                                     machine.paths[0].cell_bits)
                              : tile.slice.bits);
            EXPECT_EQ(mapped.weight_cells >= cells, true);
        }
    }
}

TEST(PrunedWindow, CellsAndMasksAreTheNetwork) {
    std::map<std::string, int> met;
    for (const auto cell : {CellKind::bit, CellKind::ternary, CellKind::row, CellKind::multilevel}) {
        expect_pruned_networks(cell, met);
        if (HasFatalFailure()) return;
    }
    // The test is worth something only if it meets all of these.
    EXPECT_LT(met["refused"], 100);
    for (const char* what : {"reloading", "groups", "masks", "missing filters", "all zero", "masks of ranges",
                             "filters between passes", "mask too small", "slices", "later rows"})
        EXPECT_GE(met[what], 5) << what;
}

TEST(PrunedWindow, ANetworkWithoutZerosIsCompiledAsEver) {
    int compiled = 0;
    for (std::uint32_t seed = 0; seed < 60; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Random random(seed + 5);
        auto options = RandomGraphOptions::everything_on_hardware();
        options.wide_layers = seed % 4 == 0;
        Graph graph = random_graph(seed, {}, options);
        for (auto& node : graph.nodes)
            for (auto& w : node.weights)
                if (w == 0) w = 1;
        Machine machine =
            machine_of({random_path(random, random.one_of<CellKind>({CellKind::bit, CellKind::row}))});
        const auto image = [&](std::int64_t mask_bits) {
            machine.paths[0].mask_bits = mask_bits;
            return compile(schedule_network(graph, machine), machine, default_address_map(1)).image;
        };
        try {
            const auto plain = image(0);
            EXPECT_EQ(plain, image(large_mask));
            ++compiled;
        } catch (const Error&) {
        }
    }
    EXPECT_GE(compiled, 40);
}

TEST(PrunedWindow, ZerosStayWhereThereIsNoMask) {
    Graph graph = one_conv(4, 6, s8);
    clear_element(graph.nodes[0], 5);
    clear_filter(graph.nodes[0], 2);
    auto path = row_path(4, 64, 64);
    path.mask_bits = 0;
    const auto mapping = map_network(graph, machine_of({path}));
    EXPECT_TRUE(stored_weights(graph, 0, mapping.nodes[0]).all());
    EXPECT_EQ(mapping.nodes[0].passes[0].kept, nullptr);
    EXPECT_EQ(mapping.nodes[0].weight_cells, 36 * 6 * 8);
}

TEST(PrunedWindow, ElementsAreCountedRowColumnChannel) {
    Graph graph = one_conv(4, 6, s8);
    Node& node = graph.nodes[0];
    // In a filter: channel, kernel row, kernel column. Channel 1 at (2, 0); all of channel 3 at (0, 0).
    clear_element(node, 1 * 9 + 2 * 3 + 0);
    clear_element(node, 3 * 9 + 0);
    const auto kept = kept_elements(node, row_path(1, 8, 8), 0, 4);
    ASSERT_NE(kept, nullptr);
    std::vector<int> expected;
    for (int j = 0; j < 36; ++j)
        if (j != 3 && j != (2 * 3 + 0) * 4 + 1) expected.push_back(j);
    EXPECT_EQ(*kept, expected);
    // Channels 2 and 3 alone.
    const auto half = kept_elements(node, row_path(1, 8, 8), 2, 2);
    ASSERT_NE(half, nullptr);
    EXPECT_EQ(half->size(), 17u);
    EXPECT_EQ(half->front(), 0);
    EXPECT_EQ((*half)[1], 2);
    EXPECT_EQ(kept_elements(node, row_path(1, 8, 8), 2, 1), nullptr);  // nothing is zero

    auto path = row_path(1, 8, 8);
    path.mask_bits = 35;
    EXPECT_EQ(kept_elements(node, path, 0, 4), nullptr);
    path.mask_bits = 36;
    EXPECT_NE(kept_elements(node, path, 0, 4), nullptr);
    fill(node, 0);
    EXPECT_EQ(*kept_elements(node, path, 0, 4), std::vector<int>{0});
    node.groups = 2;
    EXPECT_EQ(kept_elements(node, path, 0, 4), nullptr);
}

TEST(PrunedWindow, FiltersOfZerosHaveNoTile) {
    Graph graph = one_conv(7, 20, s8);
    Node& node = graph.nodes[0];
    for (const int f : {0, 1, 7, 8, 19}) clear_filter(node, f);
    const auto mapping = map_network(graph, machine_of({row_path(8, 128, 64)}));
    ASSERT_EQ(mapping.nodes[0].passes.size(), 1u);
    EXPECT_EQ(mapping.nodes[0].passes[0].channel0, 0);
    EXPECT_EQ(mapping.nodes[0].passes[0].channels, 20);
    ASSERT_EQ(mapping.nodes[0].tiles.size(), 2u);
    EXPECT_EQ(mapping.nodes[0].tiles[0].channel0, 2);
    EXPECT_EQ(mapping.nodes[0].tiles[0].filters, 5);
    EXPECT_EQ(mapping.nodes[0].tiles[1].channel0, 9);
    EXPECT_EQ(mapping.nodes[0].tiles[1].filters, 10);
    EXPECT_EQ(mapping.nodes[0].weight_cells, 15 * 63 * 8);
    EXPECT_DOUBLE_EQ(mapping.nodes[0].utilisation, 15.0 * 63 * 8 / (2 * 128 * 64));
}

/// Every channel in one group, every stored filter in one block of its group.
void expect_partition(const std::vector<bool>& stored, const FilterLimits& limits, const FilterBlocks& cut) {
    int channel = 0, block = 0;
    std::vector<int> blocks_of(stored.size(), 0);
    const bool divisible = static_cast<int>(stored.size()) % limits.step == 0;
    for (const auto& group : cut.groups) {
        ASSERT_EQ(group.channel0, channel);
        ASSERT_EQ(group.first_block, block);
        ASSERT_GE(group.blocks, 1);
        ASSERT_GE(group.channels, 1);
        if (divisible) {
            ASSERT_EQ(group.channel0 % limits.step, 0);
            ASSERT_LE(group.channels, std::max(limits.step, limits.per_group));
        }
        int stored_here = 0;
        for (int c = channel; c < channel + group.channels; ++c)
            stored_here += stored[static_cast<std::size_t>(c)];
        for (; block < group.first_block + group.blocks; ++block) {
            const auto& b = cut.blocks[static_cast<std::size_t>(block)];
            ASSERT_GE(b.filters, 1);
            ASSERT_LE(b.filters, limits.per_block);
            ASSERT_GE(b.channel0, group.channel0);
            ASSERT_LE(b.channel0 + b.filters, group.channel0 + group.channels);
            for (int c = b.channel0; c < b.channel0 + b.filters; ++c) {
                ++blocks_of[static_cast<std::size_t>(c)];
                ASSERT_TRUE(stored[static_cast<std::size_t>(c)] || (stored_here == 0 && b.filters == 1));
            }
        }
        channel += group.channels;
    }
    ASSERT_EQ(channel, static_cast<int>(stored.size()));
    ASSERT_EQ(block, static_cast<int>(cut.blocks.size()));
    for (std::size_t c = 0; c < stored.size(); ++c) ASSERT_TRUE(!stored[c] || blocks_of[c] == 1) << c;
}

TEST(PrunedWindow, BlocksAndGroupsPartitionTheFilters) {
    int several = 0, glued = 0;
    for (std::uint32_t seed = 0; seed < 3000; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Random random(seed);
        FilterLimits limits;
        limits.step = random.one_of<int>({1, 2, 4, 8});
        limits.per_block = random.between(1, 20);
        limits.per_group = limits.step * random.between(1, 30);
        limits.even = random.chance(50);
        std::vector<bool> stored(static_cast<std::size_t>(random.between(1, 90)));
        const int zeros = random.between(0, 99), length = random.one_of<int>({1, 1, 3, 20});
        bool value = true;
        for (std::size_t c = 0; c < stored.size(); ++c) {
            if (c % static_cast<std::size_t>(length) == 0) value = !random.chance(zeros);
            stored[c] = value;
        }
        if (std::count(stored.begin(), stored.end(), true) == 0) stored[0] = true;
        const auto cut = cut_filters(stored, limits);
        expect_partition(stored, limits, cut);
        if (HasFatalFailure()) return;
        several += cut.groups.size() > 1;
        glued += cut.groups.size() < cut.blocks.size();
    }
    EXPECT_GE(several, 500);
    EXPECT_GE(glued, 500);
}

TEST(PrunedWindow, RowOperationsByTheClosedForm) {
    // P x O x ceil(K / C) x M x N; 28 of 32 filters, 512 of 576 elements.
    Graph graph = one_conv(64, 32, s8, u8, 10);
    Node& node = graph.nodes[0];
    const auto path = row_path(32, 256, 256);
    const Machine machine = machine_of({path});
    auto plain = path;
    plain.mask_bits = 0;
    EXPECT_EQ(row_operations(graph, map_network(graph, machine), 0), std::int64_t{64} * 32 * 3 * 8 * 8);
    for (int e = 0; e < 64; ++e) clear_element(node, 9 * e + e % 9);
    for (const int f : {3, 4, 17, 31}) clear_filter(node, f);
    const auto mapping = map_network(graph, machine);
    EXPECT_EQ(row_operations(graph, mapping, 0), std::int64_t{64} * 28 * 2 * 8 * 8);
    EXPECT_EQ(row_operations(graph, mapping), std::int64_t{64} * 28 * 2 * 8 * 8);
    EXPECT_EQ(row_work(graph, 0, path).operations(), std::int64_t{64} * 28 * 2 * 8 * 8);
    EXPECT_EQ(row_work(graph, 0, plain).operations(), std::int64_t{64} * 32 * 3 * 8 * 8);
    const auto stored = stored_weights(graph, 0, mapping.nodes[0]);
    EXPECT_EQ(stored.elements, 512);
    EXPECT_EQ(stored.filters, 28);
    EXPECT_EQ(stored.index_bits, 576);
    EXPECT_EQ(mapping.nodes[0].weight_cells, 512 * 28 * 8);

    // One bit and sixteen; the planes are two slices.
    Graph wide = one_conv(64, 32, s16, u8, 10);
    wide.tensors[0].type = u1;
    clear_filter(wide.nodes[0], 0);
    for (int e = 0; e < 400; ++e) clear_element(wide.nodes[0], e);
    EXPECT_EQ(row_operations(wide, map_network(wide, machine), 0), std::int64_t{64} * 31 * 1 * 16 * 1);
    node.groups = 2;
    expect_error([&] { row_work(graph, 0, path); }, "node0", "expected one group", "found 2");
}

TEST(PrunedWindow, SumsOfFewerElementsTakeFewerBytes) {
    // Row cells: 36 x 128 x 255 needs 32 bits; one element does too, where it is 8 x 8 bits.
    Graph graph = one_conv(4, 6, integer_type(4, Kind::signed_integer));
    const Machine machine = machine_of({row_path(4, 64, 64)});
    EXPECT_EQ(map_network(graph, machine).nodes[0].tiles[0].result_bytes, 4);  // 36 x 8 x 255
    for (int e = 0; e < 20; ++e) clear_element(graph.nodes[0], e);
    EXPECT_EQ(map_network(graph, machine).nodes[0].tiles[0].result_bytes, 2);  // 16 x 8 x 255 = 32640
    EXPECT_EQ(map_network(graph, machine).nodes[0].tiles[0].columns, 16);
}

TEST(PrunedWindow, AMaskStandsAheadOfEachStripAndKnowsItsPass) {
    Graph graph = one_conv(512, 8, s8, u8, 12);
    Node& node = graph.nodes[0];
    for (int e = 0; e < 9 * 256; e += 2) clear_element(node, e);
    auto path = row_path(64, 256, 512);
    path.line_buffer_bytes = 4 * 6 * 512;  // six columns: four of the output
    Machine machine = machine_of({path});
    machine.dram_bytes = 1 << 28;
    const auto programs = [&] {
        const auto schedule = schedule_network(graph, machine);
        return decode(compile(schedule, machine, default_address_map(1)), machine, default_address_map(1))[0];
    };
    const auto count = [](const PathPrograms& path, std::uint32_t opcode) {
        return std::count_if(path.run.begin(), path.run.end(),
                             [&](const Words& command) { return command.opcode() == opcode; });
    };
    expect_weights_in_image(graph, machine);
    EXPECT_EQ(count(programs(), 4), 3);
    EXPECT_EQ(count(programs(), 10), 3 * 12);  // 4608 elements in pieces of 384

    // Half of the channels at a time: the second half has no zeros, and no masks.
    machine.paths[0].line_buffer_bytes = 4 * 3 * 511;
    expect_weights_in_image(graph, machine);
    EXPECT_EQ(map_network(graph, machine).nodes[0].passes.size(), 2u);
    EXPECT_EQ(count(programs(), 10) * 2, count(programs(), 4) * 6);
    EXPECT_EQ(stored_weights(graph, 0, map_network(graph, machine).nodes[0]).index_bits, 2304);

    machine.paths[0].mask_bits = 2303;
    EXPECT_EQ(count(programs(), 10), 0);
    expect_weights_in_image(graph, machine);
}

}  // namespace
}  // namespace pimvp::net::test
