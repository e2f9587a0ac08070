// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "modules/power/cut_injector.h"
#include "tests/power/driver.h"

namespace pimvp {
namespace {

struct Injection : SimTest {
    std::vector<std::unique_ptr<PowerSupply>> supplies;
};
using What = PowerSteps::What;

/// Charges from 1 V to 2 V in 3 ns: only injected cuts turn it off.
PowerParams strong_params(CutTarget target) {
    PowerParams params = round_params();
    params.harvest.mean_power = Power::si(1);
    params.inject.target = target;
    return params;
}

struct Window {
    std::int64_t from, to;
};

/// A system that restores when it was off, then works, writes and backs up, and notes the windows of `aim`.
struct System {
    System(const PowerParams& params, What what)
        : supply("supply", params), client(supply, "client"), aim(what) {}

    bool run(What what, std::int64_t steps) {
        const std::int64_t from = now_ps(), length = 1000 * steps;
        if (what == aim) windows.push_back({from, from + length});
        client.plan(from, {{steps, 1000, 100'000, what}});
        const std::int64_t end = supply.execute();
        if (supply.state() == PowerState::off) {
            if (client.torn) ++torn_in[what];
            if (what == aim) hits.push_back({static_cast<std::int64_t>(windows.size()), end});
            while (supply.state() == PowerState::off) wait(supply.good_event());
            run(What::restore, 10);
            return false;
        }
        EXPECT_EQ(end, from + length);
        wait(from_ps(end - from));
        return true;
    }
    void rounds(int n) {
        supply.start(now_ps());
        for (int i = 0; i < n; ++i) {
            if (run(What::work, 50) && run(What::write, 3)) run(What::backup, 7);
        }
        sc_core::sc_stop();
    }
    struct Hit {
        std::int64_t window, at_ps;
    };
    PowerSupply supply;
    TestClient client;
    What aim;
    std::vector<Window> windows;
    std::vector<Hit> hits;
    std::map<What, int> torn_in;
};

void expect_hits(System& system, std::int64_t every, std::size_t count) {
    ASSERT_EQ(system.hits.size(), count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto& hit = system.hits[i];
        EXPECT_EQ(hit.window, static_cast<std::int64_t>(i + 1) * every);
        const Window& window = system.windows[static_cast<std::size_t>(hit.window - 1)];
        EXPECT_GT(hit.at_ps, window.from);
        EXPECT_LE(hit.at_ps, window.to);
    }
    EXPECT_EQ(system.torn_in[system.aim], static_cast<int>(count));
    EXPECT_EQ(system.supply.aimed_cuts(), count);
    EXPECT_EQ(system.supply.torn_steps(), static_cast<std::uint64_t>(count));
    expect_balanced(system.supply, {&system.client.account});
}

TEST_F(Injection, EveryBackupWindow) {
    PowerParams params = strong_params(CutTarget::backup);
    System system(params, What::backup);
    Driver driver("driver", [&] { system.rounds(100); });
    sc_core::sc_start();
    expect_hits(system, 1, 100);
    EXPECT_EQ(system.supply.outages(), 100u);
    // Uniform within 7 ns: each nanosecond is hit.
    std::map<std::int64_t, int> places;
    for (const auto& hit : system.hits)
        ++places[(hit.at_ps - system.windows[static_cast<std::size_t>(hit.window - 1)].from - 1) / 1000];
    EXPECT_EQ(places.size(), 7u);
}

TEST_F(Injection, EveryThirdWriteWindowAndNoMoreThanAskedFor) {
    PowerParams params = strong_params(CutTarget::write);
    params.inject.every = 3;
    params.inject.count = 5;
    System system(params, What::write);
    Driver driver("driver", [&] { system.rounds(100); });
    sc_core::sc_start();
    expect_hits(system, 3, 5);
    EXPECT_EQ(system.supply.injected_cuts(), 5u);
}

TEST_F(Injection, RestoreWindowsComeFromCutsAtRandomInstants) {
    PowerParams params = strong_params(CutTarget::restore);
    params.inject.interval = Duration::si(2e-6);
    params.inject.every = 2;
    params.inject.count = 40;
    System system(params, What::restore);
    Driver driver("driver", [&] { system.rounds(20'000); });
    sc_core::sc_start();
    EXPECT_EQ(system.supply.aimed_cuts(), 40u);
    EXPECT_GT(system.supply.injected_cuts(), 50u);
    EXPECT_GE(system.torn_in[What::restore], 40);
    EXPECT_EQ(system.supply.injected_cuts(), system.supply.outages());
}

TEST_F(Injection, UniformCutsHaveTheirMeanInterval) {
    PowerParams params = strong_params(CutTarget::uniform);
    params.inject.interval = Duration::si(1e-6);
    params.inject.count = 2000;
    System system(params, What::work);
    Driver driver("driver", [&] { system.rounds(60'000); });
    sc_core::sc_start();
    const auto& off = system.supply.off_intervals();
    ASSERT_EQ(off.size(), 2000u);
    EXPECT_EQ(system.supply.injected_cuts(), 2000u);
    const double powered = static_cast<double>(system.supply.powered_ps(0, off.back().to_ps));
    EXPECT_NEAR(powered / 2000 / 1e6, 1.0, 0.1);  // 4.5 sigma
    expect_balanced(system.supply, {&system.client.account});
}

TEST_F(Injection, AWarningComesFirst) {
    PowerParams params = strong_params(CutTarget::uniform);
    params.harvest.mean_power = microwatts(1);
    params.warning = volts(1.5);
    params.inject.interval = Duration::si(1e-6);
    params.inject.warning = true;
    params.inject.warning_lead = Duration::si(20e-9);
    PowerSupply supply("supply", params);
    TestClient client(supply, "client");
    Driver driver("driver", [&] {
        supply.start(0);
        for (int i = 0; i < 50; ++i) {
            const std::int64_t from = now_ps();
            client.plan(from, {{1'000'000, 1000, 1}});
            const std::int64_t paused = supply.execute();
            EXPECT_EQ(supply.state(), PowerState::low);
            EXPECT_FALSE(client.torn);
            EXPECT_EQ(client.granted * 1000, paused - from);
            EXPECT_NEAR(supply.voltage(), 1.5, 1e-3);
            // The warning was within the last step.
            client.plan(paused, {{100, 1000, 1, What::backup}});
            const std::int64_t off = supply.execute();
            EXPECT_EQ(supply.state(), PowerState::off);
            EXPECT_TRUE(client.torn);
            EXPECT_GE(off - paused, 19'000);
            EXPECT_LE(off - paused, 20'000);
            while (supply.state() == PowerState::off) wait(supply.good_event());
        }
        sc_core::sc_stop();
    });
    sc_core::sc_start();
    EXPECT_EQ(supply.warnings(), 50u);
    EXPECT_EQ(supply.injected_cuts(), 50u);
    expect_balanced(supply, {&client.account});
}

TEST_F(Injection, ACutComesWhenNobodyLooks) {
    for (const bool warning : {false, true}) {
        PowerParams params = strong_params(CutTarget::uniform);
        params.warning = volts(1.5);
        params.inject.interval = Duration::si(1e-3);
        params.inject.count = 20;
        params.inject.warning = warning;
        auto* supply = new PowerSupply(sc_core::sc_gen_unique_name("supply"), params);
        supply->on_loss([supply] { EXPECT_EQ(supply->off_since_ps(), now_ps()); });
        supply->start(0);
        supplies.emplace_back(supply);
    }
    sc_core::sc_start();  // ends by itself: after the last cut nothing can happen
    for (const auto& supply : supplies) {
        EXPECT_EQ(supply->injected_cuts(), 20u);
        EXPECT_EQ(supply->outages(), 20u);
        EXPECT_EQ(supply->warnings(), supply->params().inject.warning ? 20u : 0u);
        for (const auto& off : supply->off_intervals()) EXPECT_EQ(off.to_ps - off.from_ps, 3000);
        EXPECT_EQ(supply->state(), PowerState::good);
        EXPECT_FALSE(supply->dead());
    }
}

TEST_F(Injection, ABackupAfterAnInjectedWarningIsHit) {
    PowerParams params = strong_params(CutTarget::backup);
    params.harvest.mean_power = microwatts(1);
    params.warning = volts(1.5);
    params.inject.interval = Duration::si(1e-6);
    params.inject.warning = true;
    params.inject.warning_lead = Duration::si(1e-3);
    PowerSupply supply("supply", params);
    TestClient client(supply, "client");
    Driver driver("driver", [&] {
        supply.start(0);
        for (int i = 0; i < 50; ++i) {
            client.plan(now_ps(), {{1'000'000, 1000, 1}});
            const std::int64_t paused = supply.execute();
            EXPECT_EQ(supply.state(), PowerState::low);
            client.plan(paused, {{5, 1000, 1, What::backup}});
            const std::int64_t off = supply.execute();
            EXPECT_GT(off, paused);
            EXPECT_LE(off, paused + 5000);
            EXPECT_TRUE(client.torn);
            while (supply.state() == PowerState::off) wait(supply.good_event());
        }
        sc_core::sc_stop();
    });
    sc_core::sc_start();
    EXPECT_EQ(supply.aimed_cuts(), 50u);
    EXPECT_EQ(supply.warnings(), 50u);
}

TEST_F(Injection, AnAimedCutIsAnyPicosecondOfItsWindow) {
    InjectParams params;
    params.target = CutTarget::write;
    CutInjector injector(params);
    std::map<std::int64_t, int> hits;
    for (int i = 0; i < 300; ++i) {
        injector.window(What::backup, 10, 13);
        EXPECT_EQ(injector.next_ps(), never_ps);
        injector.window(What::write, 10, 13);
        ++hits[injector.next_ps()];
        EXPECT_EQ(injector.fire(), CutInjector::Action::cut);
    }
    ASSERT_EQ(hits.size(), 3u);
    for (const std::int64_t at : {11, 12, 13}) EXPECT_GT(hits[at], 60);
}

TEST_F(Injection, AWindowBesideOtherWorkCountsOnce) {
    PowerParams params = strong_params(CutTarget::write);
    params.inject.every = 2;
    PowerSupply supply("supply", params);
    TestClient one(supply, "one"), other(supply, "other");
    supply.start(0);
    // Steps of the other begin and end within the first window.
    one.plan(0, {{1, 1000, 1, What::write}});
    other.plan(300, {{1, 100, 1}, {1, 200, 2}, {1, 50, 3}});
    EXPECT_EQ(supply.execute(), 1000);
    EXPECT_EQ(supply.state(), PowerState::good);
    one.plan(1000, {{1, 1000, 1, What::write}});
    EXPECT_LE(supply.execute(), 2000);
    EXPECT_EQ(supply.state(), PowerState::off);
    EXPECT_TRUE(one.torn);
}

TEST_F(Injection, AWindowThatEndsBeforeItsCutOwesItToTheNext) {
    PowerParams params = strong_params(CutTarget::write);
    params.harvest.mean_power = Power{};
    params.warning = volts(1.9);
    params.inject.every = 2;
    PowerSupply supply("supply", params);
    TestClient client(supply, "client");
    supply.start(0);
    client.plan(0, {{1, 1000, 1, What::write}});
    EXPECT_EQ(supply.execute(), 1000);
    // The second window is to be cut, but a warning ends it after its first step of a thousand million.
    client.plan(1000, {{1'000'000'000, 1000, 1'000'000'000'000, What::write}});
    EXPECT_EQ(supply.execute(), 2000);
    EXPECT_EQ(supply.state(), PowerState::low);
    client.plan(2000, {{1, 1000, 1, What::write}});
    supply.execute();
    EXPECT_EQ(supply.state(), PowerState::off);
    EXPECT_EQ(supply.aimed_cuts(), 1u);
}

}  // namespace
}  // namespace pimvp
