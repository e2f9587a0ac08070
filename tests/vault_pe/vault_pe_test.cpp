// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Whole programs of a PE: what they compute, against plain loops, and how long they take, by hand.
#include <functional>
#include <random>

#include "tests/vault_pe/conv_case.h"
#include "tests/vault_pe/pe_fixture.h"

namespace pimvp::test {
namespace {

std::int64_t clamp_to(std::int64_t value, std::int64_t low, std::int64_t high) {
    return value < low ? low : value > high ? high : value;
}

/// Cases in a program of its own place each, with all manners of outputs.
struct RandomConvolutions : PeTest {
    static VaultPeParams params(unsigned seed) {
        std::mt19937 random(seed);
        VaultPeParams p = small();
        p.stationary = 1 << random() % 3;
        p.operand_buffer_bytes = std::int64_t{1024} << random() % 3;
        p.result_buffer_bytes = std::int64_t{1024} << random() % 3;
        p.burst_bytes = std::int64_t{128} << random() % 6;
        p.outstanding = 1 + static_cast<int>(random() % 5);
        p.double_blocks = random() % 2 == 0;
        return p;
    }
    explicit RandomConvolutions(unsigned seed) : PeTest(params(seed), 1 << 24), random(seed + 1) {}

    std::mt19937 random;
    std::vector<std::function<void()>> checks;

    void add_case(std::uint32_t at) {
        ConvCase c = draw_case(random);
        const ConvData data = draw_data(c, random);
        const std::uint32_t input = at, weights = at + 0x10000, entries = at + 0x80000, out = at + 0x90000;
        std::vector<std::uint8_t> image;
        place(c, data, input, weights, image, random);
        std::copy(image.begin() + at, image.end(), memory.bytes.begin() + at);

        const bool is_raw = random() % 4 == 0 && c.input_bits + c.weight_bits < 22;
        const int tensor_channels = c.filters + static_cast<int>(random() % 20),
                  first = static_cast<int>(random() % static_cast<unsigned>(tensor_channels - c.filters + 1));
        const unsigned each = is_raw ? 4 : 2;
        pimvp_post post = raw_post(c);
        const auto reach = random() % 2;
        post.opcode |= static_cast<std::uint32_t>(reach << 16);
        post.parameters = entries;
        const auto pitch =
            static_cast<std::uint32_t>(2 * words_for(tensor_channels * static_cast<int>(each) / 2));
        post.operand_format[1] = pitch;
        post.row_bytes = (pitch * post.width + 63) / 64 * 64;
        post.address = out + each * static_cast<std::uint32_t>(first);
        const unsigned bits = 1 + random() % 16;
        const bool is_signed = bits > 1 && random() % 2 == 0;
        std::vector<pimvp_post_entry> table;
        for (int f = 0; f < c.filters; ++f) {
            pimvp_post_entry entry{};
            entry.bias = static_cast<std::int32_t>(random() % 2001) - 1000;
            entry.multiplier = is_raw ? 0 : static_cast<std::int32_t>(random() % 30000) + 1;
            entry.shift = is_raw ? 0 : 10 + random() % 10;
            table.push_back(entry);
            put(entries + 16ull * static_cast<unsigned>(f), entry);
        }
        const std::int64_t low = is_signed ? -(std::int64_t{1} << (bits - 1)) : 0;
        const std::int64_t high = (std::int64_t{1} << (is_signed ? bits - 1 : bits)) - 1;
        if (!is_raw) {
            post.mode = PIMVP_POST_MODE(PIMVP_POST_REQUANT, PIMVP_ROUND_HALF_UP);
            post.format = format_for(bits, is_signed);
            post.low = static_cast<std::int32_t>(low);
            post.high = static_cast<std::int32_t>(high);
            post.zero_point = static_cast<std::int32_t>(random() % 3);
        }
        add(post);
        add(command_of(c, input, weights));
        const std::size_t end = out + std::size_t{post.row_bytes} * static_cast<unsigned>(c.rows) + 64;
        for (std::size_t i = out; i < end; ++i) memory.bytes[i] = others.bytes[i] = 0x5A;

        checks.push_back([=] {
            // What is expected of the whole region, bytes between included.
            std::vector<std::uint8_t> expected(end - out, 0x5A);
            for (int y = 0; y < c.rows; ++y)
                for (int x = 0; x < c.out_width; ++x)
                    for (int f = 0; f < c.filters; ++f) {
                        const auto& entry = table[static_cast<std::size_t>(f)];
                        std::int64_t value = expected_sum(c, data, c.first_row + y, x, f) + entry.bias;
                        if (!is_raw) {
                            const __int128 product = static_cast<__int128>(value) * entry.multiplier +
                                                     (static_cast<__int128>(1) << (entry.shift - 1));
                            value =
                                clamp_to(static_cast<std::int64_t>(product >> entry.shift) + post.zero_point,
                                         low, high);
                            value *= std::int64_t{1} << (16 - bits);
                        }
                        const std::size_t to =
                            post.address - out + std::size_t{post.row_bytes} * static_cast<unsigned>(y) +
                            std::size_t{pitch} * static_cast<unsigned>(x) + each * static_cast<unsigned>(f);
                        std::memcpy(&expected[to], &value, each);
                    }
            const auto compare = [&](const std::vector<std::uint8_t>& found, bool written) {
                for (std::size_t i = out; i < end; ++i)
                    ASSERT_EQ(found[i], written ? expected[i - out] : 0x5A)
                        << "byte " << i - out << ", mode " << c.mode << ", bits " << bits;
            };
            compare(memory.bytes, true);
            compare(others.bytes, reach == PIMVP_REACH_ALL);
        });
    }
    void run_cases(AtMemory::Manner manner) {
        memory.manner = manner;
        pe.on_layer([this](const LayerRecord& record) {
            layers.push_back(record);
            checks[layers.size() - 1]();
        });
        for (std::uint32_t i = 0; i < 15; ++i) add_case(0x10000 + i * 0x100000);
        run_well();
        EXPECT_EQ(layers.size(), 15u);
    }
};

struct FourPhases : RandomConvolutions {
    FourPhases() : RandomConvolutions(10) {}
};
TEST_F(FourPhases, ConvolutionsAreThoseOfPlainLoops) {
    run_cases(AtMemory::Manner::four_phases);
}
struct EarlyEnd : RandomConvolutions {
    EarlyEnd() : RandomConvolutions(20) {}
};
TEST_F(EarlyEnd, ConvolutionsAreThoseOfPlainLoops) {
    run_cases(AtMemory::Manner::early_end);
}
struct NoEnd : RandomConvolutions {
    NoEnd() : RandomConvolutions(30) {}
};
TEST_F(NoEnd, ConvolutionsAreThoseOfPlainLoops) {
    run_cases(AtMemory::Manner::no_end);
}
struct AtOnce : RandomConvolutions {
    AtOnce() : RandomConvolutions(40) {}
};
TEST_F(AtOnce, ConvolutionsAreThoseOfPlainLoops) {
    run_cases(AtMemory::Manner::at_once);
}

/// 4 pixels of 16 channels, 1 x 1 kernel.
struct Timing : PeTest {
    explicit Timing(const VaultPeParams& params = small()) : PeTest(params) {}
    void add_layer(int filters, unsigned bits = 8) {
        ConvCase c;
        c.height = 1;
        c.width = c.out_width = 4;
        c.filters = filters;
        c.input_bits = bits;
        pimvp_post post = raw_post(c);
        post.parameters = 0x200;
        post.address = 0x8000;
        post.operand_format[1] = 64;
        add(post);
        add(command_of(c, 0x4000, 0x6000));
    }
};

/// A command: 20 ns and 2 blocks of 2 ns to fetch, 2 cycles of 2 ns to decode: 28 ns; MAC starts at 56. Its
/// entry comes at 78; then the filter and the 4 pixels are asked for: they come at 98 + 2 and + 8. The filter
/// is in the buffer at 102, the last product is there one cycle after the last block, at 110; the write
/// takes 4.
TEST_F(Timing, OfALayerThatWaitsForMemory) {
    add_layer(1);
    run_well();
    ASSERT_EQ(layers.size(), 1u);
    const auto doorbell = pe.doorbell_ps();
    EXPECT_EQ(layers[0].activity, 3);
    EXPECT_EQ(layers[0].start_ps - doorbell, 56'000);
    EXPECT_EQ(layers[0].end_ps - doorbell, 114'000);
    EXPECT_EQ(layers[0].bound, Stage::fetch);
    EXPECT_EQ(pe.end_ps() - doorbell, 142'000);

    EXPECT_EQ(count("mac"), 64u);
    EXPECT_EQ(count("mac_bit"), 64u * 8 * 8);
    EXPECT_EQ(count("streamed_word"), 64u);
    EXPECT_EQ(count("resident_word"), 16u);
    EXPECT_EQ(count("stored_word"), 8u);
    EXPECT_EQ(count("decode_bit"), 80u * 8);
    EXPECT_EQ(count("operand_write"), 8u);
    EXPECT_EQ(count("operand_read"), 4u * 8);
    EXPECT_EQ(count("result_write"), 4u * 2 + 4);         // sums, then outputs
    EXPECT_EQ(count("result_read"), 4u * 2 + 4 * 2 + 4);  // and when the sums are finished
    EXPECT_EQ(count("mac_cycle"), 4u);
    EXPECT_EQ(count("starved_cycle"), 11u);  // from 80 on: until 102
    for (const auto& read : memory.reads) {
        const bool program = read.address >= program_at && read.address < program_at + 64 * commands;
        EXPECT_EQ(read.activity, program ? Activity::idle : 3) << read.address;  // the host's, the layer's
    }
}

/// Eight filters meet each block. Entries come at 84; filters in groups of four on their way: the last is
/// there at 138; 4 blocks x 8 cycles follow: 202.
struct EightAtOnce : Timing {
    static VaultPeParams params() {
        VaultPeParams p = small();
        p.stationary = 8;
        return p;
    }
    EightAtOnce() : Timing(params()) {}
};
TEST_F(EightAtOnce, TakesACycleEach) {
    add_layer(8);
    run_well();
    ASSERT_EQ(layers.size(), 1u);
    EXPECT_EQ(layers[0].end_ps - pe.doorbell_ps(), 206'000);
    EXPECT_EQ(count("mac"), 64u * 8);
    EXPECT_EQ(count("mac_cycle"), 32u);
}
struct DoubleEight : Timing {
    static VaultPeParams params() {
        VaultPeParams p = EightAtOnce::params();
        p.double_blocks = true;
        return p;
    }
    DoubleEight() : Timing(params()) {}
};
/// Two blocks at a time: from 138 on 16 cycles, which end at 170, but not before 160 + 8 cycles = 176.
TEST_F(DoubleEight, TwoBlocksAtATime) {
    add_layer(8);
    run_well();
    EXPECT_EQ(layers.at(0).end_ps - pe.doorbell_ps(), 180'000);
    EXPECT_EQ(count("mac_cycle"), 16u);
    EXPECT_EQ(count("mac"), 64u * 8);
}
TEST_F(DoubleEight, NotOfMoreThanEightBits) {
    add_layer(8, 9);
    run_well();
    EXPECT_EQ(layers.at(0).end_ps - pe.doorbell_ps(), 206'000);
    EXPECT_EQ(count("mac_cycle"), 32u);
}
struct Ungated : Timing {
    static VaultPeParams params() {
        VaultPeParams p = EightAtOnce::params();
        p.double_blocks = true;
        p.gated = false;
        return p;
    }
    Ungated() : Timing(params()) {}
};
TEST_F(Ungated, MovesAndMultipliesAllBits) {
    add_layer(8);
    run_well();
    EXPECT_EQ(layers.at(0).end_ps - pe.doorbell_ps(), 206'000);
    EXPECT_EQ(count("mac_bit"), 64u * 8 * 256);
    EXPECT_EQ(count("decode_bit"), (64u + 8 * 16) * 16);
}

/// One read at a time: the next leaves when the one before is used up.
struct OneRead : Timing {
    static VaultPeParams params() {
        VaultPeParams p = small();
        p.outstanding = 1;
        return p;
    }
    OneRead() : Timing(params()) {}
};
/// From 78: the filter at 100, used at 102; pixels at 102 + 20 + 8 = 130, used at 132; stored at 136.
TEST_F(OneRead, WaitsForTheOneBefore) {
    add_layer(1);
    run_well();
    EXPECT_EQ(layers.at(0).end_ps - pe.doorbell_ps(), 136'000);
}

TEST_F(PeTest, EnergyGoesDownWithTheProductOfTheBits) {
    const Account& account = pe.account();
    EXPECT_EQ(account.price_zj(0), 0) << "commands";
    std::int64_t mac = 0, bit = 0;
    for (std::size_t e = 0; e < account.events(); ++e) {
        if (account.event_name(e) == "mac") mac = account.price_zj(e);
        if (account.event_name(e) == "mac_bit") bit = account.price_zj(e);
    }
    EXPECT_EQ(mac, 120'000'000);  // 0.12 of 1 pJ
    EXPECT_EQ(bit, 3'437'500);    // 0.88 pJ / 256
}

TEST_F(PeTest, TokensSignalsAndGateRegisters) {
    pimvp_signal wait{};
    wait.opcode = PIMVP_OP_WAIT;
    wait.address = 3;
    add(wait);
    pimvp_signal signal{};
    signal.opcode = PIMVP_OP_SIGNAL;
    signal.address = PIMVP_VAULT_PE + PIMVP_SEQ_TOKEN;
    signal.reserved[0] = static_cast<std::uint32_t>(PIMVP_VAULT_BASE(2) >> 32);
    add(signal);
    pimvp_write write{};
    write.opcode = PIMVP_OP_WRITE;
    write.address = PIMVP_VAULT_GATE + PIMVP_GATE_REGION;
    write.count = 4;
    for (std::uint32_t k = 0; k < 4; ++k) write.value[k] = 10 + k;
    add(write);
    add_end();
    run([this](TestInitiator& host) {
        start(host);
        for (int i = 0; i < 3; ++i) {
            sc_core::wait(sc_core::sc_time(1, sc_core::SC_US));
            EXPECT_EQ(host.read<std::uint32_t>(PIMVP_SEQ_STATUS), PIMVP_SEQ_BUSY);
            EXPECT_TRUE(others.signals.empty());
            host.write<std::uint32_t>(PIMVP_SEQ_TOKEN, 1);
        }
        while (!irq.read()) sc_core::wait(irq.value_changed_event());
        EXPECT_EQ(host.read<std::uint32_t>(PIMVP_SEQ_STATUS), PIMVP_SEQ_DONE);
    });
    ASSERT_EQ(others.signals.size(), 1u);
    EXPECT_EQ(others.signals[0].first, PIMVP_VAULT_BASE(2) + PIMVP_VAULT_PE + PIMVP_SEQ_TOKEN);
    ASSERT_EQ(memory.registers.size(), 4u);
    for (std::uint32_t k = 0; k < 4; ++k) {
        EXPECT_EQ(memory.registers[k].first, PIMVP_VAULT_GATE + PIMVP_GATE_REGION + 4 * k);
        EXPECT_EQ(memory.registers[k].second, 10 + k);
    }
}

TEST_F(Timing, FailsOnAnUnknownCommand) {
    pimvp_end command{};
    command.opcode = PIMVP_OP_CONV;
    add(command);
    expect_failure("unknown opcode 4");
}
TEST_F(Timing, FailsOnAWriteToMemory) {
    pimvp_write write{};
    write.opcode = PIMVP_OP_WRITE;
    write.address = 64;
    write.count = 1;
    add(write);
    expect_failure("WRITE to 64");
}
TEST_F(Timing, FailsOnAMacWithoutAPost) {
    add(command_of(ConvCase{}, 0x4000, 0x6000));
    expect_failure("without a POST");
}
TEST_F(Timing, FailsOnAnErrorOfMemoryAndRunsAgain) {
    add_layer(4);
    add_end();
    memory.fails_at = 0x4010;  // of the pixels
    run([this](TestInitiator& host) {
        start(host);
        while (!irq.read()) sc_core::wait(irq.value_changed_event());
        EXPECT_EQ(host.read<std::uint32_t>(PIMVP_SEQ_STATUS), PIMVP_SEQ_FAILED);
        EXPECT_EQ(host.read<std::uint32_t>(PIMVP_SEQ_ERROR), 2u);
        EXPECT_NE(pe.failure().find("read of 128 bytes at 16384"), std::string::npos) << pe.failure();
        memory.fails_at = ~std::uint64_t{0};
        host.write<std::uint32_t>(PIMVP_SEQ_IRQ_STATUS, 1);
        sc_core::wait(sc_core::sc_time(1, sc_core::SC_NS));
        host.write<std::uint32_t>(PIMVP_SEQ_CONTROL, 1);
        while (!irq.read()) sc_core::wait(irq.value_changed_event());
        EXPECT_EQ(host.read<std::uint32_t>(PIMVP_SEQ_STATUS), PIMVP_SEQ_DONE);
    });
    EXPECT_EQ(layers.size(), 1u);
}
TEST_F(Timing, FailsOnAnErrorOfTheOwnStores) {
    add_layer(1);
    memory.fails_at = 0x8000;
    expect_failure("write of 196 bytes at 32768");
}
TEST_F(Timing, FailsOnAnErrorOfTheNetwork) {
    add_layer(1);
    put(program_at, PIMVP_OP_POST | PIMVP_REACH_ALL << 16);
    others.fails = true;
    expect_failure("at 549755846656");  // 0x80'0000'8000
}
TEST_F(Timing, FailsOnASumThatNothingHolds) {
    add_layer(1, 16);
    ConvCase c;
    c.height = 1;
    c.width = c.out_width = 4;
    c.filters = 1;
    c.input_bits = c.weight_bits = 16;
    put(program_at + 64, command_of(c, 0x4000, 0x6000));
    for (std::uint32_t i = 0; i < 64; ++i) put(0x4000 + 2 * i, std::uint16_t{0xFFFF});
    for (std::uint32_t i = 0; i < 16; ++i) put(0x6000 + 2 * i, std::uint16_t{0x7FFF});
    expect_failure("a sum that the accumulators cannot hold");  // 16 x 65535 x 32767 of RAW, 32 bits
}

}  // namespace
}  // namespace pimvp::test
