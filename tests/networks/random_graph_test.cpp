// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The executor on random networks that hold everything a graph may hold, node by node against an oracle
// written the other way round.
#include "tests/mapping/random_graph.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/networks/graph_oracle.h"

namespace pimvp::net {
namespace {

Graph everything(std::uint32_t seed) {
    test::RandomShape shape;
    shape.nodes = 4 + static_cast<int>(seed % 8);
    shape.score_map = seed % 5 == 0;
    return test::random_graph(seed, shape, test::RandomGraphOptions::everything());
}

TEST(RandomGraphs, EveryNodeAndAccumulatorAgreesWithTheOracle) {
    for (std::uint32_t seed = 0; seed < 300; ++seed) {
        const Graph graph = everything(seed);
        const auto image = test::random_image(seed, graph.tensor(graph.input).shape);
        Accumulators accumulators;
        const Activations tensors = execute(graph, input_integers(graph, image.data()), &accumulators);
        for (const Node& node : graph.nodes) {
            const auto output = static_cast<std::size_t>(node.output);
            std::vector<std::int64_t> sums;
            ASSERT_EQ(tensors[output], test::oracle(graph, node, tensors, &sums))
                << graph.name << ", " << node.name << ", op " << static_cast<int>(node.op);
            ASSERT_EQ(accumulators[output], sums) << graph.name << ", " << node.name;
        }
    }
}

/// The seeds are worth something only if they meet all of these, and outputs that are not all the same.
TEST(RandomGraphs, HoldEverything) {
    std::map<std::string, int> met;
    int lively = 0, nodes = 0;
    for (std::uint32_t seed = 0; seed < 300; ++seed) {
        const Graph graph = everything(seed);
        const Tensor &input = graph.tensor(graph.input), &output = graph.tensor(graph.output);
        met["signed image"] += input.type.kind == Kind::signed_integer;
        met["narrow image"] += input.type.bits < 8;
        met["bipolar image"] += input.type.kind == Kind::bipolar;
        met["table by channel"] += graph.input_table.size() > 256;
        met["scores of few bits"] += output.type.bits <= 16;
        const auto image = test::random_image(seed, input.shape);
        const Activations tensors = execute(graph, image.data());
        for (const Node& n : graph.nodes) {
            const Tensor &in = graph.tensor(n.inputs[0]), &out = graph.tensor(n.output);
            const bool conv = n.op == Op::conv, scaled = !n.requant.multiplier.empty();
            const auto& values = tensors[static_cast<std::size_t>(n.output)];
            lively += *std::min_element(values.begin(), values.end()) <
                      *std::max_element(values.begin(), values.end());
            ++nodes;
            met["op " + std::to_string(static_cast<int>(n.op))] += 1;
            met["rounding " + std::to_string(static_cast<int>(n.requant.rounding))] += scaled;
            met["31-bit multiplier"] += scaled && n.requant.multiplier[0] >= 1 << 30;
            met["grouped"] += conv && n.groups > 1 && n.groups < in.shape.c;
            met["depthwise"] += conv && n.groups > 1 && n.groups == in.shape.c;
            met["channel multiplier"] += conv && n.groups == in.shape.c && out.shape.c > in.shape.c;
            met["dilated"] += conv && n.dilation_w > 1;
            met["asymmetric padding"] += conv && n.pad_left != n.pad_right;
            met["wide weights"] += conv && n.weight_type.bits > 8;
            met["rising thresholds"] += n.requant.steps > 0 && n.requant.falling.empty();
            met["falling thresholds"] += n.requant.steps > 0 && !n.requant.falling.empty();
            met["many thresholds"] += n.requant.steps > 64;
            met["thresholds of a pool"] += n.op == Op::average_pool && n.requant.steps > 0;
            met["thresholds of a merge"] += n.op == Op::merge && n.requant.steps > 0;
            met["bipolar tensor"] += out.type.kind == Kind::bipolar;
            met["convolution of a bipolar tensor"] += conv && in.type.kind == Kind::bipolar;
            met["two stages"] += n.sum_multiplier > 0;
            met["division"] += n.divide;
            met["padded maximum"] += n.op == Op::max_pool && n.pad_top + n.pad_left > 0;
            met["wide layer"] += conv && out.shape.c >= 100;
            met["after a wide layer"] += conv && in.shape.c >= 100;
        }
    }
    EXPECT_EQ(met.size(), 33u);
    for (const auto& [what, times] : met) EXPECT_GE(times, 10) << what;
    EXPECT_GT(lively, nodes * 7 / 10);
}

TEST(RandomGraphs, HoldNothingOfItByDefault) {
    for (std::uint32_t seed = 0; seed < 100; ++seed) {
        const Graph graph = test::random_graph(seed);
        EXPECT_TRUE(graph.input_table.empty());
        EXPECT_EQ(graph.tensor(graph.output).type.bits, 32);
        for (const Node& n : graph.nodes) {
            EXPECT_EQ(n.groups, 1);
            EXPECT_EQ(n.requant.steps + n.sum_multiplier + (n.divide ? 1 : 0), 0);
            EXPECT_TRUE(n.requant.rounding == Rounding::half_up);
            EXPECT_TRUE(n.op != Op::multiply);
            EXPECT_LE(n.weight_type.bits, 8);
        }
    }
}

}  // namespace
}  // namespace pimvp::net
