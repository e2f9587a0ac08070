// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "driver/pimvp_vault.h"
#include "modules/vault_network/vault_network.h"
#include "testbenches/initiator.h"
#include "testbenches/protocol_checker.h"
#include "tests/support/sc_test_main.h"

namespace pimvp::test {

/// What a vault or PE saw.
struct Seen {
    std::int64_t at_ps;
    std::uint64_t address;
    std::vector<std::uint8_t> data;
    int activity;
};

/// Keeps bytes, takes a fixed time per access (waited for, or annotated), answers what it is told to.
class Store : public sc_core::sc_module {
  public:
    tlm_utils::simple_target_socket<Store> target{"target"};

    explicit Store(const sc_core::sc_module_name& nm) : sc_module(nm) {
        target.register_b_transport(this, &Store::b_transport);
        target.register_transport_dbg(this, &Store::transport_dbg);
    }
    std::int64_t waits_ps = 0, annotates_ps = 0;
    tlm::tlm_response_status status = tlm::TLM_OK_RESPONSE;
    std::vector<Seen> seen;
    std::map<std::uint64_t, std::uint8_t> bytes;

  private:
    unsigned move(tlm::tlm_generic_payload& payload) {
        unsigned char* data = payload.get_data_ptr();
        for (unsigned i = 0; i < payload.get_data_length(); ++i) {
            const unsigned char* enable = payload.get_byte_enable_ptr();
            if (enable != nullptr && enable[i % payload.get_byte_enable_length()] != TLM_BYTE_ENABLED)
                continue;
            if (payload.is_write()) bytes[payload.get_address() + i] = data[i];
            if (payload.is_read()) data[i] = bytes[payload.get_address() + i];
        }
        return payload.get_data_length();
    }
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& time) {
        seen.push_back({to_ps(sc_core::sc_time_stamp() + time),
                        payload.get_address(),
                        {payload.get_data_ptr(), payload.get_data_ptr() + payload.get_data_length()},
                        activity_of(payload)});
        if (waits_ps > 0) wait(from_ps(waits_ps));
        time += from_ps(annotates_ps);
        if (status == tlm::TLM_OK_RESPONSE) move(payload);
        payload.set_response_status(status);
    }
    unsigned transport_dbg(tlm::tlm_generic_payload& payload) { return move(payload); }
};

/// One initiator per input (`scripts` by input, the others idle), protocol checkers on both sides.
struct NetworkBench {
    using Scripts = std::map<int, TestInitiator::Script>;

    NetworkBench(const VaultNetworkParams& params, Scripts scripts, Tracer* tracer = nullptr)
        : network("network", params, tracer) {
        for (int i = 0; i <= params.vaults(); ++i) {
            const std::string n = std::to_string(i);
            initiators.push_back(std::make_unique<TestInitiator>(
                ("initiator_" + n).c_str(), scripts.count(i) ? scripts[i] : [](TestInitiator&) {}));
            checkers.push_back(std::make_unique<ProtocolChecker>(("check_in_" + n).c_str()));
            initiators.back()->port.bind(checkers.back()->target);
            checkers.back()->port.bind(network.in[static_cast<unsigned>(i)]);
        }
        for (int v = 0; v < params.vaults(); ++v) {
            const std::string n = std::to_string(v);
            vaults.push_back(attach(network.vault[static_cast<unsigned>(v)], "vault_" + n));
            pes.push_back(attach(network.pe[static_cast<unsigned>(v)], "pe_" + n));
        }
    }
    void run() {
        sc_core::sc_start(1, sc_core::SC_MS);
        for (const auto& initiator : initiators) EXPECT_TRUE(initiator->done()) << initiator->name();
        for (const auto& checker : checkers) EXPECT_EQ(checker->violations(), 0u);
    }
    std::uint64_t count(const std::string& event) const {
        const Account& account = network.account();
        for (Account::EventId e = 0; e < account.events(); ++e)
            if (account.event_name(e) == event) return account.total(e);
        ADD_FAILURE() << "no event " << event;
        return 0;
    }

    VaultNetwork network;
    std::vector<std::unique_ptr<TestInitiator>> initiators;
    std::vector<std::unique_ptr<ProtocolChecker>> checkers;
    std::vector<std::unique_ptr<Store>> vaults, pes;

  private:
    template <class Socket>
    std::unique_ptr<Store> attach(Socket& socket, const std::string& name) {
        checkers.push_back(std::make_unique<ProtocolChecker>(("check_" + name).c_str()));
        auto store = std::make_unique<Store>(name.c_str());
        socket.bind(checkers.back()->target);
        checkers.back()->port.bind(store->target);
        return store;
    }
};

/// 4 x 4, 128 bits per ns, 2 ns per hop, 100 fJ per bit and hop.
inline VaultNetworkParams sixteen() {
    VaultNetworkParams p;
    p.energy_per_bit_hop = femtojoules(100);
    return p;
}

inline std::int64_t delay_ps(const TestInitiator& i) {
    return to_ps(i.last_delay());
}

}  // namespace pimvp::test
