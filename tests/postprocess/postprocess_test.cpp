// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Times and counts of the module, computed by hand, and rows that arrive in the buffer.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "tests/postprocess/fixture.h"

namespace pimvp {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes slice(const Bytes& bytes, std::size_t from, std::size_t count) {
    return {bytes.begin() + static_cast<std::ptrdiff_t>(from),
            bytes.begin() + static_cast<std::ptrdiff_t>(from + count)};
}

/// 40 channels in two column tiles, two pixels a row, two rows.
struct Overlap : PostprocessTest {
    void script() {
        load_entries(40);
        ASSERT_EQ(configure(post(PIMVP_POST_REQUANT, 40, 2, 8)), ok);
        EXPECT_EQ(now_ns(), 11);  // 1 + 40 / 4
        const std::vector<std::int16_t> wide(32, 3), narrow(8, -4);
        const int accepted[][2] = {{12, 13}, {14, 15}, {17, 18}, {20, 21}};
        // Requantise takes 3: 13-16, 16-19 (so the third pixel starts at 16), 19-22 (the fourth at 19),
        // 22-25.
        for (const auto& at : accepted) {
            ASSERT_EQ(sums(PIMVP_POST_PSUM16, 0, wide), ok);
            EXPECT_EQ(now_ns(), at[0]);
            ASSERT_EQ(sums(PIMVP_POST_PSUM16_LAST, 32, narrow), ok);
            EXPECT_EQ(now_ns(), at[1]);
        }
        EXPECT_EQ(initiator->read<std::uint32_t>(PIMVP_POST_DONE), 0u);
        EXPECT_EQ(now_ns(), 30);  // the second store: 25 to 30
    }
};

TEST_F(Overlap, AccumulateRequantiseAndStoreOverlap) {
    run([this] { script(); });
    ASSERT_EQ(buffer.writes.size(), 2u);
    EXPECT_EQ(buffer.writes[0].start_ps, 19000);
    EXPECT_EQ(buffer.writes[1].start_ps, 25000);
    EXPECT_EQ(buffer.writes[0].address, 256u);
    EXPECT_EQ(buffer.writes[1].address, 384u);
    EXPECT_EQ(buffer.writes[1].bytes, 80u);
    Bytes pixel(32, 3);
    pixel.resize(40, 0xFC);
    for (const std::size_t at : {256, 296, 384, 424}) EXPECT_EQ(slice(buffer.bytes, at, 40), pixel);
    EXPECT_EQ(buffer.bytes[336], 0xEE) << "between the rows";
}

TEST_F(Overlap, BusyIsOneStretch) {
    const std::string file = ::testing::TempDir() + "postprocess_busy.vcd";
    TraceOptions options;
    options.file = file;
    {
        Tracer tracer(options);
        run([this] { script(); }, &tracer);
        tracer.close(40000);
    }
    std::ifstream vcd(file);
    std::string line, changes;
    bool values = false;
    std::string time = "#0";
    while (std::getline(vcd, line)) {
        if (line.find("$enddefinitions") != std::string::npos) values = true;
        if (!values || line.empty()) continue;
        if (line[0] == '#') time = line;
        if (line[0] == '0' || line[0] == '1') changes += time + "=" + line[0] + " ";
    }
    std::remove(file.c_str());
    EXPECT_EQ(changes, "#0=1 #30000=0 ");
}

TEST_F(PostprocessTest, TheRowAfterTheNextWaitsForItsBuffer) {
    buffer.latency_ps = 50000;
    run([this] {
        load_entries(16);
        ASSERT_EQ(configure(post(PIMVP_POST_REQUANT, 16, 1, 8)), ok);
        EXPECT_EQ(now_ns(), 5);
        // Stores: 7-57, 57-107, 107-157, 157-207. The third pixel's requantisation waits for 57, and the
        // fourth pixel for the accumulators.
        for (const int accepted : {6, 7, 8, 58}) {
            ASSERT_EQ(sums(PIMVP_POST_PSUM16_LAST, 0, std::vector<std::int16_t>(16, 1)), ok);
            EXPECT_EQ(now_ns(), accepted);
        }
        EXPECT_EQ(initiator->read<std::uint32_t>(PIMVP_POST_DONE), 0u);
        EXPECT_EQ(now_ns(), 207);
    });
    ASSERT_EQ(buffer.writes.size(), 4u);
    EXPECT_EQ(buffer.writes[3].start_ps, 157000);
}

TEST_F(PostprocessTest, ConfigurationWaitsForStores) {
    run([this] {
        load_entries(16);
        ASSERT_EQ(configure(post(PIMVP_POST_REQUANT, 16, 1, 8)), ok);
        ASSERT_EQ(sums(PIMVP_POST_PSUM16_LAST, 0, std::vector<std::int16_t>(16, 1)), ok);
        EXPECT_EQ(now_ns(), 6);
        ASSERT_EQ(configure(post(PIMVP_POST_REQUANT, 16, 1, 8)), ok);  // requantised at 7, stored at 12
        EXPECT_EQ(now_ns(), 17);
        pimvp_post read{};
        ASSERT_EQ(initiator->read(PIMVP_POST_CONFIG, &read, sizeof read), ok);
        EXPECT_EQ(read.channels, 16u);
        EXPECT_EQ(now_ns(), 18);
    });
}

TEST_F(PostprocessTest, ABufferThatWaitsTakesTheSameTimes) {
    buffer.waits = true;
    run([this] {
        load_entries(16);
        ASSERT_EQ(configure(post(PIMVP_POST_REQUANT, 16, 1, 8)), ok);
        ASSERT_EQ(sums(PIMVP_POST_PSUM16_LAST, 0, std::vector<std::int16_t>(16, 1)), ok);
        EXPECT_EQ(now_ns(), 12) << "the store starts at 7 and the buffer lets 5 ns of kernel time pass";
        EXPECT_EQ(initiator->read<std::uint32_t>(PIMVP_POST_DONE), 0u);
        EXPECT_EQ(now_ns(), 12);
    });
    EXPECT_EQ(buffer.writes[0].start_ps, 7000);
}

TEST_F(PostprocessTest, RowTilesAccumulateInBothWidths) {
    run([this] {
        load_entries(3);
        const pimvp_post_entry entries[3] = {{100, 3, 2, 0}, {0, 1, 1, 0}, {-5, -1, 0, 0}};
        ASSERT_EQ(initiator->write(PIMVP_POST_PARAMETERS, entries, sizeof entries), ok);
        ASSERT_EQ(configure(post(PIMVP_POST_REQUANT, 3, 1, 16)), ok);
        ASSERT_EQ(sums(PIMVP_POST_PSUM16, 0, {1000, -7, 20}), ok);
        const std::int32_t words[] = {-2, 5};
        ASSERT_EQ(initiator->write(PIMVP_POST_PSUM32 + 4, words, sizeof words), ok);
        const std::int32_t far = 8000;
        ASSERT_EQ(initiator->write(PIMVP_POST_PSUM32_LAST, &far, sizeof far), ok);
        EXPECT_EQ(initiator->read<std::uint32_t>(PIMVP_POST_DONE), 0u);
    });
    // (9000 + 100) 3 / 4 = 6825; (-9) / 2 = -4.5 -> -4; -(25 - 5) = -20
    std::int16_t out[3];
    std::memcpy(out, &buffer.bytes[256], sizeof out);
    EXPECT_EQ(out[0], 6825);
    EXPECT_EQ(out[1], -4);
    EXPECT_EQ(out[2], -20);
}

TEST_F(PostprocessTest, WindowsTakeBothStages) {
    run([this] {
        auto p = post(PIMVP_POST_MAX, 16, 2, 8);
        p.operand_format[0] = PIMVP_FORMAT(8, PIMVP_KIND_SIGNED);
        ASSERT_EQ(configure(p), ok);
        EXPECT_EQ(now_ns(), 1);  // no entries
        Bytes window(64, 0x80);
        window[16 + 3] = 0x85;  // second pixel, channel 3
        ASSERT_EQ(initiator->write(PIMVP_POST_OPERAND, window), ok);
        EXPECT_EQ(now_ns(), 3);  // 64 elements
        ASSERT_EQ(initiator->write(PIMVP_POST_OPERAND, Bytes(64, 7)), ok);
        EXPECT_EQ(now_ns(), 5);
        EXPECT_EQ(initiator->read<std::uint32_t>(PIMVP_POST_DONE), 0u);
        EXPECT_EQ(now_ns(), 11);  // 5 + 1 + 5
    });
    Bytes row(16, 0x80);
    row[3] = 0x85;
    row.resize(32, 7);
    EXPECT_EQ(slice(buffer.bytes, 256, 32), row);
}

TEST_F(PostprocessTest, OperandRowsOccupyRequantise) {
    run([this] {
        load_entries(16);
        auto p = post(PIMVP_POST_ADD, 16, 4, 8);
        p.operand_format[0] = p.operand_format[1] = PIMVP_FORMAT(8, PIMVP_KIND_SIGNED);
        ASSERT_EQ(configure(p), ok);
        EXPECT_EQ(now_ns(), 2);  // two entries
        ASSERT_EQ(initiator->write(PIMVP_POST_OPERAND, Bytes(64, 5)), ok);
        EXPECT_EQ(now_ns(), 6);
        ASSERT_EQ(initiator->write(PIMVP_POST_OPERAND + PIMVP_POST_OPERAND_STRIDE, Bytes(64, 0xFF)), ok);
        EXPECT_EQ(now_ns(), 10);
        p.mode = PIMVP_POST_MERGE;
        p.address = 1024;
        std::vector<pimvp_post_entry> entries(16, {0, 1, 0, PIMVP_PAIR(1, 2)});
        entries[0].select = PIMVP_PAIR(0, 1);
        ASSERT_EQ(initiator->write(PIMVP_POST_PARAMETERS, entries.data(), 256), ok);
        EXPECT_EQ(now_ns(), 14);  // 16 entries
        ASSERT_EQ(configure(p), ok);
        EXPECT_EQ(now_ns(), 20);  // the store ended at 15
        ASSERT_EQ(initiator->write(PIMVP_POST_OPERAND, Bytes{1, 2, 3, 4, 5, 6, 7, 8}), ok);
        EXPECT_EQ(now_ns(), 21);  // 8 elements
        ASSERT_EQ(initiator->write(PIMVP_POST_OPERAND + PIMVP_POST_OPERAND_STRIDE, Bytes(12, 9)), ok);
        EXPECT_EQ(now_ns(), 25);  // 64 outputs
        EXPECT_EQ(initiator->read<std::uint32_t>(PIMVP_POST_DONE), 0u);
        EXPECT_EQ(now_ns(), 30);
    });
    EXPECT_EQ(slice(buffer.bytes, 256, 64), Bytes(64, 4));
    Bytes merged(64, 9);
    for (int pixel = 0; pixel < 4; ++pixel) merged[16 * pixel] = static_cast<std::uint8_t>(2 * pixel + 2);
    EXPECT_EQ(slice(buffer.bytes, 1024, 64), merged);
}

TEST_F(PostprocessTest, FactorsOfOnePassByTheMultiplier) {
    constexpr int layer = Activity::layer(0);
    run([this] {
        std::vector<pimvp_post_entry> entries(16, {0, 1, 0, PIMVP_PAIR(0, 0)});
        for (unsigned c = 0; c < 5; ++c) entries[c].multiplier = 3;
        entries[5].shift = 1;
        ASSERT_EQ(initiator->write(PIMVP_POST_PARAMETERS, entries.data(), 256), ok);
        auto p = post(PIMVP_POST_MERGE, 16, 4, 8);
        p.operand_format[0] = PIMVP_FORMAT(8, PIMVP_KIND_SIGNED);
        ASSERT_EQ(configure(p), ok);
        initiator->set_activity(layer);
        ASSERT_EQ(initiator->write(PIMVP_POST_OPERAND, Bytes(4, 7)), ok);
    });
    // Four pixels: six of 16 channels scale, five by 3, of two bits and a sign, and one by 1, of one and a
    // sign; the others cost their zero point and two clamps.
    EXPECT_EQ(total("multiply_bit", layer), 4u * (5 * 3 + 2));
    EXPECT_EQ(total("round", layer), 4u * 6);
    EXPECT_EQ(total("subtract", layer), 4u * (16 + 2 * 10));
}

TEST_F(PostprocessTest, CountsFollowTheClosedFormula) {
    constexpr int layer = Activity::layer(2), other = Activity::layer(3);
    constexpr unsigned channels = 20, width = 3, rows = 2, tiles = 4;
    run([this] {
        load_entries(64);
        initiator->set_activity(layer);
        ASSERT_EQ(configure(post(PIMVP_POST_REQUANT, channels, width, 8)), ok);
        for (unsigned pixel = 0; pixel < width * rows; ++pixel)
            for (unsigned tile = 0; tile < tiles; ++tile)
                ASSERT_EQ(sums(tile + 1 == tiles ? PIMVP_POST_PSUM16_LAST : PIMVP_POST_PSUM16, 0,
                               std::vector<std::int16_t>(channels, 1)),
                          ok);
        initiator->set_activity(other);
        auto p = post(PIMVP_POST_ADD, channels, width, 8);
        for (int k = 0; k < 3; ++k) p.operand_format[k] = PIMVP_FORMAT(8, PIMVP_KIND_SIGNED);
        ASSERT_EQ(configure(p), ok);
        for (unsigned k = 0; k < 3; ++k)
            ASSERT_EQ(initiator->write(PIMVP_POST_OPERAND + k * PIMVP_POST_OPERAND_STRIDE,
                                       Bytes(channels * width, 1)),
                      ok);
    });
    const Account& account = unit->account();
    const unsigned pixels = width * rows, elements = 3 * channels * width;
    const PostprocessCost cost = postprocess_cost(params(), Technology{});
    const auto zj = [](Energy e) { return static_cast<Zeptojoules>(e.si() * 1e21 + 0.5); };
    struct Row {
        const char* event;
        Energy price;
        std::uint64_t first, second;
    };
    // A pixel of 20 bytes is two words of a row buffer, a row of 60 bytes four.
    const Row expected[] = {
        {"accumulate", cost.accumulate, pixels * tiles * channels, elements},
        {"subtract", cost.subtract, 0, elements},
        {"compare", cost.compare, 0, 0},
        {"bias", cost.bias, pixels * channels, 0},
        {"multiply_bit", cost.multiply_bit, 2 * pixels * channels, 2 * elements},  // 1, and a sign
        {"round", cost.round, pixels * channels, width * channels},
        {"latch", cost.latch, channels, 3},
        {"parameter_read", cost.parameter_read, channels, 3},
        {"parameter_write", cost.parameter_write, 0, 0},
        {"row_read", cost.row_read, rows * 4, 2 * 4 + 4},
        {"row_write", cost.row_write, pixels * 2, 2 * 4 + 4},
        {"pixel", Energy{}, pixels, width},
        {"store", Energy{}, rows, 1},
        {"store_byte", Energy{}, rows * channels * width, channels * width},
    };
    Zeptojoules energy = 0;
    for (const Row& row : expected) {
        EXPECT_EQ(total(row.event, layer), row.first) << row.event;
        EXPECT_EQ(total(row.event, other), row.second) << row.event;
        energy += zj(row.price) * static_cast<Zeptojoules>(row.first + row.second);
    }
    EXPECT_TRUE(account.energy() == energy);
    EXPECT_EQ(account.events(), std::size(expected));
    EXPECT_EQ(buffer.writes[0].activity, layer);
    EXPECT_EQ(buffer.writes[2].activity, other);

    unit->reset();
    EXPECT_TRUE(unit->account().energy() == 0);
}

TEST_F(PostprocessTest, ResetForgetsTimesAndParameters) {
    buffer.latency_ps = 1000000;
    run([this] {
        load_entries(16);
        ASSERT_EQ(configure(post(PIMVP_POST_REQUANT, 16, 1, 8)), ok);
        for (int row = 0; row < 2; ++row)
            ASSERT_EQ(sums(PIMVP_POST_PSUM16_LAST, 0, std::vector<std::int16_t>(16, 1)), ok);
        const auto before = now_ns();
        unit->reset();
        EXPECT_EQ(initiator->read<std::uint32_t>(PIMVP_POST_DONE), 0u);
        EXPECT_EQ(now_ns(), before) << "no store is awaited";
        EXPECT_EQ(sums(PIMVP_POST_PSUM16, 0, {1}), tlm::TLM_GENERIC_ERROR_RESPONSE) << "no tensor";
        pimvp_post_entry entry{1, 1, 1, 1};
        EXPECT_EQ(initiator->debug_read(PIMVP_POST_PARAMETERS, &entry, sizeof entry), sizeof entry);
        EXPECT_EQ(entry.multiplier, 0);
    });
}

}  // namespace
}  // namespace pimvp
