// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The digital baseline: every tensor as the reference executor has it, energies that add up, and weights that
// do not fit fetched from DRAM for every image.
#include <gtest/gtest.h>

#include "modules/core/error.h"
#include "networks/import.h"
#include "networks/program.h"
#include "networks/schedule.h"
#include "platforms/cmos/platform.h"
#include "tests/platforms/run_checks.h"
#include "tests/support/sc_test_main.h"

namespace pimvp::test {
namespace {

using Settings = std::vector<std::string>;

Config cmos_config(const std::string& variant, const Settings& settings = {}) {
    Config config =
        Config::load(std::string(PIMVP_SOURCE_DIR) + "/platforms/cmos/" + variant + ".toml", cmos::schema());
    for (const auto& setting : settings) config.set(setting);
    return config;
}

net::Graph shipped(const std::string& name) {
    return net::import_network(std::string(PIMVP_SOURCE_DIR) + "/models/" + name + ".onnx");
}

const BlockResult& block(const RunResult& result, const std::string& name) {
    for (const auto& b : result.blocks)
        if (b.name == name) return b;
    throw Error("no block " + name);
}

/// Networks of all kinds; of some layers all weights are odd.
net::Graph graph_of(std::uint32_t seed) {
    net::test::RandomShape shape;
    shape.nodes = 4 + static_cast<int>(seed % 6);
    auto graph =
        net::test::random_graph(seed, shape, net::test::RandomGraphOptions::everything_on_hardware());
    net::test::Random random(seed);
    for (auto& node : graph.nodes) {
        if (node.op != net::Op::conv || node.weight_type.kind != net::Kind::signed_integer ||
            node.weight_type.bits < 2 || !random.chance(50))
            continue;
        for (auto& weight : node.weights) weight = random.chance(50) ? 1 : -1;
    }
    return graph;
}

/// Small stores, so that layers are cut into tiles and streamed; large ones where that cannot be.
Settings settings_for(std::uint32_t seed, const net::Graph& graph) {
    const Settings odd = {"cmos_datapath.units=" + std::to_string(1 + seed % 9),
                          "cmos_datapath.operands=" + std::to_string(1 + seed % 24),
                          "cmos_datapath.pipeline_stages=" + std::to_string(1 + seed % 5),
                          "postprocess.row_bytes=32768",
                          "postprocess.channels=1024",
                          "postprocess.parameter_entries=65536"};
    const Settings sizes[] = {
        {"cmos_datapath.rows=24", "cmos_datapath.columns=32"},
        {"cmos_datapath.rows=64", "cmos_datapath.columns=64"},
        {"platform.datapaths=8", "activation_buffer.bytes=65536", "sequencer.line_buffer_bytes=16384"}};
    for (const auto& size : sizes) {
        Settings all = odd;
        all.insert(all.end(), size.begin(), size.end());
        try {
            const auto machine = cmos::machine(cmos_config("default", all));
            net::compile(net::schedule_network(graph, machine), machine, net::default_address_map(1));
            return all;
        } catch (const Error&) {
            if (&size == std::end(sizes) - 1) throw;
        }
    }
    return {};
}

constexpr std::uint32_t seeds = 24;

class CmosFuzz : public SimTest, public ::testing::WithParamInterface<std::uint32_t> {};
TEST_P(CmosFuzz, RandomNetworkIsBitExact) {
    const auto graph = graph_of(GetParam());
    const auto options = run_options(graph, 2, GetParam());
    expect_exact(cmos::run(cmos_config("default", settings_for(GetParam(), graph)), options), options);
}
INSTANTIATE_TEST_SUITE_P(Seeds, CmosFuzz, ::testing::Range(0u, seeds));

TEST(CmosSeeds, CoverTheCases) {
    int streamed = 0, passes = 0, bipolar = 0, spilled = 0;
    for (std::uint32_t seed = 0; seed < seeds; ++seed) {
        const auto graph = graph_of(seed);
        const auto schedule =
            net::schedule_network(graph, cmos::machine(cmos_config("default", settings_for(seed, graph))));
        streamed += schedule.mapping.reloaded_bits > 0;
        spilled += schedule.spilled_bytes > 0;
        for (const auto& node : schedule.mapping.nodes) {
            passes += node.passes.size() > 1;
            for (const auto& tile : node.tiles) bipolar += tile.slice.is_bipolar;
        }
    }
    EXPECT_GE(streamed, 10);
    EXPECT_GE(passes, 10);
    EXPECT_GE(bipolar, 10);
    EXPECT_GE(spilled, 1);
}

TEST(CmosVariants, BufferedKeepsActivationsOnTheChip) {
    const auto graph = shipped("fmnist_w1a4");
    const auto spilled = [&](const std::string& variant) {
        return net::schedule_network(graph, cmos::machine(cmos_config(variant))).spilled_bytes;
    };
    EXPECT_GT(spilled("default"), 0);
    EXPECT_EQ(spilled("buffered"), 0);
}

class ShippedOnCmos : public SimTest, public ::testing::WithParamInterface<const char*> {};
TEST_P(ShippedOnCmos, IsBitExactAndStreamsItsWeights) {
    const auto graph = shipped(GetParam());
    const auto config = cmos_config("default");
    const auto options = run_options(graph, 2, 3);
    const auto result = cmos::run(config, options);
    expect_exact(result, options);

    // Words of 16 bytes: what is read for an image is at least the weights that are fetched again.
    const auto schedule = net::schedule_network(graph, cmos::machine(config));
    const auto reloaded = schedule.mapping.reloaded_bits;
    EXPECT_GT(reloaded, 0);
    // Layers of more filters than fit are cut by output channels: no sums wait in memory.
    for (const auto& node : schedule.mapping.nodes)
        for (const auto& pass : node.passes) EXPECT_TRUE(pass.finishes);
    const auto& dram = block(result, "cmos.dram");
    EXPECT_GE(dram.counters.at("read_word") * 128, 2 * static_cast<std::uint64_t>(reloaded));
    // The energy of a word is that of its bits.
    const auto words = dram.counters.at("read_word") + dram.counters.at("write_word");
    EXPECT_NEAR(joules(dram.energy), static_cast<double>(words) * 128 * 20e-12, 1e-12);
    // Each operation of the datapath is one bit of a weight with one input.
    std::int64_t operations = 0;
    for (std::size_t n = 0; n < schedule.graph.nodes.size(); ++n) {
        const auto& out = schedule.graph.tensor(schedule.graph.nodes[n].output).shape;
        for (const auto& tile : schedule.mapping.nodes[n].tiles)
            operations += std::int64_t{out.h} * out.w * tile.rows * tile.filters * tile.slice.bits;
    }
    EXPECT_EQ(block(result, "cmos.datapath0").counters.at("operation"),
              2 * static_cast<std::uint64_t>(operations));
}
INSTANTIATE_TEST_SUITE_P(Networks, ShippedOnCmos,
                         ::testing::Values("fmnist_int4", "fmnist_ternary", "fmnist_w1a4"));

}  // namespace
}  // namespace pimvp::test
