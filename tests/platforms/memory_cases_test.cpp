// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Tensors and sums that live in the system's memory: bit exact, the same at any quantum and with a waveform,
// beside refresh, and refused where two paths would share it.
#include <gtest/gtest.h>

#include <sstream>

#include "platforms/dualpim/platform.h"
#include "tests/platforms/run_fixture.h"
#include "tests/platforms/small_layers.h"
#include "tests/support/expect_error.h"
#include "tests/support/in_child.h"
#include "tests/support/temp_dir.h"
#include "tests/traces/vcd_file.h"

namespace pimvp::test {
namespace {

using Settings = std::vector<std::string>;
using MemoryCases = SimTest;

net::Node window(int kernel, int stride = 1, int pad = 0) {
    net::Node node;
    node.kernel_h = node.kernel_w = kernel;
    node.stride_h = node.stride_w = stride;
    node.pad_top = node.pad_left = node.pad_bottom = node.pad_right = pad;
    return node;
}

/// A residual block, a pool and a map of scores.
net::Graph block_of(const net::TensorType& weights, int bits) {
    SmallLayers l({3, 8, 9}, static_cast<std::uint32_t>(100 + bits));
    const int a = l.conv(l.input(), window(3, 1, 1), 16, weights, unsigned_type(bits));
    const int b = l.conv(a, window(3, 1, 1), 16, weights, unsigned_type(bits));
    const int sum = l.add({a, b}, unsigned_type(8, 3));
    const int small = l.pool(net::Op::max_pool, sum, window(2, 2), {});
    const int mixed = l.merge({small, small}, 24, unsigned_type(bits));
    l.conv(mixed, window(2), 11, weights, net::test::accumulator_type());
    return l.graph();
}

const Settings small_sram = {"platform.edram_macros=0",    "platform.sram_macros=2",
                             "sram_macro.rows=64",         "sram_macro.columns=64",
                             "sram_macro.active_rows=64",  "activation_buffer.bytes=64",
                             "postprocess.row_bytes=1024", "sequencer.line_buffer_bytes=256"};
const Settings small_edram = {"platform.sram_macros=1",     "platform.edram_macros=2",
                              "edram_macro.rows=64",        "edram_macro.columns=32",
                              "edram_macro.active_rows=64", "activation_buffer.bytes=64",
                              "postprocess.row_bytes=1024", "sequencer.line_buffer_bytes=256"};

/// Input, output, sums between passes: all in memory.
void expect_all_in_memory(const net::Graph& graph, const Settings& settings, int path) {
    const Compiled compiled(graph, settings);
    const auto& homes = compiled.schedule.homes;
    EXPECT_TRUE(homes[static_cast<std::size_t>(graph.input)].in_memory);
    EXPECT_TRUE(homes[static_cast<std::size_t>(graph.output)].in_memory);
    bool sums = false, passes = false;
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
        EXPECT_EQ(compiled.mapping(n).path, path);
        sums |= compiled.schedule.sums[n].in_memory;
        passes |= compiled.mapping(n).passes.size() > 1;
    }
    EXPECT_TRUE(sums && passes);
}

TEST_F(MemoryCases, InputOutputAndSumsOnSram) {
    const auto graph = block_of(signed_type(6), 4);
    expect_all_in_memory(graph, small_sram, 0);
    expect_exact(graph, small_sram, 21, 3);
}

TEST_F(MemoryCases, InputOutputAndSumsOnGainCellsAlone) {
    const auto graph = block_of(ternary_type(), 8);
    expect_all_in_memory(graph, small_edram, 1);
    expect_exact(graph, small_edram, 22, 3);
}

TEST_F(MemoryCases, OneBitElementsInMemory) {
    const auto graph = block_of(ternary_type(), 1);
    expect_all_in_memory(graph, small_edram, 1);
    expect_exact(graph, small_edram, 23, 3);
}

TEST_F(MemoryCases, RefreshGoesOnBesideReloading) {
    // Rows are rewritten for every image and refreshed in between, in both ways.
    for (const std::string policy : {"burst", "distributed"}) {
        const auto text = in_child([&] {
            auto settings = small_edram;
            for (const std::string more : {"edram_macro.retention=28 us", "refresh.period=26 us"})
                settings.push_back(more);
            settings.push_back("refresh.policy=" + policy);
            const auto result = expect_exact(block_of(ternary_type(), 8), settings, 24, 20);
            std::uint64_t refreshes = 0, flips = 0;
            for (const auto& block : result.blocks)
                for (const auto& [name, count] : block.counters) {
                    refreshes += name.find("row_refresh") != std::string::npos ? count : 0;
                    flips += name.find("retention_flip") != std::string::npos ? count : 0;
                }
            double longest = 0;
            for (const auto& latency : result.latency) longest = std::max(longest, latency.si());
            return std::string(result.bit_exact == true ? "exact" : result.first_mismatch) +
                   (longest > 26e-6 ? ", long enough" : ", too short") +
                   (refreshes > 0 ? ", refreshed" : ", not refreshed") + (flips > 0 ? ", lost" : "");
        });
        EXPECT_EQ(text, "exact, long enough, refreshed") << policy;
    }
}

TEST_F(MemoryCases, TwoPathsNeverShareIt) {
    SmallLayers l({3, 8, 9}, 25);
    const int a = l.conv(l.input(), window(3, 1, 1), 16, signed_type(4), unsigned_type(8));
    const int b = l.conv(a, window(3, 1, 1), 16, ternary_type(), unsigned_type(8));
    l.scores(l.merge({a, b}, 16, unsigned_type(8)), 4, signed_type(4));
    expect_error(
        [&] { dualpim::run(dualpim_config({"activation_buffer.bytes=256"}), run_options(l.graph(), 1, 1)); },
        "does not fit", "activation buffer", "256", "path ");
    expect_exact(l.graph(), {}, 25);
}

/// All of a run but what the simulator took.
std::string report(std::int64_t quantum_ps, const std::string& vcd) {
    auto options = run_options(block_of(signed_type(6), 4), 2, 26);
    options.quantum_ps = quantum_ps;
    options.trace.file = vcd;
    const auto result = dualpim::run(dualpim_config(small_sram), options);
    std::ostringstream out;
    out << (result.bit_exact == true ? "exact" : result.first_mismatch) << "\n";
    for (std::size_t i = 0; i < result.count(); ++i) {
        out << std::llround(result.latency[i].si() * 1e12) << " ps";
        for (const auto score : result.scores[i]) out << " " << score;
        out << "\n";
    }
    for (const auto& layer : result.layers)
        out << layer.name << " " << layer.cycles << " " << layer.bound << " "
            << static_cast<double>(layer.energy) << "\n";
    for (const auto& block : result.blocks) {
        out << block.name << " " << static_cast<double>(block.energy);
        for (const auto& [name, count] : block.counters) out << " " << name << "=" << count;
        out << "\n";
    }
    return out.str();
}

TEST_F(MemoryCases, NeitherQuantumNorWaveformChangesAnything) {
    TempDir dir;
    const auto plain = in_child([] { return report(0, ""); });
    ASSERT_EQ(plain.find("exact"), 0u) << plain;
    EXPECT_EQ(in_child([] { return report(1'000'000, ""); }), plain) << "quantum 1 us";
    const auto file = dir.path("passes.vcd");
    EXPECT_EQ(in_child([&] { return report(0, file); }), plain) << "waveform";

    // Layers in passes and strips appear by their numbers from 1 on, each image in the same order.
    std::vector<int> layers;
    const auto vcd = read_vcd(file);
    for (const auto& [at, value] : vcd.changes.at("dualpim.sram_sequencer.layer")) {
        if (value.find_first_not_of("b01") != std::string::npos) continue;  // x: none so far
        const int layer = std::stoi(value.substr(value[0] == 'b' ? 1 : 0), nullptr, 2);
        if (layer != 0 && (layers.empty() || layers.back() != layer)) layers.push_back(layer);
    }
    EXPECT_EQ(layers, (std::vector<int>{1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6}));
}

}  // namespace
}  // namespace pimvp::test
