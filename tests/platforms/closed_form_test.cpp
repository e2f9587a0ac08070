// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Layers whose length can be written down: cycles on the whole system against formulas of the parameters. All
// blocks have one clock period here, so that everything is whole cycles.
#include <gtest/gtest.h>

#include <algorithm>

#include "modules/core/technology.h"
#include "modules/sram_macro/sram_macro_cost.h"
#include "platforms/dualpim/platform.h"
#include "tests/platforms/run_fixture.h"

namespace pimvp::test {
namespace {

using net::Kind;
using net::test::GraphBuilder;
using net::test::integer_type;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
    return (a + b - 1) / b;
}

/// The parameters that the formulas are made of, and the pieces that recur in them. Lengths in cycles.
struct Terms {
    explicit Terms(const Config& config)
        : hop(config.integer("array_bus.hop_cycles")),
          width(config.integer("array_bus.width_bits") / 8),
          system_hop(config.integer("bus.hop_cycles")),
          system_width(config.integer("bus.width_bits") / 8),
          decode(config.integer("sequencer.decode_cycles")),
          accumulate_lanes(config.integer("postprocess.lanes_accumulate")),
          requant_lanes(config.integer("postprocess.lanes_requant")),
          entries_per_cycle(config.integer("postprocess.entries_per_cycle")),
          dma_access(config.integer("dma.access_cycles")),
          dma_start(config.integer("dma.start_cycles")),
          chunk(config.integer("dma.chunk_bytes")),
          dram_latency(Period{5000}.cycles(config.duration("dram.latency"))),
          sram(SramMacroParams::from(config)),
          technology(Technology::from(config)) {
        for (const char* block : {"sequencer", "postprocess", "dma", "array_bus", "bus", "activation_buffer",
                                  "program_memory", "dram", "sram_macro"})
            EXPECT_EQ(Period::of(config.duration(std::string(block) + ".period")).ps, 5000) << block;
    }
    std::int64_t hop, width, system_hop, system_width, decode;
    std::int64_t accumulate_lanes, requant_lanes, entries_per_cycle, dma_access, dma_start, chunk,
        dram_latency;
    SramMacroParams sram;
    Technology technology;

    std::int64_t beats(std::int64_t bytes) const { return ceil_div(bytes, width); }
    /// Buffers and program memory: one 16-byte word a cycle, nothing else (their arrays are faster than the
    /// clock).
    static std::int64_t words(std::int64_t bytes) { return ceil_div(bytes, 16); }
    /// A transfer over the local interconnect with what its target takes.
    std::int64_t over_bus(std::int64_t bytes, std::int64_t target) const {
        return hop + beats(bytes) + target + hop;
    }
    /// The system's interconnect and the memory behind it: the first word after the latency.
    std::int64_t memory(std::int64_t bytes) const {
        return system_hop + ceil_div(bytes, system_width) + dram_latency + words(bytes) - 1 + system_hop;
    }
    std::int64_t fetch() const { return over_bus(64, words(64)); }
    std::int64_t command() const { return fetch() + decode; }
    /// COPY: its registers, the start, and what the copy takes.
    std::int64_t copy(std::int64_t transfers) const {
        return command() + over_bus(24, dma_access) + over_bus(4, dma_access + dma_start + transfers);
    }
    std::int64_t image_in(std::int64_t bytes) const {
        return copy(over_bus(bytes, memory(bytes)) + over_bus(bytes, words(bytes)));
    }
    std::int64_t scores_out(std::int64_t bytes) const {
        return copy(over_bus(bytes, words(bytes)) + over_bus(bytes, memory(bytes)));
    }
    /// POST: one cycle, and the channels' parameters.
    std::int64_t post(std::int64_t channels) const {
        return command() + over_bus(64, 1 + ceil_div(channels, entries_per_cycle));
    }
    /// One access to a macro: input bits one after the other, for each the groups of raised wordlines one
    /// after the other; a conversion has the bits that tell 0..raised conducting cells apart.
    std::int64_t access(int rows, std::uint32_t weight_bits, std::uint32_t input_bits) const {
        std::int64_t cycles = 0;
        for (int left = rows; left > 0; left -= static_cast<int>(sram.active_rows)) {
            const int raised = std::min(left, static_cast<int>(sram.active_rows));
            std::uint32_t adc_bits = 0;
            while ((1 << adc_bits) < raised + 1) ++adc_bits;
            cycles += Period{5000}.cycles(step_time(sram, technology, adc_bits, weight_bits, input_bits));
        }
        return input_bits * cycles;
    }
    /// From the last partial sums at the sequencer to the end of the layer: to the postprocessor,
    /// accumulated, requantised, stored; the sequencer reads DONE when it is.
    std::int64_t finish(std::int64_t last_bytes, std::int64_t last_filters, std::int64_t channels,
                        std::int64_t out_row_bytes) const {
        return hop + beats(last_bytes) + ceil_div(last_filters, accumulate_lanes) +
               ceil_div(channels, requant_lanes) + words(out_row_bytes) + 1 + hop;
    }
};

std::int64_t latency_cycles(const RunResult& result) {
    EXPECT_FALSE(result.latency.empty());
    for (const auto& latency : result.latency) EXPECT_DOUBLE_EQ(latency.si(), result.latency[0].si());
    return static_cast<std::int64_t>(result.latency.at(0).si() / 5e-9 + 0.5);
}

/// A fully connected layer of signed 4-bit weights; 32-bit scores without `output`.
void dense(GraphBuilder& b, int outputs, const net::TensorType* output) {
    net::test::Random random(static_cast<std::uint32_t>(outputs));
    const int input = b.graph.output;
    auto node =
        net::test::random_conv(random, b.graph, input, outputs, 1, 1, integer_type(4, Kind::signed_integer));
    if (output != nullptr) net::test::random_requant(random, node, outputs, 0.01, *output);
    b.append(node, {outputs, 1, 1}, output == nullptr ? net::test::accumulator_type() : *output);
}

using ClosedForm = SimTest;

TEST_F(ClosedForm, DenseLayerInOneTile) {
    GraphBuilder b({100, 1, 1});
    dense(b, 10, nullptr);
    const auto config = dualpim_config({"platform.edram_macros=0"});
    const auto result = dualpim::run(config, run_options(b.graph, 2, 1));
    EXPECT_EQ(result.bit_exact, true) << result.first_mismatch;

    const Terms t(config);
    // The image's row to the line buffer; the inputs to the array; the access; 10 sums of 4 bytes back.
    const std::int64_t row = t.over_bus(100, Terms::words(100));
    const std::int64_t there = t.hop + t.beats(100), back = t.beats(40) + t.hop;
    const std::int64_t layer = row + there + t.access(100, 4, 8) + back + t.finish(40, 10, 10, 40);
    ASSERT_EQ(result.layers.size(), 1u);
    EXPECT_EQ(result.layers[0].cycles, layer);
    // CONV, and its TILE, which needs no decoding of its own.
    EXPECT_EQ(latency_cycles(result), t.image_in(100) + t.post(10) + t.command() + t.fetch() + layer +
                                          t.scores_out(40) + t.command());
}

TEST_F(ClosedForm, DenseLayerInSixTiles) {
    GraphBuilder b({300, 1, 1});
    dense(b, 40, nullptr);
    const auto config = dualpim_config({"platform.edram_macros=0"});
    const auto result = dualpim::run(config, run_options(b.graph, 2, 1));
    EXPECT_EQ(result.bit_exact, true) << result.first_mismatch;

    // 128 + 128 + 44 rows by 32 + 8 filters of four columns, each tile in a macro of its own.
    const Terms t(config);
    ASSERT_EQ(t.sram.rows, 128u);
    ASSERT_EQ(t.sram.columns, 128u);
    ASSERT_EQ(t.width, 64);
    ASSERT_EQ(result.layers.at(0).tiles, 6);
    const std::int64_t row = t.over_bus(300, Terms::words(300));
    // The first tile's inputs leave at once, its access begins when they are there. The others' arrays work
    // at the same time; their sums, 128 bytes of 32 filters or 32 bytes of 8, stand in line for the way back:
    // that is full from the first sums on, since results take longer than the inputs that followed each other
    // at their rate or faster.
    const std::int64_t first = t.hop + t.beats(128) + t.access(128, 4, 8) + t.beats(128) + t.hop;
    const std::int64_t others = 3 * t.beats(128) + 2 * t.beats(32);
    const std::int64_t layer = row + first + others + t.finish(32, 8, 40, 160);
    EXPECT_EQ(result.layers[0].cycles, layer);
    EXPECT_EQ(latency_cycles(result), t.image_in(300) + t.post(40) + t.command() + 6 * t.fetch() + layer +
                                          t.scores_out(160) + t.command());
}

TEST_F(ClosedForm, ConvolutionThatTheArrayBounds) {
    // 1 x 1 kernel: 6 x 7 pixels, one access each, back to back.
    net::test::Random random(2);
    GraphBuilder b({64, 6, 7});
    b.append(net::test::random_conv(random, b.graph, b.graph.input, 16, 1, 1,
                                    integer_type(4, Kind::signed_integer)),
             {16, 6, 7}, net::test::accumulator_type());
    const auto config = dualpim_config({"platform.edram_macros=0", "sram_macro.active_rows=32"});
    const auto result = dualpim::run(config, run_options(b.graph, 1, 1));
    EXPECT_EQ(result.bit_exact, true) << result.first_mismatch;
    const Terms t(config);
    // The second row's fetch, and everything else, hides behind the accesses.
    const std::int64_t row = t.over_bus(64 * 7, Terms::words(64 * 7));
    const std::int64_t layer = row + t.hop + t.beats(64) + 6 * 7 * t.access(64, 4, 8) + t.beats(64) + t.hop +
                               t.finish(64, 16, 16, 16 * 7 * 4);
    EXPECT_EQ(result.layers.at(0).cycles, layer);
    EXPECT_EQ(result.layers[0].bound, "array");
}

TEST_F(ClosedForm, LayersThatAreReloadedForEveryImage) {
    // One macro: neither layer can stay.
    GraphBuilder b({128, 1, 1});
    const auto u8 = integer_type(8, Kind::unsigned_integer);
    dense(b, 32, &u8);
    dense(b, 10, nullptr);
    const auto config = dualpim_config({"platform.edram_macros=0", "platform.sram_macros=1"});
    const auto result = dualpim::run(config, run_options(b.graph, 2, 1));
    EXPECT_EQ(result.bit_exact, true) << result.first_mismatch;
    ASSERT_EQ(result.layers.size(), 2u);
    for (const auto& layer : result.layers) EXPECT_FALSE(layer.resident);

    const Terms t(config);
    ASSERT_EQ(t.chunk, 1024);
    // Ten region registers, which take no time at the macro.
    const std::int64_t region = t.command() + t.over_bus(40, 0);
    // 128 wordlines of 16 bytes: two chunks of 64 wordlines; the first is written while the second is read,
    // which takes longer.
    const std::int64_t read = t.over_bus(1024, t.memory(1024)),
                       write = t.over_bus(1024, 64 * t.sram.write_cycles);
    ASSERT_GT(read, write);
    const std::int64_t first_weights = t.copy(2 * read + write);
    // 32 wordlines of ten 4-bit weights: 160 bytes in one read, then a write of 5 bytes per wordline.
    const std::int64_t second_weights =
        t.copy(t.over_bus(160, t.memory(160)) + 32 * t.over_bus(5, t.sram.write_cycles));

    const std::int64_t first = t.over_bus(128, Terms::words(128)) + t.hop + t.beats(128) +
                               t.access(128, 4, 8) + t.beats(128) + t.hop + t.finish(128, 32, 32, 32);
    const std::int64_t second = t.over_bus(32, Terms::words(32)) + t.hop + t.beats(32) + t.access(32, 4, 8) +
                                t.beats(40) + t.hop + t.finish(40, 10, 10, 40);
    // A layer begins with the copy of its weights, once that command is decoded.
    const auto after_copy = [&](std::int64_t channels) { return t.post(channels) + t.command() + t.fetch(); };
    EXPECT_EQ(result.layers[0].cycles, first_weights - t.command() + after_copy(32) + first);
    EXPECT_EQ(result.layers[1].cycles, second_weights - t.command() + after_copy(10) + second);
    EXPECT_DOUBLE_EQ(result.layers[0].loading.si(), static_cast<double>(first_weights - t.command()) * 5e-9);
    EXPECT_EQ(latency_cycles(result), t.image_in(128) + region + first_weights + t.post(32) + t.command() +
                                          t.fetch() + first + region + second_weights + t.post(10) +
                                          t.command() + t.fetch() + second + t.scores_out(40) + t.command());
}

/// A signed 4-bit convolution over the whole width of an image of one row: one output pixel.
void across(GraphBuilder& b, int outputs, int groups) {
    net::test::Random random(static_cast<std::uint32_t>(outputs + groups));
    const int width = b.graph.tensor(b.graph.input).shape.w;
    auto node = net::test::random_conv(random, b.graph, b.graph.input, outputs, 1, width,
                                       integer_type(4, Kind::signed_integer), groups);
    node.kernel_w = width;
    node.groups = groups;
    b.append(node, {outputs, 1, 1}, net::test::accumulator_type());
}

TEST_F(ClosedForm, LayerInTwoPassesThroughOneMacro) {
    GraphBuilder b({256, 1, 1});
    dense(b, 32, nullptr);
    const auto config = dualpim_config({"platform.edram_macros=0", "platform.sram_macros=1"});
    const auto result = dualpim::run(config, run_options(b.graph, 2, 1));
    EXPECT_EQ(result.bit_exact, true) << result.first_mismatch;
    ASSERT_EQ(result.layers.at(0).passes, 2);

    // Twice 128 rows by 32 filters. The first pass stores 32 sums; the second fetches them while its array
    // works, which takes longer.
    const Terms t(config);
    const std::int64_t region = t.command() + t.over_bus(40, 0);
    const std::int64_t weights =
        t.copy(2 * t.over_bus(1024, t.memory(1024)) + t.over_bus(1024, 64 * t.sram.write_cycles));
    const std::int64_t conv = t.over_bus(256, Terms::words(256)) + t.hop + t.beats(128) +
                              t.access(128, 4, 8) + t.beats(128) + t.hop + t.finish(128, 32, 32, 128);
    const std::int64_t pass = region + weights + t.post(32) + t.command() + t.fetch() + conv;
    ASSERT_GE(t.access(128, 4, 8), 2 * t.over_bus(128, Terms::words(128)));
    EXPECT_EQ(result.layers[0].cycles, 2 * pass - region - t.command());
    EXPECT_EQ(latency_cycles(result), t.image_in(256) + 2 * pass + t.scores_out(128) + t.command());
}

TEST_F(ClosedForm, DepthwiseLayerOnBlockDiagonals) {
    GraphBuilder b({20, 1, 9});
    across(b, 20, 20);
    const auto config = dualpim_config({"platform.edram_macros=0"});
    const auto result = dualpim::run(config, run_options(b.graph, 2, 1));
    EXPECT_EQ(result.bit_exact, true) << result.first_mismatch;
    ASSERT_EQ(result.layers.at(0).tiles, 2);

    // 14 channels with nine rows each in one array, the other six in another, at the same time; the sums of
    // the six stand in line behind those of the 14.
    const Terms t(config);
    const std::int64_t layer = t.over_bus(180, Terms::words(180)) + t.hop + t.beats(126) +
                               t.access(126, 4, 8) + t.beats(56) + t.hop + t.beats(24) +
                               t.finish(24, 6, 20, 80);
    ASSERT_GE(t.access(126, 4, 8) + t.beats(56), t.beats(54) + t.access(54, 4, 8));
    EXPECT_EQ(result.layers[0].cycles, layer);
    EXPECT_EQ(latency_cycles(result), t.image_in(180) + t.post(20) + t.command() + 2 * t.fetch() + layer +
                                          t.scores_out(80) + t.command());
}

TEST_F(ClosedForm, RangesOfChannelsThatTheLineBufferHolds) {
    GraphBuilder b({128, 1, 2});
    across(b, 32, 1);
    const auto config = dualpim_config({"platform.edram_macros=0", "sequencer.line_buffer_bytes=128"});
    const auto result = dualpim::run(config, run_options(b.graph, 2, 1));
    EXPECT_EQ(result.bit_exact, true) << result.first_mismatch;
    ASSERT_EQ(result.layers.at(0).passes, 2);
    EXPECT_TRUE(result.layers[0].resident);

    // Each pass reads 64 of 128 channels of two pixels: two pieces, one behind the other out of the buffer.
    const Terms t(config);
    const std::int64_t conv = t.over_bus(64, 2 * Terms::words(64)) + t.hop + t.beats(128) +
                              t.access(128, 4, 8) + t.beats(128) + t.hop + t.finish(128, 32, 32, 128);
    const std::int64_t before = t.post(32) + t.command() + t.fetch();
    EXPECT_EQ(result.layers[0].cycles, 2 * conv + before);
    EXPECT_EQ(latency_cycles(result),
              t.image_in(256) + 2 * (before + conv) + t.scores_out(128) + t.command());
}

}  // namespace
}  // namespace pimvp::test
