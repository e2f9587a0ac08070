// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The front end against a stand-in array: 10 ns per access, 3 ns per wordline written, 2 ns per wordline
// read, results that tell which access they are of.
#include "modules/pim_macro/front_end.h"

#include <gtest/gtest.h>
#include <tlm_utils/simple_target_socket.h>

#include <algorithm>
#include <cstring>

#include "modules/core/payload.h"
#include "testbenches/initiator.h"
#include "tests/support/sc_test_main.h"

namespace pimvp {
namespace {

MacroGeometry geometry() {
    MacroGeometry g;
    g.id = PIMVP_MACRO_ID_SRAM;
    g.version = 7;
    g.rows = 16;
    g.columns = 32;
    g.cell_bits = 1;
    g.active_rows = 8;
    g.adc_bits = 4;
    return g;
}

class StandIn : public sc_core::sc_module, private MacroArray {
  public:
    tlm_utils::simple_target_socket<StandIn> target{"target"};
    explicit StandIn(const sc_core::sc_module_name& name)
        : sc_module(name), cells(64), front_end(geometry(), *this) {
        target.register_b_transport(this, &StandIn::b_transport);
        target.register_transport_dbg(this, &StandIn::transport_dbg);
    }
    std::vector<std::uint8_t> cells;
    int accesses = 0, cell_accesses = 0, last_activity = -1;
    std::vector<Span> spans;
    MacroFrontEnd front_end;

  private:
    void b_transport(tlm::tlm_generic_payload& p, sc_core::sc_time& t) { front_end.b_transport(p, t); }
    unsigned transport_dbg(tlm::tlm_generic_payload& p) { return front_end.transport_dbg(p); }
    Span occupy(std::int64_t earliest, std::int64_t duration) {
        Span s;
        s.start_ps = std::max(earliest, free_);
        s.end_ps = free_ = s.start_ps + duration;
        spans.push_back(s);
        return s;
    }
    bool accepts(const Region& r) const override { return fits(r, geometry(), r.weight_bits); }
    void region_changed(unsigned) override {}
    Span compute(unsigned index, const Region& r, const std::uint8_t* in, std::uint8_t* out,
                 std::int64_t earliest, int activity) override {
        ++accesses;
        last_activity = activity;
        for (unsigned i = 0; i < r.result_size(); ++i) out[i] = static_cast<std::uint8_t>(in[0] + index + i);
        return occupy(earliest, 10000);
    }
    Span write_cells(std::uint32_t o, const std::uint8_t* d, std::uint32_t n, std::int64_t e,
                     int a) override {
        ++cell_accesses;
        last_activity = a;
        std::memcpy(&cells[o], d, n);
        return occupy(e, 3000 * ((o + n - 1) / 4 - o / 4 + 1));
    }
    Span read_cells(std::uint32_t o, std::uint8_t* d, std::uint32_t n, std::int64_t e, int) override {
        ++cell_accesses;
        std::memcpy(d, &cells[o], n);
        return occupy(e, 2000 * ((o + n - 1) / 4 - o / 4 + 1));
    }
    void poke(std::uint32_t o, const std::uint8_t* d, std::uint32_t n) override {
        std::memcpy(&cells[o], d, n);
    }
    void peek(std::uint32_t o, std::uint8_t* d, std::uint32_t n) const override {
        std::memcpy(d, &cells[o], n);
    }
    std::int64_t free_ = 0;
};

constexpr std::uint64_t region_at(unsigned i) {
    return PIMVP_MACRO_REGION_BASE + i * PIMVP_MACRO_REGION_STRIDE;
}
constexpr std::uint64_t input_at(unsigned i) {
    return PIMVP_MACRO_WINDOW_BASE + i * PIMVP_MACRO_WINDOW_STRIDE;
}
constexpr std::uint64_t result_at(unsigned i) {
    return input_at(i) + PIMVP_MACRO_RESULT;
}

// row0, rows, column0, filters, weight bits, weight kind, input bits, input kind, result bytes: 8 inputs, 8
// results.
const std::vector<std::uint32_t> good_region = {0, 16, 0, 4, 4, 1, 4, 0, 2};

std::vector<std::uint8_t> bytes_of(const std::vector<std::uint32_t>& words) {
    std::vector<std::uint8_t> bytes;
    for (const auto w : words)
        for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<std::uint8_t>(w >> (8 * i)));
    return bytes;
}

struct FrontEnd : SimTest {
    StandIn macro{"macro"};
    void simulate(TestInitiator::Script script) {
        TestInitiator initiator("initiator", std::move(script));
        initiator.port.bind(macro.target);
        sc_core::sc_start(1, sc_core::SC_MS);
        EXPECT_TRUE(initiator.done());
    }
};
std::int64_t now() {
    return to_ps(sc_core::sc_time_stamp());
}

TEST_F(FrontEnd, IdentifiesTheMacro) {
    simulate([](TestInitiator& i) {
        const std::uint32_t expected[] = {PIMVP_MACRO_ID_SRAM, 7, 16, 32, 1, 8, 4, 0};
        for (unsigned k = 0; k < 8; ++k) EXPECT_EQ(i.read<std::uint32_t>(4 * k), expected[k]) << k;
        EXPECT_EQ(i.write<std::uint32_t>(PIMVP_MACRO_ROWS, 1), tlm::TLM_COMMAND_ERROR_RESPONSE);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_ROWS), 16u);
        EXPECT_EQ(now(), 0);
    });
}

TEST_F(FrontEnd, ReadsRegionsBackAsWritten) {
    simulate([](TestInitiator& i) {
        EXPECT_EQ(i.write(region_at(63), bytes_of({0xFFFFFFFF, 2, 3, 4, 5, 6, 7, 8, 9, 15, 0x88, 0x80})),
                  tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(i.write<std::uint32_t>(region_at(63) + PIMVP_REGION_FILTERS, 44), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(i.write<std::uint32_t>(region_at(63) + 0x30, 5), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(i.read_bytes(region_at(63), 52),
                  bytes_of({0xFFFFFFFF, 2, 3, 44, 5, 6, 7, 8, 9, 15, 0x88, 0x80, 0}));
        EXPECT_EQ(i.read_bytes(region_at(62), 4), bytes_of({0}));
        EXPECT_EQ(i.read<std::uint32_t>(region_at(62) + PIMVP_REGION_SHIFT), 0u);
    });
}

TEST_F(FrontEnd, WrongAddressesAndLengthsAreRefused) {
    simulate([](TestInitiator& i) {
        std::uint8_t byte = 0;
        EXPECT_EQ(i.read(2, &byte, 1), tlm::TLM_BURST_ERROR_RESPONSE);
        EXPECT_EQ(i.write<std::uint32_t>(2, 0), tlm::TLM_BURST_ERROR_RESPONSE);
        std::uint32_t word = 0;
        for (const std::uint64_t address :
             {std::uint64_t{0x20}, std::uint64_t{0xFFC}, region_at(64), std::uint64_t{0x50000},
              std::uint64_t{PIMVP_MACRO_CELLS - 4}, std::uint64_t{PIMVP_MACRO_CELLS + 64},
              std::uint64_t{PIMVP_MACRO_CELLS + 61}, std::uint64_t{PIMVP_MACRO_SIZE}, ~std::uint64_t{0}}) {
            EXPECT_EQ(i.read(address, &word, 4), tlm::TLM_ADDRESS_ERROR_RESPONSE) << address;
            EXPECT_EQ(i.write(address, &word, 4), tlm::TLM_ADDRESS_ERROR_RESPONSE) << address;
        }
        EXPECT_EQ(now(), 0);
    });
    EXPECT_EQ(macro.cell_accesses, 0);
}

TEST_F(FrontEnd, BadRegionStopsAtTheTriggerAndSaysSo) {
    simulate([](TestInitiator& i) {
        const std::vector<std::uint8_t> inputs(8), wrong(7);
        EXPECT_EQ(i.write(input_at(0), inputs), tlm::TLM_GENERIC_ERROR_RESPONSE);  // never written
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_STATUS), PIMVP_MACRO_ERR_REGION);
        i.write<std::uint32_t>(PIMVP_MACRO_STATUS, 99);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_STATUS), PIMVP_MACRO_ERR_NONE);
        i.write(region_at(0), bytes_of(good_region));
        i.write<std::uint32_t>(region_at(0) + PIMVP_REGION_ROW0, 1);
        EXPECT_EQ(i.write(input_at(0), inputs), tlm::TLM_GENERIC_ERROR_RESPONSE);
        i.write<std::uint32_t>(region_at(0) + PIMVP_REGION_ROW0, 0);
        EXPECT_EQ(i.write(input_at(0), inputs), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_STATUS), PIMVP_MACRO_ERR_REGION) << "kept until cleared";
        EXPECT_EQ(i.write(input_at(0), wrong), tlm::TLM_BURST_ERROR_RESPONSE);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_STATUS), PIMVP_MACRO_ERR_ACCESS);
    });
    EXPECT_EQ(macro.accesses, 1);
}

TEST_F(FrontEnd, ResultsNeedAnAccessAndTheirLength) {
    simulate([](TestInitiator& i) {
        std::uint8_t results[16];
        i.write(region_at(2), bytes_of(good_region));
        EXPECT_EQ(i.read(result_at(2), results, 8), tlm::TLM_GENERIC_ERROR_RESPONSE);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_STATUS), PIMVP_MACRO_ERR_ACCESS);
        i.write(input_at(2), std::vector<std::uint8_t>{50, 0, 0, 0, 0, 0, 0, 0});
        EXPECT_EQ(i.read(result_at(2), results, 7), tlm::TLM_BURST_ERROR_RESPONSE);
        EXPECT_EQ(i.read(result_at(2), results, 9), tlm::TLM_BURST_ERROR_RESPONSE);
        EXPECT_EQ(i.read(input_at(2), results, 8), tlm::TLM_COMMAND_ERROR_RESPONSE);
        EXPECT_EQ(i.write(result_at(2), results, 8), tlm::TLM_COMMAND_ERROR_RESPONSE);
        EXPECT_EQ(i.write(input_at(2) + 4, results, 4), tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(i.read_bytes(result_at(2), 8), (std::vector<std::uint8_t>{52, 53, 54, 55, 56, 57, 58, 59}));
        i.write<std::uint32_t>(region_at(2) + PIMVP_REGION_FILTERS, 4);
        EXPECT_EQ(i.read(result_at(2), results, 8), tlm::TLM_GENERIC_ERROR_RESPONSE)
            << "of a region that is gone";
    });
}

TEST_F(FrontEnd, InputLatchHoldsOneAccessWhileTheArrayRuns) {
    simulate([](TestInitiator& i) {
        const std::vector<std::uint8_t> inputs(8);
        std::uint8_t results[8];
        for (unsigned r = 0; r < 3; ++r) i.write(region_at(r), bytes_of(good_region));
        sc_core::wait(1, sc_core::SC_NS);
        i.write(input_at(0), inputs);  // runs 1..11 ns
        EXPECT_EQ(now(), 1000);
        i.write(input_at(1), inputs);  // latched at 1, runs 11..21
        EXPECT_EQ(now(), 1000);
        i.write(input_at(2), inputs);  // the latch is free at 11, runs 21..31
        EXPECT_EQ(now(), 11000);
        i.read(result_at(0), results, 8);  // done at 11
        EXPECT_EQ(now(), 11000);
        i.read(result_at(1), results, 8);
        EXPECT_EQ(now(), 21000);
        i.write(input_at(0), inputs);  // the latch is free since 21, runs 31..41
        EXPECT_EQ(now(), 21000);
        i.read(result_at(2), results, 8);
        EXPECT_EQ(now(), 31000);
        sc_core::wait(100, sc_core::SC_NS);
        i.read(result_at(0), results, 8);  // long done
        EXPECT_EQ(now(), 131000);
        i.write(input_at(0), inputs);
        i.read(result_at(0), results, 8);
        EXPECT_EQ(now(), 141000);
    });
    const std::int64_t starts[] = {1000, 11000, 21000, 31000, 131000};
    ASSERT_EQ(macro.spans.size(), 5u);
    for (unsigned k = 0; k < 5; ++k) EXPECT_EQ(macro.spans[k].start_ps, starts[k]);
}

TEST_F(FrontEnd, CellAccessesOccupyTheArray) {
    simulate([](TestInitiator& i) {
        std::uint8_t results[8];
        i.write(region_at(0), bytes_of(good_region));
        i.write(PIMVP_MACRO_CELLS + 2, std::vector<std::uint8_t>{1, 2, 3, 4});  // two wordlines
        EXPECT_EQ(now(), 6000);
        i.write(input_at(0), std::vector<std::uint8_t>(8));  // runs 6..16
        EXPECT_EQ(now(), 6000);
        EXPECT_EQ(i.read_bytes(PIMVP_MACRO_CELLS + 2, 2), (std::vector<std::uint8_t>{1, 2}));  // 16..18
        EXPECT_EQ(now(), 18000);
        i.read(result_at(0), results, 8);
        EXPECT_EQ(now(), 18000);
    });
}

TEST_F(FrontEnd, AnnotatedTimeCountsAndActivityArrives) {
    simulate([this](TestInitiator& i) {
        i.write(region_at(0), bytes_of(good_region));
        std::vector<std::uint8_t> data(8);
        Payload payload;
        sc_core::sc_time t(5, sc_core::SC_NS);
        auto& write = payload.write(PIMVP_MACRO_CELLS, data.data(), 4, Activity::load);
        i.port->b_transport(write, t);
        EXPECT_EQ(to_ps(t), 8000);
        EXPECT_EQ(macro.last_activity, Activity::load);
        t = sc_core::sc_time(2, sc_core::SC_NS);  // another initiator, behind: the array is busy until 8
        auto& input = payload.write(input_at(0), data.data(), 8, Activity::layer(1));
        i.port->b_transport(input, t);
        EXPECT_EQ(to_ps(t), 2000);
        EXPECT_EQ(macro.last_activity, Activity::layer(1));
        i.port->b_transport(payload.read(result_at(0), data.data(), 8, 0), t);
        EXPECT_EQ(to_ps(t), 18000);
        EXPECT_EQ(now(), 0);
    });
}

TEST_F(FrontEnd, DebugHasNoTimeAndNoSideEffects) {
    simulate([this](TestInitiator& i) {
        EXPECT_EQ(i.debug_write(region_at(0), bytes_of(good_region)), 36u);
        EXPECT_EQ(i.debug_write(PIMVP_MACRO_CELLS + 60, {9, 8, 7, 6}), 4u);
        std::uint8_t data[8] = {};
        EXPECT_EQ(i.debug_read(PIMVP_MACRO_CELLS + 61, data, 3), 3u);
        EXPECT_EQ(data[0], 8);
        EXPECT_EQ(i.debug_read(PIMVP_MACRO_CELLS + 61, data, 4), 0u);
        EXPECT_EQ(i.debug_read(PIMVP_MACRO_COLUMNS, data, 4), 4u);
        EXPECT_EQ(data[0], 32);
        EXPECT_EQ(i.debug_write(input_at(0), std::vector<std::uint8_t>(8)), 0u);
        EXPECT_EQ(i.debug_write(PIMVP_MACRO_ROWS, {1, 1, 1, 1}), 0u);
        EXPECT_EQ(macro.accesses + macro.cell_accesses, 0);
        EXPECT_EQ(now(), 0);
        EXPECT_EQ(i.write(input_at(0), std::vector<std::uint8_t>(8)), tlm::TLM_OK_RESPONSE);
    });
}

TEST_F(FrontEnd, ResetForgetsRegionsResultsAndStatus) {
    simulate([this](TestInitiator& i) {
        i.write(region_at(0), bytes_of(good_region));
        i.write(input_at(0), std::vector<std::uint8_t>(8));
        i.write(input_at(1), std::vector<std::uint8_t>(8));
        macro.front_end.reset();
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_STATUS), PIMVP_MACRO_ERR_NONE);
        EXPECT_EQ(i.read<std::uint32_t>(region_at(0) + PIMVP_REGION_ROWS), 0u);
        EXPECT_EQ(i.write(input_at(0), std::vector<std::uint8_t>(8)), tlm::TLM_GENERIC_ERROR_RESPONSE);
    });
}

}  // namespace
}  // namespace pimvp
