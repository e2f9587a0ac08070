// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What pairing and skipping are worth, by the closed formula; that no variant changes a score; that macros,
// not the executor, compute.
#include <gtest/gtest.h>

#include "driver/pimvp_macro.h"
#include "modules/core/payload.h"
#include "modules/sun_macro/sun_macro.h"
#include "networks/executor.h"
#include "networks/import.h"
#include "networks/slot_use.h"
#include "tests/platforms/outcome.h"
#include "tests/platforms/run_checks.h"
#include "tests/sun/sun_config.h"
#include "tests/support/expect_error.h"
#include "tests/support/sc_test_main.h"

namespace pimvp::test {
namespace {

using net::test::integer_type;

Outcome run(const Config& config, const RunOptions& options) {
    return in_its_own_process([&] { return sun::run(config, options); });
}

/// 64 channels of 16 x 16 pixels, 3 x 3, 64 filters of 4 bits; groups of the window that all filters have as
/// zeros: none, or every other one.
net::Graph layer(bool pruned) {
    net::test::Random random(11);
    net::test::GraphBuilder b({64, 16, 16});
    b.graph.tensors[0].type = integer_type(4, net::Kind::unsigned_integer);
    auto node = net::test::random_conv(random, b.graph, b.graph.input, 64, 3, 3,
                                       integer_type(4, net::Kind::signed_integer));
    node.pad_top = node.pad_left = node.pad_bottom = node.pad_right = 1;
    for (std::size_t i = 0; i < node.weights.size(); ++i) {
        if (node.weights[i] == 0) node.weights[i] = 1;
        const std::size_t position = i % 9, channel = i / 9 % 64, group = (position * 64 + channel) / 16;
        if (pruned && group % 2 == 1) node.weights[i] = 0;
    }
    const auto output = integer_type(4, net::Kind::unsigned_integer);
    net::test::random_requant(random, node, 64, 1e-2, output);
    b.append(node, {64, 16, 16}, output);
    for (int i = 0; i < 256; ++i) b.graph.input_table.push_back(i / 16);
    return b.graph;
}

/// Array steps of 256 positions: groups of all tiles, spread over eight macros. The rest is filling and
/// emptying the pipeline, the first rows, commands and parameters.
TEST(SunSpeed, IsSparsityTimesPairing) {
    const auto dense = layer(false), pruned = layer(true);
    const auto cycles = [&](const net::Graph& graph, const char* variant) {
        return run(sun_config(variant), run_options(graph, 1, 4)).cycles.at(0);
    };
    // 64 slots of one filter are 8 tiles, 32 of two are 4; a window has 36 groups.
    const std::int64_t positions = 256, unpaired = 8 * 36 / 8, paired = 4 * 36 / 8;
    const struct {
        std::int64_t found, steps;
    } cases[] = {{cycles(dense, "dense"), unpaired},
                 {cycles(pruned, "dense"), unpaired},
                 {cycles(pruned, "unpaired"), unpaired / 2},
                 {cycles(dense, "default"), paired},
                 {cycles(pruned, "default"), paired / 2}};
    for (const auto& c : cases) {
        EXPECT_GE(c.found, positions * c.steps);
        EXPECT_LE(c.found, positions * c.steps + 8 * c.steps + 320);
    }
    // 1 / (1 - s) x U_paired / U_unpaired, within that overhead.
    EXPECT_NEAR(static_cast<double>(cases[0].found) / static_cast<double>(cases[4].found), 2 * 2, 0.6);
}

TEST(SunSpeed, TheReportOfSlotsIsWhatRuns) {
    const auto graph = layer(true);
    const auto machine = sun::machine(sun_config("default"));
    const auto mapping = net::map_network(graph, machine);
    const auto use = net::slot_use(graph.nodes[0], mapping.nodes[0], machine.paths[0]);
    EXPECT_EQ(use.slots, 32u);
    EXPECT_EQ(use.stored, 64u);
    EXPECT_DOUBLE_EQ(use.alone(), 0.5);
    EXPECT_DOUBLE_EQ(use.paired(), 1.0);
    EXPECT_EQ(use.groups, 4 * 36);
    EXPECT_DOUBLE_EQ(use.sparsity(), 0.5);
    EXPECT_EQ(use.index_bits, 4 * 18 * 6);
    // Columns that pad a filter of 4 bits to 8 hold none of its bits.
    const auto padded = sun::machine(sun_config("fixed8"));
    const auto wide =
        net::slot_use(graph.nodes[0], net::map_network(graph, padded).nodes[0], padded.paths[0]);
    EXPECT_EQ(wide.slots, 64u);
    EXPECT_DOUBLE_EQ(wide.paired(), 0.5);
}

TEST(SunNetworks, VariantsGiveTheSameScores) {
    const auto graph = net::import_network(std::string(PIMVP_SOURCE_DIR) + "/models/fmnist_int4.onnx");
    const auto options = run_options(graph, 2, 5);
    const auto first = run(sun_config("default"), options);
    EXPECT_TRUE(first.exact);
    EXPECT_FALSE(first.scores.empty());
    for (const char* variant :
         {"unpaired", "dense", "fixed4", "fixed8", "bit-serial", "composed", "digital"}) {
        const auto other = run(sun_config(variant), options);
        EXPECT_TRUE(other.exact) << variant;
        EXPECT_EQ(other.scores, first.scores) << variant;
        EXPECT_GE(other.latency_s, first.latency_s) << variant;
    }
    EXPECT_GT(run(sun_config("bit-serial"), options).latency_s, 1.2 * first.latency_s);
}

TEST(SunNetworks, ConvertersOfTooFewBitsAreNotExact) {
    const auto graph = net::import_network(std::string(PIMVP_SOURCE_DIR) + "/models/fmnist_int4.onnx");
    const auto options = run_options(graph, 1, 6);
    const auto few = run(sun_config("default", {"sun_macro.adc_bits=4"}), options);
    EXPECT_FALSE(few.exact);
    EXPECT_LT(few.energy_j, run(sun_config("default"), options).energy_j);
}

TEST(SunMachine, WhatDoesNotFitIsRefused) {
    expect_error([] { sun::machine(sun_config("default", {"sun_macro[1].rows=512"})); }, "sun_macro[1].rows",
                 "expected 1024", "found 512");
    expect_error([] { sun::machine(sun_config("default", {"sun_macro.slot_columns=4"})); },
                 "sun_macro.slot_columns", "expected 8", "found 4");
    expect_error([] { sun::machine(sun_config("default", {"index_memory.bytes=524288"})); },
                 "index_memory.bytes", "at most 262144", "524288");
    expect_error([] { sun::machine(sun_config("default", {"sun_macro[8].adc_bits=8"})); },
                 "sun_macro[8].adc_bits", "below 8");
}

using NoBackDoor = SimTest;

/// One fully connected layer of signed 4-bit weights, six filters in three slots: the lowest bit of weight
/// (row 5, third result) set or cleared through debug transport between two images.
TEST_F(NoBackDoor, AChangedCellChangesTheScore) {
    net::test::Random random(3);
    net::test::GraphBuilder b({16, 1, 1});
    b.append(net::test::random_conv(random, b.graph, b.graph.input, 6, 1, 1,
                                    integer_type(4, net::Kind::signed_integer)),
             {6, 1, 1}, net::test::accumulator_type());
    const auto& graph = b.graph;
    auto options = run_options(graph, 2, 9);
    options.dataset.pixels[5] = 77;       // row 5 of image 0
    options.dataset.pixels[16 + 5] = 93;  // of image 1
    int change = 0;
    options.progress = [&](std::int64_t done) {
        if (done != 1) return;
        auto* macro = dynamic_cast<SunMacro*>(sc_core::sc_find_object("sun.sun0"));
        ASSERT_NE(macro, nullptr);
        unsigned char byte = 0;
        tlm::tlm_generic_payload payload;
        // A wordline has 8 bytes, a slot each; the third result is the first filter of slot 1.
        const auto address = std::uint64_t{PIMVP_MACRO_CELLS} + 5 * 8 + 1;
        prepare(payload, tlm::TLM_READ_COMMAND, address, &byte, 1);
        ASSERT_EQ(macro->target.get_base_interface().transport_dbg(payload), 1u);
        change = (byte & 1) != 0 ? -93 : 93;
        byte ^= 1;
        prepare(payload, tlm::TLM_WRITE_COMMAND, address, &byte, 1);
        ASSERT_EQ(macro->target.get_base_interface().transport_dbg(payload), 1u);
    };
    const auto machine = sun::machine(sun_config("default"));
    const auto mapping = net::map_network(graph, machine);
    const auto channel = static_cast<std::size_t>(mapping.nodes[0].channels.at(2));
    const auto result = sun::run(sun_config("default"), options);
    const auto first = net::execute(graph, options.dataset.image(0)).back();
    auto second = net::execute(graph, options.dataset.image(1)).back();
    EXPECT_EQ(result.scores[0], first);
    second[channel] += change;
    EXPECT_EQ(result.scores[1], second);
    EXPECT_EQ(result.bit_exact, false);
}

}  // namespace
}  // namespace pimvp::test
