// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// An access takes the host 10 ns before it gets to the device and the device 5 ns; the wait for an interrupt
// ends with 100 ns in the host.
#include "modules/host/host.h"
#include "testbenches/protocol_checker.h"
#include "tests/host/scripted_device.h"
#include "tests/host/scripted_supply.h"
#include "tests/support/sc_test_main.h"

namespace pimvp {
namespace {

using namespace sc_core;
using Change = ScriptedSupply::Change;

HostParams params(bool on_supply) {
    HostParams p;
    p.period = {1000};
    p.access_cycles = 10;
    p.interrupt_cycles = 100;
    p.boot_cycles = 50;
    p.active_power = Power::si(0.02);
    p.sleep_power = Power::si(0.001);
    p.on_supply = on_supply;
    return p;
}

constexpr std::int64_t ns = 1000;

struct Bench {
    Bench(bool on_supply, HostProgram program)
        : host("host", params(on_supply), std::move(program)), checker("checker"), device("device") {
        host.port.bind(checker.target);
        checker.port.bind(device.target);
        host.irq.bind(irq);
        device.irq.bind(irq);
        host.power.bind(supply);
        device.powered = [this] { return supply.state() != PowerState::off; };
    }
    void run() {
        sc_start(1, SC_MS);
        ASSERT_TRUE(host.finished());
    }
    std::uint64_t total(const std::string& event) const {
        const Account& a = host.account();
        for (std::size_t e = 0; e < a.events(); ++e)
            if (a.event_name(e) == event) return a.total(e);
        ADD_FAILURE() << "no event " << event;
        return 0;
    }
    void expect_ps(std::int64_t active, std::int64_t asleep) const {
        EXPECT_EQ(total("active_ps"), static_cast<std::uint64_t>(active));
        EXPECT_EQ(total("sleep_ps"), static_cast<std::uint64_t>(asleep));
    }
    ScriptedSupply supply{"supply"};
    sc_signal<bool> irq{"irq"};
    Host host;
    ProtocolChecker checker;
    ScriptedDevice device;
};

struct HostPowerTest : SimTest {};

/// Reads the ID `count` times; the instants at which the answers were there.
struct Reader {
    int count;
    std::vector<std::int64_t> ends;
    std::vector<int> results;
    void operator()(HostCpu& cpu) {
        const pimvp_access access = cpu.access();
        for (int i = 0; i < count; ++i) {
            std::uint32_t id = 0;
            results.push_back(access.read(access.context, PIMVP_SEQ_ID, &id, 4));
            ends.push_back(cpu.local_time_ps() / ns);
            if (results.back() == 0) {
                EXPECT_EQ(id, PIMVP_SEQ_ID_VALUE);
            }
        }
    }
};

TEST_F(HostPowerTest, AnAlwaysOnHostSleepsUntilThePowerIsGood) {
    Reader reader{3, {}, {}};
    Bench b(false, std::ref(reader));
    b.supply.script = {{20 * ns, Change::off}, {200 * ns, Change::on}};
    b.run();
    EXPECT_EQ(reader.ends, (std::vector<std::int64_t>{15, 205, 220}));
    EXPECT_EQ(reader.results, (std::vector<int>{0, 0, 0}));
    b.expect_ps(45 * ns, 175 * ns);
    EXPECT_EQ(b.total("access"), 3u) << "the power-good line told that there was no use in trying";
    EXPECT_EQ(b.total("retry"), 0u);
}

TEST_F(HostPowerTest, AnAccessThatThePowerCutIsRepeated) {
    Reader reader{2, {}, {}};
    Bench b(false, std::ref(reader));
    int accesses = 0;
    b.device.powered = [&] {
        if (++accesses == 2) b.supply.change(Change::off);  // at 25 ns
        return b.supply.state() != PowerState::off;
    };
    b.supply.script = {{300 * ns, Change::on}};
    b.run();
    // The error at 30 ns; 10 ns for the next attempt, which finds it off from 40 ns on.
    EXPECT_EQ(reader.ends, (std::vector<std::int64_t>{15, 305}));
    EXPECT_EQ(reader.results, (std::vector<int>{0, 0}));
    EXPECT_EQ(b.total("retry"), 1u);
    EXPECT_EQ(b.total("bus_error"), 0u);
    b.expect_ps(45 * ns, 260 * ns);
}

TEST_F(HostPowerTest, AnOutageMayBeOverBeforeTheAnswer) {
    Reader reader{1, {}, {}};
    Bench b(false, std::ref(reader));
    int accesses = 0;
    b.device.powered = [&] {
        if (++accesses != 1) return true;
        sc_core::wait(100, SC_NS);
        return false;
    };
    b.supply.script = {{50 * ns, Change::off}, {60 * ns, Change::on}};
    b.run();
    EXPECT_EQ(reader.ends, (std::vector<std::int64_t>{10 + 100 + 5 + 15}));
    EXPECT_EQ(reader.results, (std::vector<int>{0}));
    EXPECT_EQ(b.total("retry"), 1u);
}

TEST_F(HostPowerTest, ABurstThatNoChargeSufficesForIsGivenUp) {
    Reader reader{2, {}, {}};
    Bench b(false, std::ref(reader));
    int accesses = 0;
    b.device.powered = [&] {
        if (++accesses != 1 && accesses <= 4) b.supply.change(Change::off);
        return b.supply.state() != PowerState::off;
    };
    b.supply.script = {{300 * ns, Change::on}, {600 * ns, Change::on}, {900 * ns, Change::on}};
    b.run();
    EXPECT_EQ(reader.results, (std::vector<int>{0, -1}));
    EXPECT_EQ(b.total("retry"), 3u);
    EXPECT_EQ(b.total("bus_error"), 0u);
    EXPECT_TRUE(b.host.gave_up());
}

TEST_F(HostPowerTest, AnErrorWithGoodPowerIsAnError) {
    Reader reader{1, {}, {}};
    Bench b(false, std::ref(reader));
    b.device.powered = [] { return false; };
    b.run();
    EXPECT_EQ(reader.results, (std::vector<int>{-1}));
    EXPECT_EQ(b.total("bus_error"), 1u);
    EXPECT_EQ(b.total("retry"), 0u);
}

TEST_F(HostPowerTest, WithADeadSupplyAccessesFail) {
    Reader reader{3, {}, {}};
    Bench b(false, std::ref(reader));
    b.supply.script = {{20 * ns, Change::off}, {70 * ns, Change::dead}};
    b.run();
    EXPECT_EQ(reader.results, (std::vector<int>{0, -1, -1}));
    EXPECT_EQ(reader.ends, (std::vector<std::int64_t>{15, 70, 80}));
}

/// Rings the doorbell of a device that takes 400 ns, with the interrupt on, and waits; STATUS afterwards. The
/// doorbell's answer is there at 30 ns, the interrupt at 425 ns.
struct Sleeper {
    int result = 0, final_result = 0;
    std::int64_t woken = 0, end = 0;
    std::uint32_t status = 0;
    void operator()(HostCpu& cpu) {
        const pimvp_access access = cpu.access();
        const std::uint32_t one = 1;
        access.write(access.context, PIMVP_SEQ_IRQ_ENABLE, &one, 4);
        access.write(access.context, PIMVP_SEQ_CONTROL, &one, 4);
        result = access.wait_for_interrupt(access.context);
        woken = cpu.local_time_ps() / ns;
        final_result = access.read(access.context, PIMVP_SEQ_STATUS, &status, 4);
        end = cpu.local_time_ps() / ns;
    }
};

TEST_F(HostPowerTest, AnAlwaysOnHostSleepsThroughAnOutage) {
    Sleeper sleeper;
    Bench b(false, std::ref(sleeper));
    b.device.run_ps = 400 * ns;
    b.supply.script = {{100 * ns, Change::off}, {200 * ns, Change::on}};
    b.run();
    EXPECT_EQ(sleeper.result, 0);
    EXPECT_EQ(sleeper.woken, 525);
    EXPECT_EQ(sleeper.status, PIMVP_SEQ_DONE);
    b.expect_ps((30 + 100 + 15) * ns, 395 * ns);
}

TEST_F(HostPowerTest, ADyingSupplyEndsTheWaitForAnInterrupt) {
    Sleeper sleeper;
    Bench b(false, std::ref(sleeper));
    b.device.run_ps = 400 * ns;
    b.supply.script = {{100 * ns, Change::off}, {200 * ns, Change::dead}};
    b.run();
    EXPECT_NE(sleeper.result, 0);
    EXPECT_EQ(sleeper.woken, 200);
    EXPECT_EQ(sleeper.final_result, -1);
    EXPECT_EQ(b.total("interrupt"), 0u);
    b.expect_ps((30 + 10) * ns, 170 * ns);
}

TEST_F(HostPowerTest, ASupplyThatIsDeadAlreadyIsNotWaitedFor) {
    Sleeper sleeper;
    Bench b(false, std::ref(sleeper));
    b.device.run_ps = 400 * ns;
    b.supply.script = {{27 * ns, Change::off}, {28 * ns, Change::dead}};
    b.run();
    EXPECT_NE(sleeper.result, 0);
    EXPECT_EQ(sleeper.woken, 30);
}

TEST_F(HostPowerTest, TheDriverReportsABusError) {
    const std::uint8_t image[4] = {};
    const pimvp_segment segment{image, sizeof image, 0x10000};
    pimvp_network network{};
    network.segments = &segment;
    network.segment_count = 1;
    network.paths = 1;
    network.load_program[0] = 0x10000;
    network.load_commands[0] = 3;
    int result = PIMVP_OK;
    Bench b(false, [&](HostCpu& cpu) {
        const pimvp_access access = cpu.access();
        result = pimvp_load(&access, &network);
    });
    b.supply.script = {{500 * ns, Change::off}, {600 * ns, Change::dead}};
    b.run();
    EXPECT_EQ(result, PIMVP_BUS_ERROR);
}

// Off from 20 to 200 ns, in the second access' 10 ns; it boots until 250 ns.
TEST_F(HostPowerTest, AHostOnTheSupplyStandsStillAndBoots) {
    Reader reader{3, {}, {}};
    Bench b(true, std::ref(reader));
    b.supply.script = {{20 * ns, Change::off}, {200 * ns, Change::on}};
    b.run();
    EXPECT_EQ(reader.ends, (std::vector<std::int64_t>{15, 255, 270}));
    EXPECT_EQ(b.total("boot"), 1u);
    b.expect_ps((20 + 70) * ns, 0);
}

TEST_F(HostPowerTest, ABootMayBeCutToo) {
    Reader reader{2, {}, {}};
    Bench b(true, std::ref(reader));
    b.supply.script = {
        {20 * ns, Change::off}, {200 * ns, Change::on}, {230 * ns, Change::off}, {300 * ns, Change::on}};
    b.run();
    EXPECT_EQ(reader.ends, (std::vector<std::int64_t>{15, 355}));
    EXPECT_EQ(b.total("boot"), 2u);
    b.expect_ps((20 + 30 + 55) * ns, 0);
}

TEST_F(HostPowerTest, AnOutageWhileTheHostComputesIsNotBooked) {
    Reader reader{1, {}, {}};
    Bench b(true, std::ref(reader));
    b.supply.script = {{2 * ns, Change::off}, {7 * ns, Change::on}};
    b.run();
    EXPECT_EQ(reader.ends, (std::vector<std::int64_t>{10 + 50 + 5}));
    EXPECT_EQ(b.total("boot"), 1u);
    b.expect_ps((65 - 5) * ns, 0);
}

// Sleeps from 30 ns, off from 100 to 200 ns, boots until 250 ns, sleeps until 425 ns.
void sleep_on_supply(bool look, const std::vector<std::pair<std::int64_t, Change>>& script, int boots,
                     std::int64_t active_ps, std::int64_t sleep_ps) {
    Sleeper sleeper;
    Bench b(true, std::ref(sleeper));
    b.device.run_ps = 400 * ns;
    b.supply.script = script;
    if (look) b.supply.changed = [&] { b.host.settle(to_ps(sc_time_stamp())); };
    b.run();
    EXPECT_EQ(sleeper.result, 0);
    EXPECT_EQ(sleeper.end, 540);
    EXPECT_EQ(b.total("boot"), static_cast<std::uint64_t>(boots));
    b.expect_ps(active_ps, sleep_ps);
}

const std::vector<std::pair<std::int64_t, Change>> outage = {{100 * ns, Change::off}, {200 * ns, Change::on}};

TEST_F(HostPowerTest, AHostOnTheSupplyBootsAndSleepsOn) {
    sleep_on_supply(false, outage, 1, (30 + 50 + 115) * ns, (70 + 175) * ns);
}

TEST_F(HostPowerTest, LooksAtTheAccountChangeNothing) {
    sleep_on_supply(true, outage, 1, (30 + 50 + 115) * ns, (70 + 175) * ns);
}

TEST_F(HostPowerTest, AVoltageThatRecoversNeedsNoBoot) {
    sleep_on_supply(false, {{150 * ns, Change::recovered}}, 0, (30 + 115) * ns, 395 * ns);
}

TEST_F(HostPowerTest, TheAccountIsUpToDateWhenItIsSettled) {
    Sleeper sleeper;
    Bench b(true, std::ref(sleeper));
    b.device.run_ps = 400 * ns;
    sc_start(100, SC_NS);
    EXPECT_EQ(b.total("sleep_ps"), 0u) << "not before somebody looks";
    b.host.settle(100 * ns);
    b.expect_ps(30 * ns, 70 * ns);
    b.host.settle(60 * ns);
    b.expect_ps(30 * ns, 70 * ns);
    b.run();
    b.expect_ps((30 + 115) * ns, 395 * ns);
    b.host.settle(5000 * ns);
    b.expect_ps((30 + 115) * ns, 395 * ns);
}

}  // namespace
}  // namespace pimvp
