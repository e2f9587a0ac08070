// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The refresh schedule against an observer that knows only its promise: every row that holds data is read
// again within the retention, the array does one thing at a time, accesses are as long as they were.
#include "modules/edram_macro/refresh_schedule.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "modules/core/error.h"

namespace pimvp {
namespace {

constexpr std::int64_t ns = 1000, us = 1'000'000;

RefreshParams params(RefreshPolicy policy, std::int64_t retention, std::int64_t postpone, int rows = 128) {
    RefreshParams p;
    p.policy = policy;
    p.rows = rows;
    p.postpone_ps = postpone;
    p.longest_step_ps = 15 * ns;
    p.retention_ps = retention;
    return p.resolved("test");
}

/// Replays what the array does.
class Observer {
  public:
    explicit Observer(const RefreshParams& p) : p_(p) {}
    void write(int row, std::int64_t start) { fresh_[row] = start; }
    void refreshes(const std::vector<RowRefresh>& granted) {
        for (const RowRefresh& r : granted) {
            occupy(r.start_ps, p_.row_ps);
            ASSERT_TRUE(fresh_.count(r.row)) << "row " << r.row << " holds nothing";
            const std::int64_t gap = r.start_ps + p_.row_ps - fresh_[r.row];
            longest_gap = std::max(longest_gap, gap);
            ASSERT_LE(gap, p_.retention_ps) << "row " << r.row << " at " << r.start_ps;
            fresh_[r.row] = r.start_ps;
            ++count[r.row];
        }
    }
    void access(std::int64_t start, std::int64_t length) { occupy(start, length); }
    void end(std::int64_t time) {
        for (const auto& [row, fresh] : fresh_) ASSERT_LE(time - fresh, p_.retention_ps) << "row " << row;
    }
    std::int64_t free = 0, longest_gap = 0;
    std::map<int, int> count;

  private:
    void occupy(std::int64_t start, std::int64_t length) {
        ASSERT_GE(start, free);
        free = start + length;
    }
    RefreshParams p_;
    std::map<int, std::int64_t> fresh_;
};

struct Case {
    RefreshPolicy policy;
    std::int64_t retention, postpone;
    double load;    // share of time with accesses
    bool ask_each;  // or only when ask_again says so
};

void PrintTo(const Case& c, std::ostream* out) {
    *out << c.retention / us << "us_" << c.postpone / ns << "ns_"
         << (c.policy == RefreshPolicy::burst ? "burst" : "distributed") << "_load_" << c.load
         << (c.ask_each ? "_asked" : "");
}

class NeverLate : public ::testing::TestWithParam<Case> {};

TEST_P(NeverLate, OverAHundredRetentionPeriods) {
    const Case c = GetParam();
    const RefreshParams p = params(c.policy, c.retention, c.postpone);
    RefreshSchedule schedule(p);
    Observer observer(p);
    std::mt19937_64 random(c.retention + c.postpone);
    std::vector<RowRefresh> granted;
    std::int64_t time = 0, ask_again = 0, asked = 0, accesses = 0;
    const auto access = [&](std::int64_t length) {
        std::int64_t start = std::max(time, observer.free);
        if (c.ask_each || start >= ask_again) {
            granted.clear();
            const std::int64_t got = schedule.request(observer.free, start, length, granted);
            EXPECT_GE(got, start);
            start = got;
            ask_again = schedule.ask_again_ps();
            observer.refreshes(granted);
            ++asked;
        }
        observer.access(start, length);
        time = start + length;
        ++accesses;
        return start;
    };
    const int live = 100;
    for (int i = 0; i < live; ++i) {
        const int row = i * 77 % 128;
        const std::int64_t start = access(5 * ns);
        observer.write(row, start);
        schedule.set_live(row, start);
        ask_again = 0;
        if (i % 10 == 9) time += 3 * us;
    }
    while (time < 110 * c.retention) {
        const std::int64_t steps = 1 + static_cast<std::int64_t>(random() % 3);
        const std::int64_t length = std::min<std::int64_t>(steps * 15 * ns, p.longest_piece_ps());
        access(length);
        const double idle = static_cast<double>(length) * (1.0 / c.load - 1.0);
        if (c.load < 1.0)
            time +=
                static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(2 * idle / 5000 + 1)) * 5000;
        if (c.load < 0.5 && random() % 1000 == 0)
            time += c.retention * static_cast<std::int64_t>(random() % 300) / 100;
        ASSERT_FALSE(HasFatalFailure()) << time;
    }
    granted.clear();
    schedule.drain(observer.free, time, granted);
    observer.refreshes(granted);
    observer.end(time);
    EXPECT_EQ(observer.count.size(), static_cast<std::size_t>(live));
    // One refresh per period and row; the ends may miss one.
    const std::int64_t passes = time / p.period_ps;
    for (const auto& [row, count] : observer.count) {
        EXPECT_GE(count, passes - 1) << row;
        EXPECT_LE(count, passes + 1) << row;
    }
    if (!c.ask_each) {
        EXPECT_LT(asked, accesses / 3 + 2 * static_cast<std::int64_t>(schedule.refreshes()));
    }
    // Nothing is wasted either: some gap uses most of what the retention allows.
    EXPECT_GT(observer.longest_gap, p.period_ps - p.row_ps);
    // D2: blocked fraction rows t_row / T, here of the live rows.
    if (c.load == 1.0) {
        const double blocked = static_cast<double>(schedule.stolen_ps()) / static_cast<double>(time);
        const double expected = static_cast<double>(live * p.row_ps) / static_cast<double>(p.period_ps);
        EXPECT_NEAR(blocked, expected, expected * 0.02);
    }
}

std::vector<Case> cases() {
    std::vector<Case> all;
    for (const auto policy : {RefreshPolicy::distributed, RefreshPolicy::burst}) {
        for (const std::int64_t retention : {28 * us, 77 * us, 200 * us}) {
            for (const std::int64_t postpone : {std::int64_t{0}, 40 * ns, 1 * us}) {
                const double load = postpone == 0 ? 1.0 : postpone == 1 * us ? 0.3 : 0.9;
                all.push_back({policy, retention, postpone, load, false});
                all.push_back({policy, retention, postpone, 1.0, true});
            }
        }
    }
    return all;
}
INSTANTIATE_TEST_SUITE_P(All, NeverLate, ::testing::ValuesIn(cases()));

// rows = 4, period 8 us: row r is due at 2 us r + 8 us k.
RefreshSchedule four_rows(std::int64_t postpone, RefreshPolicy policy = RefreshPolicy::distributed) {
    RefreshParams p;
    p.policy = policy;
    p.rows = 4;
    p.postpone_ps = postpone;
    p.longest_step_ps = 20 * ns;
    p.period_ps = 8 * us;
    p.retention_ps = 28 * us;
    RefreshSchedule schedule(p.resolved("four"));
    for (int row = 0; row < 4; ++row) schedule.set_live(row, 1);
    return schedule;
}

TEST(RefreshSchedule, IdleGapsTakeRefreshesAtTheirDueTime) {
    RefreshSchedule schedule = four_rows(0);
    EXPECT_EQ(schedule.ask_again_ps(), 2 * us);  // row 0's slot at 0 came before its data
    std::vector<RowRefresh> granted;
    EXPECT_EQ(schedule.request(0, 7 * us, 20 * ns, granted), 7 * us);
    ASSERT_EQ(granted.size(), 3u);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(granted[i].row, i + 1);
        EXPECT_EQ(granted[i].start_ps, (i + 1) * 2 * us);
    }
    EXPECT_EQ(schedule.stolen_ps(), 0u);
    EXPECT_EQ(schedule.postponed(), 0u);
    EXPECT_EQ(schedule.skipped(), 1u);
    EXPECT_EQ(schedule.ask_again_ps(), 8 * us);
}

TEST(RefreshSchedule, ARunningRefreshDelaysTheAccess) {
    RefreshSchedule schedule = four_rows(1 * us);
    std::vector<RowRefresh> granted;
    EXPECT_EQ(schedule.request(0, 2 * us + 1, 20 * ns, granted), 2 * us + 10 * ns);
    EXPECT_EQ(schedule.stolen_ps(), 9'999u);
    EXPECT_EQ(granted.size(), 1u);
}

TEST(RefreshSchedule, PostponementEndsAtTheLimitToThePicosecond) {
    for (const std::int64_t excess : {-1, 0, 1}) {
        RefreshSchedule schedule = four_rows(100 * ns);
        std::vector<RowRefresh> granted;
        // Due at 2 us, as the access wants to start: it may wait if the access ends by 2.1 us.
        std::int64_t start = schedule.request(0, 2 * us, 20 * ns, granted);
        EXPECT_EQ(start, 2 * us);
        EXPECT_TRUE(granted.empty());
        EXPECT_LE(schedule.ask_again_ps(), 2 * us);  // still due: ask every time
        start = schedule.request(2 * us + 20 * ns, 2 * us + 20 * ns, 80 * ns + excess, granted);
        if (excess <= 0) {
            EXPECT_EQ(start, 2 * us + 20 * ns);
            EXPECT_TRUE(granted.empty());
            start = schedule.request(start + 80 * ns + excess, 3 * us, 20 * ns, granted);
            ASSERT_EQ(granted.size(), 1u);
            EXPECT_EQ(granted[0].start_ps, 2 * us + 100 * ns + excess);  // the idle gap after the access
            EXPECT_EQ(schedule.stolen_ps(), 0u);
        } else {
            ASSERT_EQ(granted.size(), 1u);
            EXPECT_EQ(granted[0].start_ps, 2 * us + 20 * ns);
            EXPECT_EQ(start, 2 * us + 30 * ns);
            EXPECT_EQ(schedule.stolen_ps(), static_cast<std::uint64_t>(10 * ns));
        }
        EXPECT_EQ(schedule.postponed(), 1u);
    }
}

TEST(RefreshSchedule, DueDuringAnAccessWaitsForItsEndWhateverTheLimit) {
    RefreshSchedule schedule = four_rows(0);
    std::vector<RowRefresh> granted;
    EXPECT_EQ(schedule.request(0, 2 * us - 1, 20 * ns, granted), 2 * us - 1);
    EXPECT_TRUE(granted.empty());
    const std::int64_t end = 2 * us - 1 + 20 * ns;
    EXPECT_EQ(schedule.request(end, end, 20 * ns, granted), end + 10 * ns);
    ASSERT_EQ(granted.size(), 1u);
    EXPECT_EQ(granted[0].start_ps, end);
    EXPECT_EQ(schedule.postponed(), 1u);
}

TEST(RefreshSchedule, ADueTimeAtAnAccessEndIsNotLate) {
    RefreshSchedule schedule = four_rows(0);
    std::vector<RowRefresh> granted;
    EXPECT_EQ(schedule.request(0, 2 * us - 20 * ns, 20 * ns, granted), 2 * us - 20 * ns);
    schedule.drain(2 * us, 2 * us, granted);
    EXPECT_TRUE(granted.empty());
    schedule.drain(2 * us, 2 * us + 1, granted);
    ASSERT_EQ(granted.size(), 1u);
    EXPECT_EQ(granted[0].start_ps, 2 * us);
    EXPECT_EQ(schedule.postponed(), 0u);
}

TEST(RefreshSchedule, BurstRefreshesAllRowsInTurn) {
    RefreshSchedule schedule = four_rows(0, RefreshPolicy::burst);
    std::vector<RowRefresh> granted;
    schedule.drain(0, 16 * us, granted);
    ASSERT_EQ(granted.size(), 4u);  // at 8 us; the burst at 0 came before the data
    for (int row = 0; row < 4; ++row) {
        EXPECT_EQ(granted[row].row, row);
        EXPECT_EQ(granted[row].start_ps, 8 * us + row * 10 * ns);
    }
    EXPECT_EQ(schedule.skipped(), 4u);
    EXPECT_EQ(schedule.postponed(), 0u);
}

TEST(RefreshSchedule, BurstEqualsDistributedInCounts) {
    std::vector<RowRefresh> burst, distributed;
    RefreshSchedule a = four_rows(0, RefreshPolicy::burst), b = four_rows(0);
    // Half a slot past the end, so that both have had the same slots.
    a.drain(0, 800 * us - us, burst);
    b.drain(0, 800 * us - us, distributed);
    EXPECT_EQ(a.refreshes() + a.skipped(), 400u);  // 100 periods x 4 rows
    EXPECT_EQ(b.refreshes() + b.skipped(), 400u);
    EXPECT_EQ(a.refreshes(), 396u);
    EXPECT_EQ(b.refreshes(), 399u);  // rows 1 to 3 of period 0 fell due after their data
}

TEST(RefreshSchedule, RowsWithoutDataAreSkipped) {
    RefreshParams p;
    p.rows = 8;
    p.period_ps = 8 * us;
    p.retention_ps = 28 * us;
    RefreshSchedule schedule(p.resolved("skip"));
    std::vector<RowRefresh> granted;
    EXPECT_EQ(schedule.ask_again_ps(), INT64_MAX);
    schedule.drain(0, 80 * us, granted);
    EXPECT_TRUE(granted.empty());
    EXPECT_EQ(schedule.skipped(), 80u);
    schedule.set_live(5, 80 * us);
    EXPECT_EQ(schedule.ask_again_ps(), 85 * us);
    schedule.set_live(5, 90 * us);  // rewriting changes nothing
    schedule.drain(80 * us, 160 * us, granted);
    ASSERT_EQ(granted.size(), 10u);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(granted[i].start_ps, 85 * us + i * 8 * us);
    EXPECT_EQ(schedule.skipped(), 80u + 70u);
    schedule.reset();
    EXPECT_EQ(schedule.skipped() + schedule.refreshes(), 0u);
    EXPECT_EQ(schedule.ask_again_ps(), INT64_MAX);
}

TEST(RefreshSchedule, DisabledDoesNothing) {
    RefreshParams p;
    p.enabled = false;
    p.retention_ps = 10;  // too short for any refresh
    RefreshSchedule schedule(p.resolved("off"));
    schedule.set_live(0, 0);
    std::vector<RowRefresh> granted;
    EXPECT_EQ(schedule.request(0, 500 * us, us, granted), 500 * us);
    schedule.drain(501 * us, 900 * us, granted);
    EXPECT_TRUE(granted.empty());
    EXPECT_EQ(schedule.ask_again_ps(), INT64_MAX);
}

TEST(RefreshParams, AutoPeriodUsesTheWholeRetention) {
    // 200 us - 100 ns limit - 10 ns row refresh, on the 5 ns clock.
    EXPECT_EQ(params(RefreshPolicy::distributed, 200 * us, 100 * ns).period_ps, 199'890 * ns);
    // Without a limit the longest step of 15 ns takes its place; a burst loses 127 rows x 10 ns.
    EXPECT_EQ(params(RefreshPolicy::distributed, 28 * us, 0).period_ps, 27'975 * ns);
    EXPECT_EQ(params(RefreshPolicy::burst, 28 * us, 0).period_ps, 26'705 * ns);
}

TEST(RefreshParams, APeriodThatRetentionForbidsIsRefusedWithItsNumbers) {
    RefreshParams p = params(RefreshPolicy::distributed, 28 * us, 40 * ns);
    const std::int64_t longest = 28 * us - 40 * ns - 10 * ns;
    p.period_ps = longest;
    EXPECT_EQ(p.resolved("edram0").period_ps, longest);
    p.period_ps = longest + 5 * ns;
    try {
        p.resolved("edram0");
        FAIL();
    } catch (const Error& e) {
        EXPECT_STREQ(
            e.what(),
            "edram0: refresh.period: expected at most the retention of 28 us, found period 27.955 us "
            "+ refresh.postpone 40 ns + row refresh 10 ns = 28.005 us");
    }
    p.period_ps = 1 * us;  // 128 rows x 10 ns do not fit
    EXPECT_THROW(p.resolved("edram0"), Error);
    EXPECT_THROW(params(RefreshPolicy::distributed, 1 * us, 2 * us), Error);
    EXPECT_THROW(params(RefreshPolicy::distributed, 28 * us, -1), Error);
}

std::string message(RefreshParams p) {
    try {
        p.resolved("edram0");
    } catch (const Error& e) {
        return e.what();
    }
    return {};
}

/// 128 rows of 10 ns and a step of 15 ns, on the 5 ns clock.
RefreshParams tight(RefreshPolicy policy, std::int64_t period, std::int64_t postpone) {
    RefreshParams p;
    p.policy = policy;
    p.postpone_ps = postpone;
    p.longest_step_ps = 15 * ns;
    p.period_ps = period;
    return p;
}

TEST(RefreshParams, APeriodWithoutRoomForAStepIsRefused) {
    for (const auto policy : {RefreshPolicy::distributed, RefreshPolicy::burst}) {
        // 1280 ns of refreshes, and 15 ns.
        EXPECT_EQ(message(tight(policy, 1295 * ns, 0)), "");
        EXPECT_EQ(message(tight(policy, 1300 * ns, 0)), "");
        for (const std::int64_t period : {1280 * ns, 1290 * ns, 1295 * ns - 1, std::int64_t{1}}) {
            EXPECT_EQ(
                message(tight(policy, period, 0))
                    .find("edram0: refresh.period: expected at least 1.295 us (128 row refreshes of 10 ns "
                          "and a step of 15 ns), found "),
                0u)
                << period;
        }
        EXPECT_NE(message(tight(policy, 1280 * ns, 0)).find("found 1.28 us"), std::string::npos);
    }
    RefreshParams p = tight(RefreshPolicy::distributed, 1280 * ns, 0);
    p.longest_step_ps = 0;  // a clock cycle still
    EXPECT_NE(message(p), "");
    p.period_ps += 5 * ns;
    EXPECT_EQ(message(p), "");
}

TEST(RefreshParams, AnAutoPeriodThatRetentionForbidsNamesTheRetention) {
    RefreshParams p = tight(RefreshPolicy::distributed, 0, 1 * us);
    p.retention_ps = 1 * us;
    EXPECT_EQ(
        message(p),
        "edram0: edram_macro.retention: 1 us leaves no time between refreshes: refresh.postpone 1 us + row "
        "refresh 10 ns take 1.01 us, and refresh.period needs at least 1.295 us (128 row refreshes of 10 "
        "ns and a step of 15 ns): expected at least 2.305 us; lower refresh.postpone");
    p.retention_ps = 2305 * ns - 1;
    EXPECT_NE(message(p), "");
    p.retention_ps = 2305 * ns;
    EXPECT_EQ(p.resolved("edram0").period_ps, 1295 * ns);

    p = tight(RefreshPolicy::burst, 0, 0);
    p.retention_ps = 1 * us;
    EXPECT_EQ(
        message(p),
        "edram0: edram_macro.retention: 1 us leaves no time between refreshes: longest step 15 ns + earlier "
        "rows of the burst 1.27 us + row refresh 10 ns take 1.295 us, and refresh.period needs at least "
        "1.295 us (128 row refreshes of 10 ns and a step of 15 ns): expected at least 2.59 us; distributed "
        "refresh.policy needs less");
    p.retention_ps = 2590 * ns;
    EXPECT_EQ(p.resolved("edram0").period_ps, 1295 * ns);
}

// At the shortest period and one clock above it, an array that is asked without pause still serves every
// access, and no row is late.
TEST(RefreshSchedule, EveryAccessEndsAtTheShortestPeriod) {
    for (const auto policy : {RefreshPolicy::distributed, RefreshPolicy::burst}) {
        for (const std::int64_t period : {1295 * ns, 1300 * ns}) {
            for (const std::int64_t postpone : {std::int64_t{0}, 1 * us}) {
                const RefreshParams p = tight(policy, period, postpone).resolved("tight");
                RefreshSchedule schedule(p);
                Observer observer(p);
                for (int row = 0; row < p.rows; ++row) {
                    observer.write(row, 0);
                    schedule.set_live(row, 0);
                }
                // Without postponement one round of refreshes is the longest wait; a limit of 1 us adds what
                // it let pile up: 1 us / 15 ns more rounds.
                const std::int64_t rounds = 1 + postpone / (15 * ns) + (postpone > 0);
                std::vector<RowRefresh> granted;
                for (int i = 0; i < 2000; ++i) {
                    granted.clear();
                    const std::int64_t length = i % 2 == 0 ? p.longest_piece_ps() : p.longest_step_ps;
                    const std::int64_t asked = observer.free;
                    const std::int64_t start = schedule.request(asked, asked, length, granted);
                    observer.refreshes(granted);
                    observer.access(start, length);
                    ASSERT_FALSE(HasFatalFailure()) << i;
                    ASSERT_LE(start - asked, rounds * p.rows * p.row_ps) << i;
                }
                // The time not spent on refreshes is what the accesses get.
                EXPECT_GT(observer.free, 2000 * 15 * ns);
                EXPECT_LE(observer.longest_gap, p.longest_gap_ps());
            }
        }
    }
}

}  // namespace
}  // namespace pimvp
