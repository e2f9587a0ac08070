// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "modules/power/power_supply.h"
#include "tests/support/sc_test_main.h"

namespace pimvp {

/// Levels that a hand can compute with: V volts hold V^2 * 1e12 zJ (2 nF). A microwatt is 1000 zJ/ps.
inline PowerParams round_params() {
    PowerParams p;
    p.harvest.mean_power = Power{};
    p.capacitance = Capacitance::si(2e-9);
    p.brown_out = volts(1);
    p.warning = volts(1);
    p.turn_on = volts(2);
    p.initial = volts(2);
    p.maximum = volts(3);
    return p;
}
constexpr std::int64_t usable = 3'000'000'000'000;  // zJ between 2 V and 1 V

/// Books what it was granted, as a block does.
struct TestClient : PowerClient {
    explicit TestClient(PowerSupply& s, const std::string& name, bool load = true)
        : supply(s), account(name), zeptojoule(account.add_event("zj", Energy::si(1e-21))) {
        if (load) supply.add_load(account);
    }
    void plan(std::int64_t start_ps, std::vector<PowerSteps> steps) {
        work = steps;
        supply.plan(*this, start_ps, std::move(steps));
    }
    void powered(std::int64_t steps, bool is_torn) override {
        granted = steps;
        torn = is_torn;
        ++calls;
        for (const auto& group : work) {
            const auto n = std::min(steps, group.steps);
            book(n * group.step_zj);
            steps -= n;
        }
        EXPECT_EQ(steps, 0);
    }
    void book(std::int64_t zj) { account.count(zeptojoule, static_cast<std::uint64_t>(zj), Activity::idle); }

    PowerSupply& supply;
    Account account;
    Account::EventId zeptojoule;
    std::vector<PowerSteps> work;
    std::int64_t granted = -1;
    bool torn = false;
    int calls = 0;
};

inline long long number(Zeptojoules zj) {
    return static_cast<long long>(zj);
}

/// Both identities of PowerBalance. `leakage` is of all loads, in zJ/ps, from `start_ps` on.
inline void expect_balanced(const PowerSupply& supply, const std::vector<const Account*>& loads,
                            std::int64_t leakage = 0, std::int64_t start_ps = 0) {
    const PowerBalance b = supply.balance();
    EXPECT_EQ(number(b.initial + b.harvested), number(b.taken + b.leaked + b.wasted + b.cut + b.stored));
    Zeptojoules booked = b.torn;
    for (const Account* load : loads) booked += load->energy();
    booked += Zeptojoules{leakage} * supply.powered_ps(start_ps, supply.looked_ps());
    EXPECT_EQ(number(b.taken + b.unpaid), number(booked));
    EXPECT_EQ(number(supply.account().energy()), number(b.torn));
}

}  // namespace pimvp
