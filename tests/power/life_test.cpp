// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What happens at kernel time: loss, charging, turning on, and a system that nobody looks at.
#include <fstream>
#include <random>
#include <sstream>

#include "modules/core/ordering.h"
#include "tests/power/driver.h"
#include "tests/support/temp_dir.h"

namespace pimvp {
namespace {

using Life = SimTest;
constexpr std::int64_t second_ps = 1'000'000'000'000;

/// Off from time 0 on with the harvest of `text`; returns when good_event is notified.
std::int64_t told_after(PowerParams params, const std::string& text, bool& dead) {
    const test::TempDir dir;
    params.initial = volts(1);
    if (!text.empty()) {
        params.harvest.source = HarvestSource::trace;
        params.harvest.trace = dir.write("t.csv", "time_s,power_w\n" + text);
    }
    PowerSupply supply("supply", params);
    std::int64_t told = -1;
    Driver driver("driver", [&] {
        supply.start(0);
        wait(supply.good_event());
        told = now_ps();
    });
    sc_core::sc_start();
    dead = supply.dead();
    expect_balanced(supply, {});
    return told;
}

TEST_F(Life, LossAndTurnOnAtTheirInstants) {
    PowerParams params = round_params();
    params.harvest.mean_power = microwatts(1000);
    PowerSupply supply("supply", params);
    TestClient client(supply, "client");
    std::vector<std::int64_t> lost, good;
    supply.on_loss([&] { lost.push_back(now_ps()); });
    supply.on_good([&] { good.push_back(now_ps()); });
    std::int64_t told = 0;
    Driver driver("driver", [&] {
        wait(from_ps(1000));
        supply.start(1000);
        client.plan(1000, {{10'000, 1000, 2'000'000'000}});
        // -1e6 zJ/ps: 3e12 last for 3e6 ps, known before they have passed.
        EXPECT_EQ(supply.execute(), 3'001'001);
        EXPECT_EQ(now_ps(), 1000);
        EXPECT_EQ(supply.state(), PowerState::off);
        EXPECT_TRUE(lost.empty());
        wait(supply.good_event());
        told = now_ps();
        EXPECT_EQ(supply.state(), PowerState::good);
        EXPECT_FALSE(supply.dead());
    });
    sc_core::sc_start();
    // Missing: 3e12 and the 1e6 of the last picosecond.
    EXPECT_EQ(lost, std::vector<std::int64_t>{3'001'001});
    EXPECT_EQ(good, std::vector<std::int64_t>{6'001'002});
    EXPECT_EQ(told, 6'001'002);
    ASSERT_EQ(supply.off_intervals().size(), 1u);
    EXPECT_EQ(supply.off_intervals()[0].from_ps, 3'001'001);
    EXPECT_EQ(supply.off_intervals()[0].to_ps, 6'001'002);
    EXPECT_EQ(supply.dead_ps(10'000'000), 3'000'001);
    EXPECT_EQ(supply.powered_ps(0, 4'000'000), 3'001'001);
    EXPECT_EQ(supply.powered_ps(4'000'000, 7'000'000), 998'998);
    expect_balanced(supply, {&client.account});
}

TEST_F(Life, LeakageAloneBrownsOutAndNothingEverTurnsItOn) {
    PowerSupply supply("supply", round_params());
    TestClient client(supply, "client");
    client.account.set_leakage(microwatts(1));
    std::int64_t lost = 0, told = 0;
    supply.on_loss([&] { lost = now_ps(); });
    Driver driver("driver", [&] {
        supply.start(0);
        wait(supply.good_event());
        told = now_ps();
    });
    sc_core::sc_start();
    EXPECT_EQ(lost, 3'000'000'001);
    EXPECT_EQ(told, 3'000'000'001);
    EXPECT_TRUE(supply.dead());
    EXPECT_EQ(supply.off_since_ps(), 3'000'000'001);
    expect_balanced(supply, {&client.account}, 1000);
}

TEST_F(Life, LeakageAfterWorkBrownsOutInTime) {
    PowerSupply supply("supply", round_params());
    TestClient client(supply, "client");
    client.account.set_leakage(microwatts(1));
    std::int64_t lost = 0;
    supply.on_loss([&] { lost = now_ps(); });
    Driver driver("driver", [&] {
        supply.start(0);
        wait(from_ps(1000));  // by now 3,000,000,001 is expected
        client.plan(1000, {{2000, 1000, 1'000'000'000}});
        EXPECT_EQ(supply.execute(), 2'001'000);
    });
    sc_core::sc_start();
    EXPECT_EQ(lost, 1'000'000'001);  // 2e12 less
    EXPECT_EQ(supply.off_since_ps(), lost);
}

TEST_F(Life, AHarvestThatLosesInTheLongRunBrownsOutInTime) {
    const test::TempDir dir;
    PowerParams params = round_params();
    params.harvest.source = HarvestSource::trace;
    params.harvest.trace = dir.write("t.csv", "time_s,power_w\n0,2e-6\n1e-6,0\n2.1e-6,0\n");
    PowerSupply supply("supply", params);
    TestClient client(supply, "client");
    client.account.set_leakage(microwatts(1));
    std::int64_t lost = 0;
    supply.on_loss([&] {
        lost = now_ps();
        sc_core::sc_stop();  // it would charge and brown out for ever
    });
    Driver driver("driver", [&] { supply.start(0); });
    sc_core::sc_start();
    // Gains 1e9 zJ in 1 us, loses 2.2e9 in 2.2 us, the last row as long as the one before it. 2500 periods
    // lose 3e12 exactly; the next one gains 1e9 first and has lost it again after 2 us.
    EXPECT_EQ(lost, 2500ll * 3'200'000 + 1'000'000 + 1'000'000 + 1);
    expect_balanced(supply, {&client.account}, 1000);
}

TEST_F(Life, GeneratedPowerBelowTheLeakageIsDeadAtOnce) {
    PowerParams params = round_params();
    params.harvest.source = HarvestSource::generated;
    params.harvest.mean_power = microwatts(1);
    params.capacitor_leakage = microwatts(3);
    bool dead = false;
    EXPECT_EQ(told_after(params, "", dead), 0);
    EXPECT_TRUE(dead);
}

TEST_F(Life, StartsOffBelowTurnOn) {
    PowerParams params = round_params();
    params.initial = volts(0.5);
    params.harvest.mean_power = microwatts(10);
    PowerSupply supply("supply", params);
    std::int64_t lost = -1, good = 0;
    supply.on_loss([&] { lost = now_ps(); });
    supply.on_good([&] { good = now_ps(); });
    Driver driver("driver", [&] {
        wait(from_ps(70));
        supply.start(70);
        EXPECT_EQ(supply.state(), PowerState::off);
    });
    sc_core::sc_start();
    EXPECT_EQ(lost, 70);
    EXPECT_EQ(good, 70 + 375'000'000);  // 3.75e12 zJ at 1e4 zJ/ps
    EXPECT_EQ(supply.outages(), 1u);
}

TEST_F(Life, RecoversFromLowWithoutABrownOut) {
    PowerParams params = round_params();
    params.warning = volts(1.5);
    params.harvest.mean_power = microwatts(1);
    PowerSupply supply("supply", params);
    TestClient client(supply, "client");
    client.account.set_leakage(Power::si(0.5e-6));
    std::int64_t told = 0;
    Driver driver("driver", [&] {
        supply.start(0);
        client.plan(0, {{100, 20'000, 20'000'000'000}});
        EXPECT_EQ(supply.execute(), 1'760'000);
        EXPECT_EQ(supply.state(), PowerState::low);
        wait(supply.good_event());
        told = now_ps();
        EXPECT_EQ(supply.state(), PowerState::good);
    });
    sc_core::sc_start();
    // 88 steps of 2e10; 500 zJ/ps from the start on.
    EXPECT_EQ(told, 88ll * 20'000'000'000 / 500);
    EXPECT_EQ(supply.outages(), 0u);
    expect_balanced(supply, {&client.account}, 500);
}

TEST_F(Life, LowForeverIsDeadToo) {
    PowerParams params = round_params();
    params.warning = volts(1.5);
    PowerSupply supply("supply", params);
    TestClient client(supply, "client");
    bool told = false;
    Driver driver("driver", [&] {
        supply.start(0);
        client.plan(0, {{100, 20'000, 20'000'000'000}});
        supply.execute();
        wait(supply.good_event());
        told = true;
        EXPECT_EQ(supply.state(), PowerState::low);
        EXPECT_TRUE(supply.dead());
        // What is stored can still be used.
        client.plan(now_ps(), {{10, 20'000, 20'000'000'000}});
        supply.execute();
        EXPECT_EQ(client.granted, 10);
        EXPECT_FALSE(supply.dead());
    });
    sc_core::sc_start();
    EXPECT_TRUE(told);
}

TEST_F(Life, AHarvestThatLosesAsMuchAsItGainsIsDead) {
    PowerParams params = round_params();
    params.capacitor_leakage = microwatts(1);
    bool dead = false;
    EXPECT_EQ(told_after(params, "0,2e-6\n1e-3,0\n", dead), 0);
    EXPECT_TRUE(dead);
}

TEST_F(Life, AHarvestThatGainsALittleTurnsOnInTheEnd) {
    PowerParams params = round_params();
    params.capacitor_leakage = microwatts(1);
    bool dead = false;
    // Gains 1e9 zJ in 1 us and loses 0.9e9 in 0.9 us: 0.1e9 in a period, 1e9 at its best. 3e12 missing:
    // after 29,990 periods 1e9 are, and these come in the next microsecond.
    EXPECT_EQ(told_after(params, "0,2e-6\n1e-6,0\n1.45e-6,0\n", dead), 29'990ll * 1'900'000 + 1'000'000);
    EXPECT_FALSE(dead);
}

TEST_F(Life, ABurstAboveALosingHarvestIsFound) {
    PowerParams params = round_params();
    params.capacitor_leakage = microwatts(1);
    bool dead = false;
    // Loses on the whole, and is empty after 1 ms, but a burst is enough: 4e12 zJ at 3e6 - 1e3 zJ/ps.
    EXPECT_EQ(told_after(params, "0,0\n1,0.003\n1.000002,0\n100,0\n", dead), second_ps + 1'333'778);
    EXPECT_FALSE(dead);
}

TEST_F(Life, GeneratedPowerThatNeverSufficesIsDeadAfterTheLongestCharge) {
    PowerParams params = round_params();
    params.harvest.source = HarvestSource::generated;
    params.harvest.mean_power = microwatts(1);
    params.capacitor_leakage = microwatts(2);
    params.harvest.outages = Frequency::si(1000);
    params.capacitance = Capacitance::si(1e-3);
    params.longest_charge = Duration::si(60);
    bool dead = false;
    const std::int64_t told = told_after(params, "", dead);
    EXPECT_TRUE(dead);
    EXPECT_GT(told, 60 * second_ps);
    EXPECT_LT(told, 70 * second_ps);
}

TEST_F(Life, ASupplyThatNobodyLooksAtEndsTheSimulation) {
    PowerParams params = round_params();
    params.harvest.source = HarvestSource::generated;
    params.harvest.outages = Frequency::si(100);
    params.harvest.mean_power = microwatts(130);
    params.longest_charge = Duration::si(100);
    PowerSupply supply("supply", params);
    TestClient client(supply, "client");
    client.account.set_leakage(Power::si(1e-9));
    Driver driver("driver", [&] { supply.start(0); });
    sc_core::sc_start();
    EXPECT_GE(now_ps(), 100 * second_ps);
    EXPECT_LT(now_ps(), 200 * second_ps);
}

TEST_F(Life, ALongLifeIsBalancedToTheZeptojoule) {
    PowerParams params;
    params.harvest.source = HarvestSource::generated;
    params.harvest.seed = 4;
    params.capacitance = Capacitance::si(0.5e-6);
    params.warning = volts(2.2);
    params.capacitor_leakage = Power::si(1.234e-6);
    params.inject.target = CutTarget::uniform;
    params.inject.interval = Duration::si(0.3);
    PowerSupply supply("supply", params);
    TestClient one(supply, "one"), other(supply, "other"), volatile_block(supply, "volatile_block");
    one.account.set_leakage(microwatts(23));
    volatile_block.account.set_leakage(microwatts(1.5));
    int lost = 0, good = 0;
    supply.on_loss([&] {
        EXPECT_EQ(now_ps(), supply.off_since_ps());
        EXPECT_EQ(lost++, good);
    });
    supply.on_good([&] { EXPECT_EQ(++good, lost); });
    std::int64_t end = 0;
    std::mt19937_64 random(8);
    Driver driver("driver", [&] {
        supply.start(0);
        for (int i = 0; i < 20'000; ++i) {
            std::int64_t now = now_ps();
            if (supply.state() != PowerState::off && random() % 4 == 0) {
                one.plan(now, {{static_cast<std::int64_t>(random() % 4000), 3560, 230'000'000'123},
                               {1, 5000, 25'600'000'007, PowerSteps::What::backup}});
                other.plan(now + static_cast<std::int64_t>(random() % 100'000),
                           {{static_cast<std::int64_t>(random() % 500), 16'700, 900'000'000'001}});
                now = supply.execute();
            } else {
                volatile_block.book(static_cast<std::int64_t>(random() % 1'000'000'000'000));
                now += 1 + static_cast<std::int64_t>(random() % 1'000'000'000);
                supply.settle(now);
            }
            if (supply.state() == PowerState::off) {
                while (supply.state() == PowerState::off) wait(supply.good_event());
            } else if (now > now_ps()) {
                synchronise(now, 0);
            }
        }
        supply.settle(now_ps());
        end = supply.looked_ps();
        sc_core::sc_stop();
    });
    sc_core::sc_start();
    EXPECT_GT(supply.outages(), 100u);
    EXPECT_GT(supply.injected_cuts(), 20u);
    EXPECT_GT(supply.warnings(), 50u);
    EXPECT_EQ(supply.outages(), static_cast<std::uint64_t>(good));
    EXPECT_GT(number(supply.balance().torn), 0);
    EXPECT_GT(number(supply.balance().cut), 0);
    EXPECT_EQ(number(supply.balance().unpaid), 0);
    EXPECT_EQ(supply.powered_ps(0, end) + supply.dead_ps(end), end);
    std::int64_t before = 0;
    for (const auto& off : supply.off_intervals()) {
        EXPECT_LT(before, off.from_ps);
        EXPECT_LT(off.from_ps, off.to_ps);
        before = off.to_ps;
    }
    expect_balanced(supply, {&one.account, &other.account, &volatile_block.account}, 24'500);
}

TEST_F(Life, TheVoltageIsInTheTrace) {
    const test::TempDir dir;
    const std::string file = dir.path("v.vcd");
    PowerParams params = round_params();
    params.harvest.mean_power = microwatts(1000);
    {
        TraceOptions options;
        options.file = file;
        Tracer tracer(options);
        PowerSupply supply("supply", params, &tracer);
        TestClient client(supply, "client");
        Driver driver("driver", [&] {
            supply.start(0);
            client.plan(0, {{10'000, 1000, 2'000'000'000}});
            supply.execute();
            wait(supply.good_event());
            tracer.flush(now_ps());
        });
        sc_core::sc_start();
        tracer.close(7'000'000);
    }
    std::ifstream in(file);
    std::map<std::int64_t, double> voltage;
    std::map<std::int64_t, char> good;
    std::string line;
    char voltage_code = 0, good_code = 0;
    for (std::int64_t t = 0; std::getline(in, line);) {
        std::istringstream words(line);
        std::string first, second, third, code, name;
        words >> first >> second >> third >> code >> name;
        if (first == "$var") (name == "voltage" ? voltage_code : good_code) = code[0];
        if (first[0] == '#') t = std::stoll(first.substr(1));
        if (first[0] == 'r' && second[0] == voltage_code) voltage[t] = std::stod(first.substr(1));
        if (first.size() == 2 && first[1] == good_code) good[t] = first[0];
    }
    EXPECT_EQ(good, (std::map<std::int64_t, char>{{0, '1'}, {3'000'001, '0'}, {6'000'002, '1'}}));
    EXPECT_DOUBLE_EQ(voltage[0], 2.0);
    EXPECT_NEAR(voltage[3'000'001], 1.0, 1e-6);
    EXPECT_NEAR(voltage[6'000'002], 2.0, 1e-6);
    int points = 0;
    for (const auto& [t, v] : voltage) {
        if (t <= 3'000'001 || t >= 6'000'002) continue;
        ++points;
        EXPECT_NEAR(v, std::sqrt(1 + static_cast<double>(t - 3'000'001) * 1e-6), 1e-5);
    }
    EXPECT_EQ(points, 31);
}

}  // namespace
}  // namespace pimvp
