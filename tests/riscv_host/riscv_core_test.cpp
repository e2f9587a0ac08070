// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/riscv_host/riscv_core.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <sstream>
#include <stdexcept>

#include "tests/riscv_host/rv64_program.h"
#include "tests/support/expect_error.h"

namespace pimvp {
namespace {

using namespace rv64;

struct Access {
    bool write;
    std::uint64_t address;
    std::uint32_t value;
    unsigned bytes;
    std::int64_t at;  // instructions told by then
    bool operator==(const Access& o) const {
        return write == o.write && address == o.address && value == o.value && bytes == o.bytes && at == o.at;
    }
};

/// Reads answer with half the address; the core stops at a write to 0x10000; 0x20000 is an error.
struct World final : RiscvWorld {
    RiscvCore* core = nullptr;
    std::vector<Access> accesses;
    std::int64_t told = 0, longest = 0;
    bool line = false, never = false;
    int waits = 0;
    std::int64_t line_at = -1;  // instructions told after which the line goes high, once

    void elapse(std::int64_t n) override {
        told += n;
        longest = std::max(longest, n);
        if (line_at < 0 || told < line_at) return;
        line = true;
        line_at = -1;
    }
    bool read(std::uint64_t address, std::uint8_t* data, unsigned bytes) override {
        if (address == 0x20000) return false;
        if (address == 0x30000) throw std::runtime_error("the world ended");
        const auto value = static_cast<std::uint32_t>(address / 2);
        std::memcpy(data, &value, bytes);
        accesses.push_back({false, address, value, bytes, told});
        return true;
    }
    bool write(std::uint64_t address, const std::uint8_t* data, unsigned bytes) override {
        if (address == 0x20000) return false;
        std::uint32_t value = 0;
        std::memcpy(&value, data, bytes);
        accesses.push_back({true, address, value, bytes, told});
        if (address == 0x10000) core->pause();
        if (address == 0x10004) line = false;
        return true;
    }
    bool interrupt() override { return line; }
    bool wait_for_interrupt() override {
        ++waits;
        line = !never;
        return !never;
    }
};

struct Machine {
    explicit Machine(const std::vector<std::uint32_t>& program, std::int64_t most = 1000)
        : core(ElfImage("test", elf(program)), {origin, 4096}, most, world) {
        world.core = &core;
        core.add_world({0, 0x40000});
    }
    World world;
    RiscvCore core;
};

TEST(RiscvCore, CountsEveryInstructionBeforeAnAccess) {
    Machine m({addi(1, 0, 5), addi(1, 1, -1), bne(1, 0, -4), lui(2, 0x10), sw(1, 2, 8), sw(2, 2, 0)});
    ASSERT_TRUE(m.core.run()) << m.core.fault();
    // 1 + 5 x 2 + lui, and the store itself.
    const std::vector<Access> expected = {{true, 0x10008, 0, 4, 13}, {true, 0x10000, 0x10000, 4, 14}};
    EXPECT_EQ(m.world.accesses, expected);
    EXPECT_EQ(m.core.instructions(), 14);
    EXPECT_EQ(m.world.told, 14);
}

TEST(RiscvCore, GoesOnBehindThePause) {
    Machine m({lui(2, 0x10), addi(3, 0, 7), sw(3, 2, 0), addi(3, 3, 1), sw(3, 2, 0)});
    ASSERT_TRUE(m.core.run());
    EXPECT_EQ(m.world.accesses.back().value, 7u);
    ASSERT_TRUE(m.core.run());
    EXPECT_EQ(m.world.accesses.back().value, 8u);
    EXPECT_EQ(m.core.instructions(), 5);
}

TEST(RiscvCore, LoadsWhatTheWorldSays) {
    Machine m({lui(2, 0x10), lw(3, 2, 0x40), sw(3, 2, 0)});
    ASSERT_TRUE(m.core.run());
    EXPECT_EQ(m.world.accesses[0], (Access{false, 0x10040, 0x8020, 4, 2}));
    EXPECT_EQ(m.world.accesses[1].value, 0x8020u);
}

TEST(RiscvCore, TellsTheTimeAtLeastEvery64Instructions) {
    Machine m({addi(1, 0, 200), addi(1, 1, -1), bne(1, 0, -4), lui(2, 0x10), sw(1, 2, 0)});
    ASSERT_TRUE(m.core.run());
    EXPECT_EQ(m.world.longest, 64);
    EXPECT_EQ(m.world.told, 1 + 400 + 2);
}

/// mtvec to word `handler`; mie.MEIE and, if `enabled`, mstatus.MIE.
std::vector<std::uint32_t> with_handler(int handler, bool enabled) {
    return {auipc(5, 0),       addi(5, 5, handler * 4),
            csrrw(mtvec, 5),   lui(6, 1),
            addi(6, 6, -2048), csrrs(0, mie, 6),
            addi(7, 0, 8),     enabled ? csrrs(0, mstatus, 7) : addi(0, 0, 0),
            lui(2, 0x10)};
}

// Word 9 on: wfi, then a store of what the handler left in x10, where it came from and why. Word 15 on: the
// handler.
TEST(RiscvCore, EntersTheHandlerBehindWfi) {
    auto program = with_handler(15, true);
    for (const auto word : {wfi, sw(10, 2, 8), sw(11, 2, 12), sw(12, 2, 16), sw(0, 2, 0), ebreak})
        program.push_back(word);
    for (const auto word : {addi(10, 10, 1), csrrs(11, mepc, 0), csrrs(12, mcause, 0), sw(0, 2, 4), mret})
        program.push_back(word);
    Machine m(program);
    ASSERT_TRUE(m.core.run()) << m.core.fault() << m.core.where();
    EXPECT_EQ(m.world.waits, 1);
    ASSERT_EQ(m.world.accesses.size(), 5u);
    EXPECT_EQ(m.world.accesses[0].address, 0x10004u);
    EXPECT_EQ(m.world.accesses[1].value, 1u);
    EXPECT_EQ(m.world.accesses[2].value, 10u * 4);  // of the address behind the wfi, the low word
    EXPECT_EQ(m.world.accesses[3].value, 11u);      // machine external interrupt
    EXPECT_EQ(m.core.instructions(), 10 + 5 + 4);
}

// With mstatus.MIE off a pending interrupt ends the wfi, and the program goes on.
TEST(RiscvCore, WakesWithoutTheHandler) {
    auto program = with_handler(15, false);
    for (const auto word : {wfi, sw(10, 2, 0)}) program.push_back(word);
    Machine m(program);
    ASSERT_TRUE(m.core.run()) << m.core.fault();
    EXPECT_EQ(m.world.accesses.back().value, 0u);
    EXPECT_EQ(m.core.instructions(), 11);
}

// In the middle of a loop: taken at the look at the line after 64 instructions, with the loop's register
// kept.
TEST(RiscvCore, InterruptsALoop) {
    auto program = with_handler(15, true);
    for (const auto word :
         {addi(1, 0, 100), addi(1, 1, -1), bne(1, 0, -4), sw(10, 2, 8), sw(0, 2, 0), ebreak})
        program.push_back(word);
    for (const auto word : {addi(10, 10, 1), sw(0, 2, 4), mret}) program.push_back(word);
    Machine m(program);
    m.world.line_at = 60;
    ASSERT_TRUE(m.core.run()) << m.core.fault();
    EXPECT_EQ(m.world.waits, 0);
    ASSERT_EQ(m.world.accesses.size(), 3u);
    EXPECT_EQ(m.world.accesses[0], (Access{true, 0x10004, 0, 4, 64 + 2}));
    EXPECT_EQ(m.world.accesses[1].value, 1u);
    EXPECT_EQ(m.core.instructions(), 10 + 200 + 3 + 2);
}

// At the entry MIE goes to MPIE, and MPP is machine mode; mret puts MIE back, so that the next one comes too.
TEST(RiscvCore, KeepsTheInterruptEnableThroughTheHandler) {
    auto program = with_handler(15, true);
    for (const auto word : {wfi, wfi, sw(10, 2, 8), sw(11, 2, 12), sw(0, 2, 0), ebreak})
        program.push_back(word);
    for (const auto word : {addi(10, 10, 1), csrrs(11, mstatus, 0), sw(0, 2, 4), mret})
        program.push_back(word);
    Machine m(program);
    ASSERT_TRUE(m.core.run()) << m.core.fault() << m.core.where();
    EXPECT_EQ(m.world.waits, 2);
    const auto count = m.world.accesses.size();
    ASSERT_GE(count, 3u);
    EXPECT_EQ(m.world.accesses[count - 3].value, 2u);
    EXPECT_EQ(m.world.accesses[count - 2].value & 0x1888, 0x1880u);  // MPP 3, MPIE 1, MIE 0
}

TEST(RiscvCore, CountsTheLimitOfInstructionsByRun) {
    Machine m({lui(2, 0x10), addi(1, 0, 300), addi(1, 1, -1), bne(1, 0, -4), sw(0, 2, 0), jal(0, -16)}, 700);
    for (int run = 0; run < 3; ++run) ASSERT_TRUE(m.core.run()) << run << m.core.fault();
    EXPECT_GT(m.core.instructions(), 1800);
}

TEST(RiscvCore, MaskedInterruptsWait) {
    auto program = with_handler(15, false);
    for (const auto word : {addi(1, 0, 100), addi(1, 1, -1), bne(1, 0, -4), sw(10, 2, 0)})
        program.push_back(word);
    Machine m(program);
    m.world.line = true;
    ASSERT_TRUE(m.core.run()) << m.core.fault();
    EXPECT_EQ(m.world.accesses.back().value, 0u);
}

void expect_fault(const std::vector<std::uint32_t>& program, const std::string& fault, std::uint64_t word,
                  std::int64_t most = 1000) {
    Machine m(program, most);
    m.world.never = true;
    EXPECT_FALSE(m.core.run());
    EXPECT_NE(m.core.fault().find(fault), std::string::npos) << m.core.fault();
    std::ostringstream pc;
    pc << "pc 0x" << std::hex << origin + 4 * word << ",";
    EXPECT_EQ(m.core.where().find(pc.str()), 0u) << m.core.where();
    const auto instructions = m.core.instructions();
    EXPECT_FALSE(m.core.run());  // and stays so
    EXPECT_EQ(m.core.instructions(), instructions);
}

TEST(RiscvCore, FaultsSayWhatAndWhere) {
    expect_fault({lui(2, 0x20), lw(1, 2, 0)}, "load access fault at address 0x20000", 1);
    expect_fault({lui(2, 0x20), addi(0, 0, 0), sw(1, 2, 0)}, "store access fault at address 0x20000", 2);
    expect_fault({lui(2, 0x40), lw(1, 2, 0)}, "load from address 0x40000, where there is nothing", 1);
    expect_fault({lui(2, 0x40), sw(1, 2, 0)}, "store to address 0x40000, where there is nothing", 1);
    expect_fault({ebreak}, "illegal instruction or trap, 0x100073", 0);
    expect_fault({addi(0, 0, 0), 0xFFFFFFFF}, "illegal instruction or trap, 0xffffffff", 1);
    expect_fault({i_type(0x67, 0, 0, 0, 0)}, "jump to address 0x0, where there is no program", 0);
    expect_fault({lui(2, 0x40), i_type(0x67, 0, 0, 2, 0)}, "jump to address 0x40000", 1);
    expect_fault({jal(0, 0)}, "no end after 1000 instructions", 0);
    expect_fault({jal(0, 0)}, "no end after 1 instructions", 0, 1);
    expect_fault({wfi}, "wfi with the external interrupt disabled", 0);
    expect_fault({lui(6, 1), addi(6, 6, -2048), csrrs(0, mie, 6), wfi}, "never comes", 3);
}

TEST(RiscvCore, ThrowsWhatTheWorldThrew) {
    Machine m({lui(2, 0x30), lw(1, 2, 0)});
    EXPECT_THROW(m.core.run(), std::runtime_error);
}

TEST(RiscvCore, RefusesAProgramThatDoesNotFit) {
    World world;
    const ElfImage image("big.elf", elf(std::vector<std::uint32_t>(1025, ebreak)));
    test::expect_error(
        [&] {
            RiscvCore(image, {origin, 4096}, 1, world);
        },
        "big.elf: expected a program within the memory of 4096 bytes", "found 4100 bytes");
}

TEST(RiscvCore, FindsItsMemories) {
    Machine m({ebreak});
    EXPECT_NE(m.core.find(origin, 4096), nullptr);
    EXPECT_EQ(m.core.find(origin, 4097), nullptr);
    EXPECT_EQ(m.core.find(origin - 1, 1), nullptr);
    EXPECT_EQ(m.core.find(origin + 1, ~std::uint64_t{0}), nullptr);
    std::uint8_t* more = m.core.add_memory({origin << 1, 8192});
    EXPECT_EQ(m.core.find((origin << 1) + 8191, 1), more + 8191);
}

}  // namespace
}  // namespace pimvp
