// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/dma/dma.h"

#include <random>

#include "driver/pimvp_sequencer.h"
#include "modules/core/error.h"
#include "modules/interconnect/interconnect.h"
#include "modules/memory/memory.h"
#include "testbenches/initiator.h"
#include "testbenches/protocol_checker.h"
#include "tests/support/sc_test_main.h"

namespace pimvp {
namespace {

using namespace sc_core;
using Bytes = std::vector<std::uint8_t>;

struct Copy {
    std::uint32_t source, destination, row_bytes, rows, source_stride, destination_stride;
    std::uint32_t start = 1;
};

DmaParams small() {
    DmaParams p;
    p.period = {1000};
    p.chunk_bytes = 32;
    p.flip_flop_energy = femtojoules(2);
    return p;
}

MemoryParams memory_params() {
    MemoryParams p;
    p.bytes = 65536;
    p.period = {1000};
    p.access_cycles = 3;
    return p;
}

/// All registers in one access, START last.
tlm::tlm_response_status start(TestInitiator& i, const Copy& c) {
    return i.write(0, &c, sizeof c);
}

struct DmaTest : SimTest {};

/// script -> checker -> dma -> checker -> memory
struct Bench {
    explicit Bench(const DmaParams& params, TestInitiator::Script script)
        : initiator("initiator", std::move(script)),
          front("front"),
          back("back"),
          dma("dma", params),
          memory("memory", memory_params(), 2),
          viewer("viewer", [](TestInitiator&) {}) {
        initiator.port.bind(front.target);
        front.port.bind(dma.target);
        dma.port.bind(back.target);
        back.port.bind(memory.in[0]);
        viewer.port.bind(memory.in[1]);
    }
    void run() {
        sc_start(100, SC_MS);
        ASSERT_TRUE(initiator.done());
    }
    TestInitiator initiator;
    ProtocolChecker front, back;
    Dma dma;
    Memory memory;
    TestInitiator viewer;
};

TEST_F(DmaTest, RectanglesAgreeWithLoops) {
    Bytes model(65536);
    std::mt19937 rng(3);
    std::uint64_t copied = 0;
    constexpr int copies = 400;
    Bench* bench = nullptr;
    Bench b(small(), [&](TestInitiator& i) {
        for (auto& byte : model) byte = static_cast<std::uint8_t>(rng());
        bench->viewer.debug_write(0, model);
        for (int k = 0; k < copies; ++k) {
            // Sizes around the chunk of 32 bytes; rows that touch, have gaps, or are read again (stride 0).
            const std::uint32_t row = 1 + rng() % 80, rows = 1 + rng() % 12;
            const std::uint32_t strides[] = {row, row + static_cast<std::uint32_t>(rng() % 20), 0};
            Copy c{static_cast<std::uint32_t>(rng() % 30000),
                   33000 + static_cast<std::uint32_t>(rng() % 30000),
                   row,
                   rows,
                   strides[rng() % 3],
                   strides[rng() % 2]};
            for (std::uint32_t y = 0; y < rows; ++y)
                for (std::uint32_t x = 0; x < row; ++x)
                    model[c.destination + y * c.destination_stride + x] =
                        model[c.source + y * c.source_stride + x];
            copied += std::uint64_t{row} * rows;
            ASSERT_EQ(start(i, c), tlm::TLM_OK_RESPONSE) << k;
            ASSERT_EQ(i.read<std::uint32_t>(PIMVP_DMA_STATUS), 0u);
            Bytes all(65536);
            bench->viewer.debug_read(0, all.data(), 65536);
            ASSERT_EQ(all, model) << "copy " << k;
        }
    });
    bench = &b;
    b.run();
    const Account& a = b.dma.account();
    EXPECT_EQ(a.event_name(0), "byte");
    EXPECT_EQ(a.total(0), copied);
    EXPECT_EQ(a.event_name(1), "copy");
    EXPECT_EQ(a.total(1), static_cast<std::uint64_t>(copies));
    EXPECT_EQ(a.total(2), 0u);
    EXPECT_NEAR(joules(a.energy()), static_cast<double>(copied) * 8 * 2e-15, 1e-20);
}

TEST_F(DmaTest, TimesByHand) {
    Bench b(small(), [](TestInitiator& i) {
        // Registers 1, start 4: at 5 ns. Words of 16 bytes, first after 3 ns. Two chunks of two words:
        // read 5..9, write 9..13; second read 9..13, write 13..17.
        EXPECT_EQ(start(i, {0, 1024, 64, 1, 0, 0}), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(i.last_delay(), from_ps(17000));
        // Rows of 16 with gaps at the destination: one read of two words 5..9, two writes 9..12 and 12..15.
        EXPECT_EQ(start(i, {0, 1024, 16, 2, 16, 64}), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(i.last_delay(), from_ps(15000));
        // The other way round: two reads 5..8, 8..11, one write 11..15.
        EXPECT_EQ(start(i, {0, 1024, 16, 2, 64, 16}), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(i.last_delay(), from_ps(15000));
    });
    b.run();
    EXPECT_EQ(b.memory.account().total(2), 2u + 1 + 2) << "reads";
    EXPECT_EQ(b.memory.account().total(3), 2u + 2 + 1) << "writes";
}

/// Reads take 1 ns, writes 10 ns; writes from `fail_at` on fail.
struct SlowWrites : sc_module {
    tlm_utils::simple_target_socket<SlowWrites> target{"target"};
    explicit SlowWrites(const sc_module_name& nm) : sc_module(nm) {
        target.register_b_transport(this, &SlowWrites::b_transport);
    }
    void b_transport(tlm::tlm_generic_payload& payload, sc_time& time) {
        (payload.is_read() ? reads : writes).push_back(to_ps(sc_time_stamp() + time));
        activities.push_back(activity_of(payload));
        if (waits)
            wait(time + from_ps(payload.is_read() ? 1000 : 10000)), time = SC_ZERO_TIME;
        else
            time += from_ps(payload.is_read() ? 1000 : 10000);
        const bool fails =
            payload.is_write() ? payload.get_address() >= fail_at : payload.get_address() >= fail_reads_at;
        payload.set_response_status(fails ? tlm::TLM_ADDRESS_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE);
    }
    std::uint64_t fail_at = ~std::uint64_t{0}, fail_reads_at = ~std::uint64_t{0};
    bool waits = false;
    std::vector<std::int64_t> reads, writes;
    std::vector<int> activities;
};

TEST_F(DmaTest, TwoBuffersHoldReadsBackBehindSlowWrites) {
    SlowWrites slow("slow");
    Dma dma("dma", small());
    TestInitiator initiator("initiator", [&](TestInitiator& i) {
        i.set_activity(Activity::layer(4));
        EXPECT_EQ(start(i, {0, 1024, 128, 1, 0, 0}), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(i.last_delay(), from_ps(46000));
    });
    initiator.port.bind(dma.target);
    dma.port.bind(slow.target);
    sc_start(1, SC_MS);
    EXPECT_TRUE(initiator.done());
    EXPECT_EQ(slow.reads, (std::vector<std::int64_t>{5000, 6000, 16000, 26000}));
    EXPECT_EQ(slow.writes, (std::vector<std::int64_t>{6000, 16000, 26000, 36000}));
    EXPECT_EQ(slow.activities, std::vector<int>(8, Activity::layer(4))) << "the hint goes on";
    EXPECT_EQ(dma.account().total(0, Activity::layer(4)), 128u);
}

TEST_F(DmaTest, ATargetThatWaitsOnlySerialises) {
    SlowWrites slow("slow");
    slow.waits = true;
    Dma dma("dma", small());
    TestInitiator initiator("initiator", [&](TestInitiator& i) {
        EXPECT_EQ(start(i, {0, 1024, 96, 1, 0, 0}), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(i.last_delay(), from_ps(5000 + 3 * 11000)) << "the kernel cannot go back for the next read";
    });
    initiator.port.bind(dma.target);
    dma.port.bind(slow.target);
    sc_start(1, SC_MS);
    EXPECT_TRUE(initiator.done());
}

TEST_F(DmaTest, ErrorsOnTheWayStopTheCopy) {
    SlowWrites slow("slow");
    Dma dma("dma", small());
    TestInitiator initiator("initiator", [&](TestInitiator& i) {
        slow.fail_at = 1056;
        EXPECT_EQ(start(i, {0, 1024, 128, 1, 0, 0}), tlm::TLM_GENERIC_ERROR_RESPONSE);
        EXPECT_EQ(i.last_delay(), from_ps(26000)) << "the second write ended there";
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_DMA_STATUS), 1u);
        slow.fail_at = ~std::uint64_t{0};
        EXPECT_EQ(start(i, {0, 1024, 8, 1, 0, 0}), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_DMA_STATUS), 0u);
        slow.fail_reads_at = 0;
        EXPECT_EQ(start(i, {0, 1024, 8, 1, 0, 0}), tlm::TLM_GENERIC_ERROR_RESPONSE);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_DMA_STATUS), 1u);
    });
    initiator.port.bind(dma.target);
    dma.port.bind(slow.target);
    sc_start(1, SC_MS);
    EXPECT_TRUE(initiator.done());
    EXPECT_EQ(slow.writes.size(), 3u);
    EXPECT_EQ(dma.account().total(0), 32u + 8u);
    EXPECT_EQ(dma.account().total(1), 1u);
    EXPECT_EQ(dma.account().total(2), 2u);
}

TEST_F(DmaTest, BadRectanglesAreErrorsAndTouchNothing) {
    Bench b(small(), [](TestInitiator& i) {
        const auto bad = tlm::TLM_GENERIC_ERROR_RESPONSE;
        EXPECT_EQ(start(i, {0, 64, 0, 1, 0, 0}), bad);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_DMA_STATUS), 1u);
        EXPECT_EQ(start(i, {0, 64, 1, 0, 0, 0}), bad);
        EXPECT_EQ(start(i, {0xFFFFFFF0u, 64, 17, 1, 0, 0}), bad);
        EXPECT_EQ(start(i, {0, 0xFFFFFFF0u, 8, 2, 8, 16}), bad);
        EXPECT_EQ(start(i, {0, 64, 0xFFFFFFFFu, 0xFFFFFFFFu, 0xFFFFFFFFu, 0xFFFFFFFFu}), bad);
        EXPECT_EQ(start(i, {0, 64, 8, 1, 0, 0, 2}), bad) << "START takes 0 and 1";
    });
    b.run();
    EXPECT_EQ(b.back.transactions(), 0u);
}

TEST_F(DmaTest, RegistersReadBackAndRefuseOddAccesses) {
    Bench b(small(), [](TestInitiator& i) {
        EXPECT_EQ(start(i, {1, 2, 3, 4, 5, 6, 0}), tlm::TLM_OK_RESPONSE) << "0 starts nothing";
        for (std::uint32_t k = 0; k < 6; ++k) EXPECT_EQ(i.read<std::uint32_t>(4 * k), k + 1);
        EXPECT_EQ(i.last_delay(), from_ps(1000));
        EXPECT_EQ(i.write<std::uint32_t>(PIMVP_DMA_STATUS, 0), tlm::TLM_COMMAND_ERROR_RESPONSE);
        EXPECT_EQ(i.write<std::uint16_t>(0, 0), tlm::TLM_BURST_ERROR_RESPONSE);
        EXPECT_EQ(i.write<std::uint32_t>(2, 0), tlm::TLM_BURST_ERROR_RESPONSE);
        EXPECT_EQ(i.write<std::uint32_t>(0x20, 0), tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(i.debug_write(PIMVP_DMA_START, Bytes{1, 0, 0, 0}), 4u) << "debug has no side effect";
        std::uint32_t value = 9;
        EXPECT_EQ(i.debug_read(PIMVP_DMA_ROW_BYTES, &value, 4), 4u);
        EXPECT_EQ(value, 3u);
    });
    b.run();
    EXPECT_EQ(b.back.transactions(), 0u);
    b.dma.reset();
    std::uint32_t value = 9;
    b.initiator.debug_read(PIMVP_DMA_ROWS, &value, 4);
    EXPECT_EQ(value, 0u);
}

void copy_through_a_bus(std::int64_t& end_ps) {
    InterconnectParams bus_params;
    bus_params.period = {1000};
    Interconnect bus("bus", bus_params, 1, 2);
    Memory from("from", memory_params()), to("to", memory_params());
    auto params = small();
    params.chunk_bytes = 256;
    Dma dma("dma", params);
    TestInitiator initiator("initiator", [&](TestInitiator& i) {
        EXPECT_EQ(start(i, {0, 0x10000, 100, 30, 110, 128}), tlm::TLM_OK_RESPONSE);
        end_ps = to_ps(sc_time_stamp());
    });
    initiator.port.bind(dma.target);
    dma.port.bind(bus.in[0]);
    bus.out[0].bind(from.in[0]);
    bus.out[1].bind(to.in[0]);
    bus.map(0, 0, 0x10000);
    bus.map(1, 0x10000, 0x10000);
    sc_start(1, SC_MS);
    EXPECT_TRUE(initiator.done());
}

// A read of 100 bytes: hop 1, first word 3, one word a cycle (7 words, 8 where the row begins 14 bytes into a
// word: rows 1, 9, 17, 25), 7 beats, hop 1: 18 or 19 ns. A write: 7 + 1 + 9 + 1 = 18 ns, hidden behind the
// reads but for the last chunk of two rows. Start at 5 ns.
constexpr std::int64_t overlapped_ps = 1000 * (5 + 30 * 18 + 4 + 2 * 18);

TEST_F(DmaTest, ReadsAndWritesOverlapThroughABus) {
    std::int64_t end_ps = 0;
    copy_through_a_bus(end_ps);
    EXPECT_EQ(end_ps, overlapped_ps);
}

TEST_F(DmaTest, ReadsAndWritesOverlapThroughABusAtFemtosecondResolution) {
    sc_set_time_resolution(1, SC_FS);
    std::int64_t end_ps = 0;
    copy_through_a_bus(end_ps);
    EXPECT_EQ(end_ps, overlapped_ps);
}

}  // namespace
}  // namespace pimvp
