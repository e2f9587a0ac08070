// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/memory/memory.h"

#include <cstdio>
#include <fstream>
#include <numeric>

#include "modules/core/error.h"
#include "testbenches/initiator.h"
#include "testbenches/protocol_checker.h"
#include "tests/support/sc_test_main.h"

namespace pimvp {
namespace {

using namespace sc_core;
using Bytes = std::vector<std::uint8_t>;

MemoryParams small() {
    MemoryParams p;
    p.bytes = 200000;
    p.period = {1000};
    p.access_cycles = 3;
    p.read_energy = picojoules(2);
    p.write_energy = picojoules(3);
    return p;
}

struct Bench {
    explicit Bench(const MemoryParams& params, TestInitiator::Script script, Tracer* tracer = nullptr)
        : initiator("initiator", std::move(script)), checker("checker"), memory("memory", params, 1, tracer) {
        initiator.port.bind(checker.target);
        checker.port.bind(memory.in[0]);
    }
    void run() {
        sc_start(10, SC_MS);
        ASSERT_TRUE(initiator.done());
    }
    TestInitiator initiator;
    ProtocolChecker checker;
    Memory memory;
};

std::int64_t access(TestInitiator& i, bool write, std::uint64_t address, unsigned bytes, std::int64_t at_ps) {
    Payload payload;
    Bytes data(bytes);
    auto& gp = write ? payload.write(address, data.data(), bytes, Activity::layer(1))
                     : payload.read(address, data.data(), bytes, Activity::layer(1));
    sc_time t = from_ps(at_ps) - sc_time_stamp();
    i.port->b_transport(gp, t);
    EXPECT_EQ(gp.get_response_status(), tlm::TLM_OK_RESPONSE);
    return to_ps(sc_time_stamp() + t);
}

struct MemoryTest : SimTest {};

TEST_F(MemoryTest, ReadsBackAcrossPagesAndAtTheEdges) {
    Bench b(small(), [](TestInitiator& i) {
        Bytes data(150000);
        std::iota(data.begin(), data.end(), std::uint8_t{1});
        EXPECT_EQ(i.write(40000, data), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(i.read_bytes(40000, 150000), data);
        EXPECT_EQ(i.read_bytes(39999, 1), Bytes{0}) << "untouched reads zero";
        EXPECT_EQ(i.write(199999, Bytes{9}), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(i.read_bytes(199998, 2), (Bytes{0, 9}));
        std::uint8_t d[8];
        EXPECT_EQ(i.read(200000, d, 1), tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(i.read(199999, d, 2), tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(i.write(~std::uint64_t{0}, d, 2), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    });
    b.run();
}

TEST_F(MemoryTest, ByteEnablesAndShortStreamsAreRefused) {
    Memory memory("memory", small());
    TestInitiator initiator("initiator", [](TestInitiator& i) {
        Payload payload;
        std::uint8_t d[8], enable = 0xFF;
        sc_time t;
        auto& gp = payload.read(0, d, 8, 0);
        gp.set_byte_enable_ptr(&enable);
        gp.set_byte_enable_length(1);
        i.port->b_transport(gp, t);
        EXPECT_EQ(gp.get_response_status(), tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
        auto& stream = payload.read(0, d, 8, 0);
        stream.set_streaming_width(4);
        i.port->b_transport(stream, t);
        EXPECT_EQ(stream.get_response_status(), tlm::TLM_BURST_ERROR_RESPONSE);
        auto& ignore = payload.read(0, d, 8, 0);
        ignore.set_command(tlm::TLM_IGNORE_COMMAND);
        i.port->b_transport(ignore, t);
        EXPECT_EQ(ignore.get_response_status(), tlm::TLM_COMMAND_ERROR_RESPONSE);
        EXPECT_EQ(t, SC_ZERO_TIME);
    });
    initiator.port.bind(memory.in[0]);
    sc_start(1, SC_US);
    EXPECT_TRUE(initiator.done());
    EXPECT_EQ(memory.account().energy(), 0);
}

void timing_script(TestInitiator& i) {
    // One word: 3 cycles. 4 words: first after 3, last after 6.
    EXPECT_EQ(access(i, false, 0, 16, 10000), 13000);
    EXPECT_EQ(access(i, false, 0, 64, 20000), 26000);
    // The read port is taken until 24: pipelined behind, not behind the end of the latency.
    EXPECT_EQ(access(i, false, 0, 1, 21000), 27000);
    // The write port was never used: an earlier write is not held up by later reads.
    EXPECT_EQ(access(i, true, 0, 32, 5000), 9000);
    EXPECT_EQ(access(i, true, 0, 16, 6000), 10000);
    // Unaligned: 16 bytes over two words.
    EXPECT_EQ(access(i, false, 8, 16, 100000), 104000);
}

TEST_F(MemoryTest, TimesByHand) {
    Bench b(small(), timing_script);
    b.run();
    const Account& a = b.memory.account();
    EXPECT_EQ(a.event_name(0), "read_word");
    EXPECT_EQ(a.total(0, Activity::layer(1)), 1u + 4 + 1 + 2);
    EXPECT_EQ(a.event_name(1), "write_word");
    EXPECT_EQ(a.total(1), 2u + 1);
    EXPECT_EQ(a.total(2), 4u);
    EXPECT_EQ(a.total(3), 2u);
    EXPECT_EQ(a.event_name(4), "stall_cycle");
    EXPECT_EQ(a.total(4), 3u + 1);
    EXPECT_DOUBLE_EQ(joules(a.energy()), 8 * 2e-12 + 3 * 3e-12);
}

TEST_F(MemoryTest, TimesByHandAtFemtosecondResolution) {
    sc_set_time_resolution(1, SC_FS);
    Bench b(small(), timing_script);
    b.run();
}

TEST_F(MemoryTest, DebugTransportMovesDataWithoutTimeAndCounts) {
    Bench b(small(), [](TestInitiator& i) {
        EXPECT_EQ(i.debug_write(65530, Bytes{1, 2, 3, 4, 5, 6, 7, 8, 9}), 9u);
        Bytes d(9);
        EXPECT_EQ(i.debug_read(65530, d.data(), 9), 9u);
        EXPECT_EQ(d, (Bytes{1, 2, 3, 4, 5, 6, 7, 8, 9}));
        EXPECT_EQ(i.debug_read(199999, d.data(), 2), 0u);
        EXPECT_EQ(access(i, false, 65530, 1, 0), 3000) << "ports stayed free";
    });
    b.run();
    EXPECT_EQ(b.memory.account().total(0), 1u);
    EXPECT_EQ(b.memory.account().total(1), 0u);
}

TEST_F(MemoryTest, SocketsShareBytesAndPorts) {
    Memory memory("memory", small(), 2);
    TestInitiator first("first", [](TestInitiator& i) {
        EXPECT_EQ(i.write(0, Bytes(64, 5)), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(i.last_delay(), from_ps(6000));
        tlm::tlm_generic_payload gp;
        tlm::tlm_dmi dmi;
        EXPECT_FALSE(i.port->get_direct_mem_ptr(gp, dmi));
    });
    TestInitiator second("second", [](TestInitiator& i) {
        sc_core::wait(1, SC_NS);
        EXPECT_EQ(i.read_bytes(63, 1), Bytes{5});
        EXPECT_EQ(i.last_delay(), from_ps(3000));
        EXPECT_EQ(i.write(0, Bytes(1, 6)), tlm::TLM_OK_RESPONSE) << "at 4 ns: the port is free then";
        EXPECT_EQ(i.last_delay(), from_ps(3000));
    });
    first.port.bind(memory.in[0]);
    second.port.bind(memory.in[1]);
    sc_start(1, SC_US);
    EXPECT_TRUE(first.done() && second.done());
}

TEST_F(MemoryTest, ResetClearsBytesPortsAndCounts) {
    Bench b(small(), [](TestInitiator& i) { access(i, true, 0, 160, 0); });
    b.initiator.debug_write(100, Bytes{1});
    b.run();
    b.memory.reset();
    std::uint8_t d = 9;
    b.initiator.debug_read(100, &d, 1);
    EXPECT_EQ(d, 0);
    EXPECT_EQ(b.memory.account().energy(), 0);
}

TEST_F(MemoryTest, ProbesShowThePortsBusy) {
    const std::string file = ::testing::TempDir() + "pimvp_memory_probe.vcd";
    TraceOptions options;
    options.file = file;
    Tracer tracer(options);
    Bench b(
        small(), [](TestInitiator& i) { access(i, false, 0, 64, 20000); }, &tracer);
    b.run();
    tracer.close(50000);
    std::ifstream in(file);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    EXPECT_NE(text.find("reading"), std::string::npos);
    const auto rise = text.find("#20000"), fall = text.find("#24000");
    EXPECT_NE(rise, std::string::npos);
    EXPECT_NE(fall, std::string::npos);
    EXPECT_LT(rise, fall);
}

TEST_F(MemoryTest, BadParametersAreErrors) {
    auto p = small();
    p.word_bits = 12;
    EXPECT_THROW(Memory("a", p), Error);
    p = small();
    p.bytes = 0;
    EXPECT_THROW(Memory("b", p), Error);
    p = small();
    p.access_cycles = 0;
    EXPECT_THROW(Memory("c", p), Error);
}

}  // namespace
}  // namespace pimvp
