// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/vault_plan.h"

#include <gtest/gtest.h>

#include <cstring>

#include "driver/pimvp_vault.h"
#include "modules/vault_pe/mac_walker.h"
#include "networks/vault_commands.h"
#include "networks/vault_tensor.h"
#include "tests/mapping/random_graph.h"

namespace pimvp::net::test {
namespace {

/// Stride 1, padded so that the output is as large as the input; requantised to `bits` as all else is.
Graph conv(const Shape& in, int filters, int kernel, int bits, int groups = 1) {
    Random random(1);
    GraphBuilder builder(in);
    builder.graph.tensors[0].type = integer_type(bits, Kind::signed_integer);
    Node node = random_conv(random, builder.graph, 0, filters, kernel, kernel,
                            integer_type(bits, Kind::signed_integer), groups);
    node.pad_top = node.pad_left = node.pad_bottom = node.pad_right = kernel / 2;
    random_requant(random, node, filters, 0.01, integer_type(bits, Kind::signed_integer));
    builder.append(std::move(node), {filters, in.h, in.w}, integer_type(bits, Kind::signed_integer));
    return builder.graph;
}

/// Results of any layer here fit: one tile.
VaultMachine machine_of(int stationary) {
    VaultMachine machine;
    machine.stationary = stationary;
    machine.result_buffer_bytes = 1 << 20;
    return machine;
}

TEST(VaultEstimate, StreamsInputsOnceForEachFilterAndTap) {
    // 3 taps meet 16, 16 and 15 + 15 of 16 rows: 46 of 48; so do columns.
    const Graph graph = conv({40, 16, 16}, 24, 3, 8);
    const VaultPiece whole{0, 16, 0, 24, 0, 40};
    const std::int64_t met = 46 * 46, blocks = 48 / 16;
    auto cost = stream_inputs_cost(graph, graph.nodes[0], machine_of(1), whole);
    EXPECT_EQ(cost.streamed_words, 24 * met * 48);
    EXPECT_EQ(cost.resident_words, 24 * 9 * 48);
    EXPECT_EQ(cost.resident_slots, 24 * (9 * 3 + 1) / 2);
    // Pairs of blocks; rows of 16 or 15 pixels of 3 blocks.
    const std::int64_t row_slots = 16 * 3 / 2 + 2 * ((15 * 3 + 1) / 2);
    EXPECT_EQ(cost.stream_slots, 24 * 46 * row_slots);
    // Padding is multiplied: two blocks a cycle.
    EXPECT_EQ(cost.mac_cycles, 24 * 9 * 16 * 16 * 3 / 2);

    VaultMachine plain = machine_of(1);
    plain.gated = false;
    EXPECT_EQ(stream_inputs_cost(graph, graph.nodes[0], plain, whole).stream_slots, 24 * met * blocks);
    plain = machine_of(4);
    plain.gated = false;
    cost = stream_inputs_cost(graph, graph.nodes[0], plain, whole);
    EXPECT_EQ(cost.streamed_words, 24 / 4 * met * 48);
    EXPECT_EQ(cost.mac_cycles, 24 * 9 * 256 * blocks);
    EXPECT_EQ(cost.cycles(), 24 * 9 * 256 * blocks + 24 * 9 * blocks);
    // 4 x 6 + 32 bytes a pixel: 1024 bytes hold one row of 16 pixels, not two; 560 bytes 10 pixels of a row.
    plain.result_buffer_bytes = 1024;
    EXPECT_EQ(stream_inputs_cost(graph, graph.nodes[0], plain, whole).resident_words, 16 * 24 * 9 * 48);
    plain.result_buffer_bytes = 10 * 56;
    EXPECT_EQ(stream_inputs_cost(graph, graph.nodes[0], plain, whole).resident_words, 32 * 24 * 9 * 48);
}

TEST(VaultEstimate, StreamsAllFiltersForEachPixel) {
    const Graph graph = conv({5, 6, 7}, 10, 3, 9);
    const VaultPiece whole{0, 6, 0, 10, 0, 5};
    const auto cost = stream_weights_cost(graph, graph.nodes[0], machine_of(2), whole);
    // A filter is 45 words in 48; two pixels of a row of 7 at a time.
    EXPECT_EQ(cost.streamed_words, 6 * 4 * 10 * 48);
    EXPECT_EQ(cost.stream_slots, 6 * 4 * 10 * 3);
    EXPECT_EQ(cost.mac_cycles, 42 * 10 * 3);
    EXPECT_EQ(cost.resident_words, 5 * (3 * 6 - 2) * (3 * 7 - 2));
    // Windows of 2 x 48 words leave the operand buffer; three filters have 2 x (6 + 2) bytes.
    VaultMachine small = machine_of(2);
    small.operand_buffer_bytes = 128;
    small.result_buffer_bytes = 48;
    EXPECT_EQ(stream_weights_cost(graph, graph.nodes[0], small, whole).resident_words,
              4 * cost.resident_words);
}

TEST(VaultEstimate, StreamsLanesOnce) {
    const Graph graph = conv({24, 8, 8}, 24, 3, 8, 24);
    const auto cost = lanes_cost(graph, graph.nodes[0], machine_of(4), {0, 8, 0, 24, 0, 24});
    EXPECT_EQ(cost.streamed_words, 22 * 22 * 32);
    EXPECT_EQ(cost.resident_words, 9 * 32);
}

/// What the processing element's loops read for a command.
VaultCost walked(const Graph& graph, const VaultMachine& machine, int mode, const VaultPiece& piece) {
    const std::vector<VaultTensor> tensors = {vault_tensor(graph.tensors[0]), vault_tensor(graph.tensors[1])};
    VaultLayer layer;
    layer.mode = mode;
    const auto commands = vault_piece_commands(graph, layer, piece, {tensors}, machine.vaults, 3);
    pimvp_post post;
    pimvp_mac mac;
    std::memcpy(&post, commands.at(0).data(), sizeof post);
    std::memcpy(&mac, commands.at(1).data(), sizeof mac);
    VaultPeParams params;
    params.mac_groups = machine.mac_groups;
    params.stationary = machine.stationary;
    params.operand_buffer_bytes = machine.operand_buffer_bytes;
    params.result_buffer_bytes = machine.result_buffer_bytes;
    MacWalker walker(MacShape::of(mac, post), params);
    VaultCost cost;
    std::vector<PeStep> steps;
    while (walker.next(steps))
        for (const PeStep& step : steps) {
            const bool multiplies = step.kind == PeStep::Kind::stream || step.kind == PeStep::Kind::pad;
            if (step.kind == PeStep::Kind::stream) cost.streamed_words += step.words();
            if (step.kind == PeStep::Kind::load) cost.resident_words += step.words();
            if (multiplies) cost.mac_cycles += std::int64_t{step.blocks()} * step.residents;
        }
    return cost;
}

TEST(VaultEstimate, AgreesWithWhatTheProcessingElementReads) {
    int compared = 0;
    for (std::uint32_t seed = 1; seed <= 300; ++seed) {
        Random random(seed);
        const int kind = random.between(0, 2), groups = kind == 0 ? random.between(1, 2) : 1;
        const int channels = kind == 1 ? groups * random.between(1, 40) : 16 * groups * random.between(1, 3);
        const int lanes = random.chance(30) ? random.between(2, 15) : random.between(2, 50);
        const Shape in{kind == 2 ? lanes : channels, random.between(3, 12), random.between(3, 20)};
        const int filters = kind == 2 ? lanes : groups * random.between(1, 40);
        Graph graph = conv(in, filters, 1, 9, kind == 2 ? lanes : groups);
        Node& node = graph.nodes[0];
        node.kernel_h = node.kernel_w = 3;
        node.stride_h = random.between(1, 2), node.stride_w = random.between(1, 2);
        node.dilation_h = random.between(1, 2), node.dilation_w = random.between(1, 2);
        node.pad_top = random.between(0, 2), node.pad_left = random.between(0, 2);
        Shape& out = graph.tensors[1].shape;
        const int down = in.h + node.pad_top - 2 * node.dilation_h - 1;
        const int right = in.w + node.pad_left - 2 * node.dilation_w - 1;
        if (down < 0 || right < 0) continue;
        out = {filters, down / node.stride_h + 1, right / node.stride_w + 1};
        if (random.chance(20)) graph.tensors[1].type = accumulator_type(), node.requant = {};
        VaultMachine machine;
        machine.stationary = random.between(1, 5);
        machine.operand_buffer_bytes = 1 << random.between(10, 14);
        machine.result_buffer_bytes = random.between(600, 6000);
        VaultPiece piece;
        piece.row0 = random.between(0, out.h - 1);
        piece.rows = random.between(1, out.h - piece.row0);
        piece.channels = filters / groups;
        piece.inputs = in.c / groups;
        const int mode = kind == 0   ? PIMVP_MAC_STREAM_INPUTS
                         : kind == 1 ? PIMVP_MAC_STREAM_WEIGHTS
                                     : PIMVP_MAC_LANES;
        const auto walk = walked(graph, machine, mode, piece);
        const auto cost = mac_cost(graph, node, machine, mode, piece);
        EXPECT_EQ(cost.streamed_words, walk.streamed_words) << "seed " << seed << ", mode " << mode;
        EXPECT_EQ(cost.resident_words, walk.resident_words) << "seed " << seed << ", mode " << mode;
        EXPECT_EQ(cost.mac_cycles, walk.mac_cycles) << "seed " << seed << ", mode " << mode;
        ++compared;
    }
    EXPECT_GT(compared, 250);
}

VaultLayer layer_of(const Graph& graph, const VaultMachine& machine) {
    return plan_vault_layer(graph, 0, machine).layer;
}

TEST(VaultPlan, ChoosesWhatStreams) {
    // No weight is used twice: each streams once, and all vaults take part.
    VaultLayer layer = layer_of(conv({512, 1, 1}, 1000, 1, 8), {});
    EXPECT_EQ(layer.mode, PIMVP_MAC_STREAM_WEIGHTS);
    EXPECT_EQ(layer.filter_groups, 16);
    EXPECT_EQ(layer.streamed_words, 1000 * 512);
    // Weights are few, pixels many.
    layer = layer_of(conv({64, 32, 32}, 64, 3, 8), {});
    EXPECT_EQ(layer.mode, PIMVP_MAC_STREAM_INPUTS);
    EXPECT_EQ(layer.row_groups * layer.filter_groups, 16);
    EXPECT_EQ(layer.streamed_words, std::int64_t{64} * 64 * 94 * 94);
    EXPECT_EQ(layer.input_bits, 8);
    // No blocks of channels.
    EXPECT_EQ(layer_of(conv({3, 32, 32}, 64, 3, 8), {}).mode, PIMVP_MAC_STREAM_WEIGHTS);
    EXPECT_EQ(layer_of(conv({48, 8, 8}, 48, 3, 8, 48), {}).mode, PIMVP_MAC_LANES);
    // Ten filters of one pixel: one each for ten vaults.
    EXPECT_EQ(layer_of(conv({512, 1, 1}, 10, 1, 8), {}).filter_groups, 10);
}

TEST(VaultPlan, FewerBitsTakeFewerSlots) {
    const Graph wide = conv({64, 16, 16}, 64, 3, 9), narrow = conv({64, 16, 16}, 64, 3, 8);
    const auto wide_cycles = layer_of(wide, {}).estimated_cycles,
               narrow_cycles = layer_of(narrow, {}).estimated_cycles;
    // Two blocks an access, but for an odd one at the end of a row.
    EXPECT_LT(narrow_cycles, 0.52 * wide_cycles);
    EXPECT_GT(narrow_cycles, 0.48 * wide_cycles);
    VaultMachine machine;
    machine.gated = false;
    EXPECT_EQ(layer_of(narrow, machine).estimated_cycles, wide_cycles);
    EXPECT_EQ(layer_of(narrow, machine).input_bits, 16);
}

TEST(VaultPlan, TakesEveryOutputOnce) {
    for (std::uint32_t seed = 1; seed <= 60; ++seed) {
        Random random(seed);
        RandomShape shape;
        shape.most_channels = 70;
        const Graph graph = random_graph(seed, shape, RandomGraphOptions::everything_on_hardware());
        VaultMachine machine;
        machine.vaults = random.between(1, 16);
        for (int k = 0; k < static_cast<int>(graph.nodes.size()); ++k) {
            const VaultPlan plan = plan_vault_layer(graph, k, machine);
            const Node& node = graph.nodes[static_cast<std::size_t>(k)];
            const Shape& out = graph.tensor(node.output).shape;
            std::vector<int> taken(static_cast<std::size_t>(out.h) * out.c, 0);
            for (int r = 0; r < plan.layer.row_groups; ++r)
                for (int f = 0; f < plan.layer.filter_groups; ++f)
                    for (const auto& piece : vault_pieces(graph, plan, r, f)) {
                        EXPECT_LE(piece.input0 + piece.inputs, graph.tensor(node.inputs[0]).shape.c);
                        for (int y = piece.row0; y < piece.row0 + piece.rows; ++y)
                            for (int c = piece.channel0; c < piece.channel0 + piece.channels; ++c)
                                ++taken.at(static_cast<std::size_t>(y) * out.c + c);
                    }
            EXPECT_EQ(taken, std::vector<int>(taken.size(), 1)) << graph.name << " " << node.name;
        }
    }
}

}  // namespace
}  // namespace pimvp::net::test
