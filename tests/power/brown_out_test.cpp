// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Instants against closed forms worked out by hand. Nothing here needs simulated time.
#include "tests/power/bench.h"
#include "tests/support/temp_dir.h"

namespace pimvp {
namespace {

using BrownOut = SimTest;
constexpr std::int64_t microwatt = 1000;  // zJ/ps

/// Steps of 1 ns.
std::vector<PowerSteps> work(std::int64_t steps, std::int64_t zj_per_ps,
                             PowerSteps::What what = PowerSteps::What::work) {
    return {{steps, 1000, zj_per_ps * 1000, what}};
}

TEST_F(BrownOut, ConstantLoad) {
    PowerSupply supply("supply", round_params());
    TestClient client(supply, "client");
    supply.start(0);
    client.plan(0, work(10'000, 1000 * microwatt));
    // 3e12 zJ at 1e6 zJ/ps last for 3e6 ps; one picosecond more is too much.
    EXPECT_EQ(supply.execute(), 3'000'001);
    EXPECT_EQ(client.granted, 3000);
    EXPECT_TRUE(client.torn);
    EXPECT_EQ(supply.state(), PowerState::off);
    EXPECT_EQ(supply.off_since_ps(), 3'000'001);
    EXPECT_EQ(number(supply.balance().torn), 1'000'000);
    EXPECT_EQ(supply.torn_steps(), 1u);
    EXPECT_EQ(supply.outages(), 1u);
    EXPECT_FALSE(supply.settle(4'000'000));
    client.plan(4'000'000, work(5, 1));
    EXPECT_EQ(supply.execute(), 3'000'001);
    EXPECT_EQ(client.granted, 0);
    EXPECT_FALSE(client.torn);
    expect_balanced(supply, {&client.account});
}

TEST_F(BrownOut, ExactlyEnough) {
    PowerSupply supply("supply", round_params());
    TestClient client(supply, "client");
    supply.start(0);
    client.plan(0, work(3000, 1000 * microwatt));
    EXPECT_EQ(supply.execute(), 3'000'000);
    EXPECT_EQ(client.granted, 3000);
    EXPECT_FALSE(client.torn);
    EXPECT_EQ(supply.state(), PowerState::good);
    EXPECT_DOUBLE_EQ(supply.voltage(), 1.0);
    // Nothing draws, nothing happens; one zeptojoule more and it is off, not earlier than what was granted.
    EXPECT_TRUE(supply.settle(9'000'000));
    client.book(1);
    EXPECT_FALSE(supply.settle(9'000'000));
    EXPECT_EQ(supply.off_since_ps(), 9'000'000);
    expect_balanced(supply, {&client.account});
}

TEST_F(BrownOut, WhatIsBookedOnTopOfTheLastStepsIsTakenToo) {
    struct Generous : TestClient {
        using TestClient::TestClient;
        void powered(std::int64_t steps, bool is_torn) override {
            TestClient::powered(steps, is_torn);
            book(12'345);
        }
    };
    PowerSupply supply("supply", round_params());
    Generous client(supply, "client");
    supply.start(0);
    client.plan(0, work(10'000, 1000 * microwatt));
    EXPECT_EQ(supply.execute(), 3'000'001);
    EXPECT_EQ(number(supply.balance().stored), 1'000'000'000'000 - 1'000'000 - 12'345);
    expect_balanced(supply, {&client.account});
}

TEST_F(BrownOut, OneZeptojouleTooFew) {
    PowerSupply supply("supply", round_params());
    TestClient client(supply, "client");
    supply.start(0);
    client.plan(0, {{2999, 1000, 1'000'000'000}, {1, 1000, 1'000'000'001}});
    EXPECT_EQ(supply.execute(), 3'000'000);  // the last picosecond of the last step
    EXPECT_EQ(client.granted, 2999);
    EXPECT_TRUE(client.torn);
    EXPECT_EQ(number(supply.balance().torn), 1'000'000'001);
    expect_balanced(supply, {&client.account});
}

TEST_F(BrownOut, OverlappingLoads) {
    PowerSupply supply("supply", round_params());
    TestClient one(supply, "one"), other(supply, "other");
    supply.start(0);
    one.plan(0, work(10'000, 1000 * microwatt));
    other.plan(1'000'500, {{10'000, 700, 350'000'000}});  // 500 uW
    // 1e12 and 500e6 are gone by 1,000,500; what is left at 1.5e6 zJ/ps lasts 1,333,000 ps exactly.
    EXPECT_EQ(supply.execute(), 1'000'500 + 1'333'000 + 1);
    EXPECT_EQ(one.granted, 2333);    // 2,333,501 / 1000
    EXPECT_EQ(other.granted, 1904);  // 1,333,001 / 700
    EXPECT_TRUE(one.torn);
    EXPECT_TRUE(other.torn);
    EXPECT_EQ(supply.torn_steps(), 2u);
    expect_balanced(supply, {&one.account, &other.account});
}

TEST_F(BrownOut, LeakageAndBookedEnergy) {
    PowerParams params = round_params();
    params.capacitor_leakage = microwatts(50);
    PowerSupply supply("supply", params);
    TestClient client(supply, "client");
    client.account.set_leakage(microwatts(150));
    supply.start(1000);
    client.book(1'000'000'000'000);
    // Until 5,001,000: 1e12 booked and 0.2e6 * 5e6 of leakage. A third is left.
    EXPECT_TRUE(supply.settle(5'001'000));
    EXPECT_EQ(number(supply.balance().stored), 2'000'000'000'000);
    // 1e12 spread over 10^6 ps and 0.2e6 per ps: 1.2e6 per ps for 833,333.3 ps.
    client.book(1'000'000'000'000);
    EXPECT_FALSE(supply.settle(6'001'000));
    EXPECT_EQ(supply.off_since_ps(), 5'001'000 + 833'334);
    expect_balanced(supply, {&client.account}, 150 * microwatt, 1000);
    EXPECT_EQ(supply.powered_ps(0, 10'000'000), 5'001'000 + 833'334);
    EXPECT_EQ(supply.dead_ps(6'000'000), 165'666);
}

TEST_F(BrownOut, HarvestChangesOnTheWay) {
    const test::TempDir dir;
    PowerParams params = round_params();
    params.harvest.source = HarvestSource::trace;
    // 1 ms, 0.3 ms and again, in microseconds; time 0 is the start.
    params.harvest.trace = dir.write("t.csv", "time_s,power_w\n0,0.001\n1e-6,0\n1.5e-6,0.0005\n");
    PowerSupply supply("supply", params);
    TestClient client(supply, "client");
    supply.start(500'000);
    client.plan(500'000, work(100'000, 2000 * microwatt));
    // Net: -1e6 for 1e6 ps, -2e6 for 0.5e6 ps, -1.5e6 for 0.5e6 ps; 0.25e12 of 3e12 left, again -1e6.
    EXPECT_EQ(supply.execute(), 500'000 + 2'000'000 + 250'000 + 1);
    EXPECT_EQ(client.granted, 2250);
    expect_balanced(supply, {&client.account});
}

TEST_F(BrownOut, NoLoadNoHarvest) {
    PowerSupply supply("supply", round_params());
    TestClient client(supply, "client");
    supply.start(0);
    client.plan(10, work(1'000'000, 0));
    EXPECT_EQ(supply.execute(), 10 + 1'000'000'000);
    EXPECT_EQ(client.granted, 1'000'000);
    EXPECT_TRUE(supply.settle(1'000'000'000'000'000'000));
    EXPECT_EQ(number(supply.balance().stored), 4'000'000'000'000);
}

TEST_F(BrownOut, HarvestOutlastsTheLoad) {
    PowerParams params = round_params();
    params.harvest.mean_power = microwatts(10);
    PowerSupply supply("supply", params);
    TestClient client(supply, "client");
    supply.start(0);
    // As much as is harvested, then less: the capacitor fills to 3 V, 9e12 zJ, and the rest is wasted.
    client.plan(0, work(1'000'000, 10 * microwatt));
    EXPECT_EQ(supply.execute(), 1'000'000'000);
    EXPECT_EQ(number(supply.balance().stored), 4'000'000'000'000);
    client.plan(1'000'000'000, work(1'000'000, 4 * microwatt));
    EXPECT_EQ(supply.execute(), 2'000'000'000);
    EXPECT_DOUBLE_EQ(supply.voltage(), 3.0);
    EXPECT_EQ(number(supply.balance().wasted), 1'000'000'000'000);
    expect_balanced(supply, {&client.account});
}

TEST_F(BrownOut, ExternalPowerBeforeTheStart) {
    PowerSupply supply("supply", round_params());
    TestClient client(supply, "client"), other(supply, "other");
    client.book(5'000'000'000'000);
    other.plan(100, work(3, 1'000'000'000));
    client.plan(0, work(1000, 1'000'000'000));
    EXPECT_EQ(supply.execute(), 1'000'000);
    EXPECT_EQ(client.granted, 1000);
    EXPECT_EQ(other.granted, 3);
    EXPECT_TRUE(supply.settle(2'000'000));
    EXPECT_EQ(supply.state(), PowerState::good);
    supply.start(2'000'000);
    EXPECT_TRUE(supply.settle(3'000'000));
    EXPECT_EQ(number(supply.balance().taken), 0);
    EXPECT_EQ(supply.powered_ps(0, 3'000'000), 3'000'000);
}

TEST_F(BrownOut, PlannedIntoThePast) {
    PowerSupply supply("supply", round_params());
    TestClient one(supply, "one"), other(supply, "other");
    supply.start(0);
    one.plan(0, work(1000, 1000 * microwatt));
    EXPECT_EQ(supply.execute(), 1'000'000);
    // 500 steps are over before anybody heard of them: 0.5e12 at once, and as much until 1.5e6.
    other.plan(500'000, work(1000, 1000 * microwatt));
    EXPECT_EQ(supply.execute(), 1'500'000);
    EXPECT_EQ(other.granted, 1000);
    EXPECT_EQ(number(supply.balance().stored), 2'000'000'000'000);
    // Now the past alone is too much: nothing of it happened, all of it is torn.
    other.plan(400'000, work(1101, 1000 * microwatt));
    EXPECT_EQ(supply.execute(), 1'500'000);
    EXPECT_EQ(other.granted, 0);
    EXPECT_TRUE(other.torn);
    EXPECT_EQ(supply.off_since_ps(), 1'500'000);
    expect_balanced(supply, {&one.account, &other.account});
}

TEST_F(BrownOut, TheGapBeforeALaterPlanTearsNothing) {
    PowerSupply supply("supply", round_params());
    TestClient one(supply, "one"), later(supply, "later");
    one.account.set_leakage(microwatts(1000));
    supply.start(0);
    one.plan(0, work(10, 0));
    later.plan(5'000'000, work(10, 1));
    EXPECT_EQ(supply.execute(), 3'000'001);
    EXPECT_EQ(one.granted, 10);
    EXPECT_FALSE(one.torn);
    EXPECT_EQ(later.granted, 0);
    EXPECT_FALSE(later.torn);
    EXPECT_EQ(supply.state(), PowerState::off);
}

TEST_F(BrownOut, WarningPausesAfterTheStepsThatHaveBegun) {
    PowerParams params = round_params();
    params.warning = volts(1.5);  // 2.25e12 zJ, 1.75e12 below 2 V
    PowerSupply supply("supply", params);
    TestClient one(supply, "one"), slow(supply, "slow"), later(supply, "later");
    supply.start(0);
    one.plan(0, work(10'000, 1000 * microwatt));
    slow.plan(0, {{3, 1'000'000, 0}});
    later.plan(1'750'001, {{1, 10, 0}});  // begins as the warning comes
    EXPECT_EQ(supply.execute(), 2'000'000);
    EXPECT_EQ(supply.state(), PowerState::low);
    EXPECT_EQ(one.granted, 1751);  // the warning is at 1,750,001
    EXPECT_EQ(slow.granted, 2);
    EXPECT_EQ(later.granted, 0);
    EXPECT_FALSE(one.torn || slow.torn || later.torn);
    EXPECT_EQ(supply.warnings(), 1u);
    EXPECT_EQ(number(supply.balance().stored), 4'000'000'000'000 - 1'751'000'000'000);
    // The backup runs in spite of it, until brown-out: 1.249e12 zJ last 1,249,000 ps.
    one.plan(2'000'000, work(10'000, 1000 * microwatt, PowerSteps::What::backup));
    EXPECT_EQ(supply.execute(), 2'000'000 + 1'249'000 + 1);
    EXPECT_EQ(one.granted, 1249);
    EXPECT_TRUE(one.torn);
    EXPECT_EQ(supply.warnings(), 1u);
    expect_balanced(supply, {&one.account, &slow.account, &later.account});
}

TEST_F(BrownOut, WarningBeforeTheWorkBegins) {
    PowerParams params = round_params();
    params.warning = volts(1.5);
    PowerSupply supply("supply", params);
    TestClient client(supply, "client");
    supply.start(0);
    client.book(1'800'000'000'000);
    client.plan(1'000'000, work(10, 1));
    EXPECT_EQ(supply.execute(), 1'000'000);
    EXPECT_EQ(client.granted, 0);
    EXPECT_FALSE(client.torn);
    EXPECT_EQ(supply.state(), PowerState::low);
}

TEST_F(BrownOut, LowIsOverAtTurnOn) {
    PowerParams params = round_params();
    params.warning = volts(1.5);
    params.harvest.mean_power = microwatts(1);
    PowerSupply supply("supply", params);
    TestClient client(supply, "client");
    supply.start(0);
    client.book(2'000'000'000'000);
    EXPECT_TRUE(supply.settle(0));
    EXPECT_EQ(supply.state(), PowerState::low);
    EXPECT_TRUE(supply.settle(1'999'999'999));
    EXPECT_EQ(supply.state(), PowerState::low);
    EXPECT_TRUE(supply.settle(2'000'000'000));
    EXPECT_EQ(supply.state(), PowerState::good);
    client.book(2'000'000'000'000);
    supply.settle(2'000'000'000);
    EXPECT_EQ(supply.warnings(), 2u);
}

TEST_F(BrownOut, ABlockMayPlanWhenItIsToldOfItsSteps) {
    struct Eager : TestClient {
        using TestClient::TestClient;
        void powered(std::int64_t steps, bool is_torn) override {
            TestClient::powered(steps, is_torn);
            if (calls < 3) plan(supply.looked_ps(), {{1, 1000, 7}});
        }
    };
    PowerSupply supply("supply", round_params());
    Eager client(supply, "client");
    supply.start(0);
    client.plan(0, {{1, 1000, 7}});
    EXPECT_EQ(supply.execute(), 1000);
    EXPECT_EQ(supply.execute(), 2000);
    EXPECT_EQ(supply.execute(), 3000);
    EXPECT_EQ(supply.execute(), 3000);
    EXPECT_EQ(client.calls, 3);
    EXPECT_EQ(number(supply.balance().taken), 21);
}

TEST_F(BrownOut, WrongUseIsABugOfTheCaller) {
    PowerSupply supply("supply", round_params());
    TestClient client(supply, "client");
    EXPECT_THROW(supply.plan(client, 0, {{1, 0, 1}}), std::logic_error);
    EXPECT_THROW(supply.plan(client, 0, {{-1, 1, 1}}), std::logic_error);
    EXPECT_THROW(supply.plan(client, 0, {{1, 1, -1}}), std::logic_error);
    EXPECT_THROW(supply.plan(client, -1, {{1, 1, 1}}), std::logic_error);
    EXPECT_THROW(supply.plan(client, 0, {{std::int64_t{1} << 40, std::int64_t{1} << 30, 1}}),
                 std::logic_error);
    EXPECT_THROW(supply.add_load(supply.account()), std::logic_error);
    supply.start(0);
    EXPECT_THROW(supply.start(0), std::logic_error);
    EXPECT_THROW(supply.add_load(client.account), std::logic_error);
}

}  // namespace
}  // namespace pimvp
