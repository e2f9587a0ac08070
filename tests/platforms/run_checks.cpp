// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/platforms/run_checks.h"

#include <gtest/gtest.h>

#include "networks/executor.h"
#include "networks/host_values.h"

namespace pimvp::test {

void expect_conservation(const RunResult& result) {
    Zeptojoules blocks = 0, events = 0;
    for (const auto& block : result.blocks) {
        if (!block.counted) continue;
        blocks += block.energy;
        for (const auto& [name, energy] : block.by_event) events += energy;
    }
    Zeptojoules activities = result.load_energy + result.io_energy + result.idle_energy;
    for (const auto& layer : result.layers) activities += layer.energy;
    EXPECT_TRUE(result.energy > 0);
    EXPECT_TRUE(blocks == result.energy);
    EXPECT_TRUE(events == result.energy);
    EXPECT_TRUE(activities == result.energy);
}

void expect_exact(const RunResult& result, const RunOptions& options) {
    const auto& graph = options.network;
    EXPECT_TRUE(result.bit_exact.value_or(false)) << result.first_mismatch;
    const auto count = static_cast<std::size_t>(options.last_image + 1);
    EXPECT_EQ(result.scores.size(), count);
    for (std::size_t i = 0; i < result.scores.size(); ++i) {
        const auto input = net::input_integers(graph, options.dataset.image(i), options.dataset.integers);
        const auto expected = net::execute(graph, input);
        EXPECT_EQ(result.scores[i], expected[static_cast<std::size_t>(graph.output)]);
        EXPECT_EQ(result.predictions[i], net::argmax(result.scores[i]));
    }
    EXPECT_EQ(result.latency.size(), count);
    for (const auto& layer : result.layers) EXPECT_GT(layer.cycles, 0) << layer.name;
    expect_conservation(result);
}

}  // namespace pimvp::test
