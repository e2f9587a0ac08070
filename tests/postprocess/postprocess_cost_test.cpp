// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/postprocess/postprocess_cost.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "modules/core/error.h"

namespace pimvp {
namespace {

// By hand from 0.7 fF, 0.9 V, 0.614 um2: full adder 3.402 fJ, 4.7892 um2; flip-flop 1.701 fJ, 3.684 um2; AND
// 0.2835 fJ.
TEST(PostprocessCost, FollowsFromPrimitives) {
    PostprocessParams params;
    params.limits = {100, 8192, 24, 16};
    params.parameter_entries = 2048;
    params.entries_per_cycle = 4;
    params.lanes_accumulate = 10;
    params.lanes_requant = 5;
    params.flavour = BufferFlavour::lop;
    params.logic_leakage = microwatts(7);
    const PostprocessCost cost = postprocess_cost(params, Technology{});
    const auto fj = [](Energy e) { return e.si() * 1e15; };
    EXPECT_NEAR(fj(cost.accumulate), 24 * 5.103, 1e-9);
    EXPECT_NEAR(fj(cost.subtract), 17 * 3.402, 1e-9);
    EXPECT_NEAR(fj(cost.compare), 24 * 5.103, 1e-9);
    EXPECT_NEAR(fj(cost.bias), 24 * 3.402, 1e-9);
    EXPECT_NEAR(fj(cost.multiply_bit), 24 * 3.6855, 1e-9);
    EXPECT_NEAR(fj(cost.round), 112 * 3.402 + 240 * 1.701,
                1e-9);  // 40 + 3 x 24 adders, 40 x 6 muxes of 3 NAND2
    EXPECT_NEAR(fj(cost.latch), 60 * 1.701, 1e-9);
    // Four banks of 8 KiB and five row buffers of 8 KiB, each the first line of the CACTI table.
    EXPECT_NEAR(fj(cost.parameter_read), 1950, 1e-6);
    EXPECT_NEAR(fj(cost.row_write), 2710, 1e-6);
    EXPECT_NEAR(cost.leakage.si(), 9 * 0.47e-3 + 7e-6, 1e-9);
    double um2 = 0;
    for (const auto& [name, area] : cost.areas) um2 += area.si() * 1e12;
    const double lanes_in = 10 * 41 * 4.7892;
    const double lanes_out = 5 * (384 * (4.7892 + 0.614) + 153 * 4.7892 + 240 * 3 * 0.614);
    const double registers = 3.684 * (2 * 100 * 24 + 100 * 60 + 512);
    EXPECT_NEAR(um2, lanes_in + lanes_out + registers + 9 * 12000, 1e-3);
}

TEST(PostprocessParams, ComesFromAFile) {
    const std::string file = ::testing::TempDir() + "postprocess_params.toml";
    std::ofstream(file)
        << "[postprocess]\nchannels = 100\nrow_bytes = 1024\naccumulator_bits = 20\nmultiplier_bits = 12\n"
           "parameter_entries = 300\nlanes_accumulate = 8\nlanes_requant = 4\nentries_per_cycle = 2\n"
           "flavour = \"lop\"\n"
           "[postprocess.logic_leakage]\nvalue = \"3 uW\"\nrange = [\"1 uW\", \"9 uW\"]\n"
           "kind = \"assumed\"\nsource = \"a test\"\n"
           "[postprocess.period]\nvalue = \"2 ns\"\nrange = [\"1 ns\", \"9 ns\"]\n"
           "kind = \"assumed\"\nsource = \"a test\"\n";
    const auto params = PostprocessParams::from(Config::load(file, PostprocessParams::schema()));
    std::remove(file.c_str());
    EXPECT_EQ(params.limits.channels, 100u);
    EXPECT_EQ(params.limits.row_bytes, 1024u);
    EXPECT_EQ(params.limits.accumulator_bits, 20u);
    EXPECT_EQ(params.limits.multiplier_bits, 12u);
    EXPECT_EQ(params.parameter_entries, 300u);
    EXPECT_EQ(params.lanes_accumulate, 8u);
    EXPECT_EQ(params.lanes_requant, 4u);
    EXPECT_EQ(params.entries_per_cycle, 2u);
    EXPECT_EQ(params.flavour, BufferFlavour::lop);
    EXPECT_DOUBLE_EQ(params.logic_leakage.si(), 3e-6);
    EXPECT_EQ(params.period.ps, 2000);
}

TEST(PostprocessParams, NamesTheBadKey) {
    const auto message = [](auto change) -> std::string {
        PostprocessParams params;
        change(params);
        try {
            params.check();
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    };
    EXPECT_EQ(message([](auto&) {}), "");
    EXPECT_EQ(message([](auto& p) { p.lanes_requant = 0; }),
              "postprocess.lanes_requant: expected 1 to 16384, found 0");
    EXPECT_EQ(message([](auto& p) { p.limits.accumulator_bits = 33; }),
              "postprocess.accumulator_bits: expected 2 to 32, found 33");
    EXPECT_EQ(message([](auto& p) { p.period.ps = 0; }),
              "postprocess.period: expected at least 1 ps, found 0 ps");
}

}  // namespace
}  // namespace pimvp
