// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/power/harvest.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"

namespace pimvp {
namespace {

HarvestParams trace_of(const test::TempDir& dir, const std::string& text) {
    HarvestParams p;
    p.source = HarvestSource::trace;
    p.trace = dir.write("trace.csv", text);
    return p;
}

void expect_piece(Harvest& harvest, std::int64_t at, std::int64_t from, std::int64_t to, std::int64_t power) {
    const auto piece = harvest.at(at);
    EXPECT_EQ(piece.from_ps, from) << at;
    EXPECT_EQ(piece.to_ps, to) << at;
    EXPECT_EQ(piece.zj_per_ps, power) << at;
}

TEST(HarvestTest, ATraceRepeats) {
    const test::TempDir dir;
    // The first time is the zero; the last row lasts as long as the one before it.
    Harvest harvest(trace_of(dir, "time_s,power_w\r\n 2.000, 1e-6\r\n\n2.001,0\n2.003 ,2.5e-6\n"));
    constexpr std::int64_t ms = 1'000'000'000;
    EXPECT_EQ(harvest.period_ps(), 5 * ms);
    for (const std::int64_t round : {0, 1, 2, 7'000, 7'001, 1}) {
        const std::int64_t t = round * 5 * ms;
        expect_piece(harvest, t, t, t + ms, 1000);
        expect_piece(harvest, t + ms - 1, t, t + ms, 1000);
        expect_piece(harvest, t + ms, t + ms, t + 3 * ms, 0);
        expect_piece(harvest, t + 5 * ms - 1, t + 3 * ms, t + 5 * ms, 2500);
        expect_piece(harvest, t + ms, t + ms, t + 3 * ms, 0);
    }
}

TEST(HarvestTest, ASingleRowAndConstantLastForever) {
    const test::TempDir dir;
    Harvest one(trace_of(dir, "time_s,power_w\n5,1e-3\n"));
    expect_piece(one, 0, 0, Harvest::forever, 1'000'000);
    HarvestParams p;
    p.mean_power = microwatts(130.5);
    Harvest constant(p);
    expect_piece(constant, 1'000'000'000'000, 0, Harvest::forever, 130'500);
    p.source = HarvestSource::generated;
    p.on_share = 1;
    Harvest always(p);
    expect_piece(always, 7, 0, Harvest::forever, 130'500);
}

TEST(HarvestTest, TraceErrorsSayWhere) {
    const test::TempDir dir;
    const auto refuse = [&](const std::string& text, const std::string& where, const std::string& expected,
                            const std::string& found) {
        const HarvestParams p = trace_of(dir, text);
        test::expect_error([&] { Harvest{p}; }, p.trace + where, expected, "found " + found);
    };
    const std::string head = "time_s,power_w\n";
    refuse("", ":1:", "header 'time_s,power_w'", "''");
    refuse("t,p\n0,1\n", ":1:", "header", "'t,p'");
    refuse("\x1f\x8b\x08 compressed", ":1:", "header", "'??? compressed'");
    refuse(head, ":", "at least one row", "none");
    refuse(head + "0,1e-6\n1\n", ":3:", "two values", "'1'");
    refuse(head + "0,1e-6,3\n", ":2:", "two values", "'0,1e-6,3'");
    refuse(head + "0,1e-6\n1,x\n", ":3:", "power", "'x'");
    refuse(head + "0,1e-6\n1,\n", ":3:", "power", "''");
    refuse(head + "0,-1e-6\n", ":2:", "power", "'-1e-6'");
    refuse(head + "0,nan\n", ":2:", "power", "'nan'");
    refuse(head + "0,1001\n", ":2:", "0 to 1000 watts", "'1001'");
    refuse(head + "-1,0\n", ":2:", "time", "'-1'");
    refuse(head + "inf,0\n", ":2:", "time", "'inf'");
    refuse(head + "2e6,0\n", ":2:", "time", "'2e6'");
    refuse(head + "1 s,0\n", ":2:", "time", "'1 s'");
    refuse(head + "0,0\n\n1,0\n1,0\n", ":5:", "later time", "'1,0'");
    refuse(head + "0,0\n1e-13,0\n", ":3:", "later time", "'1e-13,0'");
    refuse(head + std::string(1000, '7') + ",0\n", ":2:", "time", "'" + std::string(40, '7') + "...'");
    HarvestParams none;
    none.source = HarvestSource::trace;
    none.trace = dir.path("missing.csv");
    test::expect_error([&] { Harvest{none}; }, none.trace, "expected a power trace", "no such file");
    none.trace = dir.folder().string();
    test::expect_error([&] { Harvest{none}; }, "no such file");
}

struct Statistics {
    double mean_w = 0, on_share = 0, outages_per_s = 0;
};

Statistics statistics(const HarvestParams& p, double seconds) {
    Harvest harvest(p);
    const auto end = static_cast<std::int64_t>(seconds * 1e12);
    double energy = 0, on = 0, outages = 0;
    std::int64_t before = 0;
    for (std::int64_t t = 0; t < end;) {
        const auto piece = harvest.at(t);
        const double length = static_cast<double>(std::min(piece.to_ps, end) - t) * 1e-12;
        energy += static_cast<double>(piece.zj_per_ps) * 1e-9 * length;
        on += piece.zj_per_ps > 0 ? length : 0;
        outages += before > 0 && piece.zj_per_ps == 0 ? 1 : 0;
        before = piece.zj_per_ps;
        t = piece.to_ps;
        harvest.forget(t);
    }
    return {energy / seconds, on / seconds, outages / seconds};
}

TEST(HarvestTest, GeneratedPowerHasTheStatisticsAskedFor) {
    HarvestParams p;
    p.source = HarvestSource::generated;
    struct {
        double mean_uw, share, rate;
    } const cases[] = {{130, 0.37, 0.7}, {90, 0.24, 0.2}, {190, 0.66, 4}, {1000, 0.95, 500}};
    for (const auto& c : cases) {
        for (const std::uint64_t seed : {1, 2, 3}) {
            p.mean_power = microwatts(c.mean_uw);
            p.on_share = c.share;
            p.outages = Frequency::si(c.rate);
            p.seed = seed;
            // 40,000 cycles: the means are within 0.5 % (one sigma), 2.5 % is five of them.
            const auto s = statistics(p, 40'000 / c.rate);
            EXPECT_NEAR(s.mean_w * 1e6, c.mean_uw, c.mean_uw * 0.025);
            EXPECT_NEAR(s.on_share, c.share, c.share * 0.025);
            EXPECT_NEAR(s.outages_per_s, c.rate, c.rate * 0.025);
        }
    }
}

TEST(HarvestTest, PhasesAreExponential) {
    HarvestParams p;
    p.source = HarvestSource::generated;
    p.on_share = 0.25;
    p.outages = Frequency::si(1);
    Harvest harvest(p);
    // Shares that outlast the mean once and twice: exp(-1), exp(-2).
    int count[2] = {}, once[2] = {}, twice[2] = {};
    for (std::int64_t t = 0; count[0] < 20'000;) {
        const auto piece = harvest.at(t);
        t = piece.to_ps;
        const int on = piece.zj_per_ps > 0 ? 1 : 0;
        const double length = static_cast<double>(piece.to_ps - piece.from_ps) * 1e-12 / (on ? 0.25 : 0.75);
        ++count[on];
        once[on] += length > 1;
        twice[on] += length > 2;
    }
    for (int on : {0, 1}) {
        EXPECT_NEAR(once[on] / double(count[on]), std::exp(-1.0), 0.015);
        EXPECT_NEAR(twice[on] / double(count[on]), std::exp(-2.0), 0.012);
    }
}

TEST(HarvestTest, TheSeedDecidesAndLookingBackChangesNothing) {
    HarvestParams p;
    p.source = HarvestSource::generated;
    Harvest one(p), other(p);
    other.at(100'000'000'000'000);  // far ahead first
    bool differs = false;
    p.seed = 2;
    Harvest third(p);
    for (std::int64_t t = 0; t < 100'000'000'000'000; t += 77'777'777'777) {
        const auto a = one.at(t), b = other.at(t), c = third.at(t);
        ASSERT_EQ(a.from_ps, b.from_ps);
        ASSERT_EQ(a.to_ps, b.to_ps);
        ASSERT_EQ(a.zj_per_ps, b.zj_per_ps);
        differs = differs || a.to_ps != c.to_ps;
        if (t % 5 == 0) one.forget(t);
    }
    EXPECT_TRUE(differs);
}

}  // namespace
}  // namespace pimvp
