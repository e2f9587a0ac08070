// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What sun's claims take from a run, by hand.
#include <gtest/gtest.h>

#include <set>

#include "platforms/sun/claim_figures.h"
#include "platforms/sun/claims.h"
#include "tests/sun/sun_config.h"

namespace pimvp {
namespace {

/// 64 channels of 3 x 5 pixels, 1 x 1, 20 filters of 4 bits: of four groups, two are needed by filters 0 to
/// 9 and one by the others; filter 19 is zero.
RunFigures made_up() {
    net::Graph graph;
    graph.name = "made_up";
    graph.tensors = {{"in", {64, 3, 5}, {4, net::Kind::unsigned_integer}},
                     {"out", {20, 3, 5}, {32, net::Kind::signed_integer}}};
    graph.input = 0, graph.output = 1;
    net::Node node;
    node.name = "conv";
    node.inputs = {0}, node.output = 1;
    node.weight_type = {4, net::Kind::signed_integer};
    node.bias.assign(20, 0);
    for (int f = 0; f < 20; ++f)
        for (int j = 0; j < 64; ++j) node.weights.push_back(f < 19 && (f < 10 ? j < 32 : j >= 48) ? 2 : 0);
    graph.nodes = {node};
    RunFigures run;
    run.network = std::make_shared<const net::Graph>(graph);
    run.config = test::sun_config("default");
    run.images = 2;
    run.throughput = 1e5;
    run.counters = {{"sun.sun0.access_cycle", 1000},
                    {"sun.sun1.access_cycle", 500},
                    {"sun.sun1.busy_cycle", 9000},
                    {"sun.sun_dma.access_cycle", 7000}};
    run.block_area_m2 = {{"sun.sun0", 1e-7},           {"sun.sun1", 2e-7},
                         {"sun.sun_index", 4e-7},      {"sun.sun_buffer", 8e-7},
                         {"sun.sun_program", 16e-7},   {"sun.sun_postprocess", 32e-7},
                         {"sun.sun_sequencer", 64e-7}, {"sun.bus", 128e-7}};
    return run;
}

TEST(SunFigures, CountWhatTheMacrosDo) {
    const auto run = made_up();
    EXPECT_EQ(sun::dense_macs(run), 15 * 20 * 64);
    // Tiles of filters that need the same: 10 with 32 elements, 9 with 16.
    EXPECT_EQ(sun::executed_macs(run), 15 * (10 * 32 + 9 * 16));
    EXPECT_DOUBLE_EQ(sun::operations_per_s(run, 500), 2 * 500 * 1e5);
    // Of two images the longer macro takes 1000 cycles of 5 ns.
    EXPECT_DOUBLE_EQ(sun::array_operations_per_s(run, 500), 2 * 500 / 2.5e-6);
    EXPECT_DOUBLE_EQ(sun::access_cycles(run), 750);
}

TEST(SunFigures, SlotsAndAreas) {
    const auto run = made_up();
    const auto use = sun::slots(run);
    EXPECT_EQ(use.filters, 20u);
    EXPECT_EQ(use.stored, 19u);
    EXPECT_EQ(use.slots, 10u);
    EXPECT_DOUBLE_EQ(use.paired(), 19.0 * 4 / (10 * 8));
    EXPECT_EQ(use.kept_groups, 3);
    EXPECT_EQ(use.groups, 8);
    EXPECT_NEAR(sun::area_m2(run), 255e-7, 1e-15);
    const auto parts = sun::area_by_part(run);
    EXPECT_NEAR(parts.at("macros"), 3e-7, 1e-15);
    EXPECT_NEAR(parts.at("index memory"), 4e-7, 1e-15);
    EXPECT_NEAR(parts.at("buffers"), 24e-7, 1e-15);
    EXPECT_NEAR(parts.at("postprocessor"), 32e-7, 1e-15);
    EXPECT_NEAR(parts.at("sequencer"), 64e-7, 1e-15);
    EXPECT_NEAR(parts.at("wires and DMA"), 128e-7, 1e-15);
}

TEST(SunFigures, ARunWithoutMacrosIsNoneOfSun) {
    auto run = made_up();
    run.counters.clear();
    EXPECT_THROW(sun::access_cycles(run), std::logic_error);
}

TEST(SunClaims, IdsAreUniqueAndRunsAreNamed) {
    const auto group = sun::claims();
    std::set<std::string> ids, runs;
    for (const auto& claim : group.claims) EXPECT_TRUE(ids.insert(claim.id).second) << claim.id;
    for (const auto& run : group.runs) EXPECT_TRUE(runs.insert(run.name).second) << run.name;
    EXPECT_TRUE(runs.count("fmnist_int4 on dense"));
}

}  // namespace
}  // namespace pimvp
