// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/vault/io_gate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace pimvp {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes random_bytes(std::size_t n, std::mt19937& rng) {
    Bytes out(n);
    for (auto& b : out) b = static_cast<std::uint8_t>(rng());
    return out;
}

/// Bit k, 0..15, of word w of a block.
int bit_of(const std::uint8_t* words, int w, int k) {
    return words[2 * w + k / 8] >> (k % 8) & 1;
}

/// Of every word the uppermost `bits` bits.
Bytes masked(const Bytes& words, int bits) {
    Bytes out(words.size());
    for (std::size_t w = 0; w < words.size() / 2; ++w) {
        const int word = words[2 * w] + 256 * words[2 * w + 1];
        const int unit = 1 << (16 - bits);
        const int kept = word / unit * unit;
        out[2 * w] = static_cast<std::uint8_t>(kept % 256);
        out[2 * w + 1] = static_cast<std::uint8_t>(kept / 256);
    }
    return out;
}

TEST(LaneGroups, MostSignificantBitsComeFirst) {
    Bytes words(32, 0);
    words[1] = 0x80;       // word 0, bit 15
    words[2 * 3] = 0x01;   // word 3, bit 0
    words[2 * 15] = 0x20;  // word 15, bit 5
    LaneGroups expected{};
    expected[0] = 1;
    expected[15] = 1 << 3;
    expected[10] = 1 << 15;
    EXPECT_EQ(to_lanes(words.data()), expected);
    EXPECT_EQ(to_lanes_portable(words.data()), expected);
}

TEST(LaneGroups, AgreeBitByBitAndGoBack) {
    std::mt19937 rng(1);
    for (int k = 0; k < 5000; ++k) {
        const Bytes words = random_bytes(32, rng);
        const LaneGroups lanes = to_lanes(words.data());
        for (int i = 0; i < 16; ++i)
            for (int w = 0; w < 16; ++w)
                ASSERT_EQ(lanes[static_cast<std::size_t>(i)] >> w & 1, bit_of(words.data(), w, 15 - i));
        ASSERT_EQ(to_lanes_portable(words.data()), lanes);
        Bytes back(32), portable(32);
        to_words(lanes, back.data());
        to_words_portable(lanes, portable.data());
        ASSERT_EQ(back, words);
        ASSERT_EQ(portable, words);
    }
}

TEST(LaneGroups, Thermometer) {
    const int expected[] = {0,      0x8000, 0xC000, 0xE000, 0xF000, 0xF800, 0xFC00, 0xFE00, 0xFF00,
                            0xFF80, 0xFFC0, 0xFFE0, 0xFFF0, 0xFFF8, 0xFFFC, 0xFFFE, 0xFFFF};
    for (int bits = 0; bits <= 16; ++bits) EXPECT_EQ(thermometer(bits), expected[bits]);
}

TEST(IoGate, GatedReadIsTheMaskedWord) {
    std::mt19937 rng(2);
    IoGate gate(1 << 20, true, true);
    for (std::uint64_t block : {0u, 1u, 2047u, 2048u, 32767u}) {
        const Bytes words = random_bytes(32, rng);
        gate.write(block, 16, words.data());
        for (int p = 1; p <= 16; ++p) {
            Bytes read(32, 0xAA);
            gate.read(block, p, read.data());
            EXPECT_EQ(read, masked(words, p)) << p;
        }
    }
    Bytes read(32, 0xAA);
    gate.read(77, 5, read.data());
    EXPECT_EQ(read, Bytes(32, 0)) << "untouched cells";
    EXPECT_EQ(gate.pages_in_use(), 3u) << "64 KiB each";
}

TEST(IoGate, ClosedLanesKeepWhatTheyHold) {
    std::mt19937 rng(3);
    IoGate gate(4096, true, true);
    for (int p = 1; p <= 16; ++p) {
        const Bytes before = random_bytes(32, rng), words = random_bytes(32, rng);
        gate.write(9, 16, before.data());
        gate.write(9, p, words.data());
        Bytes read(32);
        gate.read(9, 16, read.data());
        for (int w = 0; w < 16; ++w)
            for (int k = 0; k < 16; ++k)
                ASSERT_EQ(bit_of(read.data(), w, k), bit_of(k >= 16 - p ? words.data() : before.data(), w, k))
                    << p << " " << w << " " << k;
    }
}

TEST(IoGate, BytesThatAreNotEnabledKeepWhatTheyHold) {
    std::mt19937 rng(4);
    IoGate gate(4096, true, true);
    for (int trial = 0; trial < 400; ++trial) {
        const int p = 1 + trial % 16;
        const Bytes before = random_bytes(32, rng), words = random_bytes(32, rng);
        const std::uint32_t enabled = trial < 16   ? 0
                                      : trial < 48 ? 1u << (trial - 16)
                                                   : static_cast<std::uint32_t>(rng());
        gate.write(5, 16, before.data());
        gate.write(5, p, words.data(), enabled);
        Bytes read(32);
        gate.read(5, 16, read.data());
        for (int w = 0; w < 16; ++w)
            for (int k = 0; k < 16; ++k) {
                const bool open = k >= 16 - p && (enabled >> (2 * w + k / 8) & 1) != 0;
                ASSERT_EQ(bit_of(read.data(), w, k), bit_of(open ? words.data() : before.data(), w, k))
                    << p << " " << std::hex << enabled;
            }
    }
}

TEST(IoGate, DebugSeesAnyRangeOfWords) {
    constexpr std::size_t size = 3 * 65536;
    IoGate gate(size, true, true);
    Bytes model(size, 0);
    std::mt19937 rng(5);
    for (int k = 0; k < 3000; ++k) {
        const std::size_t at = rng() % size,
                          n = std::min<std::size_t>(size - at, rng() % (k % 50 == 0 ? 70000 : 100));
        if (k % 3 != 0) {
            const Bytes data = random_bytes(n, rng);
            std::copy(data.begin(), data.end(), model.begin() + static_cast<long>(at));
            gate.poke(at, data.data(), n);
        } else {
            Bytes read(n, 0x55);
            gate.peek(at, read.data(), n);
            ASSERT_TRUE(std::equal(read.begin(), read.end(), model.begin() + static_cast<long>(at))) << k;
        }
    }
    Bytes words(32);
    gate.read(65536 / 32, 16, words.data());
    EXPECT_TRUE(std::equal(words.begin(), words.end(), model.begin() + 65536)) << "accesses see the same";
}

class GateRegisters : public ::testing::Test {
  protected:
    static constexpr std::uint32_t bytes = 1 << 20;

    static void region(IoGate& g, std::uint32_t r, std::uint32_t base, std::uint32_t limit,
                       std::uint32_t bits, std::uint32_t pair) {
        const std::uint32_t at = PIMVP_GATE_REGION + r * PIMVP_GATE_STRIDE;
        g.write_register(at + PIMVP_GATE_BASE, base);
        g.write_register(at + PIMVP_GATE_LIMIT, limit);
        g.write_register(at + PIMVP_GATE_DOUBLE, pair);
        g.write_register(at + PIMVP_GATE_BITS, bits);
    }
    std::uint32_t status() const { return gate_.read_register(PIMVP_GATE_STATUS); }
    void expect(std::uint64_t address, int bits, bool pair, std::uint64_t limit) const {
        EXPECT_EQ(gate_.setting(address).bits, bits) << address;
        EXPECT_EQ(gate_.setting(address).pair, pair) << address;
        EXPECT_EQ(gate_.setting_limit(address), limit) << address;
    }

    IoGate gate_{bytes, true, true};
};

TEST_F(GateRegisters, SettingsAndTheirLimits) {
    expect(0, 16, false, bytes);
    region(gate_, 7, 4096, 8192, 5, 1);
    region(gate_, 2, 8192, 8256, 9, 0);
    region(gate_, 31, 64, 128, 16, 0);
    region(gate_, 0, bytes - 64, bytes, 1, 0);
    EXPECT_EQ(status(), 0u);
    for (int round = 0; round < 2; ++round) {
        expect(0, 16, false, 64);
        expect(63, 16, false, 64);
        expect(64, 16, false, 128);
        expect(128, 16, false, 4096);
        expect(4095, 16, false, 4096);
        expect(4096, 5, true, 8192);
        expect(8191, 5, true, 8192);
        expect(8192, 9, false, 8256);
        expect(8256, 16, false, bytes - 64);
        expect(bytes - 64, 1, false, bytes);
        expect(bytes - 1, 1, false, bytes);
    }
    gate_.write_register(PIMVP_GATE_REGION + 7 * PIMVP_GATE_STRIDE + PIMVP_GATE_BITS, 0);
    expect(5000, 16, false, 8192);
    EXPECT_EQ(status(), 0u) << "0 bits: unused, not refused";
}

TEST_F(GateRegisters, AgreeWithASearchThroughAllRegions) {
    std::mt19937 rng(6);
    for (int trial = 0; trial < 20; ++trial) {
        gate_.reset();
        struct Used {
            std::uint32_t base, limit, bits, pair;
        };
        std::vector<Used> used;
        std::uint32_t at = 0;
        for (std::uint32_t r = 0; r < PIMVP_GATE_REGIONS; ++r) {
            const std::uint32_t base = at + 64 * (rng() % 3), limit = base + 64 * (1 + rng() % 200);
            const std::uint32_t bits = 1 + rng() % 16;
            used.push_back({base, limit, bits, bits <= 8 ? static_cast<std::uint32_t>(rng() % 2) : 0});
            at = limit;
        }
        std::shuffle(used.begin(), used.end(), rng);
        for (std::uint32_t r = 0; r < used.size(); ++r)
            region(gate_, r, used[r].base, used[r].limit, used[r].bits, used[r].pair);
        ASSERT_EQ(status(), 0u);
        for (int k = 0; k < 2000; ++k) {
            const std::uint32_t address = rng() % (at + 1000);
            GateSetting expected;
            std::uint64_t next = bytes;
            for (const auto& u : used) {
                if (address >= u.base && address < u.limit)
                    expected = {static_cast<int>(u.bits), u.pair == 1};
                if (u.base > address) next = std::min<std::uint64_t>(next, u.base);
                if (u.limit > address) next = std::min<std::uint64_t>(next, u.limit);
            }
            ASSERT_TRUE(gate_.setting(address) == expected) << address;
            ASSERT_EQ(gate_.setting_limit(address), next) << address;
        }
    }
}

TEST_F(GateRegisters, ImpossibleRegionsAreRefused) {
    struct Case {
        std::uint32_t base, limit, bits, pair;
        const char* why;
    };
    const Case cases[] = {
        {0, 64, 17, 0, "bits"},
        {0, 64, 0xFFFFFFFF, 0, "bits"},
        {0, 64, 9, 1, "double above 8 bits"},
        {0, 64, 8, 2, "double neither 0 nor 1"},
        {32, 128, 8, 0, "base no multiple of 64"},
        {0, 96, 8, 0, "limit no multiple of 64"},
        {64, 64, 8, 0, "empty"},
        {128, 64, 8, 0, "limit below base"},
        {bytes - 64, bytes + 64, 8, 0, "beyond the DRAM"},
        {0xFFFFFFC0, 0, 8, 0, "wraps"},
    };
    for (const Case& c : cases) {
        region(gate_, 3, c.base, c.limit, c.bits, c.pair);
        EXPECT_EQ(status(), 4u) << c.why;
        expect(0, 16, false, bytes);
    }
    region(gate_, 3, 0, 64, 8, 1);
    EXPECT_EQ(status(), 0u);
    expect(0, 8, true, 64);
}

TEST_F(GateRegisters, OverlapIsRefusedAndTheFirstOneStays) {
    region(gate_, 4, 1024, 2048, 4, 0);
    region(gate_, 9, 1984, 3072, 6, 0);
    EXPECT_EQ(status(), 10u);
    expect(1024, 4, false, 2048);
    expect(2048, 16, false, bytes);
    region(gate_, 6, 1024, 1088, 17, 0);
    EXPECT_EQ(status(), 7u) << "the first of two";
    region(gate_, 6, 0, 0, 0, 0);
    region(gate_, 4, 1024, 1984, 4, 0);
    EXPECT_EQ(status(), 0u) << "used as soon as it may be";
    expect(1984, 6, false, 3072);
    // A refused region hides nobody.
    region(gate_, 4, 1024, 2048, 20, 0);
    EXPECT_EQ(status(), 5u);
    expect(1984, 6, false, 3072);
}

TEST_F(GateRegisters, ReadBackAndReadOnly) {
    EXPECT_EQ(gate_.read_register(PIMVP_GATE_ID), 0x45544147u);
    EXPECT_EQ(gate_.read_register(PIMVP_GATE_VERSION), 1u);
    EXPECT_EQ(gate_.read_register(PIMVP_GATE_COUNT), 32u);
    for (std::uint32_t offset : {0x0u, 0x4u, 0x8u, 0xCu, 0x10u, 0xFCu, 0x300u, 0xFFCu}) {
        const std::uint32_t before = gate_.read_register(offset);
        gate_.write_register(offset, 0xFFFFFFFF);
        EXPECT_EQ(gate_.read_register(offset), before) << offset;
    }
    EXPECT_EQ(gate_.read_register(0x300), 0u);
    for (std::uint32_t offset = 0x100; offset < 0x300; offset += 4) gate_.write_register(offset, offset * 3);
    for (std::uint32_t offset = 0x100; offset < 0x300; offset += 4)
        EXPECT_EQ(gate_.read_register(offset), offset * 3) << "even what is refused";
    EXPECT_EQ(status(), 1u);
    const std::uint8_t one = 1;
    gate_.poke(100, &one, 1);
    gate_.reset();
    EXPECT_EQ(status(), 0u);
    EXPECT_EQ(gate_.read_register(0x100), 0u);
    EXPECT_EQ(gate_.pages_in_use(), 0u);
}

TEST_F(GateRegisters, WithoutGateOrPairs) {
    IoGate single(bytes, true, false), fixed(bytes, false, true);
    for (IoGate* g : {&single, &fixed}) region(*g, 0, 0, 4096, 8, 1);
    EXPECT_TRUE(single.setting(0) == (GateSetting{8, false}));
    EXPECT_TRUE(fixed.setting(0) == GateSetting{});
    EXPECT_EQ(fixed.setting_limit(0), bytes);
    EXPECT_EQ(fixed.read_register(PIMVP_GATE_STATUS), 0u);
    region(fixed, 0, 0, 4096, 17, 1);
    EXPECT_EQ(fixed.read_register(PIMVP_GATE_STATUS), 1u) << "software sees its mistakes on every platform";
}

}  // namespace
}  // namespace pimvp
