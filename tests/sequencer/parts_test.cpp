// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Layers in parts: groups and ranges of channels, sums of an earlier convolution, strips of operands.
#include "driver/pimvp_macro.h"
#include "tests/sequencer/fixture.h"

namespace pimvp::test {
namespace {

constexpr std::uint64_t sums_at = 0x30000;

SequencerParams wide_params() {
    auto params = bench_params();
    params.line_buffer_bytes = 4096;
    return params;
}
struct PartsTest : SequencerTest {
    PartsTest() : SequencerTest(wide_params()) {}
    void expect_done() {
        run([&](TestInitiator& host) {
            run_to_end(host, text.count());
            EXPECT_EQ(reg(host, PIMVP_SEQ_STATUS), PIMVP_SEQ_DONE) << sequencer.failure();
        });
    }
    /// Arrival times of the accesses to [low, high), in nanoseconds after `since_ps`.
    std::vector<std::int64_t> times(std::uint64_t low, std::uint64_t high, bool write,
                                    std::int64_t since_ps) const {
        std::vector<std::int64_t> list;
        for (const auto& access : memory.to(low, high, write))
            list.push_back((access.at_ps - since_ps) / 1000);
        return list;
    }
    std::vector<Access> inputs() const { return memory.to(macro_at, macro_at + 0x100000, true); }
};

/// 3 x 4 pixels, 2 x 2 windows without padding, 2 x 3 outputs; 8-bit elements.
pimvp_conv conv_of(std::uint32_t channels, std::uint32_t tiles) {
    pimvp_conv conv{};
    conv.activity = 3;
    conv.address = buffer_at;
    conv.row_bytes = 4 * channels;
    conv.size = PIMVP_PAIR(3, 4);
    conv.channels = channels;
    conv.format = PIMVP_FORMAT(8, 0);
    conv.out_size = PIMVP_PAIR(2, 3);
    conv.kernel = PIMVP_PAIR(2, 2);
    conv.stride = PIMVP_PAIR(1, 1);
    conv.dilation = PIMVP_PAIR(1, 1);
    conv.tiles = tiles;
    return conv;
}
pimvp_tile tile_of(std::uint32_t region, std::uint32_t row0, std::uint32_t rows) {
    pimvp_tile tile{};
    tile.activity = 3;
    tile.macro = macro_at;
    tile.region = region;
    tile.row0 = row0;
    tile.rows = rows;
    tile.filters = 2;
    tile.result_bytes = 2;
    return tile;
}
pimvp_post post_of(std::uint32_t mode, std::uint32_t channels, std::uint32_t width) {
    pimvp_post post{};
    post.mode = mode;
    post.channels = channels;
    post.width = width;
    return post;
}

TEST_F(PartsTest, TilesTakeGroupsOfChannelsOutOfEveryPixel) {
    for (unsigned i = 0; i < 60; ++i) memory.put(buffer_at + i, static_cast<std::uint8_t>(i));
    auto group = tile_of(1, 0, 8), tail = tile_of(2, 3, 5);
    group.base = 3, group.run = 2, group.stride = 5;  // channels 3, 4 of 5
    tail.base = 1, tail.run = 2, tail.stride = 5;     // channels 1, 2, without the first three elements
    text.add(PIMVP_OP_CONV, conv_of(5, 2)).add(PIMVP_OP_TILE, group).add(PIMVP_OP_TILE, tail).end();
    expect_done();
    ASSERT_EQ(inputs().size(), 12u);
    for (unsigned p = 0; p < 6; ++p) {
        const unsigned y = p / 3, x = p % 3;
        std::vector<std::uint8_t> high, low;
        for (unsigned k = 0; k < 4; ++k) {
            const unsigned pixel = 5 * (4 * (y + k / 2) + x + k % 2);
            high.push_back(static_cast<std::uint8_t>(pixel + 3));
            high.push_back(static_cast<std::uint8_t>(pixel + 4));
            low.push_back(static_cast<std::uint8_t>(pixel + 1));
            low.push_back(static_cast<std::uint8_t>(pixel + 2));
        }
        low.erase(low.begin(), low.begin() + 3);
        EXPECT_EQ(inputs()[2 * p].data, high);
        EXPECT_EQ(inputs()[2 * p + 1].data, low);
    }
}

TEST_F(PartsTest, ATileThatLeavesTheWindowFails) {
    auto tile = tile_of(1, 0, 8);
    tile.base = 4, tile.run = 2, tile.stride = 5;  // the last element is 4 + 3 * 5 + 1 = 20
    text.add(PIMVP_OP_CONV, conv_of(5, 1)).add(PIMVP_OP_TILE, tile).end();
    expect_failure(0, "8 rows from 0 in runs of 2 from 4, one each 5, the window has 20");
}

/// Channels 2 and 3 of five nibbles would not begin at a byte; of six they do.
pimvp_conv range_of_nibbles() {
    auto conv = conv_of(2, 0);
    conv.address = buffer_at + 1;
    conv.row_bytes = 14;
    conv.pixel_bytes = 3;
    conv.format = PIMVP_FORMAT(4, 0);
    conv.pad = PIMVP_PAIR(1, 1);
    conv.out_size = PIMVP_PAIR(3, 4);
    conv.pad_value = 6;
    return conv;
}

TEST_F(PartsTest, ARangeOfChannelsIsReadPixelByPixel) {
    for (unsigned i = 0; i < 60; ++i) memory.put(buffer_at + i, static_cast<std::uint8_t>(7 * i + 3));
    text.add(PIMVP_OP_POOL, range_of_nibbles()).end();
    expect_done();
    const auto pixels = memory.to(buffer_at, buffer_at + 0x1000, false);
    ASSERT_EQ(pixels.size(), 12u);
    for (unsigned i = 0; i < 12; ++i) {
        EXPECT_EQ(pixels[i].address, buffer_at + 1 + 14 * (i / 4) + 3 * (i % 4));
        EXPECT_EQ(pixels[i].data.size(), 1u);
    }
    const auto windows = memory.to(post_at + PIMVP_POST_OPERAND, post_at + PIMVP_POST_PARAMETERS, true);
    ASSERT_EQ(windows.size(), 12u);
    for (int p = 0; p < 12; ++p) {
        std::vector<std::uint8_t> expected;
        for (int k = 0; k < 4; ++k) {
            const int y = p / 4 - 1 + k / 2, x = p % 4 - 1 + k % 2;
            expected.push_back(
                static_cast<std::uint8_t>(y < 0 || x < 0 ? 0x66 : 7 * (14 * y + 3 * x + 1) + 3));
        }
        EXPECT_EQ(windows[static_cast<std::size_t>(p)].data, expected) << p;
    }
}

TEST_F(PartsTest, ARangeOfAByteAndAHalfFails) {
    auto conv = range_of_nibbles();
    conv.channels = 3;
    text.add(PIMVP_OP_POOL, conv).end();
    expect_failure(0, "whole bytes, found 12 bits");
}

/// One row of three pixels of 128 bytes apart: requests a cycle of 5 ns after each other, each answered after
/// 10 ns, two cycles of the link for 128 bytes: answers at 10, 20 and 30 ns.
TEST_F(PartsTest, PixelsFollowEachOtherOverTheLink) {
    auto conv = conv_of(128, 0);
    conv.size = conv.out_size = PIMVP_PAIR(1, 3);
    conv.kernel = PIMVP_PAIR(1, 1);
    conv.pixel_bytes = 300;
    text.add(PIMVP_OP_POOL, conv).end();
    expect_done();
    const auto start_ps = memory.to(buffer_at, buffer_at + 0x1000, false).at(0).at_ps;
    EXPECT_EQ(times(buffer_at, buffer_at + 0x1000, false, start_ps), (std::vector<std::int64_t>{0, 5, 10}));
    EXPECT_EQ(times(post_at + PIMVP_POST_OPERAND, post_at + PIMVP_POST_PARAMETERS, true, start_ps),
              (std::vector<std::int64_t>{30, 40, 50}));
}
/// The same pixels packed: one answer after 10 ns, or when its 6 cycles on the link are over.
TEST_F(PartsTest, APackedRowIsOneRead) {
    auto conv = conv_of(128, 0);
    conv.size = conv.out_size = PIMVP_PAIR(1, 3);
    conv.kernel = PIMVP_PAIR(1, 1);
    text.add(PIMVP_OP_POOL, conv).end();
    expect_done();
    const auto start_ps = memory.to(buffer_at, buffer_at + 0x1000, false).at(0).at_ps;
    EXPECT_EQ(times(buffer_at, buffer_at + 0x1000, false, start_ps), (std::vector<std::int64_t>{0}));
    EXPECT_EQ(times(post_at + PIMVP_POST_OPERAND, post_at + PIMVP_POST_PARAMETERS, true, start_ps),
              (std::vector<std::int64_t>{30, 40, 50}));
}

TEST_F(PartsTest, EarlierSumsComeFirst) {
    auto conv = conv_of(2, 2);
    conv.sums = sums_at;
    for (std::uint32_t i = 0; i < 18; ++i) memory.put(sums_at + 4 * i, 1000 + i);
    auto second = tile_of(2, 4, 4);
    second.channel0 = 1;
    text.add(PIMVP_OP_POST, post_of(PIMVP_POST_RAW, 3, 3))
        .add(PIMVP_OP_CONV, conv)
        .add(PIMVP_OP_TILE, tile_of(1, 0, 4))
        .add(PIMVP_OP_TILE, second)
        .end();
    expect_done();
    const auto pushed = memory.to(post_at + PIMVP_POST_PSUM16, post_at + PIMVP_POST_OPERAND, true);
    ASSERT_EQ(pushed.size(), 18u);
    for (std::uint32_t p = 0; p < 6; ++p) {
        const auto* sum = &pushed[3 * p];
        EXPECT_EQ(sum[0].address, post_at + PIMVP_POST_PSUM32);
        ASSERT_EQ(sum[0].data.size(), 12u);
        for (std::uint32_t c = 0; c < 3; ++c) EXPECT_EQ(sum[0].word(c), 1000 + 3 * p + c);
        EXPECT_EQ(sum[1].address, post_at + PIMVP_POST_PSUM16);
        EXPECT_EQ(sum[2].address, post_at + PIMVP_POST_PSUM16_LAST + 4);
        EXPECT_LT(sum[0].at_ps, sum[1].at_ps);
    }
    // In the order of calls, which is that in which memory changes: the sums of a pixel are read after the
    // row before was complete, and before the row they belong to is.
    int rows_complete = 0, reads = 0, completions = 0;
    for (const auto& access : memory.log) {
        if (access.write && access.address == post_at + PIMVP_POST_PSUM16_LAST + 4)
            rows_complete = ++completions / 3;
        if (access.write || access.address < sums_at || access.address >= sums_at + 0x1000) continue;
        EXPECT_EQ(access.address, sums_at + 12 * static_cast<std::uint64_t>(reads));
        EXPECT_EQ(rows_complete, reads / 3);
        ++reads;
    }
    EXPECT_EQ(reads, 6);
}

/// Three pixels, everything answers after 10 ns, a cycle is 5 ns, a round trip 10 ns.
/// Row: asked for at 0, there at 10. Inputs: 10 and 15; the third waits until the first result is emptied at
/// 20. Earlier sums: asked for at 0, 5, then when the first pixel's have gone on at 10; there at 10, 15, 20.
/// Collector: sums at 10, result (asked for at 10, there at 20) at 20, a cycle each; sums at 25, result at
/// 30, sums at 35, result at 40; free at 45.
TEST_F(PartsTest, EarlierSumsTakeTheirTimeOnTheWayIn) {
    auto conv = conv_of(2, 1);
    conv.size = conv.out_size = PIMVP_PAIR(1, 3);
    conv.kernel = PIMVP_PAIR(1, 1);
    conv.sums = sums_at;
    text.add(PIMVP_OP_POST, post_of(PIMVP_POST_RAW, 2, 3))
        .add(PIMVP_OP_CONV, conv)
        .add(PIMVP_OP_TILE, tile_of(0, 0, 2))
        .end();
    expect_done();
    using Times = std::vector<std::int64_t>;
    const auto start_ps = memory.to(buffer_at, buffer_at + 0x1000, false).at(0).at_ps;
    const auto at = [&](std::uint64_t offset) {
        return times(post_at + offset, post_at + offset + 0x1000, true, start_ps);
    };
    EXPECT_EQ(times(macro_at, macro_at + 0x100000, true, start_ps), (Times{10, 15, 20}));
    EXPECT_EQ(times(sums_at, sums_at + 0x1000, false, start_ps), (Times{0, 5, 10}));
    EXPECT_EQ(at(PIMVP_POST_PSUM32), (Times{10, 25, 35}));
    EXPECT_EQ(at(PIMVP_POST_PSUM16_LAST), (Times{20, 30, 40}));
    EXPECT_EQ(times(post_at + PIMVP_POST_DONE, post_at + PIMVP_POST_DONE + 4, false, start_ps), (Times{45}));
}

TEST_F(PartsTest, ALayerThatWaitsForEarlierSumsIsBoundByFetching) {
    auto conv = conv_of(2, 1);
    conv.sums = sums_at;
    const auto tile = tile_of(0, 0, 8);
    text.add(PIMVP_OP_POST, post_of(PIMVP_POST_RAW, 2, 3));
    for (int i = 0; i < 2; ++i) text.add(PIMVP_OP_CONV, conv).add(PIMVP_OP_TILE, tile);
    text.end();
    std::vector<LayerRecord> layers;
    sequencer.on_layer([&](const LayerRecord& record) { layers.push_back(record); });
    memory.slower = [&](const Access& access) -> std::int64_t {
        const bool sum = access.address >= sums_at && access.address < sums_at + 0x1000;
        const bool result = !access.write && access.address >= macro_at;
        return (layers.empty() ? sum : result) ? 400'000 : 0;
    };
    expect_done();
    ASSERT_EQ(layers.size(), 2u);
    EXPECT_EQ(layers[0].bound, Stage::fetch);
    EXPECT_EQ(layers[1].bound, Stage::array);
}

TEST_F(PartsTest, SumsWithoutAPostFail) {
    auto conv = conv_of(2, 1);
    conv.sums = sums_at;
    // A POST of an earlier program says nothing about this one.
    text.add(PIMVP_OP_POST, post_of(PIMVP_POST_RAW, 2, 3)).end();
    ProgramText next(memory, program_at + 0x400);
    next.add(PIMVP_OP_CONV, conv).add(PIMVP_OP_TILE, tile_of(0, 0, 8)).end();
    run([&](TestInitiator& host) {
        run_to_end(host, text.count());
        EXPECT_EQ(reg(host, PIMVP_SEQ_STATUS), PIMVP_SEQ_DONE);
        start(host, next.count(), program_at + 0x400);
        sc_core::wait(sc_core::sc_time(100, sc_core::SC_US));
        EXPECT_EQ(reg(host, PIMVP_SEQ_STATUS), PIMVP_SEQ_FAILED);
        EXPECT_NE(sequencer.failure().find("no POST says how many"), std::string::npos);
    });
}
TEST_F(PartsTest, PoolingOntoSumsFails) {
    auto conv = conv_of(2, 0);
    conv.sums = sums_at;
    text.add(PIMVP_OP_POOL, conv).end();
    expect_failure(0, "POOL does not add");
}

/// Strips of wider tensors: a row is as long as the postprocessor takes it, the next begins row_bytes later.
TEST_F(PartsTest, OperandRowsAreAsLongAsThePostCommandSays) {
    pimvp_vector vector{};
    vector.height = 2;
    vector.operands = 2;
    vector.address[0] = 0x20000, vector.row_bytes[0] = 40;
    vector.address[1] = 0x30000, vector.row_bytes[1] = 11;
    auto add = post_of(PIMVP_POST_MODE(PIMVP_POST_ADD, PIMVP_ROUND_HALF_EVEN), 5, 3);
    add.operand_format[0] = PIMVP_FORMAT(16, 1);  // 3 x 5 x 16 bits: 30 bytes
    add.operand_format[1] = PIMVP_FORMAT(3, 0);   // 45 bits: 6 bytes
    auto multiply = add;
    multiply.mode = PIMVP_POST_MULTIPLY;
    auto merge = post_of(PIMVP_POST_MERGE, 5, 3);
    merge.operand_format[0] = PIMVP_COUNTED_FORMAT(4, 0, 7);  // 84 bits: 11 bytes
    merge.operand_format[1] = PIMVP_FORMAT(4, 0);             // no count: the row
    text.add(PIMVP_OP_POST, add)
        .add(PIMVP_OP_VECTOR, vector)
        .add(PIMVP_OP_POST, multiply)
        .add(PIMVP_OP_VECTOR, vector)
        .add(PIMVP_OP_POST, merge)
        .add(PIMVP_OP_VECTOR, vector)
        .end();
    expect_done();
    const auto rows = memory.to(0x20000, 0x40000, false);
    ASSERT_EQ(rows.size(), 12u);
    const std::size_t lengths[3][2] = {{30, 6}, {30, 6}, {11, 11}};
    for (std::size_t i = 0; i < 12; ++i) {
        const std::size_t k = i % 2, y = i / 2 % 2;
        EXPECT_EQ(rows[i].address, vector.address[k] + y * vector.row_bytes[k]);
        EXPECT_EQ(rows[i].data.size(), lengths[i / 4][k]) << i;
    }
    EXPECT_EQ(memory.to(post_at + PIMVP_POST_OPERAND, post_at + PIMVP_POST_PARAMETERS, true).size(), 12u);
}

TEST_F(PartsTest, AnOperandRowThatNoWindowHoldsFails) {
    pimvp_vector vector{};
    vector.height = vector.operands = vector.row_bytes[0] = 1;
    auto post = post_of(PIMVP_POST_ADD, 0xFFFFFFFF, 0xFFFFFFFF);
    post.operand_format[0] = PIMVP_FORMAT(32768, 0);
    text.add(PIMVP_OP_POST, post).add(PIMVP_OP_VECTOR, vector).end();
    expect_failure(1, "VECTOR with rows of");
}

}  // namespace
}  // namespace pimvp::test
