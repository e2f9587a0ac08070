// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/interconnect/interconnect.h"

#include <chrono>
#include <cstdio>
#include <memory>

#include "modules/core/error.h"
#include "testbenches/initiator.h"
#include "testbenches/protocol_checker.h"
#include "tests/interconnect/recording_target.h"
#include "tests/support/sc_test_main.h"

namespace pimvp {
namespace {

using namespace sc_core;

InterconnectParams small() {
    InterconnectParams p;
    p.width_bits = 64;
    p.period = {1000};
    p.hop_cycles = 2;
    p.energy_per_bit = femtojoules(10);
    return p;
}

/// initiator -> checker -> interconnect -> checker -> target, `outputs` targets.
struct Bench {
    Bench(const InterconnectParams& params, unsigned outputs, TestInitiator::Script script)
        : initiator("initiator", std::move(script)), checker("checker"), bus("bus", params, 1, outputs) {
        initiator.port.bind(checker.target);
        checker.port.bind(bus.in[0]);
        for (unsigned i = 0; i < outputs; ++i) {
            const std::string n = std::to_string(i);
            checks.push_back(std::make_unique<ProtocolChecker>(("check_" + n).c_str()));
            targets.push_back(std::make_unique<RecordingTarget>(("target_" + n).c_str()));
            bus.out[i].bind(checks[i]->target);
            checks[i]->port.bind(targets[i]->target);
        }
    }
    void run() {
        sc_start(SC_MS_);
        ASSERT_TRUE(initiator.done());
    }
    const sc_time SC_MS_{1, SC_MS};
    TestInitiator initiator;
    ProtocolChecker checker;
    Interconnect bus;
    std::vector<std::unique_ptr<ProtocolChecker>> checks;
    std::vector<std::unique_ptr<RecordingTarget>> targets;
};

/// One access at an annotated time, without waiting: (completion, status).
std::int64_t access(TestInitiator& i, bool write, std::uint64_t address, unsigned bytes, std::int64_t at_ps,
                    int activity = Activity::idle) {
    Payload payload;
    std::vector<std::uint8_t> data(bytes);
    auto& gp = write ? payload.write(address, data.data(), bytes, activity)
                     : payload.read(address, data.data(), bytes, activity);
    sc_time t = from_ps(at_ps) - sc_time_stamp();
    i.port->b_transport(gp, t);
    EXPECT_EQ(gp.get_response_status(), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(gp.get_address(), address) << "the address is the initiator's again";
    return to_ps(sc_time_stamp() + t);
}

struct InterconnectTest : SimTest {};

TEST_F(InterconnectTest, WindowEdgesAreShiftedAndEverythingElseIsAnAddressError) {
    Bench b(small(), 3, [](TestInitiator& i) {
        std::uint8_t d[8] = {};
        const auto ok = tlm::TLM_OK_RESPONSE, bad = tlm::TLM_ADDRESS_ERROR_RESPONSE;
        EXPECT_EQ(i.read(0x1000, d, 1), ok);
        EXPECT_EQ(i.read(0x1FF8, d, 8), ok);
        EXPECT_EQ(i.read(0x1FFF, d, 1), ok);
        EXPECT_EQ(i.write(0x2000, d, 4), ok);
        EXPECT_EQ(i.write(~std::uint64_t{0}, d, 1), ok);
        EXPECT_EQ(i.read(0x0FFF, d, 1), bad);
        EXPECT_EQ(i.read(0x0FFF, d, 2), bad) << "begins before a window";
        EXPECT_EQ(i.read(0x1FF9, d, 8), bad) << "passes a window's end, even into its neighbour";
        EXPECT_EQ(i.read(0x2010, d, 1), bad);
        EXPECT_EQ(i.read(~std::uint64_t{0} - 15, d, 1), ok);
        EXPECT_EQ(i.read(~std::uint64_t{0} - 16, d, 1), bad);
        EXPECT_EQ(i.last_delay(), SC_ZERO_TIME);
    });
    b.bus.map(1, 0x2000, 0x10);
    b.bus.map(0, 0x1000, 0x1000);
    b.bus.map(2, ~std::uint64_t{0} - 15, 16);  // ends at 2^64
    b.run();
    EXPECT_EQ(b.targets[0]->addresses, (std::vector<std::uint64_t>{0, 0xFF8, 0xFFF}));
    EXPECT_EQ(b.targets[1]->addresses, (std::vector<std::uint64_t>{0}));
    EXPECT_EQ(b.targets[2]->addresses, (std::vector<std::uint64_t>{15, 0}));
}

TEST_F(InterconnectTest, AWindowMayKeepItsAddressesForAnotherInterconnectBehind) {
    Bench b(small(), 1, [](TestInitiator& i) {
        std::uint8_t d[4] = {};
        EXPECT_EQ(i.read(0x80000010, d, 4), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(i.debug_read(0x80000020, d, 4), 4u);
    });
    b.bus.map(0, 0x80000000, 0x80000000, 0x80000000);
    b.run();
    EXPECT_EQ(b.targets[0]->addresses, (std::vector<std::uint64_t>{0x80000010}));
    EXPECT_EQ(b.targets[0]->debug_address, 0x80000020u);
}

TEST_F(InterconnectTest, BadWindowsAreErrorsThatNameBothWindows) {
    Interconnect bus("bus", small(), 1, 2);
    bus.map(0, 0x1000, 0x1000);
    bus.map(1, 0, 0x1000);
    bus.map(1, 0x2000, 1);
    const auto message = [&](unsigned output, std::uint64_t base, std::uint64_t size) -> std::string {
        try {
            bus.map(output, base, size);
        } catch (const Error& e) {
            return e.what();
        }
        return "accepted";
    };
    const auto message_at = [&](std::uint64_t base, std::uint64_t size,
                                std::uint64_t target_base) -> std::string {
        try {
            bus.map(0, base, size, target_base);
        } catch (const Error& e) {
            return e.what();
        }
        return "accepted";
    };
    const std::string overlap = message(1, 0x1FFF, 0x10);
    EXPECT_NE(overlap.find("0x1fff..0x200e of output 1"), std::string::npos) << overlap;
    EXPECT_NE(overlap.find("0x1000..0x1fff of output 0"), std::string::npos) << overlap;
    EXPECT_NE(message(0, 0x1800, 1).find("overlaps"), std::string::npos) << "inside";
    EXPECT_NE(message(0, 0x500, 0x10000).find("overlaps"), std::string::npos) << "around";
    EXPECT_NE(message(0, 0x3000, 0).find("size above 0"), std::string::npos);
    EXPECT_NE(message(0, ~std::uint64_t{0}, 2).find("2^64"), std::string::npos);
    EXPECT_NE(message_at(0x3000, 2, ~std::uint64_t{0}).find("2^64"), std::string::npos) << "at the target";
    EXPECT_NE(message(2, 0x3000, 1).find("output below 2"), std::string::npos);
    EXPECT_EQ(message(0, 0x2001, 1), "accepted") << "touching is not overlapping";
}

TEST_F(InterconnectTest, AWindowToAnUnboundOutputIsFoundAtTheEndOfElaboration) {
    TestInitiator initiator("initiator", [](TestInitiator&) {});
    Interconnect bus("bus", small(), 1, 2);
    RecordingTarget target("target");
    initiator.port.bind(bus.in[0]);
    bus.out[0].bind(target.target);
    bus.map(0, 0, 16);
    bus.map(1, 0x7000, 16);
    try {
        sc_start(1, SC_NS);
        FAIL() << "an unbound output was accepted";
    } catch (const Error& e) {
        EXPECT_NE(std::string(e.what()).find("0x7000"), std::string::npos) << e.what();
    }
}

TEST_F(InterconnectTest, MappingAfterElaborationIsAnError) {
    Bench b(small(), 1, [](TestInitiator&) {});
    b.bus.map(0, 0, 16);
    b.run();
    EXPECT_THROW(b.bus.map(0, 0x100, 16), Error);
}

TEST_F(InterconnectTest, TimesByHand) {
    // 64 bits per 1 ns, hop 2 ns each way, target 5 ns.
    Bench b(small(), 2, [](TestInitiator& i) {
        // Write of 20 bytes: 3 beats, arrives at 100 + 3 + 2, answers at 110, response hop: 112 ns.
        EXPECT_EQ(access(i, true, 0x0, 20, 100000), 112000);
        // Write at 101: the channel is free at 103, data until 104, arrives 106, 111, 113. Stalled 2 cycles.
        EXPECT_EQ(access(i, true, 0x0, 8, 101000), 113000);
        // The other output's channel is free: data until 102, 104, 109, 111.
        EXPECT_EQ(access(i, true, 0x100, 8, 101000), 111000);
        // Read at 90, after the writes and earlier than they: request hop 92, target 97, 4 beats 101, hop
        // 103.
        EXPECT_EQ(access(i, false, 0x0, 32, 90000), 103000);
        // Read at 91: target 98, channel free at 101, until 102, 104. Stalled 3 cycles.
        EXPECT_EQ(access(i, false, 0x0, 8, 91000), 104000);
        // And a write at 99 waits for the write channel (free at 104) only: 105, 107, 112, 114. Stalled 5
        // cycles.
        EXPECT_EQ(access(i, true, 0x0, 1, 99000), 114000);
    });
    b.targets[0]->latency_ps = b.targets[1]->latency_ps = 5000;
    b.bus.map(0, 0, 0x100);
    b.bus.map(1, 0x100, 0x100);
    b.run();
    EXPECT_EQ(b.targets[0]->arrivals_ps, (std::vector<std::int64_t>{105000, 106000, 92000, 93000, 107000}));
    const Account& a = b.bus.account();
    EXPECT_EQ(a.event_name(0), "bit");
    EXPECT_EQ(a.total(0), 8u * (20 + 8 + 8 + 32 + 8 + 1));
    EXPECT_EQ(a.event_name(1), "transfer");
    EXPECT_EQ(a.total(1), 6u);
    EXPECT_EQ(a.event_name(2), "stall_cycle");
    EXPECT_EQ(a.total(2), 2u + 3 + 5);
    EXPECT_DOUBLE_EQ(joules(a.energy()), 8 * 77 * 10e-15);
}

TEST_F(InterconnectTest, OneByteWidthTakesABeatPerByteAndAWideOneASingleBeat) {
    auto narrow = small(), wide = small();
    narrow.width_bits = 8;
    wide.width_bits = 8192;
    EXPECT_EQ(narrow.beats(1000), 1000);
    EXPECT_EQ(wide.beats(1000), 1);
    EXPECT_EQ(wide.beats(1025), 2);
    Bench b(narrow, 1, [](TestInitiator& i) {
        EXPECT_EQ(access(i, true, 0, 1000, 0), 1004000);
        EXPECT_EQ(access(i, false, 0, 3, 0), 7000);
    });
    b.bus.map(0, 0, 0x1000);
    b.run();
}

TEST_F(InterconnectTest, ResultsAreTheSameAtFemtosecondResolution) {
    sc_set_time_resolution(1, SC_FS);
    Bench b(small(), 1, [](TestInitiator& i) {
        EXPECT_EQ(access(i, true, 0x0, 20, 100000), 107000);
        EXPECT_EQ(access(i, true, 0x0, 8, 101000), 108000);
        EXPECT_EQ(access(i, false, 0x0, 32, 5000000000001), 5000000008001);
    });
    b.bus.map(0, 0, 0x100);
    b.run();
}

TEST_F(InterconnectTest, EnergyGoesToTheActivityOfTheHintAndFailedReadsCarryNoData) {
    Bench b(small(), 1, [](TestInitiator& i) {
        access(i, true, 0, 4, 0, Activity::layer(2));
        access(i, false, 0, 6, 0, Activity::load);
        std::uint8_t d[8];
        i.read(0x1000, d, 8);
    });
    b.bus.map(0, 0, 0x100);
    b.run();
    EXPECT_EQ(b.bus.account().total(0, Activity::layer(2)), 32u);
    EXPECT_EQ(b.bus.account().total(0, Activity::load), 48u);
    EXPECT_EQ(b.bus.account().total(0), 80u);
    b.bus.reset();
    EXPECT_EQ(b.bus.account().total(0), 0u);
}

TEST_F(InterconnectTest, ATargetsErrorComesBackAndItsReadBooksNoBits) {
    Bench b(small(), 1, [](TestInitiator& i) {
        std::uint8_t d[8];
        EXPECT_EQ(i.read(0, d, 8), tlm::TLM_GENERIC_ERROR_RESPONSE);
        EXPECT_EQ(i.last_delay(), from_ps(4000));
    });
    b.targets[0]->status = tlm::TLM_GENERIC_ERROR_RESPONSE;
    b.bus.map(0, 0, 0x100);
    b.run();
    EXPECT_EQ(b.bus.account().total(0), 0u);
}

TEST_F(InterconnectTest, DebugTransportIsShiftedAndTakesNothing) {
    Bench b(small(), 1, [](TestInitiator& i) {
        std::uint8_t d[8];
        EXPECT_EQ(i.debug_read(0x1010, d, 8), 8u);
        EXPECT_EQ(i.debug_read(0x1FFC, d, 8), 0u);
        EXPECT_EQ(i.debug_read(0x3000, d, 1), 0u);
        EXPECT_EQ(i.debug_write(0x1FFF, {7}), 1u);
    });
    b.bus.map(0, 0x1000, 0x1000);
    b.run();
    EXPECT_EQ(b.targets[0]->debug_address, 0xFFFu);
    EXPECT_EQ(b.bus.account().total(0), 0u);
    EXPECT_EQ(b.bus.account().total(1), 0u);
}

TEST_F(InterconnectTest, AHopIsQuick) {
    constexpr int hops = 200000;
    double through_bus = 0, direct = 0;
    RecordingTarget alone("alone");
    TestInitiator lonely("lonely", [&](TestInitiator& i) {
        Payload payload;
        std::uint32_t word = 0;
        const auto start = std::chrono::steady_clock::now();
        sc_time t;
        for (int k = 0; k < hops; ++k) i.port->b_transport(payload.write(4, &word, 4, 3), t);
        direct = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    });
    lonely.port.bind(alone.target);
    TestInitiator initiator("initiator", [&](TestInitiator& i) {
        Payload payload;
        std::uint32_t word = 0;
        const auto start = std::chrono::steady_clock::now();
        sc_time t;
        for (int k = 0; k < hops; ++k) i.port->b_transport(payload.write(0x1004, &word, 4, 3), t);
        through_bus = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    });
    Interconnect bus("bus", small(), 1, 1);
    RecordingTarget target("target");
    initiator.port.bind(bus.in[0]);
    bus.out[0].bind(target.target);
    bus.map(0, 0x1000, 0x1000);
    target.addresses.reserve(hops);
    alone.addresses.reserve(hops);
    target.arrivals_ps.reserve(hops);
    alone.arrivals_ps.reserve(hops);
    sc_start(1, SC_SEC);
    ASSERT_EQ(target.addresses.size(), static_cast<std::size_t>(hops));
    const double ns = (through_bus - direct) / hops * 1e9;
    std::printf("hop: %.1f ns (target alone %.1f ns)\n", ns, direct / hops * 1e9);
    RecordProperty("hop_ns", std::to_string(ns));
    EXPECT_LT(through_bus, 20 * direct) << "a hop costs about 2.5 calls of the target";
}

}  // namespace
}  // namespace pimvp
