// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/host/host.h"

#include <numeric>

#include "modules/core/error.h"
#include "testbenches/protocol_checker.h"
#include "tests/host/scripted_device.h"
#include "tests/support/sc_test_main.h"

namespace pimvp {
namespace {

using namespace sc_core;

HostParams params() {
    HostParams p;
    p.period = {1000};
    p.access_cycles = 10;
    p.interrupt_cycles = 100;
    p.active_power = Power::si(0.02);
    p.sleep_power = Power::si(0.001);
    return p;
}

/// An image of 10000 bytes at 0x10000; the scores are the input bytes: the addresses are the same.
struct Network {
    Network() : image(10000) {
        std::iota(image.begin(), image.end(), std::uint8_t{7});
        segment = {image.data(), image.size(), 0x10000};
        network.segments = &segment;
        network.segment_count = 1;
        network.paths = 1;
        network.load_program[0] = 0x10000;
        network.load_commands[0] = 3;
        network.run_program[0] = 0x10040;
        network.run_commands[0] = 4;
        network.input_address = network.output_address = 0x1F000;
        network.input_bytes = network.output_bytes = 8;
    }
    std::vector<std::uint8_t> image;
    pimvp_segment segment{};
    pimvp_network network{};
};

struct Bench {
    explicit Bench(HostProgram program, const HostParams& p = params())
        : host("host", p, std::move(program)), checker("checker"), device("device") {
        host.port.bind(checker.target);
        checker.port.bind(device.target);
        host.irq.bind(irq);
        device.irq.bind(irq);
    }
    void run() {
        sc_start(10, SC_MS);
        ASSERT_TRUE(host.finished());
    }
    std::uint64_t total(const std::string& event, int activity) const {
        const Account& a = host.account();
        for (std::size_t e = 0; e < a.events(); ++e)
            if (a.event_name(e) == event) return a.total(e, activity);
        ADD_FAILURE() << "no event " << event;
        return 0;
    }
    sc_signal<bool> irq{"irq"};
    Host host;
    ProtocolChecker checker;
    ScriptedDevice device;
};

struct HostTest : SimTest {};

const std::uint8_t input[8] = {1, 0, 0, 0, 255, 255, 255, 255};

/// Load and run once; an access takes 10 + 5 ns.
void load_and_run(std::int64_t run_ps, std::int64_t loaded_ps, std::int64_t ran_ps) {
    Network n;
    std::int32_t scores[2] = {};
    std::int64_t loaded = 0, ran = 0;
    Bench b([&](HostCpu& cpu) {
        const pimvp_access access = cpu.access();
        cpu.set_activity(Activity::load);
        EXPECT_EQ(pimvp_load(&access, &n.network), PIMVP_OK);
        loaded = cpu.local_time_ps();
        cpu.set_activity(Activity::io);
        EXPECT_EQ(pimvp_run(&access, &n.network, input, scores), PIMVP_OK);
        ran = cpu.local_time_ps();
    });
    b.device.run_ps = run_ps;
    b.run();
    EXPECT_EQ(loaded, loaded_ps);
    EXPECT_EQ(ran, ran_ps);
    EXPECT_EQ(scores[0], 1);
    EXPECT_EQ(scores[1], -1);
    EXPECT_TRUE(std::equal(n.image.begin(), n.image.end(), b.device.memory.begin()));
    EXPECT_EQ(b.total("access", Activity::load), 11u);
    EXPECT_EQ(b.total("access", Activity::io), 7u);
    EXPECT_EQ(b.total("interrupt", Activity::io), 1u);
    // What is not slept is active; the host sleeps from its doorbell's answer, 5 ns after the arrival.
    const std::uint64_t sleep = run_ps > 5000 ? static_cast<std::uint64_t>(run_ps) - 5000 : 0;
    EXPECT_EQ(b.total("sleep_ps", Activity::load), sleep);
    EXPECT_EQ(b.total("active_ps", Activity::load), static_cast<std::uint64_t>(loaded) - sleep);
    EXPECT_EQ(b.total("sleep_ps", Activity::io), sleep);
    EXPECT_EQ(b.total("active_ps", Activity::io), static_cast<std::uint64_t>(ran - loaded) - sleep);
    EXPECT_NEAR(joules(b.host.account().energy()),
                2e-12 * (1e-3 * static_cast<double>(sleep)) + 0.02e-12 * static_cast<double>(ran - 2 * sleep),
                1e-18);
    for (const auto& a : b.device.accesses)
        EXPECT_EQ(a.activity, a.at_ps < loaded ? Activity::load : Activity::io);
    // ID, VERSION, then the image in bursts that end at multiples of 4096.
    ASSERT_GE(b.device.accesses.size(), 5u);
    EXPECT_EQ(b.device.accesses[2].bytes, 4096u);
    EXPECT_EQ(b.device.accesses[3].address, 0x11000u);
    EXPECT_EQ(b.device.accesses[4].bytes, 10000u - 8192u);
}

// Load: 9 accesses until the doorbell, which arrives at 130 ns; the interrupt at 130 + run, 100 ns to wake
// up, STATUS and IRQ_STATUS. Run: input, 3 registers, the doorbell arrives 55 ns after the start; then as
// before, and the scores.
constexpr std::int64_t slow_loaded = 1000 * (130 + 1000 + 100 + 30),
                       slow_ran = slow_loaded + 1000 * (55 + 1000 + 100 + 45);

TEST_F(HostTest, DriverRunsAndSleepsUntilTheInterrupt) {
    load_and_run(1000000, slow_loaded, slow_ran);
}

TEST_F(HostTest, TimesDoNotDependOnTheQuantum) {
    tlm::tlm_global_quantum::instance().set(sc_time(1, SC_US));
    load_and_run(1000000, slow_loaded, slow_ran);
}

TEST_F(HostTest, TimesAtFemtosecondResolution) {
    sc_set_time_resolution(1, SC_FS);
    tlm::tlm_global_quantum::instance().set(sc_time(100, SC_NS));
    load_and_run(1000000, slow_loaded, slow_ran);
}

TEST_F(HostTest, AnInterruptBeforeTheSleepIsNotMissed) {
    load_and_run(2000, 1000 * (135 + 100 + 30), 1000 * (135 + 100 + 30 + 60 + 100 + 45));
}

TEST_F(HostTest, AnInterruptAtTheVeryInstantOfTheSleepIsNotMissed) {
    tlm::tlm_global_quantum::instance().set(sc_time(1, SC_US));
    load_and_run(5000, 1000 * (135 + 100 + 30), 1000 * (135 + 100 + 30 + 60 + 100 + 45));
}

TEST_F(HostTest, WithoutInterruptTheDriverPolls) {
    Network n;
    std::int64_t loaded = 0;
    Bench b([&](HostCpu& cpu) {
        const pimvp_access access = cpu.access(false);
        EXPECT_EQ(access.wait_for_interrupt, nullptr);
        EXPECT_EQ(pimvp_load(&access, &n.network), PIMVP_OK);
        loaded = cpu.local_time_ps();
    });
    b.run();
    // STATUS is sampled at 145, 160, ... : at 1135 ns the program is done, then IRQ_STATUS.
    EXPECT_EQ(loaded, 1000 * (1135 + 5 + 15));
    EXPECT_EQ(b.total("sleep_ps", Activity::idle), 0u);
}

int load_result(const std::function<void(Bench&, Network&)>& spoil) {
    Network n;
    int result = 1;
    Bench b([&](HostCpu& cpu) {
        const pimvp_access access = cpu.access();
        result = pimvp_load(&access, &n.network);
    });
    spoil(b, n);
    b.run();
    if (result == PIMVP_BUS_ERROR) {
        EXPECT_EQ(b.total("bus_error", Activity::idle), 1u);
    }
    return result;
}

TEST_F(HostTest, ABusErrorReachesTheCaller) {
    EXPECT_EQ(load_result([](Bench&, Network& n) { n.segment.address = 0x1F000; }), PIMVP_BUS_ERROR)
        << "the image's last bytes have no memory";
}

TEST_F(HostTest, AnAbsentDeviceIsABusError) {
    EXPECT_EQ(load_result([](Bench&, Network& n) { n.network.sequencer[0] = 0x8000; }), PIMVP_BUS_ERROR);
}

TEST_F(HostTest, AWrongIdIsNoDevice) {
    EXPECT_EQ(load_result([](Bench& b, Network&) { b.device.registers[PIMVP_SEQ_ID] = 1; }), PIMVP_NO_DEVICE);
}

TEST_F(HostTest, AnotherProgramVersionIsNoDevice) {
    EXPECT_EQ(load_result([](Bench& b, Network&) { ++b.device.registers[PIMVP_SEQ_VERSION]; }),
              PIMVP_NO_DEVICE);
}

TEST_F(HostTest, AFailedSequencerIsReported) {
    EXPECT_EQ(load_result([](Bench& b, Network&) { b.device.final_status = PIMVP_SEQ_FAILED; }),
              PIMVP_DEVICE_FAILED);
}

/// A core of two cycles per instruction: 500 instructions, an access, 500 more.
void expect_time_of_instructions(const sc_time& quantum) {
    tlm::tlm_global_quantum::instance().set(quantum);
    HostParams core = params();
    core.kind = HostKind::riscv;
    core.instruction_cycles = 2;
    std::int64_t end = 0;
    Bench b(
        [&](HostCpu& cpu) {
            const pimvp_access access = cpu.access();
            std::uint32_t id = 0;
            for (int k = 0; k < 10; ++k) cpu.execute(50);
            EXPECT_EQ(access.read(access.context, PIMVP_SEQ_ID, &id, sizeof id), 0);
            EXPECT_EQ(id, PIMVP_SEQ_ID_VALUE);
            for (int k = 0; k < 500; ++k) cpu.execute(1);
            end = cpu.local_time_ps();
        },
        core);
    b.run();
    // 2000 cycles of instructions, one of the access, 5 ns of the device.
    EXPECT_EQ(end, 1000 * (2000 + 1 + 5));
    EXPECT_EQ(b.total("instruction", Activity::idle), 1000u);
    EXPECT_EQ(b.total("active_ps", Activity::idle), static_cast<std::uint64_t>(end));
}

TEST_F(HostTest, InstructionsTakeTheirTime) {
    expect_time_of_instructions(SC_ZERO_TIME);
}

TEST_F(HostTest, InstructionsTakeTheirTimeWithinAQuantum) {
    expect_time_of_instructions(sc_time(1, SC_US));
}

TEST_F(HostTest, AnInterruptThatNeverComesLeavesTheProgramUnfinished) {
    Network n;
    Bench b([&](HostCpu& cpu) {
        const pimvp_access access = cpu.access();
        pimvp_load(&access, &n.network);
    });
    b.device.run_ps = 20000000000;  // after the end of the simulation
    sc_start(10, SC_MS);
    EXPECT_FALSE(b.host.finished());
}

TEST_F(HostTest, AHostWithoutAProgramIsAnError) {
    EXPECT_THROW(Host("host", params(), {}), Error);
}

}  // namespace
}  // namespace pimvp
