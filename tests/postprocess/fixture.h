// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstring>
#include <functional>
#include <memory>
#include <vector>

#include "driver/pimvp_macro.h"
#include "driver/pimvp_sequencer.h"
#include "modules/postprocess/postprocess.h"
#include "testbenches/initiator.h"
#include "testbenches/protocol_checker.h"
#include "tests/support/sc_test_main.h"

namespace pimvp {

/// A buffer of 4 KiB from `base` on that notes the writes it gets, each of which takes `latency_ps`.
class NotingBuffer : public sc_core::sc_module {
  public:
    struct Write {
        std::uint64_t address;
        unsigned bytes;
        std::int64_t start_ps;
        int activity;
    };
    tlm_utils::simple_target_socket<NotingBuffer> target{"target"};
    const std::uint64_t base;
    std::int64_t latency_ps = 5000;
    bool waits = false;  // in kernel time instead of annotated time
    std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(4096, 0xEE);
    std::vector<Write> writes;

    explicit NotingBuffer(const sc_core::sc_module_name& module_name, std::uint64_t first = 0)
        : sc_module(module_name), base(first) {
        target.register_b_transport(this, &NotingBuffer::b_transport);
    }

  private:
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& time) {
        const auto status = payload.get_address() < base ? tlm::TLM_ADDRESS_ERROR_RESPONSE
                                                         : check_access(payload, base + bytes.size());
        payload.set_response_status(status);
        if (status != tlm::TLM_OK_RESPONSE) return;
        writes.push_back({payload.get_address(), payload.get_data_length(),
                          to_ps(sc_core::sc_time_stamp() + time), activity_of(payload)});
        std::memcpy(&bytes[payload.get_address() - base], payload.get_data_ptr(), payload.get_data_length());
        time += from_ps(latency_ps);
        if (waits) {
            wait(time);
            time = sc_core::SC_ZERO_TIME;
        }
    }
};

/// Initiator - checker - postprocessor - checkers - buffer and a memory on the bus, with a period of 1 ns, so
/// that hand-computed times are in ns.
struct PostprocessTest : SimTest {
    using Script = std::function<void()>;
    static constexpr std::uint32_t bus_base = 0x80000000u;

    static PostprocessParams params() {
        PostprocessParams p;
        p.limits = {64, 256, 24, 16};
        p.parameter_entries = 128;
        p.lanes_accumulate = 32;
        p.lanes_requant = 16;
        p.entries_per_cycle = 4;
        p.period = Period{1000};
        return p;
    }
    static pimvp_post post(unsigned mode, unsigned channels, unsigned width, unsigned bits) {
        pimvp_post p{};
        p.mode = mode;
        p.channels = channels;
        p.width = width;
        p.format = PIMVP_FORMAT(bits, PIMVP_KIND_SIGNED);
        p.low = -(1 << (bits - 1));
        p.high = (1 << (bits - 1)) - 1;
        p.address = 256;
        p.row_bytes = 128;
        return p;
    }

    void build(const Script& script, Tracer* tracer = nullptr) {
        unit = std::make_unique<Postprocess>("post", params(), Technology{}, tracer);
        initiator = std::make_unique<TestInitiator>("initiator", [script](TestInitiator&) { script(); });
        initiator->port.bind(front.target);
        front.port.bind(unit->target);
        unit->buffer.bind(back.target);
        back.port.bind(buffer.target);
        if (!with_system) return;
        side = std::make_unique<ProtocolChecker>("side");
        memory = std::make_unique<NotingBuffer>("memory", bus_base);
        unit->system.bind(side->target);
        side->port.bind(memory->target);
    }
    void run(const Script& script, Tracer* tracer = nullptr) {
        build(script, tracer);
        sc_core::sc_start(1, sc_core::SC_MS);
        EXPECT_TRUE(initiator->done());
    }

    tlm::tlm_response_status configure(const pimvp_post& p) { return initiator->write(PIMVP_POST_CONFIG, p); }
    /// Entries that pass the sum through: bias 0, times 1.
    void load_entries(unsigned count) {
        std::vector<std::uint8_t> bytes(count * sizeof(pimvp_post_entry));
        const pimvp_post_entry entry{0, 1, 0, 0};
        for (unsigned i = 0; i < count; ++i) std::memcpy(&bytes[i * sizeof entry], &entry, sizeof entry);
        EXPECT_EQ(initiator->debug_write(PIMVP_POST_PARAMETERS, bytes), bytes.size());
    }
    tlm::tlm_response_status sums(std::uint64_t window, unsigned channel, std::vector<std::int16_t> values) {
        return initiator->write(window + 4 * channel, values.data(),
                                static_cast<unsigned>(2 * values.size()));
    }
    std::uint64_t total(const std::string& event, int activity) const {
        const Account& account = unit->account();
        for (std::size_t e = 0; e < account.events(); ++e)
            if (account.event_name(e) == event) return account.total(e, activity);
        ADD_FAILURE() << "no event " << event;
        return 0;
    }
    static std::int64_t now_ns() { return to_ps(sc_core::sc_time_stamp()) / 1000; }

    std::unique_ptr<Postprocess> unit;
    std::unique_ptr<TestInitiator> initiator;
    ProtocolChecker front{"front"}, back{"back"};
    NotingBuffer buffer{"buffer"};
    bool with_system = true;
    std::unique_ptr<ProtocolChecker> side;
    std::unique_ptr<NotingBuffer> memory;
};

constexpr auto ok = tlm::TLM_OK_RESPONSE;

}  // namespace pimvp
