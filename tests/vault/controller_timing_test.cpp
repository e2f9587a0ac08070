// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Cycles worked out by hand from the constraint list, for the default set: tRCD 14/12, tRP 14, tRAS 34,
// tRC 48, CL 14, CWL 5, BL 2, tCCD 2/4, tRRD 4, tRTP 5, tWR 16, tWTR 6/8, tRTW 13, tRFC 350, tREFI 3900.
// What arrives at cycle c may cause a command at c + 1; ACT -> X is tX + 1, X -> ACT tX - 1.
#include <gtest/gtest.h>

#include "tests/vault/controller_rig.h"

namespace pimvp::test {
namespace {

/// group, bank, row, column
DramAddress at(int group, int bank, int row, int column = 0) {
    return {group, bank, row, column};
}

TEST(ControllerTiming, ReadOfAClosedBankHitAndConflict) {
    ControllerRig rig{VaultParams()};
    rig.read(10, at(0, 0, 5));
    rig.read(100, at(0, 0, 5, 1));
    rig.read(200, at(0, 0, 6));
    rig.controller->advance(300);
    EXPECT_EQ(rig.finished(), 10 + 1 + 15 + 14 + 2);
    EXPECT_EQ(rig.finished(), 100 + 17);
    EXPECT_EQ(rig.finished(), 200 + 45);
    EXPECT_EQ(rig.commands(300), "11 ACT 0.0 26 RD 0.0 101 RD 0.0 201 PREpb 0.0 214 ACT 0.0 229 RD 0.0");
}

TEST(ControllerTiming, ColumnCommandsFollowByGroup) {
    ControllerRig rig{VaultParams()};
    rig.read(10, at(0, 0, 5));
    rig.read(10, at(1, 0, 5));
    for (const int group : {0, 0, 1, 0}) rig.read(100, at(group, 0, 5, group));
    // Both open, then 0, 0 (tCCD_L, so the read of group 1 goes between them), 1, 0.
    EXPECT_EQ(rig.commands(300),
              "11 ACT 0.0 15 ACT 1.0 26 RD 0.0 30 RD 1.0 101 RD 0.0 103 RD 1.0 105 RD 0.0 109 RD 0.0");
}

TEST(ControllerTiming, AConflictAtOnceWaitsForTheRowCycle) {
    ControllerRig rig{VaultParams()};
    rig.read(10, at(0, 0, 5));
    rig.read(10, at(0, 0, 6));
    // tRAS: PRE 11 + 35; tRC: ACT 11 + 48
    EXPECT_EQ(rig.commands(300), "11 ACT 0.0 26 RD 0.0 46 PREpb 0.0 59 ACT 0.0 74 RD 0.0");
}

TEST(ControllerTiming, ALateReadHoldsThePrecharge) {
    ControllerRig rig{VaultParams()};
    rig.read(10, at(0, 0, 5));
    rig.read(99, at(0, 0, 5));
    rig.read(100, at(0, 0, 6));
    EXPECT_EQ(rig.commands(300),
              "11 ACT 0.0 26 RD 0.0 100 RD 0.0 105 PREpb 0.0 118 ACT 0.0 133 RD 0.0");  // tRTP 5
}

TEST(ControllerTiming, WritesThenReads) {
    ControllerRig rig{VaultParams()};
    rig.write(10, at(0, 0, 5));
    rig.write(10, at(0, 0, 5, 1));
    rig.read(30, at(0, 0, 5, 2));
    // ACT -> WR 13, tCCD_L 4, WR -> RD of the group 5 + 2 + 8
    EXPECT_EQ(rig.commands(300), "11 ACT 0.0 24 WR 0.0 28 WR 0.0 43 RD 0.0");
}

TEST(ControllerTiming, WriteThenReadOfAnotherGroupAndBack) {
    ControllerRig rig{VaultParams()};
    rig.read(10, at(1, 0, 7));
    rig.write(60, at(0, 0, 5));
    rig.read(74, at(1, 0, 7, 1));
    rig.write(87, at(0, 0, 5, 3));
    // WR 61 + 13; WR -> RD of another group 5 + 2 + 6; RD -> WR 13
    EXPECT_EQ(rig.commands(300), "11 ACT 1.0 26 RD 1.0 61 ACT 0.0 74 WR 0.0 87 RD 1.0 100 WR 0.0");
}

TEST(ControllerTiming, WriteRecovery) {
    ControllerRig rig{VaultParams()};
    rig.write(10, at(0, 0, 5));
    rig.write(30, at(0, 0, 6));
    // WR 24, PRE 24 + 5 + 2 + 16
    EXPECT_EQ(rig.commands(300), "11 ACT 0.0 24 WR 0.0 47 PREpb 0.0 60 ACT 0.0 73 WR 0.0");
}

TEST(ControllerTiming, FourActivates) {
    VaultParams params;
    params.timing.rrd_l = 6;
    params.timing.faw = 30;
    ControllerRig rig(params);
    for (int bank = 0; bank < 3; ++bank)
        for (int group = 0; group < 2; ++group) rig.read(10, at(group, bank, 5));
    std::vector<std::int64_t> acts;
    for (const auto& line : rig.lines(300))
        if (line.command == DramCommand::act) acts.push_back(line.clock);
    // Groups 0 1 0 1 0 1: tRRD_S 4, then tRRD_L 6 after the one of the same group; the fifth 30 after the
    // first.
    EXPECT_EQ(acts, (std::vector<std::int64_t>{11, 15, 19, 23, 41, 45}));
}

TEST(ControllerTiming, RefreshOfClosedAndOfOpenBanks) {
    ControllerRig rig{VaultParams()};
    rig.read(5000, at(0, 0, 5));
    rig.read(7810, at(2, 1, 5));
    // Due at 7800: PREab, tRP, REFab, tRFC - 1
    EXPECT_EQ(rig.commands(12000),
              "3900 REFab 5001 ACT 0.0 5016 RD 0.0 7800 PREab 7814 REFab 8163 ACT 2.1 8178 RD 2.1 "
              "11700 PREab 11714 REFab");
}

TEST(ControllerTiming, RefreshNeitherStarvesNorDrifts) {
    ControllerRig rig{VaultParams()};
    for (std::int64_t cycle = 0; cycle < 390000; cycle += 2)
        if (rig.controller->advance(cycle), rig.transfers.size() - rig.controller->finished().size() < 60)
            rig.read(cycle, at(cycle / 2 % 4, cycle / 8 % 4, static_cast<int>(cycle / 64 % 1024)));
    int refreshes = 0;
    std::int64_t latest = 0;
    for (const auto& line : rig.lines(390100))
        if (line.command == DramCommand::ref_ab) latest = line.clock, ++refreshes;
    EXPECT_EQ(refreshes, 100);
    EXPECT_GE(latest, 390000);
}

TEST(ControllerTiming, RefreshByBank) {
    VaultParams params;
    params.refresh = DramRefreshPolicy::per_bank;
    params.timing.refi_pb = 244;
    ControllerRig rig(params);
    rig.read(200, at(0, 1, 5));  // the second bank to be refreshed
    rig.read(489, at(0, 1, 5));  // in its refresh
    rig.read(489, at(1, 0, 5));  // another bank
    rig.read(489, at(0, 2, 5));
    // REFpb 244 (0.0); due 488: PRE, tRP, REFpb 502, tRFCpb - 1 = 159 -> 661; others between: tRRD + 1 ahead
    // of the refresh (490, 494), or tRREFD - 1 after it
    EXPECT_EQ(rig.commands(700),
              "201 ACT 0.1 216 RD 0.1 244 REFpb 0.0 488 PREpb 0.1 490 ACT 1.0 494 ACT 0.2 502 REFpb 0.1 "
              "505 RD 1.0 509 RD 0.2 661 ACT 0.1 676 RD 0.1");
}

TEST(ControllerTiming, PowerDown) {
    VaultParams params;
    params.power_down = true;
    ControllerRig rig(params);
    rig.read(100, at(0, 0, 5));
    // PDX -> ACT tXP - 1 = 7; the last data beat ends at 139, quiet from 140, 32 idle cycles; PDX for the
    // refresh, PREab tXP 8 later, REFab, tRFC and 32 cycles, PDE.
    EXPECT_EQ(rig.commands(4400),
              "32 PDE 101 PDX 108 ACT 0.0 123 RD 0.0 172 PDE 3900 PDX 3908 PREab 3922 REFab 4304 PDE");
}

TEST(ControllerTiming, PowerDownLastsTCke) {
    VaultParams params;
    params.power_down = true;
    ControllerRig rig(params);
    rig.read(33, at(0, 0, 5));
    EXPECT_EQ(rig.commands(100), "32 PDE 40 PDX 47 ACT 0.0 62 RD 0.0");
}

TEST(ControllerTiming, ClosedPage) {
    VaultParams params;
    params.page = PagePolicy::closed;
    ControllerRig rig(params);
    rig.read(10, at(0, 0, 5));
    rig.read(10, at(0, 0, 5, 1));
    rig.read(20, at(0, 0, 6));
    // The first read has a hit behind it. RDA 30 precharges at 46 (tRAS), ACT 13 later.
    EXPECT_EQ(rig.commands(200), "11 ACT 0.0 26 RD 0.0 30 RDA 0.0 59 ACT 0.0 74 RDA 0.0");
}

TEST(ControllerTiming, ClosedPageWrites) {
    VaultParams params;
    params.page = PagePolicy::closed;
    ControllerRig rig(params);
    rig.write(10, at(0, 0, 5));
    rig.write(30, at(0, 0, 6));
    // WRA 24, precharge 47, ACT 60
    EXPECT_EQ(rig.commands(200), "11 ACT 0.0 24 WRA 0.0 60 ACT 0.0 73 WRA 0.0");
}

}  // namespace
}  // namespace pimvp::test
