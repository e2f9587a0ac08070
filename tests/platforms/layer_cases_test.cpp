// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Shapes at which a compiler goes wrong, one by one on the whole system: what random networks of a few
// channels do not meet. Each test first makes sure that it is about what its name says.
#include <gtest/gtest.h>

#include "modules/core/error.h"
#include "platforms/dualpim/platform.h"
#include "tests/platforms/run_fixture.h"
#include "tests/platforms/small_layers.h"
#include "tests/support/expect_error.h"

namespace pimvp::test {
namespace {

using net::Node;
using net::Op;

using Settings = std::vector<std::string>;

Node window(int kernel, int stride = 1, int pad = 0) {
    Node node;
    node.kernel_h = node.kernel_w = kernel;
    node.stride_h = node.stride_w = stride;
    node.pad_top = node.pad_left = node.pad_bottom = node.pad_right = pad;
    return node;
}
Node grouped(int kernel, int groups, int stride = 1, int pad = 0) {
    Node node = window(kernel, stride, pad);
    node.groups = groups;
    return node;
}

const Settings no_edram = {"platform.edram_macros=0"};
Settings with(Settings settings, const Settings& more) {
    settings.insert(settings.end(), more.begin(), more.end());
    return settings;
}

struct LayerCases : SimTest, ::testing::WithParamInterface<int> {
    static const net::TensorType weights;
};
const net::TensorType LayerCases::weights = signed_type(4);
using LayerCase = LayerCases;

// More channels than the postprocessor has, by element bits.
TEST_P(LayerCases, WideMergeOfThreeOperands) {
    const int bits = GetParam();
    SmallLayers l({3, 4, 5}, 10 + static_cast<std::uint32_t>(bits));
    const int a = l.conv(l.input(), window(3, 1, 1), 24, weights, unsigned_type(bits, bits > 1));
    const int b = l.conv(l.input(), window(1), 8, weights, signed_type(8, -5));
    const int c = l.conv(l.input(), window(1), 40, weights, unsigned_type(bits));
    const int m = l.merge({a, b, c}, 120, unsigned_type(bits));
    l.scores(m, 5, weights);
    const auto settings = with(no_edram, {"postprocess.channels=48", "platform.sram_macros=60"});
    EXPECT_EQ(Compiled(l.graph(), settings).commands(3), 3);
    expect_exact(l.graph(), settings, 1);
}

TEST_P(LayerCases, ElementwiseOnMoreChannelsThanThePostprocessorHas) {
    const int bits = GetParam();
    SmallLayers l({2, 3, 7}, 20 + static_cast<std::uint32_t>(bits));
    const Settings settings =
        with(no_edram, {"postprocess.channels=32", "postprocess.row_bytes=128", "platform.sram_macros=60"});
    // Of 120, views of 30 at a time; of 127, of one.
    for (const int channels : {120, 127}) {
        const int a = l.conv(l.input(), window(1), 32, weights, unsigned_type(bits, bits > 1));
        const int b = l.conv(l.input(), window(1), 32, weights, signed_type(8, -5));
        if (channels == 127 && bits % 8 != 0) continue;  // pixels that do not fill bytes cannot be merged
        const int wide_a = l.merge({a, b}, channels, unsigned_type(bits, bits > 1));
        const int wide_b = l.merge({b, a}, channels, signed_type(8, 3));
        const int sum = l.add({wide_a, wide_b, wide_a}, unsigned_type(8));
        l.multiply(sum, wide_b, signed_type(8));
    }
    const Compiled compiled(l.graph(), settings);
    EXPECT_GT(compiled.commands(4), 1) << "no strips";
    expect_exact(l.graph(), settings, 2);
}

TEST_P(LayerCases, PoolsDividedByChannels) {
    const int bits = GetParam();
    SmallLayers l({2, 7, 9}, 30 + static_cast<std::uint32_t>(bits));
    const int a = l.conv(l.input(), window(3, 1, 1), 64, weights, unsigned_type(bits, bits > 1));
    Node slanted = window(3, 2);
    slanted.pad_top = 2, slanted.pad_right = 1;
    const int largest = l.pool(Op::max_pool, a, slanted, {});
    const int mean = l.pool(Op::average_pool, a, slanted, unsigned_type(bits, bits > 1));
    const int sum = l.add({largest, mean}, signed_type(8, -100));
    l.divide(sum, window(2, 3));
    const auto settings =
        with(no_edram, {"postprocess.channels=64", "sequencer.line_buffer_bytes=" + std::to_string(24 * bits),
                        "platform.sram_macros=60"});
    const Compiled compiled(l.graph(), settings);
    EXPECT_GT(compiled.commands(1), compiled.commands(0));
    EXPECT_GE(compiled.commands(2), 2);
    expect_exact(l.graph(), settings, 3);
}

TEST_P(LayerCases, LinearLayerLargerThanTheLineBuffer) {
    const int bits = GetParam();
    SmallLayers l({1, 6, 6}, 40 + static_cast<std::uint32_t>(bits));
    const int a = l.conv(l.input(), window(3, 1, 1), 64, weights, unsigned_type(bits, bits > 1));
    l.scores(a, 50, signed_type(7));
    const auto settings = with(no_edram, {"sequencer.line_buffer_bytes=" + std::to_string(72 * bits)});
    const Compiled compiled(l.graph(), settings);
    int inputs = 0;
    for (const auto& pass : compiled.mapping(1).passes) inputs = std::max(inputs, pass.inputs);
    EXPECT_LT(inputs, 64);
    EXPECT_GE(compiled.schedule.sums[1].path, 0) << "no sums between passes";
    expect_exact(l.graph(), settings, 4);
}

TEST_P(LayerCases, GroupsLargerThanAnArray) {
    const int bits = GetParam();
    SmallLayers l({2, 5, 5}, 50 + static_cast<std::uint32_t>(bits));
    const int a = l.conv(l.input(), window(1), 40, weights, signed_type(std::max(bits, 2), 1));
    // Two groups of 20 x 9 rows and 24 filters, on arrays of 64 x 64.
    const int b = l.conv(a, grouped(3, 2, 1, 1), 48, signed_type(5), unsigned_type(bits));
    l.conv(b, grouped(2, 4), 8, ternary_type(), net::test::accumulator_type());
    for (const int macros : {60, 2}) {
        const auto settings =
            with(no_edram, {"sram_macro.rows=64", "sram_macro.columns=64", "sram_macro.active_rows=64",
                            "platform.sram_macros=" + std::to_string(macros)});
        const Compiled compiled(l.graph(), settings);
        EXPECT_GT(compiled.mapping(1).tiles.size(), 6u);
        EXPECT_EQ(compiled.mapping(1).resident, macros == 60);
        if (macros == 2) expect_exact(l.graph(), settings, 5);
    }
}

TEST_P(LayerCases, DepthwiseWithSeveralFiltersPerChannel) {
    const int bits = GetParam();
    SmallLayers l({2, 6, 5}, 60 + static_cast<std::uint32_t>(bits));
    const int a = l.conv(l.input(), window(1), 24, weights, unsigned_type(bits, bits > 1));
    const int b = l.conv(a, grouped(3, 24, 2, 1), 72, signed_type(6), signed_type(std::max(bits, 2)));
    l.conv(b, grouped(2, 72), 72, weights, net::test::accumulator_type());
    const auto settings =
        with(no_edram, {"sram_macro.rows=40", "sram_macro.columns=72", "sram_macro.active_rows=20",
                        "sram_macro.weight_columns=4", "sram_macro.laid_out_weight_bits=4",
                        "platform.sram_macros=3", "postprocess.channels=48"});
    const Compiled compiled(l.graph(), settings);
    EXPECT_GT(compiled.mapping(1).passes.size(), 2u);
    EXPECT_LT(compiled.mapping(1).passes.back().inputs, 24) << "no range of input channels";
    expect_exact(l.graph(), settings, 6);
}

TEST_P(LayerCases, SlantedPaddingAndDilationInStrips) {
    const int bits = GetParam();
    SmallLayers l({8, 9, 13}, 70 + static_cast<std::uint32_t>(bits));
    const int a = l.conv(l.input(), window(1), 8, weights, unsigned_type(bits, bits > 1));
    Node slanted = window(3);
    slanted.dilation_w = 2;
    slanted.pad_left = 4, slanted.pad_bottom = 2;
    const int b = l.conv(a, slanted, 16, signed_type(5), unsigned_type(bits));
    Node right = window(2, 3);
    right.pad_right = 1, right.pad_top = 1;
    l.conv(b, right, 8, weights, net::test::accumulator_type());
    const auto settings =
        with(no_edram, {"sequencer.line_buffer_bytes=" + std::to_string(20 * bits), "sram_macro.rows=32",
                        "sram_macro.columns=64", "sram_macro.active_rows=32", "platform.sram_macros=2"});
    const Compiled compiled(l.graph(), settings);
    EXPECT_GT(compiled.commands(1), 2 * static_cast<int>(compiled.mapping(1).passes.size()));
    EXPECT_FALSE(compiled.mapping(1).passes[0].finishes);
    expect_exact(l.graph(), settings, 7);
}

INSTANTIATE_TEST_SUITE_P(Bits, LayerCases, ::testing::Values(1, 2, 4, 8));

TEST_F(LayerCase, ImagesOfOnePixel) {
    SmallLayers l({5, 1, 1}, 80);
    const int a = l.conv(l.input(), window(3, 1, 1), 40, weights, signed_type(8, -128));
    const int b = l.pool(Op::max_pool, a, window(2, 2, 1), {});
    Node wide = window(3, 2, 2);
    const int c = l.conv(b, wide, 7, signed_type(8), unsigned_type(3, 7));
    l.scores(c, 10, bipolar_type());
    expect_exact(l.graph(), with(no_edram, {"platform.sram_macros=1"}), 8);
}

TEST_F(LayerCase, StridesBeyondTheKernel) {
    SmallLayers l({8, 11, 12}, 81);
    const int a = l.conv(l.input(), window(1, 3), 16, weights, unsigned_type(4));
    const int b = l.conv(l.input(), window(2, 5), 16, weights, unsigned_type(8));
    const int c = l.pool(Op::max_pool, a, window(1, 2), {});
    const int d = l.pool(Op::average_pool, b, window(1, 2), unsigned_type(8));
    l.scores(c, 3, weights);
    l.scores(d, 4, weights);
    // Strips of few columns: those between the windows are not fetched.
    const auto settings = with(no_edram, {"sequencer.line_buffer_bytes=96", "platform.sram_macros=60"});
    EXPECT_GT(Compiled(l.graph(), settings).commands(1), 1);
    expect_exact(l.graph(), settings, 9);
}

TEST_F(LayerCase, BipolarAndThresholdsInPassesOverParametersThatAreStreamed) {
    SmallLayers l({2, 6, 6}, 82);
    const int a = l.conv(l.input(), window(3, 1, 1), 64, weights, bipolar_type());
    const int b = l.conv(a, window(3), 64, bipolar_type(), bipolar_type());
    const int c = l.pool(Op::max_pool, b, window(2, 2), {});
    l.scores(c, 24, signed_type(8));
    const auto settings =
        with(no_edram, {"sram_macro.rows=64", "sram_macro.columns=64", "sram_macro.active_rows=64",
                        "platform.sram_macros=2", "sequencer.line_buffer_bytes=64",
                        "postprocess.parameter_entries=128"});
    const Compiled compiled(l.graph(), settings);
    EXPECT_GT(compiled.mapping(1).passes.size(), 2u);
    expect_exact(l.graph(), settings, 10);
}

// What cannot run is refused by the compiler, with the node's name, before anything is simulated.
TEST_F(LayerCase, WideMergesAreRefusedWherePixelsDoNotFillBytes) {
    SmallLayers l({3, 4, 5}, 83);
    const int a = l.conv(l.input(), window(1), 25, weights, unsigned_type(3));
    l.merge({a}, 56, unsigned_type(8));
    expect_error(
        [&] {
            dualpim::run(dualpim_config(with(no_edram, {"postprocess.channels=32"})),
                         run_options(l.graph(), 1, 1));
        },
        "node1", "32", "bytes");
}

TEST_F(LayerCase, WideMergesRespectTheRowBuffers) {
    SmallLayers l({3, 2, 2}, 84);
    const int a = l.conv(l.input(), window(1), 200, weights, unsigned_type(8));
    l.merge({a, a}, 300, unsigned_type(8));
    // 64 channels at a time, but a pixel of the operand has 200 bytes.
    expect_error(
        [&] {
            dualpim::run(
                dualpim_config(with(no_edram, {"postprocess.channels=64", "postprocess.row_bytes=128"})),
                run_options(l.graph(), 1, 1));
        },
        "node1", "128");
}

TEST_F(LayerCase, WideMergesWriteRowsThatTheRowBufferHolds) {
    SmallLayers l({3, 2, 2}, 85);
    const int a = l.conv(l.input(), window(1), 60, weights, unsigned_type(8));
    l.merge({a, a}, 300, unsigned_type(8));
    expect_exact(l.graph(), with(no_edram, {"postprocess.channels=256", "postprocess.row_bytes=64"}), 11);
}

TEST_F(LayerCase, MergesOfThousandsOfChannels) {
    SmallLayers l({1, 1, 3}, 86);
    const int a = l.conv(l.input(), window(1), 4992, weights, unsigned_type(4));
    const int b = l.merge({a}, 5000, unsigned_type(2));
    l.conv(b, window(1), 3, ternary_type(), net::test::accumulator_type());
    expect_exact(l.graph(),
                 with(no_edram, {"postprocess.channels=8192", "postprocess.row_bytes=65536",
                                 "postprocess.parameter_entries=16384", "sequencer.line_buffer_bytes=65536"}),
                 12);
}

TEST_F(LayerCase, PixelsThatDoNotFillBytesInStripsOfFewColumns) {
    // Twelve 5-bit channels cannot be divided at bytes, and what four columns need is too much; two fit.
    SmallLayers l({3, 3, 16}, 87);
    const int a = l.conv(l.input(), window(1), 12, weights, unsigned_type(5));
    Node tall;
    tall.kernel_h = 3;
    tall.stride_w = 2;
    l.conv(a, tall, 8, weights, net::test::accumulator_type());
    const auto settings = with(no_edram, {"sequencer.line_buffer_bytes=110"});
    EXPECT_EQ(Compiled(l.graph(), settings).commands(1), 4);
    expect_exact(l.graph(), settings, 13);
}

}  // namespace
}  // namespace pimvp::test
