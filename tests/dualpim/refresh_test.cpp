// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Refresh in the running system, against the closed formulas: a row every period, R t_row / T of the time, R
// C n e of energy per pass.
#include <cmath>
#include <set>

#include "modules/core/home_folder.h"
#include "networks/import.h"
#include "networks/schedule.h"
#include "platforms/dualpim/platform.h"
#include "platforms/platform_table.h"
#include "tests/apps/command.h"

namespace pimvp::test {

namespace {

constexpr const char* network = "fmnist_dualnet_50";

/// Wordlines of each eDRAM macro that hold weights, from the mapping alone.
std::vector<int> live_rows() {
    const auto& entry = find_platform("dualpim");
    const auto config = Config::load(variant_file("dualpim", "default"), entry.schema());
    const auto graph = net::import_network(home_folder() + "/models/" + network + ".onnx");
    const auto mapping = net::map_network(graph, dualpim::machine(config));
    std::vector<std::set<int>> rows(mapping.cells_in_use[1].size());
    for (const auto& node : mapping.nodes)
        for (const auto& tile : node.tiles)
            if (node.path == 1)
                for (int r = 0; r < tile.rows; ++r)
                    rows[static_cast<std::size_t>(tile.macro)].insert(tile.row0 + r);
    std::vector<int> counts;
    for (const auto& set : rows) counts.push_back(static_cast<int>(set.size()));
    return counts;
}

/// Retention and refresh period in microseconds.
struct RefreshTest : CommandTest, ::testing::WithParamInterface<std::pair<int, int>> {};

}  // namespace

TEST_P(RefreshTest, ShareOfTimeAndEnergyFollowsTheFormulaAndNothingIsLost) {
    const auto [retention_us, period_us] = GetParam();
    const auto json = run_json("dualpim", {"--images", "0..169", "--set",
                                           "edram_macro.retention=" + std::to_string(retention_us) + " us",
                                           "--set", "refresh.period=" + std::to_string(period_us) + " us"});
    const double span_us = json["span_s"].get<double>() * 1e6, load_us = json["load_s"].get<double>() * 1e6;
    ASSERT_GT(span_us, 100.0 * retention_us);
    EXPECT_TRUE(json["bit_exact"].get<bool>());
    const auto live = live_rows();
    ASSERT_GT(live[0], 0);
    for (std::size_t m = 0; m < live.size(); ++m) {
        const std::string block = "dualpim.edram" + std::to_string(m);
        EXPECT_EQ(json["counters"].value(block + ".retention_flip", 0), 0) << block;
        const double refreshes = json["counters"][block + ".row_refresh"].get<double>();
        // Each live row once a period; when in the period its weights came is worth one refresh a row.
        const double passes = span_us / period_us, slack = 1 + load_us / period_us;
        EXPECT_NEAR(refreshes, live[m] * passes, live[m] * slack) << block;
        if (live[m] == 0) continue;
        const double row_us = 2 * 5e-3;  // read and write back, 200 MHz
        const double time_share = refreshes * row_us / span_us, formula = live[m] * row_us / period_us;
        EXPECT_NEAR(time_share, formula, formula * slack / passes) << block;
        // 128 columns, two nodes a cell, 20 fJ a node.
        const double joules = json["energy_j"]["by_event"][block + ".row_refresh"].get<double>();
        EXPECT_NEAR(joules, refreshes * 128 * 2 * 20e-15, 1e-9 * joules) << block;
    }
}

INSTANTIATE_TEST_SUITE_P(Retention, RefreshTest,
                         ::testing::Values(std::make_pair(28, 26), std::make_pair(77, 75),
                                           std::make_pair(200, 198)),
                         [](const auto& info) { return std::to_string(info.param.first) + "us"; });

using RetentionTest = CommandTest;

TEST_F(RetentionTest, WithoutRefreshChargesAreLostAndAccuracyFalls) {
    const auto with = run_json("dualpim", {"--images", "0..99"});
    const auto without = run_json("dualpim:no-refresh", {"--images", "0..99"});
    EXPECT_TRUE(with["bit_exact"].get<bool>());
    EXPECT_FALSE(without["bit_exact"].get<bool>());
    EXPECT_GT(without["counters"]["dualpim.edram0.retention_flip"].get<int>(), 0);
    EXPECT_LT(without["accuracy"].get<double>(), with["accuracy"].get<double>() - 0.2);
}

TEST_F(RetentionTest, WithoutRepairWeakCellsFlipAlthoughRefreshed) {
    const auto json =
        run_json("dualpim", {"--images", "0..9", "--no-check", "--set", "edram_macro.repair=false", "--set",
                             "edram_macro.retention_yield=0.99"});
    EXPECT_GT(json["counters"]["dualpim.edram0.retention_flip"].get<int>(), 0);
}

}  // namespace pimvp::test
