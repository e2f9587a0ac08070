// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The machine that firmware runs on: clock, copy engine, interrupts at any instruction, macros that it uses
// itself.
#include "tests/apps/command.h"

namespace pimvp::test {
namespace {

using nlohmann::json;

struct FirmwareMachine : CommandTest {
    static std::vector<std::string> arguments(const std::string& name, const std::vector<std::string>& more) {
        std::vector<std::string> all = {"--set", "host.kind=riscv", "--set",
                                        "host.firmware=" PIMVP_TEST_FIRMWARE + name + ".elf"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    /// What firmware that does not do its jobs says on standard error.
    static std::string says(const std::string& name, const std::vector<std::string>& more = {}) {
        std::vector<std::string> all = {"run", "dualpim", "--images", "0..0"};
        for (const auto& argument : arguments(name, more)) all.push_back(argument);
        const Outcome outcome = pimvp(all);
        EXPECT_EQ(outcome.status, 2) << outcome.err;
        return outcome.err;
    }
    static json run(const std::string& name, std::vector<std::string> more = {}) {
        more.insert(more.end(), {"--images", "0..1"});
        json result = run_json("dualpim", arguments(name, more));
        result.erase("simulation");
        result.erase("config");
        return result;
    }
};

void expect_in(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " is not in " << text;
}

TEST_F(FirmwareMachine, TimeIsThatOfTheInstructions) {
    expect_in(says("devices"), "20 instructions take 20 cycles");
    expect_in(says("devices", {"--set", "host.instruction_cycles=3"}), "20 instructions take 60 cycles");
    // Cycles are the core's own, whatever they last.
    expect_in(says("devices", {"--set", "host.period=7ns"}), "20 instructions take 20 cycles");
    expect_in(says("devices", {"--set", "host.instruction_cycles=0"}), "20 instructions take 0 cycles");
}

TEST_F(FirmwareMachine, TheCopyEngineHasAStatus) {
    const std::string text = says("devices");
    expect_in(text, "copy of nothing 1");
    expect_in(text, "copy of memory 0");
    expect_in(text, "the driver answered with 77, which is none of its results; firmware at pc 0x");
}

TEST_F(FirmwareMachine, CodeThatTheCopyEngineWroteIsExecuted) {
    expect_in(says("copies_code"), "before 1, after 2");
}

// 16 KiB of it lie in front of the program: behind its end there is the bus, and nothing at its address.
TEST_F(FirmwareMachine, AStackThatIsTooDeepLeavesTheMemory) {
    const std::string text = says("deep_stack");
    expect_in(text, "store access fault at address 0xffffff");
    expect_in(text, "(recurse+0x");
}

TEST_F(FirmwareMachine, ThereAreNoOtherInterruptsAndNoCounters) {
    expect_in(says("stray_interrupts"), "the driver answered with 100,");
    expect_in(says("reads_mcycle"), "csr 0xb00, expected none of the counters");
}

TEST_F(FirmwareMachine, AnswersWithoutWork) {
    const std::string text = says("idle");
    expect_in(text, "image 0: the driver answered without a doorbell; firmware at pc 0x");
}

// A handler that may come behind any instruction comes behind the same one, however far the core runs ahead.
TEST_F(FirmwareMachine, InterruptsDoNotDependOnTheQuantum) {
    const json exact = run("spins");
    EXPECT_EQ(exact["bit_exact"], true);
    for (const char* quantum : {"100 ns", "1 us", "1 ms"})
        EXPECT_EQ(json::diff(exact, run("spins", {"--quantum", quantum})), json::array()) << quantum;
}

// Two initiators, host and sequencer, access one macro: in RTL as in the model.
TEST_F(FirmwareMachine, TestsAMacroInRtlItself) {
    for (const char* period : {"1ns", "3ns"}) {
        const std::string clock = std::string("host.period=") + period;
        const json model = run("self_test", {"--set", clock});
        json rtl = run("self_test", {"--set", clock, "--set", "sram_macro[5].implementation=rtl"});
        EXPECT_EQ(rtl["rtl"]["dualpim.sram5"]["differences"], 0);
        rtl.erase("rtl");
        EXPECT_EQ(json::diff(model, rtl), json::array());
    }
}

}  // namespace
}  // namespace pimvp::test
