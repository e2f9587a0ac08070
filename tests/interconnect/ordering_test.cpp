// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/ordering.h"

#include <functional>
#include <string>
#include <vector>

#include "tests/support/sc_test_main.h"

namespace pimvp {
namespace {

using namespace sc_core;

struct Runner : sc_module {
    Runner(const sc_module_name& nm, std::function<void()> body) : sc_module(nm), body_(std::move(body)) {
        SC_HAS_PROCESS(Runner);
        SC_THREAD(run);
    }
    void run() { body_(); }
    std::function<void()> body_;
};

struct OrderingTest : SimTest {};

TEST_F(OrderingTest, EqualTimesAreServedByRankWhoeverComesFirst) {
    std::string served;
    // The host (rank 8) runs first in the kernel's order and is ahead of its time; B has waited to 10 ns
    // before it asks, A asks from time 0.
    Runner host("host", [&] {
        synchronise(10000, Rank::host);
        served += 'H';
        EXPECT_EQ(to_ps(sc_time_stamp()), 10000);
        synchronise(10000, Rank::host);
        served += 'h';
    });
    Runner b("b", [&] {
        wait(10, SC_NS);
        synchronise(10000, 1);
        served += 'B';
        synchronise(12000, 1);
        served += 'b';
    });
    Runner a("a", [&] {
        synchronise(10000, 0);
        served += 'A';
        synchronise(11000, 0);
        served += 'a';
    });
    sc_start(1, SC_US);
    EXPECT_EQ(served, "ABHhab");
}

// A's access takes more delta cycles than the ranks are apart; B and the host are behind it all the same.
TEST_F(OrderingTest, ALongInstantDoesNotLetOthersAhead) {
    std::string served;
    const auto at = [&](const char* name, int rank, int deltas) {
        return [&served, name, rank, deltas] {
            synchronise(10000, rank);
            served += name;
            const LongInstant access;
            for (int delta = 0; delta < deltas; ++delta) wait(SC_ZERO_TIME);
            served += name;
        };
    };
    Runner host("host", at("H", Rank::host, 3));
    Runner b("b", at("B", 1, 40));
    Runner a("a", at("A", 0, 60));
    sc_start(1, SC_US);
    EXPECT_EQ(served, "AABBHH");
}

TEST_F(OrderingTest, ATimeThatHasPassedDoesNotWait) {
    std::int64_t at = -1;
    Runner r("r", [&] {
        wait(5, SC_NS);
        synchronise(3000, 2);
        at = to_ps(sc_time_stamp());
    });
    sc_start(1, SC_US);
    EXPECT_EQ(at, 5000);
}

}  // namespace
}  // namespace pimvp
