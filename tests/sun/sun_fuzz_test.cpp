// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Random networks, pruned by groups and with filters of different widths, on slots of all kinds: every tensor
// of every image as the reference executor has it, and energies that add up.
#include <gtest/gtest.h>

#include "modules/core/error.h"
#include "networks/program.h"
#include "tests/mapping/pruned_groups.h"
#include "tests/platforms/run_checks.h"
#include "tests/sun/sun_config.h"
#include "tests/support/sc_test_main.h"

namespace pimvp::test {
namespace {

using Settings = std::vector<std::string>;

int group_of(std::uint32_t seed) {
    return seed % 3 == 0 ? 16 : 4;
}

net::Graph graph_of(std::uint32_t seed) {
    net::test::RandomShape shape;
    shape.nodes = 4 + static_cast<int>(seed % 5);
    shape.ternary_percent = seed % 3 == 0 ? 50 : 0;
    if (seed % 4 == 1) shape.most_channels = 40;
    auto graph = seed % 2 == 0 ? net::test::random_graph(seed, shape)
                               : net::test::random_graph(
                                     seed, shape, net::test::RandomGraphOptions::everything_on_hardware());
    net::test::Random random(seed);
    net::test::prune_and_narrow(random, graph, group_of(seed));
    return graph;
}

/// Macros so small that layers are cut into tiles; every third seed has few of them, so that layers are
/// loaded again for every image.
Settings settings_of(std::uint32_t seed) {
    const char* pairing[] = {"optimal", "greedy", "none"};
    const Settings settings = {
        "sun_macro.rows=" + std::to_string(16 * (2 + seed % 3)),
        "sun_macro.slots=" + std::to_string(1 + seed * 3 % 8),
        "sun_macro.active_rows=" + std::to_string(group_of(seed)),
        "sun_macro.row_blocks=1",
        "sun_macro.input_bits_per_step=" + std::to_string(1 + seed % 4),
        std::string("sun_macro.compute=") + (seed % 5 == 0 ? "digital" : "analog"),
        std::string("sun_macro.access_time=") + (seed % 4 == 0 ? "composed" : "assumed"),
        std::string("platform.pairing=") + pairing[seed % 3],
        "platform.least_weight_bits=" + std::to_string(seed % 7 == 0 ? 4 : 1),
        std::string("platform.skip_groups=") + (seed % 6 == 5 ? "false" : "true")};
    for (int macros = seed % 3 == 1 ? 1 : 100;; ++macros) {
        auto all = settings;
        all.push_back("platform.macros=" + std::to_string(macros));
        try {
            const auto machine = sun::machine(sun_config("default", all));
            net::compile(net::schedule_network(graph_of(seed), machine), machine,
                         net::default_address_map(1));
            return all;
        } catch (const Error&) {
            if (macros == 120) throw;
        }
    }
}

class SunFuzz : public SimTest, public ::testing::WithParamInterface<std::uint32_t> {};
TEST_P(SunFuzz, IsExact) {
    const auto options = run_options(graph_of(GetParam()), 2, GetParam());
    expect_exact(sun::run(sun_config("default", settings_of(GetParam())), options), options);
}
INSTANTIATE_TEST_SUITE_P(Seeds, SunFuzz, ::testing::Range(1u, 37u));

}  // namespace
}  // namespace pimvp::test
