// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Trained networks on the ReRAM baseline: exact, whatever the width of cells in use; what fixed widths cost;
// what converters of too few bits do; and that crossbars, not the executor, compute.
#include <gtest/gtest.h>

#include "driver/pimvp_macro.h"
#include "modules/core/payload.h"
#include "modules/reram_crossbar/reram_crossbar.h"
#include "networks/executor.h"
#include "networks/import.h"
#include "platforms/common/least_macros.h"
#include "tests/platforms/outcome.h"
#include "tests/platforms/run_checks.h"
#include "tests/reram/reram_config.h"
#include "tests/support/expect_error.h"
#include "tests/support/sc_test_main.h"

namespace pimvp::test {
namespace {

net::Graph shipped(const std::string& name) {
    return net::import_network(std::string(PIMVP_SOURCE_DIR) + "/models/" + name + ".onnx");
}

Outcome run(const Config& config, const RunOptions& options) {
    return in_its_own_process([&] { return reram::run(config, options); });
}

TEST(ReramNetworks, FixedWidthsGiveTheSameScoresForMore) {
    const auto graph = shipped("fmnist_int4");
    const auto options = run_options(graph, 2, 5);
    const auto needed = run(reram_config("default"), options), fixed = run(reram_config("fixed8"), options);
    EXPECT_TRUE(needed.exact);
    EXPECT_TRUE(fixed.exact);
    EXPECT_FALSE(needed.scores.empty());
    EXPECT_EQ(needed.scores, fixed.scores);
    // Twice the input bits and twice the columns of all but the first and the last layer.
    EXPECT_GT(fixed.energy_j, 1.5 * needed.energy_j);
    EXPECT_GT(fixed.latency_s, 1.2 * needed.latency_s);
}

TEST(ReramNetworks, ConvertersOfTooFewBitsAreCheaperAndNotExact) {
    const auto graph = shipped("fmnist_int4");
    const auto options = run_options(graph, 1, 6);
    const auto exact = run(reram_config("default"), options);
    const auto few = run(reram_config("default", {"reram_crossbar.adc_bits=6"}), options);
    EXPECT_TRUE(exact.exact);
    EXPECT_FALSE(few.exact);
    EXPECT_LT(few.energy_j, exact.energy_j);
    EXPECT_LT(few.latency_s, exact.latency_s);
    const auto prime = run(reram_config("prime"), options), fixed = run(reram_config("fixed8"), options);
    EXPECT_FALSE(prime.exact);
    EXPECT_LT(prime.energy_j, fixed.energy_j);
    EXPECT_LT(prime.latency_s, 0.5 * fixed.latency_s);
}

TEST(ReramMachine, HasAsManyCrossbarsAsTheNetworkNeeds) {
    const auto graph = shipped("fmnist_int4");
    for (const int filters : {0, 4, 16}) {
        auto machine = reram::machine(
            reram_config("default", {"platform.filters_per_crossbar=" + std::to_string(filters)}), graph);
        const auto mapping = net::map_network(graph, machine);
        EXPECT_TRUE(works_in_parallel(mapping));
        std::size_t tiles = 0;
        for (const auto& node : mapping.nodes) {
            tiles = std::max(tiles, node.tiles.size());
            for (const auto& tile : node.tiles) EXPECT_LE(tile.filters, filters == 0 ? 128 : filters);
        }
        EXPECT_GE(machine.paths[0].macros, static_cast<int>(tiles));
        --machine.paths[0].macros;
        EXPECT_FALSE(works_in_parallel(net::map_network(graph, machine))) << filters;
    }
}

TEST(ReramMachine, ALayerOfTooManyTilesSharesCrossbarsWithAQuarterToSpare) {
    const auto graph = shipped("fmnist_int4");
    auto machine = reram::machine(reram_config("default"), graph);
    const int parallel = machine.paths[0].macros;
    EXPECT_EQ(least_macros(graph, machine, parallel), parallel);
    const int shared = least_macros(graph, machine, parallel - 1);
    EXPECT_LT(shared, parallel / 2);
    machine.paths[0].macros = shared - shared / 5;
    EXPECT_TRUE(keeps_all(net::map_network(graph, machine)));
    machine.paths[0].macros -= 1;
    EXPECT_FALSE(keeps_all(net::map_network(graph, machine)));
    EXPECT_EQ(least_macros(graph, machine, 1), 1);
}

TEST(ReramMachine, CrossbarsOfDifferentShapesAreRefused) {
    const auto graph = shipped("fmnist_int4");
    expect_error([&] { reram::machine(reram_config("default", {"reram_crossbar[1].rows=128"}), graph); },
                 "reram_crossbar[1].rows", "expected 256", "found 128");
    expect_error([&] { reram::machine(reram_config("default", {"reram_crossbar[2].cell_bits=2"}), graph); },
                 "reram_crossbar[2].cell_bits", "expected 4", "found 2");
    expect_error(
        [&] {
            reram::machine(reram_config("default", {"platform.crossbars=2", "reram_crossbar[2].adc_bits=8"}),
                           graph);
        },
        "reram_crossbar[2].adc_bits", "below 2");
}

using NoBackDoor = SimTest;

/// One fully connected layer of signed 4-bit weights: a level more in the positive cell of weight (row 5,
/// filter 2), set through debug transport between two images, adds the second image's pixel.
TEST_F(NoBackDoor, AChangedCellChangesTheScoresByItsLevel) {
    net::test::Random random(3);
    net::test::GraphBuilder b({16, 1, 1});
    b.append(net::test::random_conv(random, b.graph, b.graph.input, 6, 1, 1,
                                    net::test::integer_type(4, net::Kind::signed_integer)),
             {6, 1, 1}, net::test::accumulator_type());
    const auto& graph = b.graph;
    auto options = run_options(graph, 2, 9);
    options.dataset.pixels[5] = 77;       // row 5 of image 0
    options.dataset.pixels[16 + 5] = 93;  // of image 1
    options.progress = [](std::int64_t done) {
        if (done != 1) return;
        auto* crossbar = dynamic_cast<ReramCrossbar*>(sc_core::sc_find_object("reram.reram0"));
        ASSERT_NE(crossbar, nullptr);
        unsigned char byte = 0;
        tlm::tlm_generic_payload payload;
        // Cells 4 and 5 of row 5: the low nibble is positive.
        const auto address = std::uint64_t{PIMVP_MACRO_CELLS} + 5 * 128 + 2;
        prepare(payload, tlm::TLM_READ_COMMAND, address, &byte, 1);
        ASSERT_EQ(crossbar->target.get_base_interface().transport_dbg(payload), 1u);
        ++byte;
        prepare(payload, tlm::TLM_WRITE_COMMAND, address, &byte, 1);
        ASSERT_EQ(crossbar->target.get_base_interface().transport_dbg(payload), 1u);
    };
    const auto result = reram::run(reram_config("default"), options);
    const auto first = net::execute(graph, options.dataset.image(0)).back();
    auto second = net::execute(graph, options.dataset.image(1)).back();
    EXPECT_EQ(result.scores[0], first);
    second[2] += 93;
    EXPECT_EQ(result.scores[1], second);
    EXPECT_EQ(result.bit_exact, false);
}

}  // namespace
}  // namespace pimvp::test
