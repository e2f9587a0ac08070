// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// A macro in RTL over its socket, and what the scoreboard says when the RTL is not what it should be.
#include "modules/rtl/sram_macro_rtl.h"

#include <tlm_utils/simple_target_socket.h>

#include "modules/core/error.h"
#include "tests/pim_macro/macro_fixture.h"
#include "tests/rtl/stuck_column.h"

namespace pimvp {
namespace {

struct SramMacroRtlTest : ArrayMacroTest {};

const Region int4{0, 100, 0, 32, 4, PIMVP_KIND_SIGNED, 3, PIMVP_KIND_SIGNED, 2};

/// One access with all cells zero and all inputs ones (-1): what comes back, and when.
std::vector<std::int64_t> access(TestInitiator& i) {
    i.write(PIMVP_MACRO_CELLS, std::vector<std::uint8_t>(2048, 0));
    program(i, 3, int4);
    i.write(input_at(3), std::vector<std::uint8_t>(int4.input_size(), 0xFF));
    return results(i, 3, int4);
}

TEST_F(SramMacroRtlTest, IsTheModelOverTheSocket) {
    SramMacroRtl macro("macro", SramMacroParams{}, Technology{});
    simulate(macro, [&](TestInitiator& i) {
        EXPECT_EQ(access(i), std::vector<std::int64_t>(32, 0));
        // A cell that debug transport changes reaches the RTL too: filter 1, row 99, weight 4.
        i.debug_write(PIMVP_MACRO_CELLS + 99 * 16, {0x40});
        i.write(input_at(3), std::vector<std::uint8_t>(int4.input_size(), 0xFF));
        std::vector<std::int64_t> expected(32, 0);
        expected[1] = -4;
        EXPECT_EQ(results(i, 3, int4), expected);
        EXPECT_EQ(macro.score().operations, 2u);
        EXPECT_EQ(macro.score().differences, 0u) << macro.score().first_difference;
        EXPECT_EQ(macro.score().cycles, macro.counters().access_cycles);
    });
}

TEST_F(SramMacroRtlTest, AStuckColumnIsReported) {
    SramMacroRtl macro("macro", SramMacroParams{}, Technology{}, nullptr,
                       [](const SramMvmShape&) { return std::make_unique<StuckColumn>(); });
    simulate(macro, [&](TestInitiator& i) {
        // The RTL's results go on: bit 1 of filter 1 is 2 in each of 100 rows, inputs -1.
        std::vector<std::int64_t> expected(32, 0);
        expected[1] = -200;
        EXPECT_EQ(access(i), expected);
        const RtlScore& score = macro.score();
        EXPECT_EQ(score.operations, 1u);
        EXPECT_EQ(score.differences, 1u);
        for (const char* part :
             {"access 1 at ", " ps, region 3: 100 inputs of 3 bits (signed), 32 filters of 4 bits",
              "inputs 0x", "sum of filter 1: expected 0, found -200"})
            EXPECT_NE(score.first_difference.find(part), std::string::npos) << score.first_difference;
    });
}

/// What the scoreboard says of an access of zeros, if the model is said to have taken so many cycles and to
/// have clipped so often.
struct LockstepTest : ArrayMacroTest {
    static std::string difference(const StepCycles& cycles, std::int64_t model_cycles,
                                  std::uint64_t clipped) {
        const SramMacroParams p;
        SramArray array(p.rows, p.columns, p.active_rows, p.adc());
        MvmLockstep lockstep({}, p.period, nullptr, make_sram_mvm);
        std::vector<std::uint8_t> inputs(int4.input_size()), results(int4.result_size());
        SramMacro bystander("bystander", p, Technology{});  // for the initiator's port
        simulate(bystander, [&](TestInitiator&) {
            const Span model{0, model_cycles * p.period.ps};
            const Span rtl = lockstep.access(array, 0, int4, SramArray::side_by_side(int4), cycles, model,
                                             clipped, inputs.data(), results.data());
            // 100 of 128 wordlines, a ragged group: two input bits and the sign.
            EXPECT_EQ(rtl.end_ps, (2 * cycles[3] + cycles[5]) * p.period.ps);
        });
        EXPECT_EQ(lockstep.score().operations, 1u);
        EXPECT_EQ(lockstep.score().differences, lockstep.score().first_difference.empty() ? 0u : 1u);
        return lockstep.score().first_difference;
    }
    static constexpr StepCycles cycles{9, 9, 9, 4, 9, 7};
};

TEST_F(LockstepTest, AgreesWithTheModel) {
    EXPECT_EQ(difference(cycles, 15, 0), "");
}

TEST_F(LockstepTest, ReportsCycles) {
    EXPECT_NE(difference(cycles, 14, 0).find("clock cycles: expected 14, found 15"), std::string::npos);
}

TEST_F(LockstepTest, ReportsClippedConversions) {
    EXPECT_NE(difference(cycles, 15, 3).find("clipped conversions: expected 3, found 0"), std::string::npos);
}

/// Two initiators on one macro, through no bus: whatever they do at the same instant, each gets its own sums.
struct TwoInitiators : sc_core::sc_module {
    tlm_utils::simple_target_socket<TwoInitiators> first{"first"}, second{"second"};
    tlm_utils::simple_initiator_socket<TwoInitiators> port{"port"};
    explicit TwoInitiators(const sc_core::sc_module_name& name) : sc_module(name) {
        first.register_b_transport(this, &TwoInitiators::pass);
        second.register_b_transport(this, &TwoInitiators::pass);
    }
    void pass(tlm::tlm_generic_payload& payload, sc_core::sc_time& time) { port->b_transport(payload, time); }
};

TEST_F(SramMacroRtlTest, TakesTurnsWithTwoInitiators) {
    SramMacroRtl macro("macro", SramMacroParams{}, Technology{});
    TwoInitiators both("both");
    int served = 0;
    const auto script = [&](unsigned region, std::int64_t weight) {
        return [&served, region, weight](TestInitiator& i) {
            // Filters of one bit, unsigned, of ones in rows of its own: the sum is that of the inputs.
            const Region r{64 * region, 64, 0, 8, 1, PIMVP_KIND_UNSIGNED, 4, PIMVP_KIND_UNSIGNED, 4};
            i.write(PIMVP_MACRO_CELLS + 1024 * region, std::vector<std::uint8_t>(1024, 0xFF));
            program(i, region, r);
            for (int k = 0; k < 40; ++k) {
                // Both at the same instant.
                sc_core::wait(sc_core::sc_time(100 + 10 * k, sc_core::SC_US) - sc_core::sc_time_stamp());
                const auto nibble = static_cast<std::uint8_t>((k + 5 * weight) % 16);
                i.write(input_at(region),
                        std::vector<std::uint8_t>(r.input_size(), static_cast<std::uint8_t>(nibble * 17)));
                EXPECT_EQ(results(i, region, r), std::vector<std::int64_t>(8, 64 * nibble)) << k;
                ++served;
            }
        };
    };
    TestInitiator a("a", script(0, 0)), b("b", script(1, 1));
    a.port.bind(both.first);
    b.port.bind(both.second);
    both.port.bind(macro.target);
    sc_core::sc_start(100, sc_core::SC_MS);
    EXPECT_TRUE(a.done() && b.done());
    EXPECT_EQ(served, 80);
    EXPECT_EQ(macro.score().operations, 80u);
    EXPECT_EQ(macro.score().differences, 0u) << macro.score().first_difference;
}

TEST_F(SramMacroRtlTest, OtherGeometriesHaveNoRtl) {
    SramMacroParams p;
    p.rows = p.active_rows = 256;
    try {
        SramMacroRtl("macro", p, Technology{});
        ADD_FAILURE() << "expected an Error";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("found 256 x 128 cells, 256 active rows"), std::string::npos)
            << error.what();
    }
}

}  // namespace
}  // namespace pimvp
