// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Where rows go: packed or pixel by pixel, to the buffer or to the bus; and what the modes of program version
// 2 cost in time and events.
#include <gtest/gtest.h>

#include "tests/postprocess/fixture.h"

namespace pimvp {
namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr int layer = Activity::layer(1);

/// Pixels of four channels, six bytes apart; x of the row y is 16 y + x in all channels.
struct Pitch : PostprocessTest {
    static constexpr unsigned channels = 4, width = 3, rows = 2, pitch = 6;
    pimvp_post spaced() const {
        auto p = post(PIMVP_POST_REQUANT, channels, width, 8);
        p.operand_format[1] = pitch;
        return p;
    }
    void drive() {
        for (unsigned y = 0; y < rows; ++y)
            for (unsigned x = 0; x < width; ++x)
                ASSERT_EQ(sums(PIMVP_POST_PSUM16_LAST, 0,
                               std::vector<std::int16_t>(channels, static_cast<std::int16_t>(16 * y + x))),
                          ok);
    }
    static Bytes expected(std::uint32_t address) {
        Bytes bytes(4096, 0xEE);
        for (unsigned y = 0; y < rows; ++y)
            for (unsigned x = 0; x < width; ++x)
                for (unsigned c = 0; c < channels; ++c)
                    bytes[address + y * 128 + x * pitch + c] = static_cast<std::uint8_t>(16 * y + x);
        return bytes;
    }
};

TEST_F(Pitch, StoresPixelByPixel) {
    run([this] {
        load_entries(channels);
        initiator->set_activity(layer);
        ASSERT_EQ(configure(spaced()), ok);
        EXPECT_EQ(now_ns(), 2);
        drive();
        // Pixel k is there at 3 + k and requantised at 4 + k. The first row's stores are 6-11, 11-16, 16-21,
        // the second row's, ready at 9, 21-26 and so on: width * rows stores after the first row is done.
        EXPECT_EQ(now_ns(), 8);
        EXPECT_EQ(initiator->read<std::uint32_t>(PIMVP_POST_DONE), 0u);
        EXPECT_EQ(now_ns(), 2 + 1 + width + 5 * width * rows);
    });
    ASSERT_EQ(buffer.writes.size(), width * rows);
    for (unsigned i = 0; i < width * rows; ++i) {
        EXPECT_EQ(buffer.writes[i].address, 256 + i / width * 128 + i % width * pitch);
        EXPECT_EQ(buffer.writes[i].bytes, channels);
        EXPECT_EQ(buffer.writes[i].start_ps, 1000 * (2 + 1 + width + 5 * i));
    }
    EXPECT_EQ(buffer.bytes, expected(256)) << "gaps stay as they are";
    EXPECT_EQ(total("store", layer), width * rows);
    EXPECT_EQ(total("store_byte", layer), width * rows * channels);
    EXPECT_EQ(total("row_read", layer), width * rows);
    EXPECT_EQ(total("row_write", layer), width * rows);
}

TEST_F(Pitch, ABufferThatWaitsTakesTheSameTimes) {
    buffer.waits = true;
    run([this] {
        load_entries(channels);
        ASSERT_EQ(configure(spaced()), ok);
        drive();
        EXPECT_EQ(initiator->read<std::uint32_t>(PIMVP_POST_DONE), 0u);
    });
    ASSERT_EQ(buffer.writes.size(), width * rows);
    for (unsigned i = 1; i < width * rows; ++i)
        EXPECT_GE(buffer.writes[i].start_ps, buffer.writes[i - 1].start_ps + 5000);
    EXPECT_EQ(buffer.bytes, expected(256));
}

TEST_F(Pitch, OnTheBus) {
    run([this] {
        load_entries(channels);
        initiator->set_activity(layer);
        auto p = spaced();
        p.address = bus_base + 512;
        ASSERT_EQ(configure(p), ok);
        drive();
        EXPECT_EQ(initiator->read<std::uint32_t>(PIMVP_POST_DONE), 0u);
        EXPECT_EQ(now_ns(), 2 + 1 + width + 5 * width * rows);
    });
    EXPECT_TRUE(buffer.writes.empty());
    ASSERT_EQ(memory->writes.size(), width * rows);
    EXPECT_EQ(memory->writes[4].address, bus_base + 512 + 128 + pitch) << "as it is";
    EXPECT_EQ(memory->writes[4].activity, layer);
    EXPECT_EQ(memory->bytes, expected(512));
}

TEST_F(Pitch, WindowsToo) {
    run([this] {
        auto p = spaced();
        p.mode = PIMVP_POST_MAX;
        p.operand_format[0] = PIMVP_FORMAT(8, PIMVP_KIND_SIGNED);
        ASSERT_EQ(configure(p), ok);
        for (unsigned i = 0; i < width * rows; ++i)
            ASSERT_EQ(initiator->write(PIMVP_POST_OPERAND,
                                       Bytes(2 * channels, static_cast<std::uint8_t>(i / 3 * 16 + i % 3))),
                      ok);
        EXPECT_EQ(initiator->read<std::uint32_t>(PIMVP_POST_DONE), 0u);
    });
    EXPECT_EQ(buffer.bytes, expected(256));
}

TEST_F(Pitch, OfWholeBytesThatDoNotOverlap) {
    run([this] {
        load_entries(16);
        auto p = spaced();
        for (const auto& [bits, distance, good] : {std::tuple{8u, 4u, true},
                                                   {8u, 3u, false},
                                                   {4u, 2u, true},
                                                   {4u, 1u, false},
                                                   {3u, 6u, false},
                                                   {2u, 1u, true}}) {
            p.format = PIMVP_FORMAT(bits, PIMVP_KIND_SIGNED);
            p.operand_format[1] = distance;
            EXPECT_EQ(configure(p), good ? ok : tlm::TLM_GENERIC_ERROR_RESPONSE) << bits << " " << distance;
        }
    });
}

TEST_F(PostprocessTest, PackedRowsOnTheBus) {
    run([this] {
        load_entries(16);
        auto p = post(PIMVP_POST_REQUANT, 16, 2, 8);
        p.address = bus_base + 64;
        ASSERT_EQ(configure(p), ok);
        for (int i = 0; i < 4; ++i)
            ASSERT_EQ(sums(PIMVP_POST_PSUM16_LAST, 0, std::vector<std::int16_t>(16, 7)), ok);
        p.address = bus_base - 64;  // an offset, and beyond the buffer
        EXPECT_EQ(initiator->read<std::uint32_t>(PIMVP_POST_DONE), 0u);
        ASSERT_EQ(configure(p), ok);
        for (int i = 0; i < 2; ++i)
            ASSERT_EQ(sums(PIMVP_POST_PSUM16_LAST, 0, std::vector<std::int16_t>(16, 7)), ok);
        EXPECT_EQ(initiator->read<std::uint32_t>(PIMVP_POST_DONE), 1u);
    });
    EXPECT_TRUE(buffer.writes.empty());
    ASSERT_EQ(memory->writes.size(), 2u);
    EXPECT_EQ(memory->writes[1].address, bus_base + 64 + 128);
    EXPECT_EQ(memory->writes[1].bytes, 32u);
}

TEST_F(PostprocessTest, ProductsAndSecondStagesPassTheMultipliersAgain) {
    run([this] {
        // Two stages: of 3 and 5 bits with their signs, then 9.
        const pimvp_post_entry entries[] = {
            {0, 3, 2, PIMVP_PAIR(1, 2)}, {0, -16, 4, 0}, {0, 255, 8, 0}, {0, 1, 0, 0}};
        ASSERT_EQ(initiator->write(PIMVP_POST_PARAMETERS, entries, sizeof entries), ok);
        initiator->set_activity(layer);
        auto p = post(PIMVP_POST_MODE(PIMVP_POST_ADD, PIMVP_ROUND_HALF_EVEN), 16, 4, 8);
        p.operand_format[0] = p.operand_format[1] = PIMVP_FORMAT(8, PIMVP_KIND_SIGNED);
        ASSERT_EQ(configure(p), ok);
        EXPECT_EQ(now_ns(), 3);  // 4 entries written, 3 latched
        ASSERT_EQ(initiator->write(PIMVP_POST_OPERAND, Bytes(64, 40)), ok);
        EXPECT_EQ(now_ns(), 7);
        ASSERT_EQ(initiator->write(PIMVP_POST_OPERAND + PIMVP_POST_OPERAND_STRIDE, Bytes(64, 5)), ok);
        EXPECT_EQ(now_ns(), 15);  // 64 elements and 64 sums
        initiator->set_activity(layer + 1);
        EXPECT_EQ(initiator->read<std::uint32_t>(PIMVP_POST_DONE), 0u);
        p.mode = PIMVP_POST_MODE(PIMVP_POST_MULTIPLY, PIMVP_ROUND_DOUBLED);
        p.parameters = 2;
        p.address = 1024;
        p.zero_point = 6;
        ASSERT_EQ(configure(p), ok);
        EXPECT_EQ(now_ns(), 22);  // the store ended at 20
    });
    // 40 * 4 * 3 / 4 = 120 and 5 * 4 * -16 / 16 = -20: 100 * 255 / 256 = 99.6
    EXPECT_EQ(Bytes(buffer.bytes.begin() + 256, buffer.bytes.begin() + 320), Bytes(64, 100));
    EXPECT_EQ(total("multiply_bit", layer), 64u * (3 + 5 + 9));
    EXPECT_EQ(total("round", layer), 64u * 3);
    EXPECT_EQ(total("subtract", layer), 64u * 2);
    EXPECT_EQ(total("accumulate", layer), 64u * 2);
    EXPECT_EQ(total("latch", layer), 3u);
    EXPECT_EQ(total("pixel", layer), 4u);
}

TEST_F(PostprocessTest, MultiplyCosts) {
    run([this] {
        const pimvp_post_entry entries[] = {{1, 1 << 14, 35, 0}, {-2, 99, 0, 0}};
        ASSERT_EQ(initiator->write(PIMVP_POST_PARAMETERS, entries, sizeof entries), ok);
        initiator->set_activity(layer);
        auto p = post(PIMVP_POST_MODE(PIMVP_POST_MULTIPLY, PIMVP_ROUND_HALF_UP), 16, 4, 8);
        p.operand_format[0] = PIMVP_FORMAT(8, PIMVP_KIND_SIGNED);
        p.operand_format[1] = PIMVP_FORMAT(4, PIMVP_KIND_UNSIGNED);
        ASSERT_EQ(configure(p), ok);
        EXPECT_EQ(now_ns(), 3);
        ASSERT_EQ(initiator->write(PIMVP_POST_OPERAND, Bytes(64, 100)), ok);
        EXPECT_EQ(now_ns(), 7);
        ASSERT_EQ(initiator->write(PIMVP_POST_OPERAND + PIMVP_POST_OPERAND_STRIDE, Bytes(32, 0x33)), ok);
        EXPECT_EQ(now_ns(), 15);
        EXPECT_EQ(initiator->read<std::uint32_t>(PIMVP_POST_DONE), 0u);
    });
    EXPECT_EQ(total("multiply_bit", layer), 64u * (4 + 1 + 16))
        << "element less zero point; 15 bits and sign";
    EXPECT_EQ(total("round", layer), 64u);
    EXPECT_EQ(total("subtract", layer), 64u * 2);
    EXPECT_EQ(total("accumulate", layer), 0u);
}

TEST_F(PostprocessTest, DoubledRoundsTwiceAndThresholdsCompareEach) {
    run([this] {
        std::vector<pimvp_post_entry> entries(16, {0, 1 << 14, 40, 0});
        ASSERT_EQ(initiator->write(PIMVP_POST_PARAMETERS, entries.data(), 256), ok);
        initiator->set_activity(layer);
        ASSERT_EQ(configure(post(PIMVP_POST_MODE(PIMVP_POST_REQUANT, PIMVP_ROUND_DOUBLED), 16, 1, 8)), ok);
        ASSERT_EQ(sums(PIMVP_POST_PSUM16_LAST, 0, std::vector<std::int16_t>(16, 1)), ok);
        initiator->set_activity(layer + 1);
        // Two channels of six thresholds: three entries each.
        for (auto& e : entries) e = {7, 7, 0, 0};
        entries[1] = entries[4] = {1, 2, 3, 4};
        entries[2] = entries[5] = {5, 0, 0, 0};
        entries[0] = entries[3] = {0, 0, 0, 0};
        EXPECT_EQ(initiator->read<std::uint32_t>(PIMVP_POST_DONE), 0u);
        const auto before = now_ns();
        ASSERT_EQ(initiator->write(PIMVP_POST_PARAMETERS, entries.data(), 256), ok);
        auto p = post(PIMVP_POST_THRESHOLD, 2, 1, 8);
        p.low = 0;
        p.operand_format[0] = 6;
        ASSERT_EQ(configure(p), ok);
        EXPECT_EQ(now_ns(), before + 4 + 1 + 2);  // 16 entries written, 6 latched, four a cycle
        ASSERT_EQ(sums(PIMVP_POST_PSUM16_LAST, 0, {3, -1}), ok);
        EXPECT_EQ(initiator->read<std::uint32_t>(PIMVP_POST_DONE), 0u);
    });
    EXPECT_EQ(total("multiply_bit", layer), 16u * 16);
    EXPECT_EQ(total("round", layer), 16u * 2);
    EXPECT_EQ(total("compare", layer), 0u);
    EXPECT_EQ(total("compare", layer + 1), 2u * 6);
    EXPECT_EQ(total("latch", layer + 1), 6u);
    EXPECT_EQ(total("parameter_read", layer + 1), 6u);
    EXPECT_EQ(total("bias", layer + 1), 2u);
    EXPECT_EQ(total("multiply_bit", layer + 1), 0u);
    EXPECT_EQ(buffer.bytes[256], 4);  // 0 1 2 3 are reached
    EXPECT_EQ(buffer.bytes[257], 0);
}

TEST_F(PostprocessTest, DivideCosts) {
    run([this] {
        const pimvp_post_entry third{0, 21846, 16, 1};
        ASSERT_EQ(initiator->write(PIMVP_POST_PARAMETERS, &third, sizeof third), ok);
        initiator->set_activity(layer);
        auto p = post(PIMVP_POST_DIVIDE, 16, 1, 8);
        p.operand_format[0] = PIMVP_FORMAT(8, PIMVP_KIND_SIGNED);
        ASSERT_EQ(configure(p), ok);
        EXPECT_EQ(now_ns(), 3);
        Bytes window(48, 0xFE);
        window[1] = 0xFF;
        ASSERT_EQ(initiator->write(PIMVP_POST_OPERAND, window), ok);
        EXPECT_EQ(now_ns(), 5);  // 48 elements
        EXPECT_EQ(initiator->read<std::uint32_t>(PIMVP_POST_DONE), 0u);
        EXPECT_EQ(now_ns(), 11);
    });
    EXPECT_EQ(buffer.bytes[256], 0xFE);
    EXPECT_EQ(buffer.bytes[257], 0xFE) << "-5 / 3";
    EXPECT_EQ(total("accumulate", layer), 48u);
    EXPECT_EQ(total("subtract", layer), 0u);
    EXPECT_EQ(total("bias", layer), 16u);
    EXPECT_EQ(total("multiply_bit", layer), 16u * 16);
    EXPECT_EQ(total("round", layer), 16u);
    EXPECT_EQ(total("latch", layer), 1u);
}

}  // namespace
}  // namespace pimvp
