// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/account.h"

#include <gtest/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace pimvp {
namespace {

using Big = boost::multiprecision::cpp_int;

Big big(Zeptojoules zj) {
    const bool negative = zj < 0;
    if (negative) zj = -zj;
    const Big value = (Big(static_cast<std::uint64_t>(zj >> 64)) << 64) + static_cast<std::uint64_t>(zj);
    return negative ? Big(-value) : value;
}

TEST(Account, AnyPartitionAddsUpExactly) {
    std::mt19937_64 random(1);
    for (int round = 0; round < 50; ++round) {
        Account account("top.block");
        const std::size_t events = 1 + random() % 6;
        std::vector<std::int64_t> price;
        for (std::size_t e = 0; e < events; ++e) {
            price.push_back(static_cast<std::int64_t>(random() % 1000000000));
            ASSERT_EQ(
                account.add_event("e" + std::to_string(e), Energy::si(static_cast<double>(price[e]) * 1e-21)),
                e);
            ASSERT_EQ(account.price_zj(e), price[e]);
        }
        const auto leakage = static_cast<std::int64_t>(random() % 100000);
        account.set_leakage(Power::si(static_cast<double>(leakage) * 1e-9));  // 1 nW = 1 zJ/ps
        ASSERT_EQ(account.leakage_zj_per_ps(), leakage);

        Big total = 0, leaked = 0;
        std::vector<Big> by_event(events), by_activity(12);
        for (int i = 0; i < 500; ++i) {
            const int activity = static_cast<int>(random() % by_activity.size());
            const std::size_t e = random() % events;
            const std::uint64_t n = random() >> (12 + random() % 50);  // up to 2^52, so sums pass 64 bits
            account.count(e, n, activity);
            const Big energy = Big(n) * price[e];
            total += energy;
            by_event[e] += energy;
            by_activity[static_cast<std::size_t>(activity)] += energy;
        }
        for (std::size_t a = 0; a < by_activity.size(); ++a) {
            const std::uint64_t ps = random() >> 20;
            account.add_leakage_time(ps, static_cast<int>(a));
            const Big energy = Big(ps) * leakage;
            total += energy;
            leaked += energy;
            by_activity[a] += energy;
        }

        ASSERT_EQ(big(account.energy()), total);
        ASSERT_EQ(big(account.leakage_energy()), leaked);
        Big sum = leaked;
        for (std::size_t e = 0; e < events; ++e) {
            ASSERT_EQ(big(account.event_energy(e)), by_event[e]);
            sum += big(account.event_energy(e));
        }
        ASSERT_EQ(sum, total);
        for (std::size_t a = 0; a < by_activity.size(); ++a)
            ASSERT_EQ(big(account.energy(static_cast<int>(a))), by_activity[a]);
        ASSERT_EQ(account.activities(), static_cast<int>(by_activity.size()));
    }
}

TEST(Account, SumsBeyond64Bits) {
    Account account("b");
    const auto e = account.add_event("access", picojoules(1));  // 1e9 zJ
    account.count(e, 1000000000000, Activity::layer(0));        // 1e12 of them: 1e21 zJ = 1 J
    EXPECT_EQ(big(account.energy()), Big("1000000000000000000000"));
    EXPECT_DOUBLE_EQ(joules(account.energy()), 1.0);
}

TEST(Account, PricesRoundOnce) {
    Account account("b");
    const auto low = account.add_event("low", Energy::si(1.4e-21));
    const auto high = account.add_event("high", Energy::si(1.6e-21));
    const auto free = account.add_counter("stalls");
    EXPECT_EQ(account.price_zj(low), 1);
    EXPECT_EQ(account.price_zj(high), 2);
    account.count(low, 1000, 0);
    account.count(high, 1000, 0);
    account.count(free, 1000, 0);
    EXPECT_EQ(big(account.energy()), 3000);
    EXPECT_EQ(account.total(free), 1000u);
}

TEST(Account, CountsGrowWithActivities) {
    Account account("b");
    const auto a = account.add_event("a", femtojoules(1));
    const auto b = account.add_event("b", femtojoules(2));
    EXPECT_EQ(account.activities(), 0);
    account.count(a, 3, Activity::layer(40));
    account.count(b, 5, Activity::load);
    account.count(a, 7, Activity::layer(40));
    EXPECT_EQ(account.activities(), Activity::layer(40) + 1);
    EXPECT_EQ(account.total(a, Activity::layer(40)), 10u);
    EXPECT_EQ(account.total(b, Activity::load), 5u);
    EXPECT_EQ(account.total(a, Activity::load), 0u);
    EXPECT_EQ(account.total(a, 5000), 0u);
    EXPECT_EQ(account.total(a), 10u);
    EXPECT_EQ(big(account.energy(5000)), 0);
}

TEST(Account, ResetKeepsPrices) {
    Account account("b");
    const auto a = account.add_event("a", femtojoules(1));
    account.set_leakage(microwatts(1));
    account.count(a, 3, 4);
    account.add_leakage_time(100, 2);
    account.reset();
    EXPECT_EQ(big(account.energy()), 0);
    EXPECT_EQ(account.activities(), 0);
    EXPECT_EQ(account.price_zj(a), 1000000);
    EXPECT_EQ(account.leakage_zj_per_ps(), 1000);
    account.count(a, 2, 0);
    EXPECT_EQ(big(account.energy()), 2000000);
}

TEST(Account, EventsAreDeclaredBeforeTheFirstCount) {
    Account account("top.block");
    const auto a = account.add_event("a", femtojoules(1));
    account.count(a, 1, 0);
    EXPECT_THROW(account.add_event("late", femtojoules(1)), std::logic_error);
}

TEST(Account, AreaIsTheSumOfItsComponents) {
    Account account("b");
    account.add_area("cells", square_micrometres(100));
    account.add_area("adc", square_micrometres(25));
    EXPECT_DOUBLE_EQ(account.area().si(), 125e-12);
    ASSERT_EQ(account.area_components().size(), 2u);
    EXPECT_EQ(account.area_components()[1].name, "adc");
}

}  // namespace
}  // namespace pimvp
