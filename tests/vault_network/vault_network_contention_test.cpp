// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fstream>
#include <sstream>

#include "tests/support/temp_dir.h"
#include "tests/vault_network/network_bench.h"

namespace pimvp::test {
namespace {

constexpr auto ok = tlm::TLM_OK_RESPONSE;

struct VaultNetworkContention : SimTest {};

/// Several processes behind one input.
class Crowd : public sc_core::sc_module {
  public:
    tlm_utils::simple_initiator_socket<Crowd> port{"port"};
    Crowd(const sc_core::sc_module_name& nm) : sc_module(nm) {
        SC_HAS_PROCESS(Crowd);
        SC_THREAD(first);
        SC_THREAD(second);
        SC_THREAD(third);
    }
    std::int64_t done_ps[3] = {};

  private:
    void first() { done_ps[0] = write(PIMVP_VAULT_BROADCAST, 160); }
    void second() { done_ps[1] = write(PIMVP_VAULT_BROADCAST, 16); }
    void third() { done_ps[2] = write(PIMVP_VAULT_BASE(0), 16); }
    std::int64_t write(std::uint64_t address, unsigned bytes) {
        Payload payload;
        std::vector<std::uint8_t> data(bytes, static_cast<std::uint8_t>(bytes));
        sc_core::sc_time time;
        auto& gp = payload.write(address, data.data(), bytes, Activity::idle);
        port->b_transport(gp, time);
        EXPECT_EQ(gp.get_response_status(), ok);
        EXPECT_EQ(gp.get_address(), address);
        return to_ps(sc_core::sc_time_stamp() + time);
    }
};

TEST_F(VaultNetworkContention, TransfersThatShareALinkFollowEachOther) {
    const std::vector<std::uint8_t> line(160, 1);  // 10 beats
    const auto to = [&](std::uint64_t address, std::int64_t expected_ps) {
        return [&line, address, expected_ps](TestInitiator& i) {
            EXPECT_EQ(i.write(address, line), ok);
            EXPECT_EQ(delay_ps(i), expected_ps) << i.name();
        };
    };
    // 0 -> 3 and 1 -> 3 along row 0 at time 0; at one instant inputs take turns in their order, whoever calls
    // first. PE 0: 6 + 10, back 6. Its data are on the link from router 1 to 2 from 2 until 12, where PE 1's
    // wait 12: at router 2 at 14, at 3 at 16, there at 26, back at 30. 4 -> 7 in row 1 meets nobody.
    NetworkBench b(sixteen(), {{1, to(PIMVP_VAULT_BASE(3), 30000)},
                               {0,
                                [&](TestInitiator& i) {
                                    sc_core::wait(sc_core::SC_ZERO_TIME);  // calls behind PE 1
                                    to(PIMVP_VAULT_BASE(3), 22000)(i);
                                }},
                               {4, to(PIMVP_VAULT_BASE(7), 22000)}});
    b.run();
    EXPECT_EQ(b.count("stall_cycle"), 12u);
    EXPECT_EQ(b.vaults[3]->seen.at(0).at_ps, 16000);
    EXPECT_EQ(b.vaults[3]->seen.at(1).at_ps, 26000);
}

TEST_F(VaultNetworkContention, WhatArrivesOnDifferentLinksSharesThePort) {
    const std::vector<std::uint8_t> line(160, 1);
    // Vault 5 from its west (4), east (6), north (1) and south (9) at once: 10 beats each through one port.
    NetworkBench::Scripts scripts;
    for (const int v : {4, 6, 1, 9})
        scripts[v] = [&](TestInitiator& i) { EXPECT_EQ(i.write(PIMVP_VAULT_BASE(5), line), ok); };
    // The PE's registers have a port of their own.
    scripts[5] = [](TestInitiator& i) {
        EXPECT_EQ(i.write<std::uint32_t>(PIMVP_VAULT_BASE(5) + PIMVP_VAULT_PE, 1), ok);
        EXPECT_EQ(delay_ps(i), 1000);
    };
    NetworkBench b(sixteen(), scripts);
    b.run();
    std::vector<std::int64_t> at;
    for (const auto& seen : b.vaults[5]->seen) at.push_back(seen.at_ps);
    EXPECT_EQ(at, (std::vector<std::int64_t>{12000, 22000, 32000, 42000}));
    EXPECT_EQ(b.count("stall_cycle"), 10u + 20 + 30);
}

TEST_F(VaultNetworkContention, AnswersOccupyTheWayBack) {
    // 0 and 4 read 160 bytes of vault 8 at once, at 2 links and 1: asked at 2 (PE 4) and 4 (PE 0). The data
    // for 4 take the port and the link 8 -> 4 until 12, those for 0 wait 8 for the port; there at 12 + 4
    // + 10.
    std::uint8_t data[2][160];
    NetworkBench b(sixteen(), {{0,
                                [&](TestInitiator& i) {
                                    EXPECT_EQ(i.read(PIMVP_VAULT_BASE(8), data[0], 160), ok);
                                    EXPECT_EQ(delay_ps(i), 26000);
                                }},
                               {4,
                                [&](TestInitiator& i) {
                                    EXPECT_EQ(i.read(PIMVP_VAULT_BASE(8), data[1], 160), ok);
                                    EXPECT_EQ(delay_ps(i), 14000);
                                }},
                               // Down the same column at the same time: the other direction is free.
                               {16, [&](TestInitiator& i) {
                                    EXPECT_EQ(i.write(PIMVP_VAULT_BASE(12), std::vector<std::uint8_t>(160)),
                                              ok);
                                    EXPECT_EQ(delay_ps(i), 6000 + 10000 + 6000);
                                }}});
    b.run();
    EXPECT_EQ(b.count("stall_cycle"), 8u);
}

TEST_F(VaultNetworkContention, ATokenArrivesAfterTheDataThatWereWrittenBeforeIt) {
    // Each PE writes a row to all others, then a token; vaults are slow, each with another pace.
    NetworkBench::Scripts scripts;
    for (int v = 0; v < 16; ++v)
        scripts[v] = [v](TestInitiator& i) {
            for (std::uint64_t n = 1; n <= 5; ++n) {
                EXPECT_EQ(i.write<std::uint64_t>(PIMVP_VAULT_BROADCAST + 8 * static_cast<unsigned>(v), n),
                          ok);
                EXPECT_EQ(i.write<std::uint64_t>(
                              PIMVP_VAULT_BROADCAST + PIMVP_VAULT_PE + 8 * static_cast<unsigned>(v), n),
                          ok);
            }
        };
    NetworkBench b(sixteen(), scripts);
    for (std::size_t v = 0; v < 16; ++v) b.vaults[v]->waits_ps = static_cast<std::int64_t>(v * 3000);
    b.run();
    for (std::size_t v = 0; v < 16; ++v) {
        // When sender s's n-th row is written (after the vault's time) and its n-th token is seen.
        ASSERT_EQ(b.vaults[v]->seen.size(), 75u);
        ASSERT_EQ(b.pes[v]->seen.size(), 75u);
        for (const Seen& token : b.pes[v]->seen) {
            const auto row = std::find_if(
                b.vaults[v]->seen.begin(), b.vaults[v]->seen.end(),
                [&](const Seen& s) { return s.address == token.address && s.data == token.data; });
            ASSERT_NE(row, b.vaults[v]->seen.end());
            EXPECT_GE(token.at_ps, row->at_ps + static_cast<std::int64_t>(v * 3000));
        }
    }
    EXPECT_EQ(b.count("bit_hop"), 16u * 5 * 2 * 64 * 15);
    EXPECT_EQ(b.count("broadcast"), 160u);
}

TEST_F(VaultNetworkContention, SixteenSendersAtOnceAreLimitedByThePortsOnly) {
    // All broadcast 1600 bytes (100 beats) at 0: each port passes 15 of them, 1500 ns, and no earlier.
    NetworkBench::Scripts scripts;
    std::vector<std::int64_t> done(16);
    for (std::size_t v = 0; v < 16; ++v)
        scripts[static_cast<int>(v)] = [&done, v](TestInitiator& i) {
            EXPECT_EQ(i.write(PIMVP_VAULT_BROADCAST + 0x1000 * v,
                              std::vector<std::uint8_t>(1600, static_cast<std::uint8_t>(v))),
                      ok);
            done[v] = delay_ps(i);
        };
    NetworkBench b(sixteen(), scripts);
    b.run();
    std::int64_t last = 0;
    for (std::size_t v = 0; v < 16; ++v) {
        const auto& seen = b.vaults[v]->seen;
        ASSERT_EQ(seen.size(), 15u);
        for (std::size_t k = 1; k < seen.size(); ++k)
            EXPECT_GE(seen[k].at_ps - seen[k - 1].at_ps, 100000) << "vault " << v;
        for (std::size_t s = 0; s < 16; ++s) {
            if (s != v) {
                EXPECT_EQ(b.vaults[v]->bytes.at(0x1000 * s + 1599), s);
            }
        }
        EXPECT_GE(seen.back().at_ps, 1500000);
        last = std::max(last, done[v]);
    }
    EXPECT_LE(last, 2000000) << "a link of the mesh carries at most 15 too";
    EXPECT_EQ(b.count("bit_hop"), 16u * 15 * 12800);
}

TEST_F(VaultNetworkContention, SeveralProcessesOfOneInputAndReset) {
    VaultNetworkParams two = sixteen();
    two.columns = 2;
    two.rows = 1;
    VaultNetwork network("network", two);
    Crowd crowd("crowd");
    Store vaults[2]{Store("vault_0"), Store("vault_1")};
    Store pe("pe"), other("other");
    TestInitiator idle("idle", [](TestInitiator&) {}), second("second", [](TestInitiator&) {});
    crowd.port.bind(network.in[2]);
    idle.port.bind(network.in[0]);
    second.port.bind(network.in[1]);
    for (unsigned v = 0; v < 2; ++v) network.vault[v].bind(vaults[v].target);
    network.pe[0].bind(pe.target);
    network.pe[1].bind(other.target);
    sc_core::sc_start(1, sc_core::SC_US);
    // One after the other into the mesh: from 0 on 10 beats, then 1, then 1. Vault 1 is a link away.
    EXPECT_EQ(crowd.done_ps[0], 2000 + 10000 + 2000);
    EXPECT_EQ(crowd.done_ps[1], 10000 + 2000 + 1000 + 2000);
    EXPECT_EQ(crowd.done_ps[2], 11000 + 1000);
    ASSERT_EQ(vaults[1].seen.size(), 2u);
    EXPECT_EQ(vaults[1].seen[0].data.size(), 160u);
    EXPECT_EQ(vaults[1].seen[1].at_ps, 13000);
    EXPECT_NE(network.account().energy(), 0);
    network.reset();
    EXPECT_EQ(network.account().energy(), 0);
}

TEST_F(VaultNetworkContention, ProbesShowWhenLinksAndPortsAreOccupied) {
    TempDir folder;
    const std::string file = folder.path("network.vcd");
    TraceOptions options;
    options.file = file;
    Tracer tracer(options);
    NetworkBench b(sixteen(),
                   {{0,
                     [](TestInitiator& i) {
                         EXPECT_EQ(i.write(PIMVP_VAULT_BASE(5), std::vector<std::uint8_t>(48)), ok);
                     }}},
                   &tracer);
    b.run();
    tracer.close(100000);
    std::ifstream in(file);
    std::stringstream text;
    text << in.rdbuf();
    const std::string vcd = text.str();
    // Right along row 0, then down: 0 -> 1 -> 5.
    const auto changes = [&](const std::string& signal) {
        const auto name = vcd.find(' ' + signal + ' ');
        if (name == std::string::npos) return std::string("no signal");
        const auto begin = vcd.rfind(' ', name - 1) + 1;
        const std::string id = vcd.substr(begin, name - begin);
        std::string result, line, time;
        for (std::istringstream lines(vcd.substr(vcd.find("$enddefinitions"))); std::getline(lines, line);) {
            if (!line.empty() && line[0] == '#') time = line.substr(1);
            if (line == "1" + id || line == "0" + id) result += line.substr(0, 1) + "@" + time + " ";
        }
        return result;
    };
    EXPECT_EQ(changes("link_0_east"), "1@0 0@3000 ");
    EXPECT_EQ(changes("link_1_south"), "0@0 1@2000 0@5000 ");
    EXPECT_EQ(changes("to_vault_5"), "0@0 1@4000 0@7000 ");
    EXPECT_EQ(changes("link_0_south"), "0@0 ");
    EXPECT_EQ(changes("link_0_west"), "no signal");
}

}  // namespace
}  // namespace pimvp::test
