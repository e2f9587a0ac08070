// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "testbenches/protocol_checker.h"

#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "testbenches/initiator.h"
#include "tests/support/sc_test_main.h"

namespace pimvp {
namespace {

using sc_core::sc_time;

/// 256 bytes, 5 ns per access; `misbehave` runs at the end of each call.
struct Memory : sc_core::sc_module {
    tlm_utils::simple_target_socket<Memory> target{"target"};
    std::function<void(tlm::tlm_generic_payload&, sc_time&)> misbehave;
    std::function<unsigned(tlm::tlm_generic_payload&)> debug;
    std::vector<unsigned char> cells = std::vector<unsigned char>(256);
    int activity = -1;

    explicit Memory(const sc_core::sc_module_name& nm) : sc_module(nm) {
        target.register_b_transport(this, &Memory::b_transport);
        target.register_transport_dbg(this, &Memory::transport_dbg);
    }
    void copy(tlm::tlm_generic_payload& gp) {
        auto* cell = cells.data() + gp.get_address();
        if (gp.is_read()) std::memcpy(gp.get_data_ptr(), cell, gp.get_data_length());
        if (gp.is_write()) std::memcpy(cell, gp.get_data_ptr(), gp.get_data_length());
    }
    void b_transport(tlm::tlm_generic_payload& gp, sc_time& t) {
        const auto status = check_access(gp, cells.size());
        if (status == tlm::TLM_OK_RESPONSE) copy(gp);
        gp.set_response_status(status);
        activity = activity_of(gp);
        t += sc_time(5, sc_core::SC_NS);
        if (misbehave) misbehave(gp, t);
    }
    unsigned transport_dbg(tlm::tlm_generic_payload& gp) {
        if (check_access(gp, cells.size()) != tlm::TLM_OK_RESPONSE) return 0;
        copy(gp);
        return debug ? debug(gp) : gp.get_data_length();
    }
};

std::string last_violation;

void keep_violation(const sc_core::sc_report& report, const sc_core::sc_actions& actions) {
    if (std::strcmp(report.get_msg_type(), ProtocolChecker::message_type) == 0)
        last_violation = report.get_msg();
    else
        sc_core::sc_report_handler::default_handler(report, actions);
}

/// Initiator, checker, memory. Violations are counted, not thrown, and the last message is kept.
struct Bench {
    explicit Bench(TestInitiator::Script script)
        : initiator("initiator", std::move(script)), checker("checker"), memory("memory") {
        initiator.port.bind(checker.target);
        checker.port.bind(memory.target);
        sc_core::sc_report_handler::set_handler(keep_violation);
    }
    std::string run() {
        sc_core::sc_start(1, sc_core::SC_MS);
        EXPECT_TRUE(initiator.done());
        return last_violation;
    }
    TestInitiator initiator;
    ProtocolChecker checker;
    Memory memory;
};

TEST_F(SimTest, CleanAccessesPass) {
    sc_time times[3];
    std::vector<std::uint8_t> back, debugged(4);
    Bench bench([&](TestInitiator& i) {
        i.set_activity(Activity::layer(2));
        EXPECT_EQ(i.write(16, {1, 2, 3, 4}), tlm::TLM_OK_RESPONSE);
        times[0] = i.last_delay();
        back = i.read_bytes(16, 4);
        EXPECT_EQ(i.read<std::uint32_t>(16), 0x04030201u);
        EXPECT_EQ(i.write<std::uint16_t>(18, 0xbeef), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(i.read<std::uint8_t>(256), 0u);
        EXPECT_EQ(i.last_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE);
        times[1] = sc_core::sc_time_stamp();
        EXPECT_EQ(i.debug_read(16, debugged.data(), 4), 4u);
        EXPECT_EQ(i.debug_write(0, {9}), 1u);
        EXPECT_EQ(i.debug_write(256, {9}), 0u);
        times[2] = sc_core::sc_time_stamp();
    });
    EXPECT_EQ(bench.run(), "");
    EXPECT_EQ(back, (std::vector<std::uint8_t>{1, 2, 3, 4}));
    EXPECT_EQ(debugged, (std::vector<std::uint8_t>{1, 2, 0xef, 0xbe}));
    EXPECT_EQ(bench.memory.cells[0], 9);
    EXPECT_EQ(bench.memory.activity, Activity::layer(2));
    EXPECT_EQ(times[0], sc_time(5, sc_core::SC_NS));
    EXPECT_EQ(times[1], sc_time(25, sc_core::SC_NS));
    EXPECT_EQ(times[2], times[1]);
    EXPECT_EQ(bench.checker.transactions(), 5u);
    EXPECT_EQ(bench.checker.violations(), 0u);
}

/// Offences of the initiator: the payload is prepared well, spoiled, and sent.
void expect_initiator_offence(const std::function<void(tlm::tlm_generic_payload&)>& spoil,
                              const std::string& words) {
    Bench bench([&](TestInitiator& i) {
        unsigned char data[4] = {};
        tlm::tlm_generic_payload gp;
        prepare(gp, tlm::TLM_READ_COMMAND, 0x20, data, 4);
        spoil(gp);
        sc_time t;
        i.port->b_transport(gp, t);
    });
    const std::string message = bench.run();
    EXPECT_EQ(bench.checker.violations(), 1u);
    EXPECT_NE(message.find(words), std::string::npos) << message;
    EXPECT_NE(message.find("checker: "), std::string::npos) << message;
    EXPECT_NE(message.find("address 0x20"), std::string::npos) << message;
}

using Gp = tlm::tlm_generic_payload;

TEST(InitiatorOffence, ResponseNotIncomplete) {
    expect_initiator_offence([](Gp& gp) { gp.set_response_status(tlm::TLM_OK_RESPONSE); },
                             "other than incomplete");
}
TEST(InitiatorOffence, DmiHintSet) {
    expect_initiator_offence([](Gp& gp) { gp.set_dmi_allowed(true); }, "DMI hint");
}
TEST(InitiatorOffence, NoLength) {
    expect_initiator_offence([](Gp& gp) { gp.set_data_length(0); }, "data length 0");
}
TEST(InitiatorOffence, NoStreamingWidth) {
    expect_initiator_offence([](Gp& gp) { gp.set_streaming_width(0); }, "streaming width 0");
}
TEST(InitiatorOffence, ByteEnablesWithoutLength) {
    static unsigned char enables[4];
    expect_initiator_offence([](Gp& gp) { gp.set_byte_enable_ptr(enables); }, "byte enables of length 0");
}
TEST(InitiatorOffence, NoDataPointer) {
    expect_initiator_offence(
        [](Gp& gp) {
            gp.set_data_ptr(nullptr);
            gp.set_byte_enable_ptr(nullptr);
            gp.set_address(0x20);
            gp.set_data_length(
                0x400);  // too long for the memory, which therefore does not follow the pointer
        },
        "without a data pointer");
}

TEST(InitiatorOffence, IgnoreCommandNeedsNoData) {
    Bench bench([&](TestInitiator& i) {
        Gp gp;
        prepare(gp, tlm::TLM_IGNORE_COMMAND, 0, nullptr, 0);
        sc_time t;
        i.port->b_transport(gp, t);
    });
    EXPECT_EQ(bench.run(), "");
}

struct MethodCaller : sc_core::sc_module {
    tlm_utils::simple_initiator_socket<MethodCaller> port{"port"};
    explicit MethodCaller(const sc_core::sc_module_name& nm) : sc_module(nm) {
        SC_HAS_PROCESS(MethodCaller);
        SC_METHOD(run);
    }
    void run() {
        unsigned char data[4];
        Gp gp;
        prepare(gp, tlm::TLM_READ_COMMAND, 0, data, 4);
        sc_time t;
        port->b_transport(gp, t);
    }
};

TEST(InitiatorOffence, CalledFromAMethod) {
    MethodCaller caller("caller");
    ProtocolChecker checker("checker");
    Memory memory("memory");
    caller.port.bind(checker.target);
    checker.port.bind(memory.target);
    EXPECT_THROW(sc_core::sc_start(1, sc_core::SC_MS), sc_core::sc_report);  // as without any settings
    EXPECT_EQ(checker.violations(), 1u);
}

/// Offences of the target, or of an interconnect before it.
void expect_target_offence(const std::function<void(Gp&, sc_time&)>& misbehave, const std::string& words) {
    Bench bench([&](TestInitiator& i) { i.write(0x20, {1, 2, 3, 4}); });
    bench.memory.misbehave = misbehave;
    const std::string message = bench.run();
    EXPECT_EQ(bench.checker.violations(), 1u);
    EXPECT_NE(message.find(words), std::string::npos) << message;
}

TEST(TargetOffence, NoResponse) {
    expect_target_offence([](Gp& gp, sc_time&) { gp.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE); },
                          "without a response status");
}
TEST(TargetOffence, TimeDecreases) {
    Bench bench([&](TestInitiator& i) {
        unsigned char data[4];
        Gp gp;
        prepare(gp, tlm::TLM_READ_COMMAND, 0x20, data, 4);
        sc_time t(20, sc_core::SC_NS);
        i.port->b_transport(gp, t);
    });
    bench.memory.misbehave = [](Gp&, sc_time& t) { t = sc_time(19, sc_core::SC_NS); };
    EXPECT_NE(bench.run().find("time went backwards"), std::string::npos);
}
TEST(TargetOffence, WaitMayTurnAnnotatedIntoKernelTime) {
    Bench bench([&](TestInitiator& i) {
        unsigned char data[4];
        Gp gp;
        prepare(gp, tlm::TLM_READ_COMMAND, 0x20, data, 4);
        sc_time t(20, sc_core::SC_NS);
        i.port->b_transport(gp, t);
    });
    bench.memory.misbehave = [](Gp&, sc_time& t) {
        sc_core::wait(t);
        t = sc_core::SC_ZERO_TIME;
    };
    EXPECT_EQ(bench.run(), "");
}
TEST(TargetOffence, AddressNotRestored) {
    expect_target_offence([](Gp& gp, sc_time&) { gp.set_address(gp.get_address() + 0x1000); },
                          "address not restored");
}
TEST(TargetOffence, CommandChanged) {
    expect_target_offence([](Gp& gp, sc_time&) { gp.set_read(); }, "command changed");
}
TEST(TargetOffence, PointerChanged) {
    static unsigned char other[4];
    expect_target_offence([](Gp& gp, sc_time&) { gp.set_data_ptr(other); }, "data pointer changed");
}
TEST(TargetOffence, LengthChanged) {
    expect_target_offence([](Gp& gp, sc_time&) { gp.set_data_length(2); }, "data length changed");
}
TEST(TargetOffence, StreamingWidthChanged) {
    expect_target_offence([](Gp& gp, sc_time&) { gp.set_streaming_width(2); }, "streaming width changed");
}
TEST(TargetOffence, ByteEnablesChanged) {
    expect_target_offence([](Gp& gp, sc_time&) { gp.set_byte_enable_length(2); }, "byte enables changed");
}
TEST(TargetOffence, WriteDataModified) {
    Bench bench([](TestInitiator& i) {
        unsigned char data[4] = {1, 2, 3, 4};
        i.write(0x20, data, 4);
    });
    bench.memory.misbehave = [](Gp& gp, sc_time&) { gp.get_data_ptr()[3] ^= 1; };
    EXPECT_NE(bench.run().find("modified the data of a write"), std::string::npos);
}
TEST(TargetOffence, DebugTakesTime) {
    Bench bench([](TestInitiator& i) {
        unsigned char data[4];
        i.debug_read(0, data, 4);
    });
    bench.memory.debug = [](Gp& gp) {
        sc_core::wait(1, sc_core::SC_NS);
        return gp.get_data_length();
    };
    EXPECT_NE(bench.run().find("transport_dbg took time"), std::string::npos);
}
TEST(TargetOffence, DebugMovesTooMuch) {
    Bench bench([](TestInitiator& i) {
        unsigned char data[4];
        i.debug_read(0, data, 4);
    });
    bench.memory.debug = [](Gp&) { return 5u; };
    EXPECT_NE(bench.run().find("moved more bytes"), std::string::npos);
}
TEST(TargetOffence, DebugChangesAddress) {
    Bench bench([](TestInitiator& i) {
        unsigned char data[4];
        i.debug_read(0, data, 4);
    });
    bench.memory.debug = [](Gp& gp) {
        gp.set_address(8);
        return gp.get_data_length();
    };
    EXPECT_NE(bench.run().find("address not restored"), std::string::npos);
}

}  // namespace
}  // namespace pimvp
