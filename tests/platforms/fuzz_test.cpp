// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Random networks on whole systems: every tensor of every image as the reference executor has it, and
// energies that add up.
#include <gtest/gtest.h>

#include <map>

#include "modules/core/error.h"
#include "networks/executor.h"
#include "networks/program.h"
#include "networks/schedule.h"
#include "platforms/dualpim/platform.h"
#include "tests/platforms/run_fixture.h"

namespace pimvp::test {
namespace {

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

/// Even seeds have room for all weights; odd ones run on few macros, so that most layers are loaded again for
/// every image, many of them in passes.
Settings machine_for(std::uint32_t seed, const net::Graph& graph, const Settings& settings, bool edram) {
    if (seed % 2 == 0) return with_macros(settings, 60, edram ? 30 : 0);
    for (int macros = 1 + static_cast<int>(seed / 2 % 3);; ++macros) {
        const auto all = with_macros(settings, macros, edram ? (macros + 1) / 2 : 0);
        try {
            net::schedule_network(graph, dualpim::machine(dualpim_config(all)));
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

/// Everything that a graph may hold, on arrays, buffers and a postprocessor so small that layers run in
/// passes and strips, with tensors and sums in memory.
net::Graph rich_graph(std::uint32_t seed) {
    auto shape = shape_of(seed);
    shape.ternary_percent = seed % 3 == 0 ? 50 : 0;
    return net::test::random_graph(seed, shape, net::test::RandomGraphOptions::everything_on_hardware());
}
Settings rich_settings(std::uint32_t seed) {
    const auto graph = rich_graph(seed);
    const std::string columns = std::to_string(3 + seed % 6);
    const Settings arrays = {"sram_macro.rows=48",
                             "sram_macro.columns=64",
                             "sram_macro.active_rows=48",
                             "edram_macro.rows=48",
                             "edram_macro.columns=32",
                             "edram_macro.active_rows=48",
                             "sram_macro.weight_columns=" + columns,
                             "sram_macro.laid_out_weight_bits=" + columns};
    // The smallest buffers that do.
    const std::vector<Settings> sizes = {
        {"sequencer.line_buffer_bytes=24", "postprocess.row_bytes=256", "postprocess.channels=48",
         "postprocess.parameter_entries=160", "activation_buffer.bytes=256"},
        {"sequencer.line_buffer_bytes=64", "postprocess.row_bytes=512", "postprocess.channels=64",
         "postprocess.parameter_entries=320", "activation_buffer.bytes=1024"},
        {"sequencer.line_buffer_bytes=512", "postprocess.row_bytes=1024", "postprocess.channels=256",
         "postprocess.parameter_entries=1024", "activation_buffer.bytes=4096"},
        {"sequencer.line_buffer_bytes=4096", "postprocess.row_bytes=32768", "postprocess.channels=1024",
         "postprocess.parameter_entries=65536"}};
    for (const auto& size : sizes) {
        Settings all = arrays;
        all.insert(all.end(), size.begin(), size.end());
        try {
            all = machine_for(seed, graph, all, seed % 3 == 0);
            const auto machine = dualpim::machine(dualpim_config(all));
            net::compile(net::schedule_network(graph, machine), machine, net::default_address_map(2));
            return all;
        } catch (const Error&) {
            if (&size == &sizes.back()) throw;
        }
    }
    return {};
}

constexpr std::uint32_t sram_seeds = 500, mixed_seeds = 600, rich_seeds = 700, seeds = 25;

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

class OnSmallBuffers : public SimTest, public ::testing::WithParamInterface<std::uint32_t> {};
TEST_P(OnSmallBuffers, AnythingIsBitExact) {
    expect_exact(rich_graph(GetParam()), rich_settings(GetParam()), GetParam());
}
INSTANTIATE_TEST_SUITE_P(Seeds, OnSmallBuffers, ::testing::Range(rich_seeds, rich_seeds + 2 * seeds));

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

    met.clear();
    for (std::uint32_t i = 0; i < 2 * seeds; ++i) {
        const auto graph = rich_graph(rich_seeds + i);
        const auto machine = dualpim::machine(dualpim_config(rich_settings(rich_seeds + i)));
        const auto schedule = net::schedule_network(graph, machine);
        const auto program = net::compile(schedule, machine, net::default_address_map(2));
        met["spilled"] += schedule.spilled_bytes > 0;
        for (const auto& layer : program.layers) {
            const auto& mapped = schedule.mapping.nodes[static_cast<std::size_t>(layer.node)];
            const auto& node = schedule.graph.nodes[static_cast<std::size_t>(layer.node)];
            met["strips"] += mapped.resident && layer.commands > static_cast<int>(mapped.passes.size()) + 1;
            met["passes"] += mapped.passes.size() > 1;
            met["sums"] += !mapped.passes.empty() && !mapped.passes[0].finishes;
            met["groups"] += node.groups > 1;
            met["thresholds"] += node.requant.steps > 1;
            met["bipolar"] += schedule.graph.tensor(node.inputs[0]).type.kind == net::Kind::bipolar;
            met["doubled"] += node.requant.rounding == net::Rounding::doubled;
            met["half even"] += node.requant.rounding == net::Rounding::half_even;
            met["two stages"] += node.sum_multiplier != 0;
            met["multiply"] += node.op == net::Op::multiply;
            met["divide"] += node.divide;
            for (const auto& tile : mapped.tiles) met["slices"] += tile.slice.lsb > 0;
        }
    }
    EXPECT_EQ(met.size(), 13u);
    for (const auto& [what, times] : met) EXPECT_GE(times, 3) << what;
}

}  // namespace
}  // namespace pimvp::test
