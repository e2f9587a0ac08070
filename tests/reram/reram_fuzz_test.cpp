// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Random networks on crossbars of all kinds: every tensor of every image as the reference executor has it,
// and energies that add up.
#include <gtest/gtest.h>

#include "modules/core/error.h"
#include "networks/schedule.h"
#include "tests/platforms/run_checks.h"
#include "tests/reram/reram_config.h"
#include "tests/support/sc_test_main.h"

namespace pimvp::test {
namespace {

using Settings = std::vector<std::string>;

net::Graph graph_of(std::uint32_t seed) {
    net::test::RandomShape shape;
    shape.nodes = 4 + static_cast<int>(seed % 5);
    shape.ternary_percent = seed % 3 == 0 ? 50 : 0;
    return seed % 2 == 0 ? net::test::random_graph(seed, shape)
                         : net::test::random_graph(seed, shape,
                                                   net::test::RandomGraphOptions::everything_on_hardware());
}

/// Crossbars so small that layers are cut into tiles; every third seed has few of them, so that layers are
/// loaded again for every image.
Settings settings_of(std::uint32_t seed, const std::string& variant) {
    const char* cell_bits[] = {"4", "2", "4", "1"};
    Settings settings = {"reram_crossbar.rows=48",
                         "reram_crossbar.columns=" + std::to_string(seed % 4 == 3 ? 128 : 64),
                         "reram_crossbar.active_rows=" + std::to_string(1 + seed * 7 % 48),
                         "reram_crossbar.columns_per_adc=" + std::to_string(1 + seed % 16),
                         std::string("reram_crossbar.cell_bits=") + cell_bits[seed % 4],
                         "reram_crossbar.dac_bits=" + std::to_string(1 + seed / 4 % 3)};
    for (int crossbars = seed % 3 == 1 ? 1 : 100;; ++crossbars) {
        auto all = settings;
        all.push_back("platform.crossbars=" + std::to_string(crossbars));
        try {
            net::schedule_network(graph_of(seed), reram::machine(reram_config(variant, all), graph_of(seed)));
            return all;
        } catch (const Error&) {
            if (crossbars == 120) throw;
        }
    }
}

class ReramFuzz : public SimTest, public ::testing::WithParamInterface<std::uint32_t> {
  protected:
    void check(const std::string& variant) {
        const auto options = run_options(graph_of(GetParam()), 2, GetParam());
        expect_exact(reram::run(reram_config(variant, settings_of(GetParam(), variant)), options), options);
    }
};
TEST_P(ReramFuzz, as_wide_as_needed) {
    check("default");
}
TEST_P(ReramFuzz, all_8_bits) {
    check("fixed8");
}
INSTANTIATE_TEST_SUITE_P(Seeds, ReramFuzz, ::testing::Range(1u, 19u));

}  // namespace
}  // namespace pimvp::test
