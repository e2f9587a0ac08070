// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What is wrong with firmware is said with the pc, with status 2, and nothing hangs.
#include <chrono>
#include <fstream>

#include "tests/apps/command.h"

namespace pimvp::test {
namespace {

struct FirmwareFault : CommandTest {
    Outcome run(const std::string& firmware, const std::vector<std::string>& more = {}) const {
        std::vector<std::string> arguments = {
            "run",   "dualpim",         "--images", "0..0",
            "--set", "host.kind=riscv", "--set",    "host.firmware=" + firmware};
        arguments.insert(arguments.end(), {"--json", (dir.folder() / "out.json").string()});
        arguments.insert(arguments.end(), more.begin(), more.end());
        return pimvp(arguments);
    }
    void expect(const std::string& name, const std::vector<std::string>& parts,
                const std::vector<std::string>& more = {}) const {
        const Outcome outcome = run(PIMVP_TEST_FIRMWARE + name + ".elf", more);
        EXPECT_EQ(outcome.status, 2) << outcome.err;
        EXPECT_EQ(outcome.out, "");
        EXPECT_EQ(outcome.err.find("internal"), std::string::npos) << outcome.err;
        for (const auto& part : parts)
            EXPECT_NE(outcome.err.find(part), std::string::npos) << part << " is not in " << outcome.err;
        EXPECT_FALSE(std::ifstream((dir.folder() / "out.json").string()));
    }
};

TEST_F(FirmwareFault, BadAddresses) {
    expect("bad_address", {"load from address 0x7ffffff0000", "pc 0x100", "(read_nowhere+0x"});
    expect("bad_bus_address", {"store access fault at address 0x40", "(write_nowhere+0x"});
    expect("bad_copy", {"copy of 64 bytes", "expected an address in own or shared memory", "pc 0x100"});
    expect("null_call", {"jump to address 0x0", "(main+0x"});
}

TEST_F(FirmwareFault, EndlessWaits) {
    expect("endless_wait", {"an interrupt that never comes", "(wait_for_interrupt+0x"});
    expect("masked_wait", {"wfi with the external interrupt disabled", "(main+0x"});
}

TEST_F(FirmwareFault, EndlessLoops) {
    expect("endless_loop", {"no end after 10000000 instructions", "(spin+0x"});
    expect("endless_poll", {"no end after 50000 instructions", "(poll_status+0x"},
           {"--set", "host.max_instructions=50000"});
}

TEST_F(FirmwareFault, ReturnOfMain) {
    expect("returns", {"illegal instruction or trap", "(main_has_returned+0x0)"});
}

TEST_F(FirmwareFault, PrintsAndFails) {
    expect("prints", {"firmware: job 1, cycle ", "no sequencer of this version", "pc 0x100"});
}

TEST_F(FirmwareFault, WhatIsNoFirmware) {
    const auto refused = [&](const Outcome& outcome, const std::string& part) {
        EXPECT_EQ(outcome.status, 2);
        EXPECT_NE(outcome.err.find(part), std::string::npos) << outcome.err;
    };
    refused(run("/nowhere/a.elf"), "/nowhere/a.elf: expected an executable for RISC-V, found No such file");
    refused(run("/tmp"), "/tmp: expected an executable for RISC-V, found Is a directory");
    refused(run(""), "host.firmware: expected an ELF file or built-in, found nothing");
    refused(run("a.elf", {"--set", "host.kind=native"}),
            "host.firmware: expected host.kind = riscv with it, found native");
    refused(run(PIMVP_EXECUTABLE), "found one for another machine");
    refused(run("built-in", {"--set", "host.memory_bytes=4096"}),
            "expected a program within the memory of 4096");
    refused(run("built-in", {"--set", "host.kind=arm"}), "host.kind");
}

}  // namespace
}  // namespace pimvp::test
