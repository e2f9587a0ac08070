// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Random overlapping work against a simulation in steps of one picosecond with exact fractions.
#include <random>

#include "tests/power/bench.h"
#include "tests/support/temp_dir.h"

namespace pimvp {
namespace {

using RandomWork = SimTest;

/// zJ/ps in pieces of 37 ps, and the file that says so.
struct Trace {
    std::vector<std::int64_t> powers;
    std::string file;
};
constexpr std::int64_t piece_ps = 37;

std::vector<Trace> draw_traces(std::mt19937_64& random, const test::TempDir& dir) {
    std::vector<Trace> traces(30);
    for (Trace& trace : traces) {
        std::string text = "time_s,power_w\n";
        const std::size_t pieces = 2 + random() % 4;
        for (std::size_t i = 0; i < pieces; ++i) {
            trace.powers.push_back(static_cast<std::int64_t>(random() % 2 * (random() % 25)));
            text += std::to_string(i * piece_ps) + "e-12," + std::to_string(trace.powers[i]) + "e-9\n";
        }
        trace.file = dir.write(std::to_string(&trace - traces.data()), text);
    }
    return traces;
}

struct Case {
    const Trace* harvest = nullptr;
    std::int64_t leakage = 0, capacitor_leakage = 0;
    struct Work {
        std::int64_t start;
        std::vector<PowerSteps> groups;
    };
    std::vector<Work> work;
};

constexpr std::int64_t first_stored = 4000, low_level = 1440, off_level = 1000;

Case draw_case(std::mt19937_64& random, const std::vector<Trace>& traces) {
    const auto below = [&](std::int64_t n) { return static_cast<std::int64_t>(random() % n); };
    Case c;
    c.harvest = &traces[random() % traces.size()];
    c.leakage = below(4);
    c.capacitor_leakage = below(3);
    for (std::int64_t i = 1 + below(3); i > 0; --i) {
        Case::Work work{below(60), {}};
        for (std::int64_t g = 1 + below(3); g > 0; --g)
            work.groups.push_back({below(7), 1 + below(40), below(900)});
        c.work.push_back(work);
    }
    return c;
}

struct Outcome {
    std::int64_t end = 0;
    bool off = false, warned = false;
    std::vector<std::int64_t> granted;
    std::vector<bool> torn;
    bool operator==(const Outcome& o) const {
        return end == o.end && off == o.off && warned == o.warned && granted == o.granted && torn == o.torn;
    }
};

std::ostream& operator<<(std::ostream& out, const Outcome& o) {
    out << "end " << o.end << " off " << o.off << " warned " << o.warned << ":";
    for (std::size_t i = 0; i < o.granted.size(); ++i) out << " " << o.granted[i] << (o.torn[i] ? "+" : "");
    return out;
}

Outcome expected(const Case& c) {
    struct Step {
        std::size_t work;
        std::int64_t from, to, zj;
    };
    std::vector<Step> steps;
    std::int64_t first = INT64_MAX;
    Zeptojoules common = 1;  // a multiple of all step lengths
    for (std::size_t w = 0; w < c.work.size(); ++w) {
        std::int64_t t = c.work[w].start;
        for (const auto& group : c.work[w].groups) {
            common *= group.step_ps;
            if (group.steps > 0) first = std::min(first, c.work[w].start);
            for (std::int64_t k = 0; k < group.steps; ++k, t += group.step_ps)
                steps.push_back({w, t, t + group.step_ps, group.step_zj});
        }
    }
    if (steps.empty()) first = 0;
    Outcome o;
    Zeptojoules standing = first_stored;
    const auto harvest = [&](std::int64_t t) {
        return c.harvest->powers[static_cast<std::size_t>(t / piece_ps) % c.harvest->powers.size()];
    };
    const auto stored = [&](std::int64_t t) {
        Zeptojoules left = standing * common;
        for (const Step& step : steps)
            if (step.from < t)
                left -= step.zj * (std::min(t, step.to) - step.from) * (common / (step.to - step.from));
        return left;
    };
    const auto end = [&] {
        std::int64_t last = first;
        for (const Step& step : steps) last = std::max(last, step.to);
        return last;
    };
    std::int64_t t = 0;
    for (; t < first && !o.off && !o.warned;) {
        standing += harvest(t++) - c.leakage - c.capacitor_leakage;
        o.off = standing < off_level;
        o.warned = standing < low_level;
    }
    if (o.off || o.warned) {
        // Settled until the work was to begin; that is where a warning leaves it.
        for (; t < first && !o.off;) {
            standing += harvest(t++) - c.leakage - c.capacitor_leakage;
            o.off = standing < off_level;
        }
        steps.clear();
        o.end = t;
    }
    for (; !steps.empty() && t < end() && !o.off;) {
        standing += harvest(t++) - c.leakage - c.capacitor_leakage;
        o.off = stored(t) < off_level * common;
        if (o.off || o.warned || stored(t) >= low_level * common) continue;
        o.warned = true;
        std::vector<Step> begun;
        for (const Step& step : steps)
            if (step.from < t) begun.push_back(step);
        steps = begun;
    }
    o.end = t;
    for (std::size_t w = 0; w < c.work.size(); ++w) {
        o.granted.push_back(0);
        o.torn.push_back(false);
        for (const Step& step : steps) {
            if (step.work != w) continue;
            if (!o.off || step.to < t) {
                ++o.granted.back();
            } else if (step.from < t) {
                o.torn.back() = true;
            }
        }
    }
    return o;
}

Outcome simulated(const Case& c, bool single_steps) {
    PowerParams params = round_params();
    params.capacitance = Capacitance::si(2e-18);  // V volts hold V^2 * 1000 zJ
    params.warning = volts(1.2);
    params.maximum = volts(10);
    params.turn_on = volts(9);
    params.capacitor_leakage = Power::si(static_cast<double>(c.capacitor_leakage) * 1e-9);
    params.harvest.source = HarvestSource::trace;
    params.harvest.trace = c.harvest->file;
    params.initial = volts(9);
    PowerSupply supply(sc_core::sc_gen_unique_name("supply"), params);
    std::vector<std::unique_ptr<TestClient>> clients;
    for (std::size_t w = 0; w < c.work.size(); ++w)
        clients.push_back(std::make_unique<TestClient>(supply, "client"));
    clients.front()->account.set_leakage(Power::si(static_cast<double>(c.leakage) * 1e-9));
    supply.start(0);
    // Down from turn-on to where the case begins.
    clients.front()->book(81'000 - first_stored);
    supply.settle(0);
    EXPECT_EQ(number(supply.balance().stored), first_stored);
    for (std::size_t w = 0; w < c.work.size(); ++w) {
        std::vector<PowerSteps> groups;
        for (const auto& group : c.work[w].groups) {
            for (std::int64_t k = 0; single_steps && k < group.steps; ++k)
                groups.push_back({1, group.step_ps, group.step_zj});
            if (!single_steps) groups.push_back(group);
        }
        clients[w]->plan(c.work[w].start, groups);
    }
    Outcome o;
    o.end = supply.execute();
    o.off = supply.state() == PowerState::off;
    o.warned = supply.warnings() > 0;
    std::vector<const Account*> accounts;
    for (const auto& client : clients) {
        o.granted.push_back(client->granted);
        o.torn.push_back(client->torn);
        accounts.push_back(&client->account);
    }
    expect_balanced(supply, accounts, c.leakage);
    return o;
}

TEST_F(RandomWork, EqualsPicosecondAfterPicosecond) {
    const test::TempDir dir;
    std::mt19937_64 random(5);
    const auto traces = draw_traces(random, dir);
    int off = 0, paused = 0, finished = 0;
    for (int i = 0; i < 3000; ++i) {
        const Case c = draw_case(random, traces);
        const Outcome want = expected(c);
        const Outcome got = simulated(c, false);
        ASSERT_EQ(got, want) << "case " << i;
        ASSERT_EQ(simulated(c, true), want) << "case " << i << ", step by step";
        ++(want.off ? off : want.warned ? paused : finished);
    }
    // Each way to end is there often enough to be tested.
    EXPECT_GT(off, 200);
    EXPECT_GT(paused, 200);
    EXPECT_GT(finished, 200);
}

TEST_F(RandomWork, ABatchIsAsManySingleExecutions) {
    std::mt19937_64 random(6);
    for (int i = 0; i < 300; ++i) {
        PowerParams params = round_params();
        params.harvest.mean_power = microwatts(static_cast<double>(random() % 900));
        const std::int64_t step_ps = 1 + static_cast<std::int64_t>(random() % 50'000);
        const std::int64_t step_zj = 1 + static_cast<std::int64_t>(random() % 100'000'000'000);
        PowerSupply batch(sc_core::sc_gen_unique_name("batch"), params);
        PowerSupply single(sc_core::sc_gen_unique_name("single"), params);
        TestClient one(batch, "one"), other(single, "other");
        one.account.set_leakage(microwatts(300));
        other.account.set_leakage(microwatts(300));
        batch.start(0);
        single.start(0);
        const std::int64_t steps = 500;
        one.plan(0, {{steps, step_ps, step_zj}});
        const std::int64_t end = batch.execute();
        std::int64_t now = 0, granted = 0;
        for (std::int64_t k = 0; k < steps && !other.torn; ++k) {
            other.plan(now, {{1, step_ps, step_zj}});
            now = single.execute();
            granted += other.granted;
        }
        ASSERT_EQ(now, end);
        ASSERT_EQ(granted, one.granted);
        ASSERT_EQ(other.torn, one.torn);
        ASSERT_EQ(number(batch.balance().stored), number(single.balance().stored));
        ASSERT_EQ(number(batch.balance().torn), number(single.balance().torn));
        ASSERT_EQ(number(batch.balance().wasted), number(single.balance().wasted));
        expect_balanced(single, {&other.account}, 300'000);
    }
}

TEST_F(RandomWork, ManyStepLengthsAreNeverGrantedTooMuch) {
    // No common multiple of these primes fits: draws are rounded up, by less than 1e-12 zJ/ps each.
    PowerSupply supply("supply", round_params());
    std::vector<std::unique_ptr<TestClient>> clients;
    std::vector<const Account*> accounts;
    for (const std::int64_t ps : {999'983, 999'979, 999'961, 999'959, 999'953}) {
        clients.push_back(std::make_unique<TestClient>(supply, "client"));
        accounts.push_back(&clients.back()->account);
        clients.back()->plan(0, {{1000, ps, ps * 200'000 + 1}});  // 200 uW and a little
    }
    supply.start(0);
    EXPECT_EQ(supply.execute(), 3'000'000);  // 3e12 and 15 zJ are asked for by then
    for (const auto& client : clients) EXPECT_EQ(client->granted, 3);
    EXPECT_LE(supply.balance().stored, Zeptojoules{1'000'000'000'000});
    expect_balanced(supply, accounts);
}

}  // namespace
}  // namespace pimvp
