// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/vault/controller_rig.h"

namespace pimvp::test {
namespace {

DramAddress at(int group, int bank, int row, int column = 0) {
    return {group, bank, row, column};
}

TEST(ControllerPolicy, HitsGoAheadOfOlderConflicts) {
    for (const auto policy : {SchedulingPolicy::fr_fcfs, SchedulingPolicy::fcfs}) {
        VaultParams params;
        params.scheduling = policy;
        ControllerRig rig(params);
        rig.read(10, at(0, 0, 5));
        rig.read(99, at(0, 0, 6));
        rig.read(99, at(0, 0, 5, 1));
        if (policy == SchedulingPolicy::fr_fcfs)
            EXPECT_EQ(rig.commands(300),
                      "11 ACT 0.0 26 RD 0.0 100 RD 0.0 105 PREpb 0.0 118 ACT 0.0 133 RD 0.0");
        else  // the hit has become a conflict; ACT 113, 48 cycles on the next
            EXPECT_EQ(rig.commands(300),
                      "11 ACT 0.0 26 RD 0.0 100 PREpb 0.0 113 ACT 0.0 128 RD 0.0 148 PREpb 0.0 161 ACT 0.0 "
                      "176 RD 0.0");
    }
}

TEST(ControllerPolicy, FcfsKeepsTheOrderOfReadsAndWrites) {
    VaultParams params;
    params.scheduling = SchedulingPolicy::fcfs;
    ControllerRig rig(params);
    std::string expected;
    for (int i = 0; i < 40; ++i) {
        const bool write = i % 3 == 1;
        rig.request(10, write, at(i % 4, i / 4 % 4, i % 5, i % 32));
        expected += (write ? "WR " : "RD ") + std::to_string(i % 32) + ' ';
    }
    std::string found;
    for (const auto& line : rig.lines(3800))
        if (line.column >= 0)
            found += std::string(dram_command_name(line.command)) + ' ' + std::to_string(line.column) + ' ';
    EXPECT_EQ(found, expected);
}

/// A stream of hits to a row and one access to another row of the bank, at cycle 10; the cycle at which the
/// latter is served.
std::int64_t served(int starvation_cycles) {
    VaultParams params;
    params.starvation_cycles = starvation_cycles;
    ControllerRig rig(params);
    rig.read(0, at(0, 0, 5));
    rig.read(30, at(0, 0, 6));
    for (int i = 0; i < 800; ++i) rig.read(30 + 4 * i, at(0, 0, 5, i % 32));
    for (const auto& line : rig.lines(3800))
        if (line.row == 6 && line.command == DramCommand::rd) return line.clock;
    return -1;
}

TEST(ControllerPolicy, StarvationHasACap) {
    // From 30 + cap on, nothing but the starved access: the last hit at most a cycle before, PRE tRTP 5
    // later, ACT 13, RD 15.
    for (const int cap : {100, 500, 1000}) {
        EXPECT_GE(served(cap), 30 + cap + 28);
        EXPECT_LE(served(cap), 30 + cap + 5 + 28);
    }
    EXPECT_GT(served(100000), 3200);
}

TEST(ControllerPolicy, WritesDrainInBatches) {
    ControllerRig rig{VaultParams()};
    // Reads all the time, one write every 30 cycles: they gather until 48, then 32 of them go at a stretch.
    rig.read(0, at(0, 0, 1));
    for (int i = 0, w = 0; i < 1900; ++i) {
        rig.read(30 + 2 * i, at(i % 4, 0, 1, i / 4 % 32));
        if (i % 15 == 0) rig.write(30 + 2 * i, at(w % 4, 1, 1, w / 4 % 32)), ++w;
    }
    std::vector<int> batches;
    bool writing = false;
    for (const auto& line : rig.lines(3829)) {
        if (line.column < 0) continue;
        const bool write = line.command == DramCommand::wr;
        if (write && !writing) batches.push_back(0);
        if (write) ++batches.back();
        writing = write;
    }
    ASSERT_GE(batches.size(), 2u);
    EXPECT_GE(batches[0], 32);
    EXPECT_LE(batches[0], 34);  // those that came in between
}

TEST(ControllerPolicy, AccessesToABlockKeepTheirOrder) {
    // Reads have priority, but not before the older write to the same block, and vice versa.
    ControllerRig rig{VaultParams()};
    rig.read(10, at(1, 0, 5));
    rig.write(10, at(0, 0, 5, 3));
    rig.read(10, at(0, 0, 5, 3));
    rig.write(10, at(0, 0, 5, 3));
    std::string order;
    for (const auto& line : rig.lines(1000))
        if (line.column == 3) order += std::string(dram_command_name(line.command)) + ' ';
    EXPECT_EQ(order, "WR RD WR ");
}

TEST(ControllerPolicy, OrderPerBlockUnderRandomTraffic) {
    for (const auto page : {PagePolicy::open, PagePolicy::closed}) {
        VaultParams params;
        params.page = page;
        params.read_queue = params.write_queue = 24;
        params.write_high = 12;
        params.write_low = 4;
        params.starvation_cycles = 150;
        ControllerRig rig(params);
        std::mt19937 random(3);
        std::map<int, std::string> expected, found;  // by block
        std::int64_t cycle = 0;
        for (int i = 0; i < 5000; ++i) {
            cycle += random() % 12;
            rig.controller->advance(cycle);
            if (!rig.controller->room()) continue;
            const int block = static_cast<int>(random() % 12);
            const bool write = random() % 2 == 0;
            ASSERT_TRUE(rig.request(cycle, write, at(block % 2, 0, block / 2 % 3, block)));
            expected[block] += write ? 'W' : 'R';
        }
        for (const auto& line : rig.lines(cycle + 100000))
            if (line.column >= 0) found[line.column] += dram_command_name(line.command)[0];
        // Reads of a block may pass each other, which does not show.
        EXPECT_EQ(found, expected);
    }
}

TEST(ControllerPolicy, PairsAreOneAccess) {
    VaultParams params;
    params.mapping = "row column:4 bank group column:1";
    params.double_blocks = true;
    ControllerRig rig(params);
    rig.gate.write_register(PIMVP_GATE_REGION + PIMVP_GATE_LIMIT, 4096);
    rig.gate.write_register(PIMVP_GATE_REGION + PIMVP_GATE_BITS, 8);
    rig.gate.write_register(PIMVP_GATE_REGION + PIMVP_GATE_DOUBLE, 1);
    rig.controller->gate_changed();
    rig.read(10, at(0, 0, 0, 0), 2);  // a pair
    rig.read(10, at(0, 0, 0, 3), 1);  // an odd one alone
    rig.read(10, at(0, 0, 9, 0), 2);  // outside of the region
    std::string columns;
    for (const auto& line : rig.lines(1000))
        if (line.column >= 0) columns += std::to_string(line.row) + '.' + std::to_string(line.column) + ' ';
    EXPECT_EQ(columns, "0.0 0.3 9.0 9.1 ");
    rig.ledger.book(1000000);
    const auto total = [&](const std::string& name) {
        for (std::size_t e = 0; e < rig.account.events(); ++e)
            if (rig.account.event_name(e) == name) return rig.account.total(e);
        return ~std::uint64_t{0};
    };
    EXPECT_EQ(total("read"), 4u);
    EXPECT_EQ(total("paired"), 1u);
    // Gate b: cells give 5 blocks of 256 bits, behind the gate go 3 of 8 bits a word and 2 of 16.
    EXPECT_EQ(total("cell_bit"), 5u * 256);
    EXPECT_EQ(total("bank_bit"), 3u * 128 + 2 * 256);
    EXPECT_EQ(total("tsv_bit"), 3u * 128 + 2 * 256);
}

TEST(ControllerPolicy, BackgroundIsBookedByOpenBanks) {
    VaultParams params;
    params.page = PagePolicy::closed;
    ControllerRig rig(params);
    rig.read(10, at(0, 0, 5));  // ACT 11, RDA 26, precharged at 46
    rig.read(20, at(1, 0, 5));  // ACT 21, RDA 36, precharged at 56
    rig.controller->advance(100);
    rig.ledger.book(100 * 1000);
    std::map<std::string, std::uint64_t> total;
    for (std::size_t e = 0; e < rig.account.events(); ++e)
        total[rig.account.event_name(e)] = rig.account.total(e);
    EXPECT_EQ(total["background_open_ps"], 45000u);  // 11 .. 56
    EXPECT_EQ(total["background_bank_ps"], 25000u);  // both: 21 .. 46
    EXPECT_EQ(total["background_closed_ps"], 55000u);
    EXPECT_EQ(total["row_miss"], 2u);
    EXPECT_EQ(total["activate"], 2u);
}

/// Traffic of transfers of any length; reports "cycle index" of entries and ends, and the commands.
std::string run_random(bool every_cycle, const VaultParams& params) {
    ControllerRig rig(params);
    std::mt19937 random(11);
    std::string reports;
    Controller& c = *rig.controller;
    std::int64_t now = 0;
    const auto index = [&](const Transfer* t) {
        for (std::size_t i = 0; i < rig.transfers.size(); ++i)
            if (&rig.transfers[i] == t) return std::to_string(i);
        return std::string("?");
    };
    const auto collect = [&](const char* late) {
        for (auto* queue : {&c.entered(), &c.finished()})
            while (!queue->empty() && queue->front().cycle <= now) {
                if (queue->front().cycle < now) reports += late;
                reports += std::to_string(now) + (queue == &c.entered() ? " entered " : " finished ") +
                           index(queue->front().transfer) + '\n';
                queue->pop_front();
            }
    };
    const auto go = [&](std::int64_t until) {
        while (now < until) {
            now = every_cycle ? now + 1 : std::min(until, std::max(now + 1, c.next_report()));
            c.advance(now);
            collect("late ");
        }
    };
    for (int i = 0; i < 400; ++i) {
        go(now + random() % 120);
        const DramAddress where = at(random() % 4, random() % 4, random() % 3, random() % 32);
        rig.request(now, random() % 2 == 0, where, 1 + random() % (random() % 8 == 0 ? 200 : 6));
        collect("late ");
    }
    go(now + 20000);
    for (const auto& line : rig.lines(now))
        reports += std::to_string(line.clock) + dram_command_name(line.command) + std::to_string(line.group) +
                   std::to_string(line.bank) + std::to_string(line.row) + ',' + std::to_string(line.column) +
                   '\n';
    return reports;
}

TEST(ControllerPolicy, ReportsAreNeverLateAndLookingMoreOftenChangesNothing) {
    for (const int variant : {0, 1, 2, 3}) {
        VaultParams params;
        params.power_down = variant == 1;
        if (variant == 2) params.page = PagePolicy::closed;
        if (variant == 2) params.refresh = DramRefreshPolicy::per_bank;
        if (variant == 3) params.scheduling = SchedulingPolicy::fcfs;
        params.starvation_cycles = variant == 0 ? 100 : 2000;
        const std::string often = run_random(true, params), seldom = run_random(false, params);
        EXPECT_EQ(often.find("late"), std::string::npos);
        EXPECT_EQ(often, seldom) << variant;
        EXPECT_GT(often.size(), 100000u);
    }
}

}  // namespace
}  // namespace pimvp::test
