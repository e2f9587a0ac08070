// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// A PE between a scripted host, a memory of fixed latency that answers in any of the base protocol's ways,
// and a network that keeps what is broadcast.
#pragma once

#include <gtest/gtest.h>
#include <tlm_utils/peq_with_cb_and_phase.h>
#include <tlm_utils/simple_target_socket.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <string>
#include <systemc>
#include <tlm>
#include <utility>
#include <vector>

#include "driver/pimvp_program.h"
#include "driver/pimvp_sequencer.h"
#include "driver/pimvp_vault.h"
#include "modules/core/payload.h"
#include "modules/vault_pe/vault_pe.h"
#include "testbenches/initiator.h"
#include "testbenches/protocol_checker.h"
#include "tests/support/sc_test_main.h"

namespace pimvp::test {

/// Writes enabled bytes.
inline void apply(const tlm::tlm_generic_payload& payload, std::uint8_t* bytes) {
    const unsigned char* enables = payload.get_byte_enable_ptr();
    for (unsigned i = 0; i < payload.get_data_length(); ++i)
        if (enables == nullptr || enables[i % payload.get_byte_enable_length()] == TLM_BYTE_ENABLED)
            bytes[i] = payload.get_data_ptr()[i];
}

/// A read's data come `latency` after its request and after those of earlier ones, `beat` for each touched
/// block; a write is answered after `write`.
class AtMemory : public sc_core::sc_module {
  public:
    enum class Manner { four_phases, early_end, no_end, at_once };
    tlm_utils::simple_target_socket<AtMemory> target{"target"};
    std::int64_t latency_ps = 20'000, beat_ps = 2'000, write_ps = 4'000;
    Manner manner = Manner::early_end;
    std::vector<std::uint8_t> bytes;
    std::vector<std::pair<std::uint64_t, std::uint32_t>> registers;  // written, in order
    struct Read {
        std::uint64_t address;
        unsigned bytes;
        int activity;
        std::int64_t at_ps;
    };
    std::vector<Read> reads;
    std::uint64_t fails_at = ~std::uint64_t{0};

    explicit AtMemory(const sc_core::sc_module_name& nm, std::size_t size = 1 << 20)
        : sc_module(nm), bytes(size) {
        target.register_nb_transport_fw(this, &AtMemory::forward);
    }

  private:
    static std::int64_t now() { return to_ps(sc_core::sc_time_stamp()); }

    tlm::tlm_sync_enum forward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                               sc_core::sc_time& time) {
        if (phase == tlm::END_RESP) {
            answered();
            payload.release();
            return tlm::TLM_COMPLETED;
        }
        EXPECT_EQ(phase, tlm::BEGIN_REQ);
        const auto end_ps = serve(payload);
        if (manner == Manner::at_once) {
            time += from_ps(end_ps - now());
            return tlm::TLM_COMPLETED;
        }
        payload.acquire();
        peq_.notify(payload, tlm::BEGIN_RESP, from_ps(end_ps - now()));
        if (manner == Manner::early_end) {
            phase = tlm::END_REQ;
            return tlm::TLM_UPDATED;
        }
        if (manner == Manner::four_phases) peq_.notify(payload, tlm::END_REQ, from_ps(1000));
        return tlm::TLM_ACCEPTED;
    }

    std::int64_t serve(tlm::tlm_generic_payload& payload) {
        const auto address = payload.get_address();
        const auto length = payload.get_data_length();
        if (payload.is_write() && address >= PIMVP_VAULT_GATE) {
            std::uint32_t value;
            EXPECT_EQ(length, 4u);
            std::memcpy(&value, payload.get_data_ptr(), 4);
            registers.emplace_back(address, value);
            payload.set_response_status(tlm::TLM_OK_RESPONSE);
            return now() + write_ps;
        }
        if (address + length > bytes.size() || (address <= fails_at && fails_at < address + length)) {
            payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
            return now() + write_ps;
        }
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
        if (payload.is_write()) {
            apply(payload, &bytes[address]);
            return now() + write_ps;
        }
        reads.push_back({address, length, activity_of(payload), now()});
        // What is not enabled is noise for the reader.
        const unsigned char* enables = payload.get_byte_enable_ptr();
        std::vector<bool> touched((address % 32 + length + 31) / 32);
        for (unsigned i = 0; i < length; ++i) {
            const bool on =
                enables == nullptr || enables[i % payload.get_byte_enable_length()] == TLM_BYTE_ENABLED;
            payload.get_data_ptr()[i] = on ? bytes[address + i] : 0xA5;
            if (on) touched[(address % 32 + i) / 32] = true;
        }
        const auto blocks = std::count(touched.begin(), touched.end(), true);
        free_ps_ = std::max(now() + latency_ps, free_ps_) + blocks * beat_ps;
        return free_ps_;
    }

    void step(tlm::tlm_generic_payload& payload, const tlm::tlm_phase& phase) {
        if (phase == tlm::BEGIN_RESP) {
            ready_.push_back(&payload);
            respond();
            return;
        }
        tlm::tlm_phase end = tlm::END_REQ;
        auto time = sc_core::SC_ZERO_TIME;
        target->nb_transport_bw(payload, end, time);
    }
    void respond() {
        if (busy_ || ready_.empty()) return;
        busy_ = true;
        auto& payload = *ready_.front();
        ready_.pop_front();
        tlm::tlm_phase phase = tlm::BEGIN_RESP;
        auto time = sc_core::SC_ZERO_TIME;
        if (target->nb_transport_bw(payload, phase, time) != tlm::TLM_COMPLETED) return;
        payload.release();
        answered();
    }
    void answered() {
        busy_ = false;
        respond();
    }

    bool busy_ = false;
    std::int64_t free_ps_ = 0;
    std::deque<tlm::tlm_generic_payload*> ready_;
    tlm_utils::peq_with_cb_and_phase<AtMemory> peq_{this, &AtMemory::step};
};

/// Keeps what goes to the broadcast window; other writes are listed.
class Others : public sc_core::sc_module {
  public:
    tlm_utils::simple_target_socket<Others> target{"target"};
    std::vector<std::uint8_t> bytes;
    std::vector<std::pair<std::uint64_t, std::uint32_t>> signals;
    std::int64_t wait_ps = 30'000;
    bool fails = false;

    explicit Others(const sc_core::sc_module_name& nm, std::size_t size = 1 << 20)
        : sc_module(nm), bytes(size) {
        target.register_b_transport(this, &Others::b_transport);
    }

  private:
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
        EXPECT_TRUE(payload.is_write());
        wait(from_ps(wait_ps));
        const auto address = payload.get_address();
        if (fails) {
            payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
            return;
        }
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
        if (address >= PIMVP_VAULT_BROADCAST &&
            address + payload.get_data_length() <= PIMVP_VAULT_BROADCAST + bytes.size()) {
            apply(payload, &bytes[address - PIMVP_VAULT_BROADCAST]);
            return;
        }
        std::uint32_t value;
        EXPECT_EQ(payload.get_data_length(), 4u);
        std::memcpy(&value, payload.get_data_ptr(), 4);
        signals.emplace_back(address, value);
    }
};

struct PeTest : SimTest {
    static constexpr std::uint32_t program_at = 0x400, data_at = 0x4000;
    sc_core::sc_signal<bool> irq{"irq"};
    AtMemory memory;
    Others others;
    VaultPe pe;
    std::uint32_t commands = 0;
    std::vector<LayerRecord> layers;

    static VaultPeParams small() {
        VaultPeParams params;
        params.period = Period{2000};
        params.mac = picojoules(1);
        return params;
    }
    explicit PeTest(const VaultPeParams& params = small(), std::size_t bytes = 1 << 20)
        : memory("memory", bytes), others("others", bytes), pe("pe", params) {
        pe.on_layer([this](const LayerRecord& record) { layers.push_back(record); });
    }

    template <class T>
    void put(std::uint64_t address, const T& value) {
        std::memcpy(&memory.bytes[address], &value, sizeof value);
    }
    template <class T>
    void add(const T& command) {
        static_assert(sizeof command == 64);
        put(program_at + 64ull * commands++, command);
    }
    void add_end() {
        pimvp_end end{};
        end.opcode = PIMVP_OP_END;
        end.argument = 1;
        add(end);
    }
    void run(const std::function<void(TestInitiator&)>& script, std::int64_t limit_us = 100'000) {
        TestInitiator host("host", script);
        ProtocolChecker front("front"), back("back"), side("side");
        host.port.bind(front.target);
        front.port.bind(pe.target);
        pe.memory.bind(back.target);
        back.port.bind(memory.target);
        pe.network.bind(side.target);
        side.port.bind(others.target);
        pe.irq.bind(irq);
        sc_core::sc_start(sc_core::sc_time(static_cast<double>(limit_us), sc_core::SC_US));
        EXPECT_TRUE(host.done());
        EXPECT_EQ(front.violations() + back.violations() + side.violations(), 0u);
        EXPECT_EQ(back.in_flight(), 0u);
    }
    void start(TestInitiator& host) {
        host.write<std::uint32_t>(PIMVP_SEQ_PROGRAM, program_at);
        host.write<std::uint32_t>(PIMVP_SEQ_COMMANDS, commands);
        host.write<std::uint32_t>(PIMVP_SEQ_IRQ_ENABLE, 1);
        host.write<std::uint32_t>(PIMVP_SEQ_CONTROL, 1);
    }
    void run_program() {
        run([this](TestInitiator& host) {
            start(host);
            while (!irq.read()) sc_core::wait(irq.value_changed_event());
        });
    }
    void run_well() {
        add_end();
        run_program();
        EXPECT_FALSE(pe.failed()) << pe.failure();
    }
    void expect_failure(const std::string& text) {
        add_end();
        run_program();
        EXPECT_TRUE(pe.failed());
        EXPECT_NE(pe.failure().find(text), std::string::npos) << pe.failure();
    }
    std::uint64_t count(const std::string& event, int activity = 3) const {
        const Account& account = pe.account();
        for (std::size_t e = 0; e < account.events(); ++e)
            if (account.event_name(e) == event) return account.total(e, activity);
        ADD_FAILURE() << "no event " << event;
        return 0;
    }
    std::uint16_t word(const std::vector<std::uint8_t>& bytes, std::size_t at) const {
        std::uint16_t value;
        std::memcpy(&value, &bytes[at], 2);
        return value;
    }
};

}  // namespace pimvp::test
