// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Two sequencers that hand tokens to each other and meet in one memory.
#include <gtest/gtest.h>

#include <sstream>

#include "modules/interconnect/interconnect.h"
#include "modules/memory/memory.h"
#include "tests/sequencer/bench.h"
#include "tests/support/in_child.h"
#include "tests/support/sc_test_main.h"

namespace pimvp::test {
namespace {

constexpr std::uint64_t sequencer_at = 0x10000000, stub_at = 0x20000000, memory_at = 0x80000000,
                        stride = 0x1000000;

InterconnectParams bus_params() {
    InterconnectParams params;
    params.width_bits = 64;
    params.hop_cycles = 2;
    return params;
}
SequencerParams sequencer_params(unsigned i) {
    auto params = bench_params(static_cast<int>(i));
    params.postprocess = stub_at + stride * i;
    params.dma = stub_at + stride * i + PIMVP_POST_SIZE;
    return params;
}

/// Sequencers 0 and 1, a host, and a memory on a bus; each sequencer has a postprocessor of its own, which
/// only records.
struct Pair {
    Technology technology;
    Interconnect bus{"bus", bus_params(), 3, 5};
    Memory memory{"memory", MemoryParams::buffer(1 << 20, BufferFlavour::lop, Period{5000}), 1};
    Sequencer sequencer[2] = {{"sequencer0", sequencer_params(0), technology},
                              {"sequencer1", sequencer_params(1), technology}};
    Everything stub[2] = {{"stub0", 1}, {"stub1", 1}};
    sc_core::sc_signal<bool> irq[2];
    TestInitiator host;

    explicit Pair(const TestInitiator::Script& script) : host("host", script) {
        for (unsigned i = 0; i < 2; ++i) {
            sequencer[i].port.bind(bus.in[i]);
            sequencer[i].irq.bind(irq[i]);
            bus.out[1 + i].bind(sequencer[i].target);
            bus.out[3 + i].bind(stub[i].in[0]);
            bus.map(1 + i, sequencer_at + stride * i, PIMVP_SEQ_SIZE);
            bus.map(3 + i, stub_at + stride * i, stride);
        }
        host.port.bind(bus.in[2]);
        bus.out[0].bind(memory.in[0]);
        bus.map(0, memory_at, memory.params().bytes);
    }
    /// Programs of sequencer i lie at memory_at + 0x10000 i.
    template <class T>
    void put(unsigned i, std::uint32_t opcode, T command) {
        static_assert(sizeof command == 64);
        command.opcode = opcode;
        std::vector<std::uint8_t> bytes(64);
        std::memcpy(bytes.data(), &command, 64);
        EXPECT_EQ(host.debug_write(memory_at + 0x10000 * i + 64ull * commands[i]++, bytes), 64u);
    }
    void put_signal(unsigned from, unsigned to) {
        pimvp_signal signal{};
        signal.address = static_cast<std::uint32_t>(sequencer_at + stride * to + PIMVP_SEQ_TOKEN);
        put(from, PIMVP_OP_SIGNAL, signal);
    }
    void put_wait(unsigned i) { put(i, PIMVP_OP_WAIT, pimvp_signal{}); }
    void put_end(unsigned i) {
        pimvp_end end{};
        end.argument = 1;
        put(i, PIMVP_OP_END, end);
    }
    /// Rows of 40 bytes, from a memory that the other may be using.
    void put_vector(unsigned i, std::uint32_t height) {
        pimvp_vector vector{};
        vector.activity = 3 + i;
        vector.height = height;
        vector.operands = 2;
        vector.address[0] = vector.address[1] = static_cast<std::uint32_t>(memory_at + 0x40000);
        vector.row_bytes[0] = vector.row_bytes[1] = 40;
        vector.shared = 1;
        put(i, PIMVP_OP_VECTOR, vector);
    }
    void put_copy(unsigned i) { put(i, PIMVP_OP_COPY, pimvp_copy{}); }
    void start(unsigned i) {
        const auto base = sequencer_at + stride * i;
        host.write<std::uint32_t>(base + PIMVP_SEQ_PROGRAM,
                                  static_cast<std::uint32_t>(memory_at + 0x10000 * i));
        host.write<std::uint32_t>(base + PIMVP_SEQ_COMMANDS, commands[i]);
        EXPECT_EQ(host.write<std::uint32_t>(base + PIMVP_SEQ_CONTROL, 1), tlm::TLM_OK_RESPONSE);
    }
    std::uint32_t status(unsigned i) {
        return host.read<std::uint32_t>(sequencer_at + stride * i + PIMVP_SEQ_STATUS);
    }
    std::uint32_t commands[2] = {0, 0};
};

using TwoSequencers = SimTest;

TEST_F(TwoSequencers, AWaitLastsUntilTheToken) {
    Pair* pair = nullptr;
    bool finished = false;
    Pair p([&](TestInitiator& host) {
        auto& me = *pair;
        const auto idle = [] { sc_core::wait(sc_core::sc_time(20, sc_core::SC_US)); };
        // 0 takes two tokens: one from 1, one from the host.
        me.start(0);
        idle();
        EXPECT_EQ(me.status(0), PIMVP_SEQ_BUSY);
        const auto before = to_ps(sc_core::sc_time_stamp());
        me.start(1);
        idle();
        EXPECT_EQ(me.status(1), PIMVP_SEQ_DONE);
        EXPECT_EQ(me.status(0), PIMVP_SEQ_BUSY) << "one token is not two";
        host.write<std::uint32_t>(sequencer_at + PIMVP_SEQ_TOKEN, 1);
        const auto handed_over = to_ps(sc_core::sc_time_stamp());
        idle();
        EXPECT_EQ(me.status(0), PIMVP_SEQ_DONE);
        // The token comes at the end of the way there; END follows: a fetch (eight words over two hops and
        // memory) and two cycles to decode.
        const auto back =
            2 * 5000 + 5000;  // what the host still waited: the register's cycle and the way back
        const auto end = (2 + 4 + 8 + 2 + 2) * 5000;
        EXPECT_EQ(me.sequencer[0].end_ps(), handed_over - back + end);
        EXPECT_GT(me.sequencer[1].end_ps(), before);
        // Tokens may come before the wait.
        me.commands[0] = 0;
        me.put_wait(0);
        me.put_end(0);
        host.write<std::uint32_t>(sequencer_at + PIMVP_SEQ_TOKEN, 1);
        me.start(0);
        idle();
        EXPECT_EQ(me.status(0), PIMVP_SEQ_DONE);
        finished = true;
    });
    pair = &p;
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    p.put_wait(0);
    p.put_wait(0);
    p.put_end(0);
    p.put_signal(1, 0);
    p.put_end(1);
    sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_MS));
    EXPECT_TRUE(finished);
}

/// Both programs at once; all that the stubs saw and when, and when the programs ended.
std::string history(std::int64_t quantum_ps, sc_core::sc_time_unit resolution) {
    sc_core::sc_set_time_resolution(1, resolution);
    tlm::tlm_global_quantum::instance().set(from_ps(quantum_ps));
    Pair* pair = nullptr;
    Pair p([&](TestInitiator&) {
        auto& me = *pair;
        me.put_vector(0, 5);
        me.put_signal(0, 1);
        me.put_copy(0);
        me.put_wait(0);
        me.put_vector(0, 7);
        me.put_end(0);
        me.put_copy(1);
        me.put_vector(1, 9);
        me.put_wait(1);
        me.put_signal(1, 0);
        me.put_vector(1, 7);
        me.put_end(1);
        me.start(1);
        me.start(0);
    });
    pair = &p;
    sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_MS));
    std::ostringstream text;
    for (unsigned i = 0; i < 2; ++i) {
        text << "sequencer " << i << " failed " << p.sequencer[i].failed() << " from "
             << p.sequencer[i].doorbell_ps() << " to " << p.sequencer[i].end_ps() << "\n";
        for (const auto& access : p.stub[i].log)
            text << access.at_ps << (access.write ? " write " : " read ") << access.address << " x "
                 << access.data.size() << "\n";
    }
    return text.str();
}

TEST(Decoupling, ChangesNoTime) {
    const auto at_once = in_child([] { return history(0, sc_core::SC_PS); });
    // 12 rows, 16 rows, two operands each.
    EXPECT_NE(at_once.find("sequencer 1 failed 0"), std::string::npos) << at_once;
    EXPECT_GT(std::count(at_once.begin(), at_once.end(), '\n'), 2 + 2 * (12 + 16)) << at_once;
    EXPECT_EQ(in_child([] { return history(0, sc_core::SC_PS); }), at_once) << "not even the same twice";
    EXPECT_EQ(in_child([] { return history(1'000'000, sc_core::SC_PS); }), at_once) << "quantum 1 us";
    EXPECT_EQ(in_child([] { return history(100'000'000, sc_core::SC_PS); }), at_once) << "quantum 100 us";
    EXPECT_EQ(in_child([] { return history(0, sc_core::SC_FS); }), at_once) << "resolution 1 fs";
    EXPECT_EQ(in_child([] { return history(1'000'000, sc_core::SC_FS); }), at_once) << "both";
}

}  // namespace
}  // namespace pimvp::test
