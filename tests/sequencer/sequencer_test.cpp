// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sequencer/sequencer.h"

#include <gtest/gtest.h>

#include "driver/pimvp_macro.h"
#include "tests/sequencer/fixture.h"

namespace pimvp::test {
namespace {

TEST_F(SequencerTest, RegisterBlock) {
    run([&](TestInitiator& host) {
        EXPECT_EQ(reg(host, PIMVP_SEQ_ID), 0x51455350u);  // "PSEQ" as bytes
        EXPECT_EQ(reg(host, PIMVP_SEQ_VERSION), 4u);
        EXPECT_EQ(reg(host, PIMVP_SEQ_STATUS), PIMVP_SEQ_IDLE);
        EXPECT_EQ(host.last_delay(), sc_core::sc_time(5, sc_core::SC_NS)) << "a register takes a cycle";
        host.write<std::uint32_t>(PIMVP_SEQ_PROGRAM, 0x12340);
        host.write<std::uint32_t>(PIMVP_SEQ_COMMANDS, 77);
        host.write<std::uint32_t>(PIMVP_SEQ_IRQ_ENABLE, 0xFF);
        EXPECT_EQ(reg(host, PIMVP_SEQ_PROGRAM), 0x12340u);
        EXPECT_EQ(reg(host, PIMVP_SEQ_COMMANDS), 77u);
        EXPECT_EQ(reg(host, PIMVP_SEQ_IRQ_ENABLE), 1u);
        EXPECT_EQ(host.write<std::uint32_t>(PIMVP_SEQ_ID, 1), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(reg(host, PIMVP_SEQ_ID), PIMVP_SEQ_ID_VALUE);
        EXPECT_EQ(reg(host, 0x800), 0u);
        // Two at once, and what is not a register.
        const std::uint32_t pair[2] = {0x40, 3};
        EXPECT_EQ(host.write(PIMVP_SEQ_PROGRAM, pair, 8), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(reg(host, PIMVP_SEQ_COMMANDS), 3u);
        std::uint32_t word = 0;
        EXPECT_EQ(host.read(2, &word, 4), tlm::TLM_BURST_ERROR_RESPONSE);
        EXPECT_EQ(host.read(0, &word, 2), tlm::TLM_BURST_ERROR_RESPONSE);
        EXPECT_EQ(host.read(PIMVP_SEQ_SIZE, &word, 4), tlm::TLM_ADDRESS_ERROR_RESPONSE);
        // A control value other than 1 starts nothing.
        host.write<std::uint32_t>(PIMVP_SEQ_CONTROL, 2);
        EXPECT_EQ(reg(host, PIMVP_SEQ_STATUS), PIMVP_SEQ_IDLE);
        std::uint32_t debugged = 0;
        EXPECT_EQ(host.debug_read(PIMVP_SEQ_COMMANDS, &debugged, 4), 4u);
        EXPECT_EQ(debugged, 3u);
    });
    EXPECT_TRUE(memory.log.empty());
}

TEST_F(SequencerTest, DoorbellInterruptAndCycles) {
    text.end(1);
    run([&](TestInitiator& host) {
        host.write<std::uint32_t>(PIMVP_SEQ_IRQ_ENABLE, 1);
        start(host, 1);
        // The doorbell is heard after the write: at the kernel's time less its cycle.
        const auto doorbell = sc_core::sc_time_stamp() - sc_core::sc_time(5, sc_core::SC_NS);
        EXPECT_EQ(reg(host, PIMVP_SEQ_STATUS), PIMVP_SEQ_BUSY);
        EXPECT_EQ(host.write<std::uint32_t>(PIMVP_SEQ_CONTROL, 1), tlm::TLM_GENERIC_ERROR_RESPONSE);
        sc_core::wait(irq.posedge_event());
        // 10 ns to fetch, two cycles of 5 ns to decode.
        EXPECT_EQ(sc_core::sc_time_stamp() - doorbell, sc_core::sc_time(20, sc_core::SC_NS));
        EXPECT_EQ(reg(host, PIMVP_SEQ_STATUS), PIMVP_SEQ_DONE);
        EXPECT_EQ(reg(host, PIMVP_SEQ_CYCLES), 4u);
        EXPECT_EQ(reg(host, PIMVP_SEQ_EXECUTED), 1u);
        EXPECT_EQ(reg(host, PIMVP_SEQ_IRQ_STATUS), 1u);
        host.write<std::uint32_t>(PIMVP_SEQ_IRQ_STATUS, 0);
        EXPECT_TRUE(irq.read());
        host.write<std::uint32_t>(PIMVP_SEQ_IRQ_STATUS, 1);
        EXPECT_FALSE(irq.read());
        EXPECT_EQ(reg(host, PIMVP_SEQ_IRQ_STATUS), 0u);
        // No interrupt: END does not ask for it, or it is not enabled.
        ProgramText(memory, program_at).end(0);
        run_to_end(host, 1);
        EXPECT_EQ(reg(host, PIMVP_SEQ_STATUS), PIMVP_SEQ_DONE);
        EXPECT_FALSE(irq.read());
        host.write<std::uint32_t>(PIMVP_SEQ_IRQ_ENABLE, 0);
        ProgramText(memory, program_at).end(1);
        run_to_end(host, 1);
        EXPECT_FALSE(irq.read());
        EXPECT_EQ(reg(host, PIMVP_SEQ_IRQ_STATUS), 0u);
        EXPECT_EQ(reg(host, PIMVP_SEQ_EXECUTED), 3u);
    });
}

TEST_F(SequencerTest, CommandsReachTheirTargets) {
    pimvp_write write{};
    write.address = 0x5000;
    write.count = 3;
    write.value[0] = 10, write.value[1] = 11, write.value[2] = 12, write.value[3] = 13;
    pimvp_copy copy{};
    copy.source = 1, copy.destination = 2, copy.row_bytes = 3, copy.rows = 4;
    copy.source_stride = 5, copy.destination_stride = 6;
    pimvp_post post{};
    post.channels = 9, post.operand_format[3] = 0xABCD;
    pimvp_signal signal{};
    signal.address = 0x6000;
    text.add(PIMVP_OP_WRITE, write)
        .add(PIMVP_OP_COPY, copy)
        .add(PIMVP_OP_POST, post)
        .add(PIMVP_OP_SIGNAL, signal)
        .end();
    run([&](TestInitiator& host) {
        run_to_end(host, text.count());
        EXPECT_EQ(reg(host, PIMVP_SEQ_STATUS), PIMVP_SEQ_DONE);
        EXPECT_EQ(reg(host, PIMVP_SEQ_EXECUTED), 5u);
    });
    const auto registers = memory.to(0x5000, 0x6000, true);
    ASSERT_EQ(registers.size(), 1u);
    EXPECT_EQ(registers[0].data.size(), 12u);
    EXPECT_EQ(registers[0].word(2), 12u);
    const auto dma = memory.to(dma_at, dma_at + 0x1000, true);
    ASSERT_EQ(dma.size(), 2u) << "six registers, then the start";
    ASSERT_EQ(dma[0].address, dma_at + PIMVP_DMA_SOURCE);
    ASSERT_EQ(dma[0].data.size(), 24u);
    for (std::uint32_t i = 0; i < 6; ++i) EXPECT_EQ(dma[0].word(i), i + 1);
    EXPECT_EQ(dma[1].address, dma_at + PIMVP_DMA_START);
    EXPECT_EQ(dma[1].word(0), 1u);
    const auto config = memory.to(post_at, post_at + 64, true);
    ASSERT_EQ(config.size(), 1u);
    ASSERT_EQ(config[0].data.size(), 64u);
    EXPECT_EQ(config[0].word(3), 9u);
    EXPECT_EQ(config[0].word(15), 0xABCDu);
    EXPECT_EQ(memory.to(0x6000, 0x6004, true).size(), 1u);
}

TEST_F(SequencerTest, UnknownOpcodeFails) {
    text.add(99, pimvp_end{}).end();
    expect_failure(0, "opcode 99");
}
TEST_F(SequencerTest, ATileOnItsOwnFails) {
    text.add(PIMVP_OP_SIGNAL, pimvp_signal{}).add(PIMVP_OP_TILE, pimvp_tile{}).end();
    expect_failure(1, "opcode 5");
}
TEST_F(SequencerTest, MissingEndFails) {
    text.add(PIMVP_OP_SIGNAL, pimvp_signal{});
    expect_failure(1, "no END");
}
TEST_F(SequencerTest, AnEmptyProgramFails) {
    expect_failure(0, "no END");
}
TEST_F(SequencerTest, AWriteOfTooManyRegistersFails) {
    pimvp_write write{};
    write.count = 13;
    text.add(PIMVP_OP_WRITE, write).end();
    expect_failure(0, "13 registers");
}
TEST_F(SequencerTest, ABusErrorFails) {
    memory.fails_at = 0x7000;
    pimvp_signal signal{};
    text.add(PIMVP_OP_SIGNAL, signal);
    signal.address = 0x7000;
    text.add(PIMVP_OP_SIGNAL, signal).end();
    expect_failure(1, "write of 4 bytes");
}
TEST_F(SequencerTest, AFetchErrorFails) {
    memory.fails_at = program_at + 64;
    text.add(PIMVP_OP_SIGNAL, pimvp_signal{}).end();
    expect_failure(1, "read of 64 bytes");
}

/// 3 x 4 pixels of two 4-bit channels, 2 x 2 windows, padding on top and left.
pimvp_conv small_conv() {
    pimvp_conv conv{};
    conv.activity = 3;
    conv.address = buffer_at;
    conv.row_bytes = 16;  // rows need not follow each other
    conv.size = PIMVP_PAIR(3, 4);
    conv.channels = 2;
    conv.format = PIMVP_FORMAT(4, 0);
    conv.out_size = PIMVP_PAIR(3, 2);
    conv.kernel = PIMVP_PAIR(2, 2);
    conv.stride = PIMVP_PAIR(1, 2);
    conv.pad = PIMVP_PAIR(1, 1);
    conv.dilation = PIMVP_PAIR(1, 1);
    conv.pad_value = 9;
    return conv;
}
pimvp_tile tile_of(std::uint32_t row0, std::uint32_t rows, std::uint32_t channel0, std::uint32_t region) {
    pimvp_tile tile{};
    tile.activity = 3;
    tile.macro = macro_at;
    tile.region = region;
    tile.row0 = row0;
    tile.rows = rows;
    tile.channel0 = channel0;
    tile.filters = 2;
    tile.result_bytes = 2;
    return tile;
}

TEST_F(SequencerTest, ConvWithoutItsTilesFails) {
    auto conv = small_conv();
    conv.tiles = 2;
    text.add(PIMVP_OP_CONV, conv).add(PIMVP_OP_TILE, tile_of(0, 8, 0, 0)).end();
    expect_failure(0, "expects TILE, found opcode 0");
}
TEST_F(SequencerTest, ConvAtTheEndOfTheProgramFails) {
    auto conv = small_conv();
    conv.tiles = 2;
    text.add(PIMVP_OP_CONV, conv).add(PIMVP_OP_TILE, tile_of(0, 8, 0, 0));
    expect_failure(0, "the program ends before");
}
TEST_F(SequencerTest, ATileBeyondTheWindowFails) {
    auto conv = small_conv();
    conv.tiles = 1;
    text.add(PIMVP_OP_CONV, conv).add(PIMVP_OP_TILE, tile_of(4, 5, 0, 0)).end();
    expect_failure(0, "5 rows from 4, the window has 8");
}
TEST_F(SequencerTest, AWindowBeyondTheLineBufferFails) {
    auto conv = small_conv();
    conv.size = PIMVP_PAIR(3, 22);  // 3 rows of 22 bytes, 64 there are
    text.add(PIMVP_OP_POOL, conv).end();
    expect_failure(0, "line buffer holds 64");
}
TEST_F(SequencerTest, AWindowWithoutSizeFails) {
    auto conv = small_conv();
    conv.kernel = 0;
    text.add(PIMVP_OP_POOL, conv).end();
    expect_failure(0, "size of zero");
}
TEST_F(SequencerTest, AVectorOfFiveOperandsFails) {
    pimvp_vector vector{};
    vector.operands = 5;
    text.add(PIMVP_OP_VECTOR, vector).end();
    expect_failure(0, "5 operands");
}
TEST_F(SequencerTest, AStoreThatFailedFails) {
    memory.put(post_at + PIMVP_POST_DONE, std::uint32_t{1});
    text.add(PIMVP_OP_POOL, small_conv()).end();
    expect_failure(0, "could not store");
}

/// Element c of pixel (y, x) of the input, 9 in the padding.
unsigned pixel(const Everything& memory, int y, int x, int c) {
    if (y < 0 || y >= 3 || x < 0 || x >= 4) return 9;
    return memory.bytes.at(buffer_at + static_cast<std::uint64_t>(16 * y + x)) >> (4 * c) & 15u;
}
/// The window of output pixel (y, x), a nibble an element.
std::vector<std::uint8_t> window(const Everything& memory, int y, int x) {
    std::vector<std::uint8_t> bytes;
    for (int ky = 0; ky < 2; ++ky)
        for (int kx = 0; kx < 2; ++kx)
            bytes.push_back(static_cast<std::uint8_t>(pixel(memory, y - 1 + ky, 2 * x - 1 + kx, 0) |
                                                      pixel(memory, y - 1 + ky, 2 * x - 1 + kx, 1) << 4));
    return bytes;
}

TEST_F(SequencerTest, ConvolutionFeedsTilesAndPassesPartialSumsOn) {
    for (int y = 0; y < 3; ++y)
        for (int x = 0; x < 4; ++x)
            memory.put(buffer_at + static_cast<std::uint64_t>(16 * y + x),
                       static_cast<std::uint8_t>(37 * y + 11 * x + 5));
    auto conv = small_conv();
    conv.tiles = 3;
    auto wide = tile_of(6, 2, 0, 7);
    wide.result_bytes = 4;
    text.add(PIMVP_OP_CONV, conv)
        .add(PIMVP_OP_TILE, tile_of(0, 6, 0, 1))
        .add(PIMVP_OP_TILE, wide)
        .add(PIMVP_OP_TILE, tile_of(0, 8, 2, 2))
        .end();
    const auto window_at = [](std::uint32_t region) {
        return macro_at + PIMVP_MACRO_WINDOW_BASE + region * std::uint64_t{PIMVP_MACRO_WINDOW_STRIDE};
    };
    memory.put(window_at(1) + PIMVP_MACRO_RESULT, std::uint32_t{0x00020001});
    memory.put(window_at(2) + PIMVP_MACRO_RESULT, std::uint32_t{0x00040003});
    memory.put(window_at(7) + PIMVP_MACRO_RESULT, std::uint64_t{0x0000000600000005});
    std::vector<LayerRecord> layers;
    sequencer.on_layer([&](const LayerRecord& record) { layers.push_back(record); });
    run([&](TestInitiator& host) {
        run_to_end(host, text.count());
        EXPECT_EQ(reg(host, PIMVP_SEQ_STATUS), PIMVP_SEQ_DONE);
    });
    // Every input row once.
    const auto rows = memory.to(buffer_at, buffer_at + 0x1000, false);
    ASSERT_EQ(rows.size(), 3u);
    for (std::size_t y = 0; y < 3; ++y) {
        EXPECT_EQ(rows[y].address, buffer_at + 16 * y);
        EXPECT_EQ(rows[y].data.size(), 4u);
    }
    const auto inputs = memory.to(macro_at, macro_at + 0x100000, true);
    const auto sums = memory.to(post_at + PIMVP_POST_PSUM16, post_at + PIMVP_POST_OPERAND, true);
    ASSERT_EQ(inputs.size(), 18u);
    ASSERT_EQ(sums.size(), 18u);
    for (int p = 0; p < 6; ++p) {
        SCOPED_TRACE("pixel " + std::to_string(p));
        const auto w = window(memory, p / 2, p % 2);
        const auto* input = &inputs[static_cast<std::size_t>(3 * p)];
        EXPECT_EQ(input[0].address, window_at(1));
        EXPECT_EQ(input[0].data, std::vector<std::uint8_t>(w.begin(), w.begin() + 3));
        EXPECT_EQ(input[1].address, window_at(7));
        EXPECT_EQ(input[1].data, std::vector<std::uint8_t>(w.begin() + 3, w.end()));
        EXPECT_EQ(input[2].address, window_at(2));
        EXPECT_EQ(input[2].data, w);
        const auto* sum = &sums[static_cast<std::size_t>(3 * p)];
        EXPECT_EQ(sum[0].address, post_at + PIMVP_POST_PSUM16);
        EXPECT_EQ(sum[0].word(0), 0x00020001u);
        EXPECT_EQ(sum[1].address, post_at + PIMVP_POST_PSUM32);
        EXPECT_EQ(sum[1].word(1), 6u);
        EXPECT_EQ(sum[2].address, post_at + PIMVP_POST_PSUM16_LAST + 4 * 2);
        EXPECT_EQ(sum[2].word(0), 0x00040003u);
        // A result that is read before its inputs are there would be the last pixel's.
        for (int t = 0; t < 3; ++t) EXPECT_GT(sum[t].at_ps, input[t].at_ps);
    }
    EXPECT_EQ(memory.to(post_at + PIMVP_POST_DONE, post_at + PIMVP_POST_DONE + 4, false).size(), 1u);
    ASSERT_EQ(layers.size(), 1u);
    EXPECT_EQ(layers[0].activity, 3);
    EXPECT_GT(layers[0].end_ps, layers[0].start_ps);
}

TEST_F(SequencerTest, PoolingWindowsGoToThePostprocessor) {
    for (int y = 0; y < 3; ++y)
        for (int x = 0; x < 4; ++x)
            memory.put(buffer_at + static_cast<std::uint64_t>(16 * y + x),
                       static_cast<std::uint8_t>(53 * y + 7 * x + 1));
    text.add(PIMVP_OP_POOL, small_conv()).end();
    run([&](TestInitiator& host) { run_to_end(host, text.count()); });
    const auto operands = memory.to(post_at + PIMVP_POST_OPERAND, post_at + PIMVP_POST_PARAMETERS, true);
    ASSERT_EQ(operands.size(), 6u);
    for (int p = 0; p < 6; ++p) {
        EXPECT_EQ(operands[static_cast<std::size_t>(p)].address, post_at + PIMVP_POST_OPERAND);
        EXPECT_EQ(operands[static_cast<std::size_t>(p)].data, window(memory, p / 2, p % 2));
    }
}

TEST_F(SequencerTest, VectorsAreReadRowByRow) {
    pimvp_vector vector{};
    vector.activity = 4;
    vector.height = 3;
    vector.operands = 2;
    vector.address[0] = 0x20000, vector.row_bytes[0] = 5;
    vector.address[1] = 0x30000, vector.row_bytes[1] = 2;
    for (std::uint64_t i = 0; i < 15; ++i) memory.put(0x20000 + i, static_cast<std::uint8_t>(i));
    for (std::uint64_t i = 0; i < 6; ++i) memory.put(0x30000 + i, static_cast<std::uint8_t>(100 + i));
    text.add(PIMVP_OP_VECTOR, vector).end();
    run([&](TestInitiator& host) { run_to_end(host, text.count()); });
    const auto rows = memory.to(post_at + PIMVP_POST_OPERAND, post_at + PIMVP_POST_PARAMETERS, true);
    ASSERT_EQ(rows.size(), 6u);
    for (std::uint8_t y = 0; y < 3; ++y) {
        const auto &first = rows[2 * y], &second = rows[2 * y + 1];
        EXPECT_EQ(first.address, post_at + PIMVP_POST_OPERAND);
        EXPECT_EQ(second.address, post_at + PIMVP_POST_OPERAND + PIMVP_POST_OPERAND_STRIDE);
        ASSERT_EQ(first.data.size(), 5u);
        ASSERT_EQ(second.data.size(), 2u);
        EXPECT_EQ(first.data[4], 5 * y + 4);
        EXPECT_EQ(second.data[1], 100 + 2 * y + 1);
    }
}

}  // namespace
}  // namespace pimvp::test
