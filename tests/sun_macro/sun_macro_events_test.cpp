// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sun_macro/sun_macro.h"
#include "tests/pim_macro/macro_fixture.h"
#include "tests/sun_macro/slot_tile.h"

namespace pimvp {
namespace {

struct SunMacroEvents : ArrayMacroTest {};

// 576 rows are 36 groups of 16; 16 filters of 4 bits in 8 slots.
const Region full = slot_region(Slots(8, {4, 4}), 0, 576, 4);

TEST_F(SunMacroEvents, AnalogAccessByClosedFormula) {
    SunMacro macro("macro", SunMacroParams{}, Technology{});
    simulate(macro, [&](TestInitiator& i) {
        i.set_activity(Activity::load);
        i.write(PIMVP_MACRO_CELLS, std::vector<std::uint8_t>(576 * 8, 0xFF));
        program(i, 0, full);
        i.set_activity(Activity::layer(1));
        for (int k = 0; k < 3; ++k) i.write(input_at(0), std::vector<std::uint8_t>(288, 0xFF));
        EXPECT_EQ(results(i, 0, full), std::vector<std::int64_t>(16, -576 * 15));
    });
    EXPECT_EQ(total(macro, "cell_write_bit", Activity::load), 576u * 64);
    const auto per_access = [&](const char* event) {
        const auto count = total(macro, event, Activity::layer(1));
        EXPECT_EQ(count % 3, 0u) << event;
        return count / 3;
    };
    EXPECT_EQ(per_access("input_latch_bit"), 576u * 4);
    EXPECT_EQ(per_access("boundary_latch_bit"), 8u * 8);
    EXPECT_EQ(per_access("dac_conversion_4b"), 576u);
    EXPECT_EQ(per_access("wordline_raise"), 576u);
    EXPECT_EQ(per_access("bitline_unit"), 576u * 15 * 64);
    EXPECT_EQ(per_access("adc_conversion_8b"), 36u * 64);
    EXPECT_EQ(per_access("shift_add_bit"), 36u * 16 * (8 * 3 + 6));
    EXPECT_EQ(per_access("accumulate_bit"), 36u * 16 * (4 + 4 + 10));
    EXPECT_EQ(macro.counters().access_cycles, 3u * 36);
    EXPECT_EQ(macro.counters().busy_cycles, 3u * 36 + 576);
    EXPECT_DOUBLE_EQ(macro.utilisation(), 576.0 / 1024);
    const double v2 = 0.81e-15;  // 1 fF through 0.9 V, in J
    const double access =
        v2 * (2368 * 2.1 + 576 * 200.0 + 576 * 64 * 0.35 + 576 * 15 * 64 * 0.35 * 256 / 240 +
              2304 * (800 + 65.536) + 36 * 16 * 30 * 4.2 + 36 * 16 * 18 * 6.3);
    EXPECT_NEAR(joules(macro.account().energy(Activity::layer(1))), 3 * access, 1e-6 * access);
    EXPECT_NEAR(joules(macro.account().energy(Activity::load)), 576 * 64 * 36e-15, 1e-18);
}

TEST_F(SunMacroEvents, DigitalAccessByClosedFormula) {
    SunMacroParams p;
    p.compute = SunCompute::digital;
    p.access_time = AccessTime::composed;
    SunMacro macro("macro", p, Technology{});
    simulate(macro, [&](TestInitiator& i) {
        program(i, 0, full);
        i.write(input_at(0), std::vector<std::uint8_t>(288, 0xFF));
        results(i, 0, full);
        EXPECT_EQ(now(), 36 * 5000);
    });
    EXPECT_EQ(total(macro, "input_line_bit"), 576u * 4);
    EXPECT_EQ(total(macro, "cell_select"), 576u * 64);
    EXPECT_EQ(total(macro, "adder_tree_bit"), 36u * 64 * (8 * 4 + 4 * 5 + 2 * 6 + 7));
    EXPECT_EQ(total(macro, "shift_add_bit"), 36u * 16 * (8 * 3 + 6));
    EXPECT_EQ(total(macro, "accumulate_bit"), 36u * 16 * 18);
    EXPECT_EQ(macro.counters().conversions, 0u);
    const double access = 0.81e-15 * (2368 * 2.1 + 2304 * 64 * 0.35 + 576 * 64 * 64 * 0.35 +
                                      36 * 64 * 71 * 4.2 + 36 * 16 * 30 * 4.2 + 36 * 16 * 18 * 6.3);
    EXPECT_NEAR(joules(macro.account().energy()), access, 1e-6 * access);
}

TEST_F(SunMacroEvents, BitSerialInputsTakeAStepPerBitAndNoDac) {
    SunMacroParams p;
    p.input_bits_per_step = 1;
    SunMacro macro("macro", p, Technology{});
    simulate(macro, [&](TestInitiator& i) {
        Region r = full;
        r.rows = 27;
        program(i, 0, r);
        i.write(input_at(0), std::vector<std::uint8_t>(14));
        results(i, 0, r);
        EXPECT_EQ(now(), 2 * 4 * 5000);
    });
    EXPECT_EQ(total(macro, "wordline_raise"), 27u * 4);
    EXPECT_EQ(total(macro, "bitline_unit"), 27u * 4 * 64);
    EXPECT_EQ(total(macro, "adc_conversion_5b"), 4u * 64);
    EXPECT_EQ(total(macro, "adc_conversion_4b"), 4u * 64);
    for (std::size_t e = 0; e < macro.account().events(); ++e)
        EXPECT_EQ(macro.account().event_name(e).find("dac"), std::string::npos);
}

TEST_F(SunMacroEvents, WorstCaseEventsDoNotDependOnTheData) {
    SunMacro macro("macro", SunMacroParams{}, Technology{});
    simulate(macro, [&](TestInitiator& i) {
        program(i, 0, full);
        i.write(input_at(0), std::vector<std::uint8_t>(288, 0));
        const auto first = macro.account().energy();
        i.write(input_at(0), std::vector<std::uint8_t>(288, 0xFF));
        EXPECT_TRUE(macro.account().energy() == 2 * first);
    });
}

TEST_F(SunMacroEvents, UtilisationCountsTheColumnsOfFilters) {
    SunMacro macro("macro", SunMacroParams{}, Technology{});
    simulate(macro, [&](TestInitiator& i) {
        const Region r = slot_region({{5, 2}, {4, 0}}, 0, 512, 4);
        program(i, 0, r);
        i.write(input_at(0), std::vector<std::uint8_t>(256));
    });
    EXPECT_DOUBLE_EQ(macro.utilisation(), 512.0 * 11 / 65536);
    EXPECT_EQ(macro.counters().useful_cells, 512u * 11);
}

TEST_F(SunMacroEvents, ResetIsPowerOn) {
    SunMacro macro("macro", SunMacroParams{}, Technology{});
    simulate(macro, [&](TestInitiator& i) {
        i.write(PIMVP_MACRO_CELLS, std::vector<std::uint8_t>(8, 1));
        program(i, 0, full);
        i.write(input_at(0), std::vector<std::uint8_t>(288));
        macro.reset();
        std::uint8_t cell = 99;
        i.debug_read(PIMVP_MACRO_CELLS, &cell, 1);
        EXPECT_EQ(cell, 0);
        EXPECT_TRUE(macro.account().energy() == 0);
        EXPECT_EQ(i.write(input_at(0), std::vector<std::uint8_t>(288)), tlm::TLM_GENERIC_ERROR_RESPONSE);
    });
}

}  // namespace
}  // namespace pimvp
