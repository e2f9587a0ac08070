// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Temporal decoupling and the kernel's time resolution are the simulator's affair: no result depends on them.
#include <gtest/gtest.h>

#include <sstream>

#include "platforms/dualpim/platform.h"
#include "tests/platforms/run_fixture.h"
#include "tests/support/in_child.h"

namespace pimvp::test {
namespace {

std::string text(Zeptojoules zj) {
    return std::to_string(static_cast<long long>(zj / 1'000'000'000)) + "." +
           std::to_string(static_cast<long long>(zj % 1'000'000'000));
}

/// All of a run of a network on both paths that has to reload weights, but what the simulator took.
std::string report(std::uint32_t seed, std::int64_t quantum_ps, sc_core::sc_time_unit resolution) {
    sc_core::sc_set_time_resolution(1, resolution);
    net::test::RandomShape shape;
    shape.nodes = 9;
    shape.ternary_percent = 60;
    const auto graph = net::test::random_graph(seed, shape);
    auto options = run_options(graph, 3, seed);
    options.quantum_ps = quantum_ps;
    // Fetches from memory as well: programs that do not fit, and weights.
    const auto result = dualpim::run(
        dualpim_config({"sram_macro.rows=40", "sram_macro.columns=64", "sram_macro.active_rows=20",
                        "edram_macro.rows=48", "edram_macro.columns=16", "edram_macro.active_rows=24",
                        "platform.sram_macros=12", "platform.edram_macros=8", "program_memory.bytes=1024"}),
        options);
    std::ostringstream out;
    out << "exact " << *result.bit_exact << " load " << result.load_time.si() << "\n";
    for (std::size_t i = 0; i < result.count(); ++i) {
        out << "image " << i << ": " << std::llround(result.latency[i].si() * 1e12) << " ps, scores";
        for (const auto score : result.scores[i]) out << " " << score;
        out << "\n";
    }
    for (const auto& layer : result.layers)
        out << layer.name << " " << layer.path << " " << layer.cycles << " " << layer.bound << " "
            << text(layer.energy) << "\n";
    for (const auto& block : result.blocks) {
        out << block.name << " " << text(block.energy);
        for (const auto& [name, count] : block.counters) out << " " << name << "=" << count;
        out << "\n";
    }
    return out.str();
}

class Decoupling : public ::testing::TestWithParam<std::uint32_t> {};
TEST_P(Decoupling, ChangesNothing) {
    const auto seed = GetParam();
    const auto at_once = in_child([&] { return report(seed, 0, sc_core::SC_PS); });
    ASSERT_EQ(at_once.find("exact 1"), 0u) << at_once;
    EXPECT_NE(at_once.find(" edram "), std::string::npos) << "the second path has nothing to do";
    EXPECT_EQ(in_child([&] { return report(seed, 1'000'000, sc_core::SC_PS); }), at_once) << "quantum 1 us";
    EXPECT_EQ(in_child([&] { return report(seed, 50'000'000, sc_core::SC_PS); }), at_once) << "quantum 50 us";
    EXPECT_EQ(in_child([&] { return report(seed, 0, sc_core::SC_FS); }), at_once) << "resolution 1 fs";
}
INSTANTIATE_TEST_SUITE_P(Seeds, Decoupling, ::testing::Values(700u, 702u, 703u, 704u));

}  // namespace
}  // namespace pimvp::test
