// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/vault_network/vault_network.h"

#include "tests/vault_network/network_bench.h"

namespace pimvp::test {
namespace {

constexpr auto ok = tlm::TLM_OK_RESPONSE;
constexpr int host = 16;

struct VaultNetworkTest : SimTest {};

TEST_F(VaultNetworkTest, WaysAndTimesByHand) {
    NetworkBench b(sixteen(),
                   {{5, [](TestInitiator& i) {
                         // PE 5 sits at column 1, row 1. 64 bytes are 4 beats, 4 ns.
                         const std::vector<std::uint8_t> line(64, 7);
                         // Own vault: no link. 4 there, nothing back.
                         EXPECT_EQ(i.write(PIMVP_VAULT_BASE(5) + 0x40, line), ok);
                         EXPECT_EQ(delay_ps(i), 4000);
                         // Vault 6, one link: 2 + 4, back 2.
                         EXPECT_EQ(i.write(PIMVP_VAULT_BASE(6), line), ok);
                         EXPECT_EQ(delay_ps(i), 8000);
                         // Vault 15, column 3, row 3: 4 links, 8 + 4, back 8.
                         EXPECT_EQ(i.write(PIMVP_VAULT_BASE(15), line), ok);
                         EXPECT_EQ(delay_ps(i), 20000);
                         // Vault 12, column 0, row 3: 3 links. A read asks in 6, and gets 65 bytes (5 beats)
                         // in 6 + 5.
                         std::uint8_t data[65];
                         EXPECT_EQ(i.read(PIMVP_VAULT_BASE(12), data, 65), ok);
                         EXPECT_EQ(delay_ps(i), 17000);
                         // PE 1's registers, one link up: 2 + 1, back 2.
                         EXPECT_EQ(i.write<std::uint32_t>(PIMVP_VAULT_BASE(1) + PIMVP_VAULT_PE + 0x10, 1),
                                   ok);
                         EXPECT_EQ(delay_ps(i), 5000);
                     }}});
    b.run();
    ASSERT_EQ(b.vaults[5]->seen.size(), 1u);
    EXPECT_EQ(b.vaults[5]->seen[0].address, 0x40u);
    EXPECT_EQ(b.vaults[5]->seen[0].at_ps, 4000);
    EXPECT_EQ(b.vaults[6]->seen.at(0).at_ps, 4000 + 6000);
    EXPECT_EQ(b.vaults[15]->seen.at(0).at_ps, 12000 + 12000);
    EXPECT_EQ(b.vaults[12]->seen.at(0).at_ps, 32000 + 6000);
    ASSERT_EQ(b.pes[1]->seen.size(), 1u);
    EXPECT_EQ(b.pes[1]->seen[0].address, 0x10u);
    EXPECT_EQ(b.count("transfer"), 5u);
    EXPECT_EQ(b.count("broadcast"), 0u);
    EXPECT_EQ(b.count("stall_cycle"), 0u);
    const std::uint64_t bit_hops = 8u * (64 * 0 + 64 * 1 + 64 * 4 + 65 * 3 + 4 * 1);
    EXPECT_EQ(b.count("bit_hop"), bit_hops);
    EXPECT_DOUBLE_EQ(joules(b.network.account().energy()), static_cast<double>(bit_hops) * 100e-15);
}

TEST_F(VaultNetworkTest, TargetsMayWaitOrAnnotate) {
    NetworkBench b(sixteen(), {{0, [](TestInitiator& i) {
                                    EXPECT_EQ(i.write<std::uint64_t>(PIMVP_VAULT_BASE(1), 1), ok);
                                    EXPECT_EQ(delay_ps(i), 2000 + 1000 + 30000 + 500 + 2000);
                                    i.read<std::uint64_t>(PIMVP_VAULT_BASE(1));
                                    EXPECT_EQ(delay_ps(i), 2000 + 30500 + 2000 + 1000);
                                    EXPECT_EQ(i.write<std::uint64_t>(PIMVP_VAULT_BROADCAST, 1), ok);
                                    // Vault 1's answer is back after 35.5 ns, the farthest one's (6 links)
                                    // after 12 + 1 + 12.
                                    EXPECT_EQ(delay_ps(i), 35500);
                                    // What the sender is ahead of the kernel passes first.
                                    Payload payload;
                                    std::uint64_t word = 0;
                                    sc_core::sc_time ahead(7, sc_core::SC_NS);
                                    const auto start = sc_core::sc_time_stamp();
                                    i.port->b_transport(
                                        payload.write(PIMVP_VAULT_BASE(0), &word, 8, Activity::idle), ahead);
                                    EXPECT_EQ(ahead, sc_core::SC_ZERO_TIME);
                                    EXPECT_EQ(to_ps(sc_core::sc_time_stamp() - start), 8000);
                                }}});
    b.vaults[1]->waits_ps = 30000;
    b.vaults[1]->annotates_ps = 500;
    b.run();
}

TEST_F(VaultNetworkTest, ABroadcastReachesAllButTheSendersOwnThroughATree) {
    NetworkBench b(sixteen(),
                   {{6, [](TestInitiator& i) {
                         i.set_activity(Activity::layer(4));
                         // Column 2, row 1: the farthest is vault 12 at 2 + 2 links: 8 + 2 beats, back 8.
                         EXPECT_EQ(i.write(PIMVP_VAULT_BROADCAST + 0x100, std::vector<std::uint8_t>(32, 9)),
                                   ok);
                         EXPECT_EQ(delay_ps(i), 18000);
                         EXPECT_EQ(i.write<std::uint32_t>(PIMVP_VAULT_BROADCAST + PIMVP_VAULT_PE + 8, 3), ok);
                     }}});
    b.run();
    for (int v = 0; v < 16; ++v) {
        const auto& seen = b.vaults[static_cast<std::size_t>(v)]->seen;
        const auto& tokens = b.pes[static_cast<std::size_t>(v)]->seen;
        ASSERT_EQ(seen.size(), v == 6 ? 0u : 1u) << v;
        ASSERT_EQ(tokens.size(), v == 6 ? 0u : 1u) << v;
        if (v == 6) continue;
        const int links = std::abs(v % 4 - 2) + std::abs(v / 4 - 1);
        EXPECT_EQ(seen[0].at_ps, links * 2000 + 2000) << v;
        EXPECT_EQ(seen[0].address, 0x100u);
        EXPECT_EQ(seen[0].data, std::vector<std::uint8_t>(32, 9));
        EXPECT_EQ(seen[0].activity, Activity::layer(4)) << "the hint travels on";
        EXPECT_EQ(tokens[0].address, 8u);
        EXPECT_EQ(tokens[0].at_ps, 18000 + links * 2000 + 1000);
    }
    EXPECT_EQ(b.count("broadcast"), 2u);
    EXPECT_EQ(b.count("transfer"), 2u);
    EXPECT_EQ(b.count("bit_hop"), 15u * 8 * (32 + 4)) << "15 links join 16 routers";
    EXPECT_EQ(b.network.account().total(0, Activity::layer(4)), b.count("bit_hop"));
}

TEST_F(VaultNetworkTest, TheHostsBroadcastGoesToAll) {
    NetworkBench b(sixteen(), {{host, [](TestInitiator& i) {
                                    EXPECT_EQ(i.write<std::uint64_t>(PIMVP_VAULT_BROADCAST, 5), ok);
                                    EXPECT_EQ(delay_ps(i), 6 * 2000 + 1000 + 6 * 2000);
                                    EXPECT_EQ(i.read<std::uint64_t>(PIMVP_VAULT_BASE(0)), 5u);
                                    EXPECT_EQ(delay_ps(i), 1000) << "it enters at vault 0";
                                    EXPECT_EQ(i.read<std::uint64_t>(PIMVP_VAULT_BASE(15)), 5u);
                                    EXPECT_EQ(delay_ps(i), 25000);
                                }}});
    b.run();
    for (const auto& vault : b.vaults) EXPECT_EQ(vault->seen.at(0).data.size(), 8u);
}

TEST_F(VaultNetworkTest, OnlyEnabledBytesTravel) {
    NetworkBench b(
        sixteen(),
        {{0, [](TestInitiator& i) {
              std::uint8_t data[70], enable[4] = {TLM_BYTE_ENABLED, 0, TLM_BYTE_ENABLED, TLM_BYTE_ENABLED};
              std::memset(data, 1, sizeof data);
              Payload payload;
              const auto access = [&](tlm::tlm_generic_payload& gp, unsigned pattern) {
                  gp.set_byte_enable_ptr(enable);
                  gp.set_byte_enable_length(pattern);
                  sc_core::sc_time time;
                  const auto start = sc_core::sc_time_stamp();
                  i.port->b_transport(gp, time);
                  EXPECT_EQ(gp.get_response_status(), ok);
                  return to_ps(sc_core::sc_time_stamp() - start);
              };
              // 17 whole patterns of 3 bytes and the first two places of another: 52 bytes, 4 beats.
              EXPECT_EQ(access(payload.write(PIMVP_VAULT_BASE(1), data, 70, 1), 4), 2000 + 4000 + 2000);
              EXPECT_EQ(access(payload.read(PIMVP_VAULT_BASE(1), data, 70, 1), 4), 2000 + 2000 + 4000);
              // The pattern is longer than the data: its first two places, one byte.
              EXPECT_EQ(access(payload.write(PIMVP_VAULT_BROADCAST, data, 2, 1), 4), 12000 + 1000 + 12000);
              // No byte at all: the word alone travels.
              EXPECT_EQ(access(payload.write(PIMVP_VAULT_BASE(1), data, 1, 1), 1), 5000);
              enable[0] = 0;
              EXPECT_EQ(access(payload.write(PIMVP_VAULT_BASE(1), data, 1, 1), 1), 4000);
          }}});
    b.run();
    EXPECT_EQ(b.count("bit_hop"), 8u * (52 + 52 + 15 + 1));
    EXPECT_EQ(b.vaults[1]->bytes.count(1), 0u) << "the target has seen the enables";
    EXPECT_EQ(b.vaults[1]->bytes.count(2), 1u);
    EXPECT_EQ(b.vaults[2]->bytes.size(), 1u);
}

TEST_F(VaultNetworkTest, BadAccessesAreAnsweredWithoutReachingATarget) {
    NetworkBench b(
        sixteen(),
        {{3, [](TestInitiator& i) {
              const auto address = tlm::TLM_ADDRESS_ERROR_RESPONSE;
              std::uint8_t d[16] = {};
              EXPECT_EQ(i.read(0, d, 1), address) << "below vault 0";
              EXPECT_EQ(i.write(PIMVP_VAULT_BASE(0) - 1, d, 2), address);
              EXPECT_EQ(i.read(PIMVP_VAULT_BASE(16), d, 1), address) << "between the windows";
              EXPECT_EQ(i.write(PIMVP_VAULT_BROADCAST - 1, d, 1), address);
              EXPECT_EQ(i.write(PIMVP_VAULT_BROADCAST + PIMVP_VAULT_BASE(0), d, 1), address) << "above";
              EXPECT_EQ(i.write(~std::uint64_t{0}, d, 1), address);
              EXPECT_EQ(i.write(PIMVP_VAULT_BASE(3) - 8, d, 16), address) << "from window to window";
              EXPECT_EQ(i.write(PIMVP_VAULT_BASE(2) + PIMVP_VAULT_PE - 8, d, 16), address)
                  << "to the registers";
              EXPECT_EQ(i.write(PIMVP_VAULT_BROADCAST + PIMVP_VAULT_PE - 1, d, 2), address);
              EXPECT_EQ(i.write(PIMVP_VAULT_BROADCAST + PIMVP_VAULT_BASE(0) - 1, d, 2), address);
              EXPECT_EQ(i.read(PIMVP_VAULT_BROADCAST, d, 4), tlm::TLM_COMMAND_ERROR_RESPONSE);
              EXPECT_EQ(i.last_delay(), sc_core::SC_ZERO_TIME);
              EXPECT_EQ(i.debug_read(PIMVP_VAULT_BROADCAST, d, 4), 0u);
              EXPECT_EQ(i.debug_read(0, d, 4), 0u);
              EXPECT_EQ(i.debug_read(PIMVP_VAULT_BASE(3) - 8, d, 16), 0u);
              EXPECT_EQ(i.write(PIMVP_VAULT_BASE(3) - 8, d, 8), ok) << "the last bytes of a window are good";
              EXPECT_EQ(i.write(PIMVP_VAULT_BASE(2) + PIMVP_VAULT_PE - 8, d, 8), ok);
          }}});
    b.run();
    EXPECT_EQ(b.count("transfer"), 2u);
    EXPECT_EQ(b.pes[2]->seen.at(0).address, 0x6FFFFFF8u);
    EXPECT_EQ(b.vaults[2]->seen.at(0).address, PIMVP_VAULT_PE - 8u);
}

TEST_F(VaultNetworkTest, LengthZeroIsABurstError) {
    // Without a checker, which objects before the network can answer.
    VaultNetworkParams one;
    one.columns = one.rows = 1;
    VaultNetwork network("network", one);
    Store vault("vault"), pe("pe");
    network.vault[0].bind(vault.target);
    network.pe[0].bind(pe.target);
    TestInitiator own("own", [](TestInitiator& i) {
        std::uint8_t d = 0;
        for (const std::uint64_t address : {PIMVP_VAULT_BASE(0), PIMVP_VAULT_BROADCAST}) {
            EXPECT_EQ(i.write(address, &d, 0), tlm::TLM_BURST_ERROR_RESPONSE);
            EXPECT_EQ(i.debug_read(address, &d, 0), 0u);
        }
        EXPECT_EQ(i.write(PIMVP_VAULT_BROADCAST, &d, 1), ok) << "nobody to go to";
        EXPECT_EQ(i.last_delay(), sc_core::SC_ZERO_TIME);
    });
    TestInitiator second("second", [](TestInitiator&) {});
    own.port.bind(network.in[0]);
    second.port.bind(network.in[1]);
    sc_core::sc_start(1, sc_core::SC_US);
    EXPECT_TRUE(own.done());
    EXPECT_TRUE(vault.seen.empty());
}

TEST_F(VaultNetworkTest, RefusalsComeBackAndCarryNoData) {
    NetworkBench b(sixteen(),
                   {{1, [](TestInitiator& i) {
                         std::uint8_t d[160] = {};
                         EXPECT_EQ(i.read(PIMVP_VAULT_BASE(2), d, 160), tlm::TLM_ADDRESS_ERROR_RESPONSE);
                         EXPECT_EQ(delay_ps(i), 4000) << "no beats";
                         EXPECT_EQ(i.write(PIMVP_VAULT_BROADCAST, d, 16), tlm::TLM_ADDRESS_ERROR_RESPONSE)
                             << "the first refusal";
                         EXPECT_EQ(i.write(PIMVP_VAULT_BASE(9), d, 1), tlm::TLM_COMMAND_ERROR_RESPONSE);
                     }}});
    b.vaults[2]->status = tlm::TLM_ADDRESS_ERROR_RESPONSE;
    b.vaults[9]->status = tlm::TLM_COMMAND_ERROR_RESPONSE;
    b.run();
    EXPECT_EQ(b.vaults[10]->seen.size(), 1u) << "the others have taken it";
}

TEST_F(VaultNetworkTest, DebugReachesWhatTransportReaches) {
    NetworkBench b(
        sixteen(),
        {{4,
          [](TestInitiator& i) {
              std::uint8_t d[4] = {};
              EXPECT_EQ(i.debug_write(PIMVP_VAULT_BASE(7) + 0x20, {1, 2, 3, 4}), 4u);
              EXPECT_EQ(i.debug_read(PIMVP_VAULT_BASE(7) + 0x20, d, 4), 4u);
              EXPECT_EQ(d[3], 4);
              EXPECT_EQ(i.debug_write(PIMVP_VAULT_BASE(7) + PIMVP_VAULT_PE + 4, {5}), 1u);
              EXPECT_EQ(i.debug_write(PIMVP_VAULT_BROADCAST + 0x80, {6, 7}), 2u);
          }},
         {host, [](TestInitiator& i) { EXPECT_EQ(i.debug_write(PIMVP_VAULT_BROADCAST + 0x90, {8}), 1u); }}});
    b.run();
    EXPECT_EQ(b.vaults[7]->bytes.at(0x23), 4);
    EXPECT_EQ(b.pes[7]->bytes.at(4), 5);
    for (std::size_t v = 0; v < 16; ++v) {
        EXPECT_EQ(b.vaults[v]->bytes.count(0x81), v == 4 ? 0u : 1u) << v;
        EXPECT_EQ(b.vaults[v]->bytes.at(0x90), 8);
        EXPECT_TRUE(b.vaults[v]->seen.empty());
    }
    EXPECT_EQ(b.count("transfer"), 0u);
}

}  // namespace
}  // namespace pimvp::test
