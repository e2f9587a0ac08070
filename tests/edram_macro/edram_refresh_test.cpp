// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Macro and controller together: no data is lost while refresh does its work, the log-normal share is lost
// without it, and what refresh costs is what the closed formulae say.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "driver/pimvp_refresh.h"
#include "tests/edram_macro/edram_bench.h"
#include "tests/support/sc_test_main.h"

namespace pimvp {
namespace {

constexpr std::int64_t us = 1'000'000;

std::uint64_t count(const Account& account, const std::string& event, int activity = -1) {
    for (Account::EventId e = 0; e < account.events(); ++e) {
        if (account.event_name(e) == event)
            return activity < 0 ? account.total(e) : account.total(e, activity);
    }
    ADD_FAILURE() << "no event " << event;
    return 0;
}

struct KeepCase {
    std::int64_t retention_us, postpone_ns;
    RefreshPolicy policy;
    bool saturated;
};

void PrintTo(const KeepCase& c, std::ostream* out) {
    *out << c.retention_us << "us_" << c.postpone_ns << "ns_"
         << (c.policy == RefreshPolicy::burst ? "burst" : "distributed") << (c.saturated ? "_saturated" : "");
}

class RefreshKeepsData : public SimTest, public ::testing::WithParamInterface<KeepCase> {};

TEST_P(RefreshKeepsData, OverAHundredRetentionPeriods) {
    const KeepCase c = GetParam();
    EdramMacroParams p = small_params(128, 128, 0);
    p.retention.retention_ps = c.retention_us * us;
    p.refresh.postpone_ps = c.postpone_ns * 1000;
    p.refresh.policy = c.policy;
    const std::int64_t end = 101 * p.retention.retention_ps;
    std::int64_t busy_end = 0;
    EdramBench bench(p, [&](TestInitiator& host) {
        const auto cells = random_bytes(128 * 32, 1);
        host.write(PIMVP_MACRO_CELLS, cells);
        configure(host, 0, ternary_region(0, 128, 0, 128, 1));
        configure(host, 1, ternary_region(17, 90, 3, 100, 8));
        std::mt19937 random(7);
        std::vector<std::uint8_t> reference[2];
        const std::vector<std::uint8_t> inputs[2] = {random_bytes(16, 3), random_bytes(90, 4)};
        const unsigned sizes[2] = {512, 400};
        while (now_ps() < end) {
            const unsigned k = random() % 2;
            host.write(window(k), inputs[k]);
            if (!c.saturated || random() % 64 == 0) {
                const auto results = host.read_bytes(window(k) + PIMVP_MACRO_RESULT, sizes[k]);
                if (reference[k].empty()) reference[k] = results;
                ASSERT_EQ(results, reference[k]) << now_ps();
            }
            if (!c.saturated) {
                const std::int64_t idle = static_cast<std::int64_t>(random() % 400) * 5000;
                wait_until(now_ps() + (random() % 100 == 0 ? 50 * idle : idle));
            }
        }
        busy_end = now_ps();
        EXPECT_EQ(host.read_bytes(PIMVP_MACRO_CELLS, 128 * 32), cells);
    });
    sc_core::sc_start(from_ps(end + 500 * us));
    ASSERT_TRUE(bench.host.done());
    EXPECT_EQ(bench.macro.retention_flips(), 0u);
    EXPECT_EQ(bench.macro.counters().refreshes, bench.controller.refreshes());
    const std::int64_t period = refresh_params(p, Technology{}).period_ps;
    const double passes = static_cast<double>(busy_end) / static_cast<double>(period);
    // Passes x rows x columns x nodes x energy per bit; the ends miss less than two passes.
    const double expected = passes * 128 * 128 * 2 * 20e-15;
    const double spent = static_cast<double>(bench.macro.counters().refreshes) * 128 * 2 * 20e-15;
    EXPECT_NEAR(spent, expected, 2 * 128 * 128 * 2 * 20e-15);
    if (c.saturated) {
        // Rows x row time / period of the time is taken from accesses.
        const double blocked =
            static_cast<double>(bench.controller.stolen_ps()) / static_cast<double>(busy_end);
        EXPECT_NEAR(blocked, 128 * 10e3 / static_cast<double>(period),
                    0.03 * 128 * 10e3 / static_cast<double>(period));
    }
}

INSTANTIATE_TEST_SUITE_P(All, RefreshKeepsData,
                         ::testing::Values(KeepCase{28, 0, RefreshPolicy::distributed, true},
                                           KeepCase{77, 200, RefreshPolicy::distributed, true},
                                           KeepCase{200, 1000, RefreshPolicy::distributed, true},
                                           KeepCase{28, 0, RefreshPolicy::burst, true},
                                           KeepCase{200, 100, RefreshPolicy::burst, false},
                                           KeepCase{77, 0, RefreshPolicy::distributed, false},
                                           KeepCase{28, 500, RefreshPolicy::distributed, false}));

struct RefreshTest : SimTest {};

double share_below(double time_ps, double retention_ps, double sigma) {
    const double median = retention_ps * std::exp(3.7190165 * sigma);  // Phi(3.7190165) = 0.9999
    return 0.5 * (1.0 + std::erf(std::log(time_ps / median) / sigma / std::sqrt(2.0)));
}

std::uint64_t discharged(const std::vector<std::uint8_t>& cells) {
    std::uint64_t zeros = 0;
    for (const auto byte : cells) {
        for (int bit = 0; bit < 8; ++bit) zeros += (byte >> bit & 1) == 0;
    }
    return zeros;
}

// Cells read back at growing ages, without refresh: the share of charges that are gone.
void expect_log_normal_loss(bool repair) {
    EdramMacroParams p = small_params(128, 128, 0);
    p.retention.retention_ps = 28 * us;
    p.retention.sigma = 0.5;
    p.retention.repair = repair;
    p.retention.seed = 2026;
    p.refresh.enabled = false;
    std::uint64_t last = 0;
    EdramBench bench(p, [&](TestInitiator& host) {
        host.write(PIMVP_MACRO_CELLS, std::vector<std::uint8_t>(128 * 32, 0xFF));
        const double n = 128 * 256;
        for (const std::int64_t at : {30 * us, 60 * us, 100 * us, 180 * us, 400 * us, 1000 * us}) {
            wait_until(at);
            const auto cells = host.read_bytes(PIMVP_MACRO_CELLS, 128 * 32);
            const std::uint64_t gone = discharged(cells);
            double share = share_below(static_cast<double>(at), 28e6, 0.5);
            if (repair) share = (share - 1e-4) / 0.9999;
            // Writing and reading the rows took 0.64 us each: the ages blur by as much.
            const double blur = n * (share_below(static_cast<double>(at) + 0.7e6, 28e6, 0.5) -
                                     share_below(static_cast<double>(at) - 0.7e6, 28e6, 0.5));
            EXPECT_NEAR(static_cast<double>(gone), n * share, 4 * std::sqrt(n * share * (1 - share)) + blur)
                << at;
            EXPECT_GT(gone, last);
            last = gone;
        }
        // Rows read first may have lost more by the end of the reading.
        std::vector<std::uint8_t> cells(128 * 32);
        host.debug_read(PIMVP_MACRO_CELLS, cells.data(), 128 * 32);
        EXPECT_LE(last, discharged(cells));
        last = discharged(cells);
    });
    sc_core::sc_start(2, sc_core::SC_MS);
    ASSERT_TRUE(bench.host.done());
    EXPECT_EQ(bench.macro.retention_flips(), last);
    EXPECT_EQ(bench.macro.retention_charges(), 128u * 256u);
    EXPECT_EQ(count(bench.macro.account(), "retention_flip"), last);
}

TEST_F(RefreshTest, WithoutItTheLogNormalShareIsLost) {
    expect_log_normal_loss(false);
}
TEST_F(RefreshTest, WithoutItTheLogNormalShareIsLostAlsoAfterRepair) {
    expect_log_normal_loss(true);
}

TEST_F(RefreshTest, WithoutRepairTheTailIsLostOnceDespiteRefresh) {
    EdramMacroParams p = small_params(128, 128, 0);
    p.retention.retention_ps = 28 * us;
    p.retention.repair = false;
    p.retention.yield = 0.99;
    EdramBench bench(p, [](TestInitiator& host) {
        host.write(PIMVP_MACRO_CELLS, std::vector<std::uint8_t>(128 * 32, 0xFF));
        wait_until(20'000 * us);
        host.read_bytes(PIMVP_MACRO_CELLS, 1);
    });
    sc_core::sc_start(30, sc_core::SC_MS);
    ASSERT_TRUE(bench.host.done());
    const double expected = 128 * 256 * 0.01;  // refreshed within the retention that 99 % have
    EXPECT_NEAR(static_cast<double>(bench.macro.retention_flips()), expected, 4 * std::sqrt(expected));
}

TEST_F(RefreshTest, ALostWeightReadsZeroUntilItIsRewritten) {
    EdramMacroParams p = small_params(8, 8, 0);
    p.retention.retention_ps = 28 * us;
    p.retention.sigma = 0;  // all nodes alike: 28 us
    p.refresh.enabled = false;
    EdramBench bench(p, [](TestInitiator& host) {
        const std::vector<std::uint8_t> weights = {0xE4, 0xE4};  // 0, +1, -1, invalid
        const auto sums = [&host] {
            host.write(window(0), std::vector<std::uint8_t>{1});
            const auto bytes = host.read_bytes(window(0) + PIMVP_MACRO_RESULT, 16);
            return std::vector<int>{static_cast<std::int16_t>(bytes[0] | bytes[1] << 8),
                                    static_cast<std::int16_t>(bytes[2] | bytes[3] << 8),
                                    static_cast<std::int16_t>(bytes[4] | bytes[5] << 8),
                                    static_cast<std::int16_t>(bytes[6] | bytes[7] << 8)};
        };
        configure(host, 0, ternary_region(0, 8, 0, 8, 1, false, 2));
        host.write(PIMVP_MACRO_CELLS, weights);
        EXPECT_EQ(sums(), (std::vector<int>{0, 1, -1, 0}));
        wait_until(28 * us - 5000);  // the access of one cycle ends at 28 us: written at 0, still there
        EXPECT_EQ(sums(), (std::vector<int>{0, 1, -1, 0}));
        EXPECT_EQ(now_ps(), 28 * us);
        EXPECT_EQ(sums(), (std::vector<int>{0, 0, 0, 0}));
        wait_until(40 * us);
        EXPECT_EQ(sums(), (std::vector<int>{0, 0, 0, 0}));
        host.write(PIMVP_MACRO_CELLS, weights);
        EXPECT_EQ(sums(), (std::vector<int>{0, 1, -1, 0}));
    });
    sc_core::sc_start(1, sc_core::SC_MS);
    ASSERT_TRUE(bench.host.done());
    EXPECT_EQ(bench.macro.retention_flips(), 8u);  // the invalid cells have two charges
}

TEST_F(RefreshTest, DrainRefreshesAnIdleArrayAndOnlyRowsWithData) {
    EdramMacroParams p = small_params(128, 128);
    p.refresh.period_ps = 128 * us;  // row r is due at r us
    EdramBench bench(p, [&bench](TestInitiator& host) {
        host.set_activity(Activity::load);
        host.write(PIMVP_MACRO_CELLS + 32 * 10, random_bytes(32 * 20, 1));  // rows 10 to 29
        host.set_activity(Activity::layer(0));
        configure(host, 0, ternary_region(10, 20, 0, 128, 1));
        wait_until(20 * us + 1'000);
        host.write(window(0), random_bytes(3, 1));  // finds rows 10 to 20 due
        host.read_bytes(window(0) + PIMVP_MACRO_RESULT, 512);
        EXPECT_EQ(bench.macro.counters().refreshes, 11u);
        EXPECT_EQ(count(bench.macro.account(), "row_refresh", Activity::layer(0)), 11u);
        // The last one ran from 20.000 to 20.010 us.
        EXPECT_EQ(bench.controller.stolen_ps(), 9'000u);
        wait_until(128 * 100 * us);
        bench.macro.drain(sc_core::sc_time_stamp());
        bench.macro.drain(sc_core::sc_time_stamp());  // nothing is left
    });
    sc_core::sc_start(1, sc_core::SC_SEC);
    ASSERT_TRUE(bench.host.done());
    EXPECT_EQ(bench.macro.counters().refreshes, 100u * 20);
    EXPECT_EQ(count(bench.macro.account(), "row_refresh", Activity::idle), 100u * 20 - 11);
    EXPECT_EQ(bench.controller.skipped(), 100u * 108);
    EXPECT_EQ(bench.macro.retention_flips(), 0u);
    const double energy = 2000 * 128 * 2 * 20e-15 + 20 * 128 * 2 * 20e-15;
    EXPECT_NEAR(joules(bench.macro.account().energy()), energy,
                0.2e-9);  // besides one access of about 0.06 nJ
}

TEST_F(RefreshTest, AnAccessAfterADrainWaitsForTheRunningRefresh) {
    EdramMacroParams p = small_params(128, 128);
    p.refresh.period_ps = 128 * us;  // row r is due at r us
    EdramBench bench(p, [&bench](TestInitiator& host) {
        host.write(PIMVP_MACRO_CELLS, random_bytes(128 * 32, 1));
        configure(host, 0, ternary_region(0, 128, 0, 128, 1));
        wait_until(5 * us + 1'000);
        bench.macro.drain(sc_core::sc_time_stamp());
        host.write(window(0), random_bytes(16, 1));
        host.read_bytes(window(0) + PIMVP_MACRO_RESULT, 512);
        EXPECT_EQ(now_ps(), 5 * us + 10'000 + 10'000);
    });
    sc_core::sc_start(1, sc_core::SC_MS);
    ASSERT_TRUE(bench.host.done());
    EXPECT_EQ(bench.macro.counters().refreshes, 5u);
}

TEST_F(RefreshTest, LongAccessesAreSplitAtSteps) {
    EdramMacroParams p = small_params(128, 128, 0);  // exact, 9 bits: 13.3 ns, with carries 14.5 ns: 3 cycles
    p.active_rows = 16;                              // 6 bits, 10 ns with carries: 3 cycles, 8 groups
    p.refresh.period_ps = 128 * us;
    p.refresh.postpone_ps = 100'000;
    const RefreshParams r = refresh_params(p, Technology{});
    EdramBench bench(p, [&](TestInitiator& host) {
        host.write(PIMVP_MACRO_CELLS, random_bytes(128 * 32, 1));
        configure(host, 0, ternary_region(0, 128, 0, 128, 8));
        const auto inputs = random_bytes(128, 2);
        // 64 steps: 0.96 us at 15 ns, or 0.64 us at 10 ns. From 0.9 us on, row 1 falls due at 1 us.
        wait_until(900'000);
        host.write(window(0), inputs);
        const auto first = host.read_bytes(window(0) + PIMVP_MACRO_RESULT, 512);
        const std::int64_t step = r.longest_step_ps;
        EXPECT_EQ(now_ps(), 900'000 + 64 * step + 10'000);
        wait_until(3'000'000 + 20'000);  // row 3's refresh is over, row 4 is due in 0.98 us: undisturbed
        host.write(window(0), inputs);
        EXPECT_EQ(host.read_bytes(window(0) + PIMVP_MACRO_RESULT, 512), first);
        EXPECT_EQ(now_ps(), 3'020'000 + 64 * step);
    });
    sc_core::sc_start(1, sc_core::SC_MS);
    ASSERT_TRUE(bench.host.done());
    EXPECT_EQ(bench.macro.counters().splits, 1u);
    EXPECT_EQ(bench.controller.stolen_ps(), 10'000u);
    EXPECT_EQ(bench.controller.postponed(), 1u);
    EXPECT_LE(bench.macro.counters().queries,
              129u + 6);  // one per row first written; pieces while row 1 waits
}

// 120 rows in 8 bits, 12.8 ns with carries: 3 cycles; the last 8 rows in 5 bits, 8.7 ns: 2 cycles. 8 steps of
// each, 200 ns.
TEST_F(RefreshTest, AShorterLastGroupIsSplitAtItsOwnSteps) {
    EdramMacroParams p = small_params(128, 128, 0);
    p.active_rows = 120;
    p.refresh.period_ps = 128 * us;
    EdramBench bench(p, [](TestInitiator& host) {
        host.write(PIMVP_MACRO_CELLS, random_bytes(128 * 32, 1));
        configure(host, 0, ternary_region(0, 128, 0, 128, 8));
        const auto inputs = random_bytes(128, 2);
        // Row 1 falls due at 1 us, after three of the short steps.
        wait_until(1 * us - 150'000);
        host.write(window(0), inputs);
        const auto first = host.read_bytes(window(0) + PIMVP_MACRO_RESULT, 512);
        EXPECT_EQ(now_ps(), 1 * us + 50'000 + 10'000);
        wait_until(3 * us + 20'000);
        host.write(window(0), inputs);
        EXPECT_EQ(host.read_bytes(window(0) + PIMVP_MACRO_RESULT, 512), first);
        EXPECT_EQ(now_ps(), 3 * us + 220'000);
    });
    sc_core::sc_start(1, sc_core::SC_MS);
    ASSERT_TRUE(bench.host.done());
    EXPECT_EQ(bench.macro.counters().splits, 1u);
    EXPECT_EQ(bench.controller.stolen_ps(), 10'000u);
    EXPECT_EQ(count(bench.macro.account(), "adc_conversion_8b"), 2u * 8 * 128);
    EXPECT_EQ(count(bench.macro.account(), "adc_conversion_5b"), 2u * 8 * 128);
    EXPECT_EQ(bench.macro.counters().conversions, 4u * 8 * 128);
    EXPECT_EQ(bench.macro.counters().access_cycles, 2u * 40);
    EXPECT_EQ(bench.to_macro.violations() + bench.to_controller.violations(), 0u);
}

TEST_F(RefreshTest, AskingIsRare) {
    EdramMacroParams p = small_params(128, 128);
    p.refresh.postpone_ps = 0;
    EdramBench bench(p, [](TestInitiator& host) {
        host.write(PIMVP_MACRO_CELLS, random_bytes(128 * 32, 1));
        configure(host, 0, ternary_region(0, 128, 0, 128, 1));
        const auto inputs = random_bytes(16, 2);
        for (int i = 0; i < 100'000; ++i) host.write(window(0), inputs);
    });
    sc_core::sc_start(100, sc_core::SC_MS);
    ASSERT_TRUE(bench.host.done());
    // 1 ms of accesses, a row due every 1.56 us, and one query per row first written.
    EXPECT_NEAR(static_cast<double>(bench.macro.counters().queries), 1000 / 1.5624 + 129, 10);
}

TEST_F(RefreshTest, WaveformShowsRefreshesAndMargin) {
    const std::string file = ::testing::TempDir() + "edram_refresh.vcd";
    TraceOptions options;
    options.file = file;
    Tracer tracer(options);
    EdramMacroParams p = small_params(8, 8);
    p.retention.retention_ps = 28 * us;
    p.refresh.period_ps = 8 * us;
    EdramBench bench(
        p,
        [&bench](TestInitiator& host) {
            host.write(PIMVP_MACRO_CELLS, random_bytes(2, 1));
            wait_until(20 * us);
            bench.macro.drain(sc_core::sc_time_stamp());
        },
        &tracer);
    sc_core::sc_start(1, sc_core::SC_MS);
    tracer.close(20 * us);
    std::stringstream text;
    text << std::ifstream(file).rdbuf();
    std::remove(file.c_str());
    EXPECT_NE(text.str().find("retention_margin_ns"), std::string::npos);
    EXPECT_NE(text.str().find("#8000000\n"), std::string::npos);  // row 0's refreshes
    EXPECT_NE(text.str().find("#8010000\n"), std::string::npos);
    EXPECT_NE(text.str().find("#16000000\n"), std::string::npos);
    EXPECT_EQ(bench.macro.counters().refreshes, 2u);
}

}  // namespace
}  // namespace pimvp
