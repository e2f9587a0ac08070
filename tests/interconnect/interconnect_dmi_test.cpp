// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <tlm_utils/simple_initiator_socket.h>

#include <utility>

#include "modules/interconnect/interconnect.h"
#include "tests/interconnect/recording_target.h"
#include "tests/support/sc_test_main.h"

namespace pimvp {
namespace {

using Range = std::pair<std::uint64_t, std::uint64_t>;
constexpr std::uint64_t top = ~std::uint64_t{0};

struct DmiInitiator : sc_core::sc_module {
    tlm_utils::simple_initiator_socket<DmiInitiator> port{"port"};
    explicit DmiInitiator(const sc_core::sc_module_name& nm) : sc_module(nm) {
        port.register_invalidate_direct_mem_ptr(this, &DmiInitiator::invalidate);
    }
    Range ask(std::uint64_t address) {
        tlm::tlm_generic_payload payload;
        payload.set_address(address);
        tlm::tlm_dmi dmi;
        granted = port->get_direct_mem_ptr(payload, dmi);
        EXPECT_EQ(payload.get_address(), address);
        latency_ps = to_ps(dmi.get_read_latency());
        return {dmi.get_start_address(), dmi.get_end_address()};
    }
    void invalidate(sc_dt::uint64 low, sc_dt::uint64 high) { invalidated.emplace_back(low, high); }
    bool granted = false;
    std::int64_t latency_ps = 0;
    std::vector<Range> invalidated;
};

struct InterconnectDmi : SimTest {};

TEST_F(InterconnectDmi, IsClippedShiftedBackAndInvalidatedForEveryInitiator) {
    InterconnectParams params;
    params.period = {1000};
    params.hop_cycles = 3;
    DmiInitiator first("first"), second("second");
    Interconnect bus("bus", params, 2, 2);
    RecordingTarget low("low"), high("high");
    first.port.bind(bus.in[0]);
    second.port.bind(bus.in[1]);
    bus.out[0].bind(low.target);
    bus.out[1].bind(high.target);
    bus.map(0, 0x1000, 0x1000);
    bus.map(1, top - 0xFF, 0x100);
    bus.map(0, 0x8000, 0x100);  // a second view of the same target
    sc_core::sc_start(sc_core::SC_ZERO_TIME);

    // A target that grants everything ends at 2^64 - 1.
    EXPECT_EQ(first.ask(0x1004), (Range{0x1000, 0x1FFF}));
    EXPECT_TRUE(first.granted);
    EXPECT_EQ(first.latency_ps, 6000);
    EXPECT_EQ(low.debug_address, 4u);
    EXPECT_EQ(second.ask(top), (Range{top - 0xFF, top}));
    EXPECT_EQ(high.debug_address, 0xFFu);

    low.dmi_first = 0x10;
    low.dmi_last = 0x1F;
    EXPECT_EQ(first.ask(0x1010), (Range{0x1010, 0x101F}));
    low.dmi_last = 0x1000;  // one past the window
    EXPECT_EQ(first.ask(0x1010), (Range{0x1010, 0x1FFF}));

    // No window: refused for the whole gap.
    EXPECT_EQ(first.ask(0x2000), (Range{0x2000, 0x7FFF}));
    EXPECT_FALSE(first.granted);
    EXPECT_EQ(first.ask(0), (Range{0, 0xFFF}));
    EXPECT_EQ(first.ask(0x8100), (Range{0x8100, top - 0x100}));

    low.target->invalidate_direct_mem_ptr(0xF0, 0x10FF);
    const std::vector<Range> both_views{{0x10F0, 0x1FFF}, {0x80F0, 0x80FF}};
    EXPECT_EQ(first.invalidated, both_views);
    EXPECT_EQ(second.invalidated, both_views);
    first.invalidated.clear();
    low.target->invalidate_direct_mem_ptr(0x100, 0x1FF);
    EXPECT_EQ(first.invalidated, (std::vector<Range>{{0x1100, 0x11FF}})) << "the small view does not show it";
    first.invalidated.clear();
    high.target->invalidate_direct_mem_ptr(0, top);
    EXPECT_EQ(first.invalidated, (std::vector<Range>{{top - 0xFF, top}}));
}

TEST_F(InterconnectDmi, AWindowIntoTheMiddleOfATargetMovesThePointerToo) {
    DmiInitiator initiator("initiator");
    Interconnect bus("bus", InterconnectParams{}, 1, 1);
    RecordingTarget target("target");
    initiator.port.bind(bus.in[0]);
    bus.out[0].bind(target.target);
    bus.map(0, 0x1000, 4, 8);  // the target's bytes 8..11
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    target.dmi_last = 15;

    tlm::tlm_generic_payload payload;
    payload.set_address(0x1001);
    tlm::tlm_dmi dmi;
    ASSERT_TRUE(initiator.port->get_direct_mem_ptr(payload, dmi));
    EXPECT_EQ(target.debug_address, 9u);
    EXPECT_EQ(dmi.get_start_address(), 0x1000u);
    EXPECT_EQ(dmi.get_end_address(), 0x1003u);
    EXPECT_EQ(dmi.get_dmi_ptr(), target.memory + 8);

    target.target->invalidate_direct_mem_ptr(0, 7);
    target.target->invalidate_direct_mem_ptr(12, top);
    EXPECT_TRUE(initiator.invalidated.empty());
    target.target->invalidate_direct_mem_ptr(0, top);
    target.target->invalidate_direct_mem_ptr(9, 10);
    EXPECT_EQ(initiator.invalidated, (std::vector<Range>{{0x1000, 0x1003}, {0x1001, 0x1002}}));
}

}  // namespace
}  // namespace pimvp
