// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The command checker against numbers worked out by hand: every constraint at its first legal cycle and one
// cycle before, every state rule, and what is no trace.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "testbenches/dram_checker.h"
#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"

namespace pimvp {
namespace {

const std::string heading = "clock,command,pseudo_channel,bank_group,bank,row,column\n";

/// No two constraints give the same cycle where both could bind.
VaultTiming distinct() {
    VaultTiming t;
    t.cl = 14, t.cwl = 5, t.rcd_read = 14, t.rcd_write = 12, t.rp = 13, t.ras = 30, t.rc = 50;
    t.ccd_s = 3, t.ccd_l = 5, t.rrd_s = 4, t.rrd_l = 6, t.faw = 40;
    t.rtp = 5, t.wr = 16, t.wtr_s = 6, t.wtr_l = 8, t.rtw = 13;
    t.rfc = 350, t.refi = 3900, t.rfc_pb = 160, t.refi_pb = 122, t.rref_d = 8, t.xp = 8, t.cke = 9;
    return t;
}

/// "ACT 1.2" at a clock: group 1, bank 2 within it; row 7 and column 3 where there are any.
DramTraceLine at(std::int64_t clock, const std::string& what) {
    std::istringstream words(what);
    std::string command, place = "0.0";
    words >> command >> place;
    DramTraceLine line;
    line.clock = clock;
    int kind = 0;
    while (kind < dram_command_kinds && command != dram_command_name(static_cast<DramCommand>(kind))) ++kind;
    EXPECT_LT(kind, dram_command_kinds) << command;
    line.command = static_cast<DramCommand>(kind);
    line.group = place[0] - '0';
    line.bank = place[2] - '0';
    line.row = 7;
    line.column = 3;
    return line;
}

struct Step {
    std::int64_t clock;
    const char* what;
};
struct Pair {
    const char* constraint;
    std::vector<Step> before;  // legal
    const char* later;
    std::int64_t first_legal;
};
void PrintTo(const Pair& p, std::ostream* out) {
    *out << p.constraint << ", then " << p.later;
}

class EveryConstraint : public ::testing::TestWithParam<Pair> {};

TEST_P(EveryConstraint, HoldsToTheCycle) {
    const Pair& p = GetParam();
    VaultTiming timing = distinct();
    if (std::string(p.constraint) == "data bus") timing.ccd_s = 1;
    DramChecker checker(timing, {});
    for (const Step& step : p.before) checker.check(at(step.clock, step.what));
    ASSERT_EQ(checker.violation_count(), 0u) << text(checker.violations()[0]);

    DramChecker early = checker;
    const DramVerdict legal = checker.check(at(p.first_legal, p.later));
    EXPECT_EQ(checker.violation_count(), 0u) << text(checker.violations()[0]);
    EXPECT_EQ(legal.violations, 0);
    EXPECT_EQ(legal.earliest, p.first_legal);
    for (std::size_t i = 0; i < checker.names().size(); ++i)
        EXPECT_EQ((legal.bound >> i & 1) != 0, checker.names()[i] == p.constraint) << checker.names()[i];

    EXPECT_EQ(early.check(at(p.first_legal - 1, p.later)).violations, 1);
    ASSERT_EQ(early.violations().size(), 1u);
    EXPECT_EQ(early.violations()[0].constraint, p.constraint);
    EXPECT_EQ(early.violations()[0].clock, p.first_legal - 1);
}

INSTANTIATE_TEST_SUITE_P(
    Checker, EveryConstraint,
    ::testing::Values(
        Pair{"tRCD_RD", {{0, "ACT 0.0"}}, "RD 0.0", 15}, Pair{"tRCD_RD", {{0, "ACT 0.0"}}, "RDA 0.0", 15},
        Pair{"tRCD_WR", {{0, "ACT 0.0"}}, "WR 0.0", 13}, Pair{"tRCD_WR", {{0, "ACT 0.0"}}, "WRA 0.0", 13},
        Pair{"tRAS", {{0, "ACT 0.0"}}, "PREpb 0.0", 31}, Pair{"tRAS", {{0, "ACT 0.0"}}, "PREab", 31},
        Pair{"tRP", {{0, "ACT 0.0"}, {60, "PREpb 0.0"}}, "ACT 0.0", 72},
        Pair{"tRP", {{0, "ACT 0.0"}, {60, "PREpb 0.0"}}, "REFab", 73},
        Pair{"tRP", {{0, "ACT 0.0"}, {60, "PREpb 0.0"}}, "REFpb 0.0", 73},
        Pair{"tRP", {{0, "ACT 0.0"}, {60, "PREab"}}, "ACT 2.1", 72},
        Pair{"tRP", {{0, "ACT 0.0"}, {60, "PREab"}}, "REFab", 73},
        Pair{"tRC", {{0, "ACT 0.0"}, {31, "PREpb 0.0"}}, "ACT 0.0", 50},
        Pair{"tRC", {{0, "ACT 0.0"}, {31, "PREpb 0.0"}}, "REFpb 0.0", 51},
        Pair{"tRC", {{0, "ACT 0.0"}, {31, "PREpb 0.0"}}, "REFab", 51},
        Pair{"tRRD_S", {{0, "ACT 0.0"}}, "ACT 1.0", 4}, Pair{"tRRD_L", {{0, "ACT 0.0"}}, "ACT 0.1", 6},
        Pair{"tRRD_S", {{0, "ACT 0.0"}}, "REFpb 1.0", 5}, Pair{"tRRD_L", {{0, "ACT 0.0"}}, "REFpb 0.1", 7},
        Pair{"tFAW", {{0, "ACT 0.0"}, {5, "ACT 1.0"}, {10, "ACT 2.0"}, {15, "ACT 3.0"}}, "ACT 0.1", 40},
        Pair{"tRTP", {{0, "ACT 0.0"}, {40, "RD 0.0"}}, "PREpb 0.0", 45},
        Pair{"tRTP", {{0, "ACT 0.0"}, {40, "RD 0.0"}}, "PREab", 45},
        Pair{"tWR", {{0, "ACT 0.0"}, {40, "WR 0.0"}}, "PREpb 0.0", 63},
        Pair{"tWR", {{0, "ACT 0.0"}, {40, "WR 0.0"}}, "PREab", 63},
        Pair{"tRTP + tRP", {{0, "ACT 0.0"}, {40, "RDA 0.0"}}, "ACT 0.0", 57},
        Pair{"tRTP + tRP", {{0, "ACT 0.0"}, {40, "RDA 0.0"}}, "REFab", 58},
        Pair{"tWR + tRP", {{0, "ACT 0.0"}, {40, "WRA 0.0"}}, "ACT 0.0", 75},
        Pair{"tWR + tRP", {{0, "ACT 0.0"}, {40, "WRA 0.0"}}, "REFab", 76}));

INSTANTIATE_TEST_SUITE_P(
    Columns, EveryConstraint,
    ::testing::Values(Pair{"tCCD_S", {{0, "ACT 0.0"}, {4, "ACT 1.0"}, {30, "RDA 0.0"}}, "RD 1.0", 33},
                      Pair{"tCCD_S", {{0, "ACT 0.0"}, {4, "ACT 1.0"}, {30, "WR 0.0"}}, "WRA 1.0", 33},
                      Pair{"data bus", {{0, "ACT 0.0"}, {4, "ACT 1.0"}, {30, "RD 0.0"}}, "RD 1.0", 32},
                      Pair{"data bus", {{0, "ACT 0.0"}, {4, "ACT 1.0"}, {30, "WR 0.0"}}, "WR 1.0", 32},
                      Pair{"tCCD_L", {{0, "ACT 0.0"}, {6, "ACT 0.1"}, {30, "RD 0.0"}}, "RD 0.1", 35},
                      Pair{"tCCD_L", {{0, "ACT 0.0"}, {30, "WR 0.0"}}, "WR 0.0", 35},
                      Pair{"tRTW", {{0, "ACT 0.0"}, {4, "ACT 1.0"}, {30, "RD 0.0"}}, "WR 1.0", 43},
                      Pair{"tWTR_S", {{0, "ACT 0.0"}, {4, "ACT 1.0"}, {30, "WR 0.0"}}, "RD 1.0", 43},
                      Pair{"tWTR_L", {{0, "ACT 0.0"}, {6, "ACT 0.1"}, {30, "WR 0.0"}}, "RD 0.1", 45}));

INSTANTIATE_TEST_SUITE_P(
    RefreshAndPowerDown, EveryConstraint,
    ::testing::Values(
        Pair{"tRFC", {{20, "REFab"}}, "ACT 3.3", 369}, Pair{"tRFC", {{20, "REFab"}}, "REFab", 370},
        Pair{"tRFC", {{20, "REFab"}}, "REFpb 1.1", 370}, Pair{"tRFCpb", {{20, "REFpb 1.1"}}, "ACT 1.1", 179},
        Pair{"tRFCpb", {{20, "REFpb 1.1"}}, "REFpb 1.1", 180},
        Pair{"tRFCpb", {{20, "REFpb 1.1"}}, "REFab", 180},
        Pair{"tRREFD", {{20, "REFpb 1.1"}}, "REFpb 2.1", 28},
        Pair{"tRREFD", {{20, "REFpb 1.1"}}, "ACT 1.2", 27},
        Pair{"tXP", {{0, "ACT 0.0"}, {90, "PDE"}, {99, "PDX"}}, "RD 0.0", 107},
        Pair{"tXP", {{0, "ACT 0.0"}, {90, "PDE"}, {99, "PDX"}}, "PREpb 0.0", 107},
        Pair{"tXP", {{90, "PDE"}, {99, "PDX"}}, "ACT 0.0", 106},
        Pair{"tXP", {{90, "PDE"}, {99, "PDX"}}, "REFab", 107},
        Pair{"tXP", {{90, "PDE"}, {99, "PDX"}}, "PDE", 107}, Pair{"tCKE", {{90, "PDE"}}, "PDX", 99},
        Pair{"tRDPDE", {{0, "ACT 0.0"}, {30, "RD 0.0"}}, "PDE", 47},
        Pair{"tWRPDE", {{0, "ACT 0.0"}, {30, "WR 0.0"}}, "PDE", 54},
        Pair{"row bus", {{0, "ACT 1.0"}, {80, "ACT 0.0"}}, "PREpb 1.0", 82},
        Pair{"row bus", {{0, "ACT 1.0"}, {80, "PREpb 1.0"}}, "ACT 0.0", 81},
        Pair{"row bus", {{0, "ACT 1.0"}, {10, "ACT 0.0"}, {80, "PREpb 1.0"}}, "PREpb 0.0", 81},
        Pair{"row bus", {{80, "ACT 0.0"}}, "PDE", 82}, Pair{"row bus", {{80, "REFab"}}, "PDE", 81}));

/// After legal steps one that breaks a rule of state alone.
void expect_offence(const std::vector<Step>& before, DramTraceLine line, const std::string& rule) {
    DramChecker checker(distinct(), {});
    for (const Step& step : before) checker.check(at(step.clock, step.what));
    ASSERT_EQ(checker.violation_count(), 0u) << text(checker.violations()[0]);
    checker.check(line);
    ASSERT_EQ(checker.violation_count(), 1u) << rule;
    EXPECT_EQ(checker.violations()[0].constraint, rule);
}

TEST(Checker, KnowsTheStateOfBanksAndPower) {
    expect_offence({}, at(10, "RD 0.0"), "bank state");
    expect_offence({{0, "ACT 0.0"}}, at(40, "WR 0.1"), "bank state");
    expect_offence({{0, "ACT 0.0"}, {20, "RDA 0.0"}}, at(40, "RD 0.0"), "bank state");
    expect_offence({{0, "ACT 0.0"}, {40, "PREab"}}, at(50, "RD 0.0"), "bank state");
    expect_offence({{0, "ACT 0.0"}}, at(60, "ACT 0.0"), "bank state");
    expect_offence({{0, "ACT 0.0"}}, at(60, "REFpb 0.0"), "bank state");
    expect_offence({{0, "ACT 0.0"}}, at(60, "REFab"), "bank state");
    expect_offence({{0, "ACT 0.0"}, {60, "PDE"}}, at(90, "RD 0.0"), "power state");
    expect_offence({{60, "PDE"}}, at(90, "PDE"), "power state");
    expect_offence({}, at(90, "PDX"), "power state");
    auto other_row = at(40, "RD 0.0");
    other_row.row = 8;
    expect_offence({{0, "ACT 0.0"}}, other_row, "bank state");
    other_row.row = -1;  // not stated: whatever is open
    DramChecker checker(distinct(), {});
    checker.check(at(0, "ACT 0.0"));
    EXPECT_EQ(checker.check(other_row).violations, 0);
}

TEST(Checker, RefusesPlacesThatAreNotThereAndClocksThatGoBack) {
    auto line = at(40, "ACT 0.0");
    line.row = 32768;
    expect_offence({}, line, "address");
    expect_offence({}, at(40, "ACT 4.0"), "address");
    expect_offence({}, at(40, "REFpb 0.4"), "address");
    line = at(40, "RD 0.0");
    line.column = 32;
    expect_offence({{0, "ACT 0.0"}}, line, "address");
    expect_offence({{0, "ACT 0.0"}, {50, "RD 0.0"}}, at(49, "PREpb 1.0"), "order");
}

TEST(Checker, WantsRefreshesInTime) {
    const auto violations = [](std::vector<std::int64_t> refreshes, std::int64_t end, const char* what) {
        DramChecker checker(distinct(), {}, 2);
        for (const auto clock : refreshes) checker.check(at(clock, what));
        checker.finish(end);
        return checker.violation_count();
    };
    EXPECT_EQ(violations({7800, 15600}, 23400, "REFab"), 0u);
    EXPECT_EQ(violations({7801}, 7801, "REFab"), 1u);
    EXPECT_EQ(violations({7800, 15601}, 15601, "REFab"), 1u);
    EXPECT_EQ(violations({7800}, 15601, "REFab"), 1u);
    // One bank of sixteen is not all of them.
    EXPECT_EQ(violations({3900, 7000}, 7900, "REFpb 0.0"), 1u);
    DramChecker unjudged(distinct(), {}, 0);
    unjudged.finish(1000000);
    EXPECT_EQ(unjudged.violation_count(), 0u);
}

TEST(Trace, IsReadAsWritten) {
    const test::TempDir dir;
    const auto lines = read_dram_trace(
        dir.write("t.csv", heading + "12,ACT,0,1,2,345,\n27,RDA,0,1,2,345,31\n40,REFab,0,,,,\n"));
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_EQ(lines[0].clock, 12);
    EXPECT_EQ(lines[0].command, DramCommand::act);
    EXPECT_EQ(lines[1].command, DramCommand::rda);
    EXPECT_EQ(lines[1].group, 1);
    EXPECT_EQ(lines[1].bank, 2);
    EXPECT_EQ(lines[1].row, 345);
    EXPECT_EQ(lines[1].column, 31);
    EXPECT_EQ(lines[2].bank, -1);
    EXPECT_EQ(lines[2].line, 4u);
}

TEST(Trace, RefusesWhatIsNone) {
    const test::TempDir dir;
    const auto read = [&](const std::string& text) {
        const auto file = dir.write("t.csv", text);
        return [file] { read_dram_trace(file); };
    };
    test::expect_error(read(""), "t.csv:1", "heading");
    test::expect_error(read("1,ACT,0,0,0,0,0\n"), "t.csv:1", "heading");
    test::expect_error(read(heading + "1,ACT,0,0,0,0,0\n1,ACTT,0,0,0,0,0\n"), "t.csv:3", "ACTT");
    test::expect_error(read(heading + "x,ACT,0,0,0,0,0\n"), "t.csv:2", "clock");
    test::expect_error(read(heading + "-1,ACT,0,0,0,0,0\n"), "t.csv:2", "clock");
    test::expect_error(read(heading + "1,ACT,0,0,0,0\n"), "t.csv:2", "seven fields");
    test::expect_error(read(heading + "1,ACT,0,0,0,0,0,0\n"), "t.csv:2", "seven fields");
    test::expect_error([&] { read_dram_trace(dir.path("none.csv")); }, "none.csv");
}

}  // namespace
}  // namespace pimvp
