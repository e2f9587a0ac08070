// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Random networks on whole systems: every tensor of every image as the reference executor has it, and
// energies that add up.
#include <gtest/gtest.h>

#include <map>

#include "modules/core/error.h"
#include "networks/executor.h"
#include "networks/schedule.h"
#include "platforms/dualpim/platform.h"
#include "tests/platforms/run_fixture.h"

namespace pimvp::test {
namespace {

/// Every way of cutting the energy adds up to the total, to the zeptojoule.
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

void expect_exact(const net::Graph& graph, const std::vector<std::string>& settings, std::uint32_t seed) {
    const auto config = dualpim_config(settings);
    const auto options = run_options(graph, 2, seed);
    const auto result = dualpim::run(config, options);
    ASSERT_TRUE(result.bit_exact.has_value());
    EXPECT_TRUE(*result.bit_exact) << result.first_mismatch;
    ASSERT_EQ(result.scores.size(), 2u);
    for (std::size_t i = 0; i < 2; ++i) {
        const auto expected = net::execute(graph, options.dataset.image(i));
        EXPECT_EQ(result.scores[i], expected[static_cast<std::size_t>(graph.output)]);
        EXPECT_EQ(result.predictions[i], net::argmax(result.scores[i]));
    }
    EXPECT_EQ(result.latency.size(), 2u);
    for (const auto& layer : result.layers) EXPECT_GT(layer.cycles, 0) << layer.name;
    expect_conservation(result);
}

net::test::RandomShape shape_of(std::uint32_t seed) {
    net::test::RandomShape shape;
    shape.nodes = 4 + static_cast<int>(seed % 6);
    shape.score_map = seed % 5 == 0;
    return shape;
}

using Settings = std::vector<std::string>;

Settings with_macros(Settings settings, int sram, int edram) {
    settings.push_back("platform.sram_macros=" + std::to_string(sram));
    settings.push_back("platform.edram_macros=" + std::to_string(edram));
    return settings;
}

/// Even seeds have room for all weights; odd ones run on the smallest machine that takes them at all, so that
/// most layers are loaded again for every image.
Settings machine_for(std::uint32_t seed, const net::Graph& graph, const Settings& settings, bool edram) {
    if (seed % 2 == 0) return with_macros(settings, 60, edram ? 30 : 0);
    for (int macros = 2;; ++macros) {
        const auto all = with_macros(settings, macros, edram ? macros / 2 : 0);
        try {
            net::map_network(graph, dualpim::machine(dualpim_config(all)));
            return all;
        } catch (const Error&) {
            if (macros == 100) throw;
        }
    }
}

/// Arrays so small that layers are cut into tiles.
net::Graph sram_graph(std::uint32_t seed) {
    return net::test::random_graph(seed, shape_of(seed));
}
Settings sram_settings(std::uint32_t seed) {
    return machine_for(seed, sram_graph(seed),
                       {"sram_macro.rows=32", "sram_macro.columns=32", "sram_macro.active_rows=16"}, false);
}

net::Graph mixed_graph(std::uint32_t seed) {
    auto shape = shape_of(seed);
    shape.ternary_percent = 60;
    return net::test::random_graph(seed, shape);
}
Settings mixed_settings(std::uint32_t seed) {
    return machine_for(seed, mixed_graph(seed),
                       {"sram_macro.rows=40", "sram_macro.columns=64", "sram_macro.active_rows=20",
                        "edram_macro.rows=48", "edram_macro.columns=16", "edram_macro.active_rows=24"},
                       true);
}

constexpr std::uint32_t sram_seeds = 500, mixed_seeds = 600, seeds = 25;

class OnSram : public SimTest, public ::testing::WithParamInterface<std::uint32_t> {};
TEST_P(OnSram, RandomNetworkIsBitExact) {
    expect_exact(sram_graph(GetParam()), sram_settings(GetParam()), GetParam());
}
INSTANTIATE_TEST_SUITE_P(Seeds, OnSram, ::testing::Range(sram_seeds, sram_seeds + seeds));

class OnBothPaths : public SimTest, public ::testing::WithParamInterface<std::uint32_t> {};
TEST_P(OnBothPaths, RandomNetworkIsBitExact) {
    expect_exact(mixed_graph(GetParam()), mixed_settings(GetParam()), GetParam());
}
INSTANTIATE_TEST_SUITE_P(Seeds, OnBothPaths, ::testing::Range(mixed_seeds, mixed_seeds + seeds));

/// The seeds are worth something only if they meet all of these.
TEST(Seeds, CoverTheCases) {
    std::map<std::string, int> met;
    const auto look = [&](const net::Graph& graph, const std::vector<std::string>& settings) {
        const auto schedule = net::schedule_network(graph, dualpim::machine(dualpim_config(settings)));
        int reloaded = 0;
        for (const auto& mapped : schedule.mapping.nodes) {
            reloaded += !mapped.resident;
            met["tiled"] += mapped.tiles.size() > 1;
            met["ternary cells"] += mapped.path == 1 && !mapped.tiles.empty();
        }
        met["several reloaded layers"] += reloaded > 1;
        for (const auto& item : schedule.order) met["exchange"] += item.exchange;
        for (const auto& node : graph.nodes) {
            const auto& in = graph.tensor(node.inputs[0]);
            const auto& out = graph.tensor(node.output);
            met["op " + std::to_string(static_cast<int>(node.op))] += 1;
            met["stride"] += node.stride_h > 1;
            met["dilation"] += node.dilation_w > 1;
            met["padding with a zero point"] += node.pad_left > 0 && in.type.zero_point != 0;
            met["one bit"] += node.op == net::Op::conv && out.type.bits == 1;
            met["raw average"] += node.op == net::Op::average_pool && node.requant.empty();
        }
    };
    for (std::uint32_t i = 0; i < seeds; ++i) {
        look(sram_graph(sram_seeds + i), sram_settings(sram_seeds + i));
        look(mixed_graph(mixed_seeds + i), mixed_settings(mixed_seeds + i));
    }
    EXPECT_EQ(met.size(), 14u);
    for (const auto& [what, times] : met) EXPECT_GE(times, 5) << what;
}

}  // namespace
}  // namespace pimvp::test
