// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// A PE at the vault that it is made for: gated regions, double blocks, DRAM timing.
#include <gtest/gtest.h>

#include "modules/vault/vault.h"
#include "tests/vault_pe/conv_case.h"
#include "tests/vault_pe/pe_fixture.h"

namespace pimvp::test {
namespace {

struct PeAtVault : SimTest {
    static constexpr std::uint32_t program_at = 0x400, entries_at = 0x1000, input_at = 0x100000,
                                   weights_at = 0x800000, out_at = 0x1000000;
    static VaultParams vault_params(bool pairs) {
        VaultParams params;
        params.timing = VaultTiming::load("hbm2_2000");
        if (pairs) params.mapping = "row column:4 bank group column:1";
        params.double_blocks = pairs;
        return params;
    }
    static VaultPeParams pe_params(bool pairs) {
        VaultPeParams params;
        params.double_blocks = pairs;
        return params;
    }
    sc_core::sc_signal<bool> irq{"irq"};
    Vault vault;
    Others others{"others"};
    VaultPe pe;
    ProtocolChecker back{"back"};
    std::vector<std::uint8_t> image = std::vector<std::uint8_t>(input_at);
    std::uint32_t commands = 0;
    std::vector<LayerRecord> layers;

    explicit PeAtVault(bool pairs = true) : vault("vault", vault_params(pairs)), pe("pe", pe_params(pairs)) {
        pe.on_layer([this](const LayerRecord& record) { layers.push_back(record); });
    }
    template <class T>
    void add(const T& command) {
        std::memcpy(&image[program_at + 64 * commands++], &command, 64);
    }
    /// Of each word in [base, limit) move `bits`; by pairs up to 8.
    void add_region(std::uint32_t region, std::uint32_t base, std::uint32_t limit, unsigned bits) {
        pimvp_write write{};
        write.opcode = PIMVP_OP_WRITE;
        write.address = PIMVP_VAULT_GATE + PIMVP_GATE_REGION + region * PIMVP_GATE_STRIDE;
        write.count = 4;
        write.value[0] = base;
        write.value[1] = limit;
        write.value[2] = bits;
        write.value[3] = bits <= 8 ? 1 : 0;
        add(write);
    }
    void debug(tlm::tlm_command command, std::uint64_t address, std::vector<std::uint8_t>& bytes) {
        tlm::tlm_generic_payload payload;
        prepare(payload, command, address, bytes.data(), static_cast<unsigned>(bytes.size()));
        EXPECT_EQ(pe.memory->transport_dbg(payload), bytes.size());
    }
    /// What stands below elements is noise, which the gate must keep back or the PE ignore.
    void run_case(const ConvCase& c, bool check = true) {
        std::mt19937 random(11);
        const ConvData data = draw_data(c, random);
        place(c, data, input_at, weights_at, image, random);
        add_region(0, input_at, weights_at, c.input_bits);
        add_region(1, weights_at, out_at, c.weight_bits);
        pimvp_post post = raw_post(c);
        post.parameters = entries_at;
        post.address = out_at;
        post.operand_format[1] = static_cast<std::uint32_t>(2 * words_for(2 * c.filters));
        post.row_bytes = (post.operand_format[1] * post.width + 63) / 64 * 64;
        add(post);
        add(command_of(c, input_at, weights_at));
        pimvp_end end{};
        end.argument = 1;
        add(end);
        std::vector<std::uint8_t> found(post.row_bytes * static_cast<unsigned>(c.rows));
        TestInitiator host("host", [&](TestInitiator& script) {
            debug(tlm::TLM_WRITE_COMMAND, 0, image);
            script.write<std::uint32_t>(PIMVP_SEQ_PROGRAM, program_at);
            script.write<std::uint32_t>(PIMVP_SEQ_COMMANDS, commands);
            script.write<std::uint32_t>(PIMVP_SEQ_IRQ_ENABLE, 1);
            script.write<std::uint32_t>(PIMVP_SEQ_CONTROL, 1);
            while (!irq.read()) sc_core::wait(irq.value_changed_event());
            debug(tlm::TLM_READ_COMMAND, out_at, found);
            sc_core::sc_stop();
        });
        host.port.bind(pe.target);
        pe.memory.bind(back.target);
        back.port.bind(vault.in[0]);
        pe.network.bind(others.target);
        pe.irq.bind(irq);
        sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_SEC));
        ASSERT_TRUE(host.done());
        ASSERT_FALSE(pe.failed()) << pe.failure();
        EXPECT_EQ(back.violations(), 0u);
        for (int y = 0; check && y < c.rows; ++y)
            for (int x = 0; x < c.out_width; ++x)
                for (int f = 0; f < c.filters; ++f) {
                    std::int32_t sum;
                    const std::size_t at = std::size_t{post.row_bytes} * static_cast<unsigned>(y) +
                                           std::size_t{post.operand_format[1]} * static_cast<unsigned>(x) +
                                           4 * static_cast<unsigned>(f);
                    std::memcpy(&sum, &found[at], 4);
                    ASSERT_EQ(sum, expected_sum(c, data, c.first_row + y, x, f))
                        << y << ", " << x << ", " << f;
                }
    }
    double slots_per_block(std::int64_t blocks) const {
        return static_cast<double>(layers.at(0).end_ps - layers.at(0).start_ps) / 2000 /
               static_cast<double>(blocks);
    }
};

ConvCase three_by_three(int mode, unsigned bits) {
    ConvCase c;
    c.mode = mode;
    c.height = c.width = c.rows = c.out_width = 10;
    c.kernel_h = c.kernel_w = 3;
    c.pad_top = c.pad_left = 1;
    c.tensor_channels = c.channels = 64;
    c.filters = mode == PIMVP_MAC_LANES ? 64 : 20;
    c.input_bits = c.weight_bits = bits;
    c.input_signed = true;
    return c;
}

TEST_F(PeAtVault, InputsOfThreeBitsInPairs) {
    run_case(three_by_three(PIMVP_MAC_STREAM_INPUTS, 3));
}
TEST_F(PeAtVault, WeightsOfNineBits) {
    run_case(three_by_three(PIMVP_MAC_STREAM_WEIGHTS, 9));
}
TEST_F(PeAtVault, LanesOfEightBits) {
    run_case(three_by_three(PIMVP_MAC_LANES, 8));
}

/// 200 filters of 2048 words, 128 blocks, stream past one window. DRAM gives a block each 2 ns but for
/// refresh and openings of rows, some per cent; multipliers take a cycle of 2 ns for each.
ConvCase fully_connected(unsigned bits) {
    ConvCase c;
    c.mode = PIMVP_MAC_STREAM_WEIGHTS;
    c.height = c.width = c.rows = c.out_width = 1;
    c.tensor_channels = c.channels = 2048;
    c.filters = 200;
    c.input_bits = c.weight_bits = bits;
    return c;
}
TEST_F(PeAtVault, StreamsABlockPerSlot) {
    run_case(fully_connected(9));
    EXPECT_GT(slots_per_block(200 * 128), 1.0);
    EXPECT_LT(slots_per_block(200 * 128), 1.15);
}
TEST_F(PeAtVault, StreamsTwoBlocksPerSlot) {
    run_case(fully_connected(8));
    EXPECT_GT(slots_per_block(200 * 128), 0.5);
    EXPECT_LT(slots_per_block(200 * 128), 0.6);
}
struct PeAtPlainVault : PeAtVault {
    PeAtPlainVault() : PeAtVault(false) {}
};
TEST_F(PeAtPlainVault, StreamsABlockPerSlotInPlainMapping) {
    run_case(fully_connected(8));
    EXPECT_GT(slots_per_block(200 * 128), 1.0);
    EXPECT_LT(slots_per_block(200 * 128), 1.15);
}

}  // namespace
}  // namespace pimvp::test
