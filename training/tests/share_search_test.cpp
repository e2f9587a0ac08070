// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/share_search.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <numeric>
#include <set>

#include "modules/core/error.h"
#include "training/tests/fixtures.h"

namespace pimvp::training {
namespace {

// Energy is the mean share; only the third block's is worth it. The front: anything there, the least
// elsewhere. Not the first block's: counting on from a known point would find that by itself.
double mean(const Shares& shares) {
    return std::accumulate(shares.begin(), shares.end(), 0.0) / static_cast<double>(shares.size());
}
double third(const Shares& shares) {
    return shares[2];
}

ShareSearchOptions four_blocks() {
    ShareSearchOptions options;
    options.blocks = 4;
    options.values = {0.125, 0.25, 0.5, 0.75, 0.875};
    options.evaluations = 160;  // of 625
    options.budget = 0.3;
    return options;
}

void expect_same(const ShareSearchResult& a, const ShareSearchResult& b) {
    ASSERT_EQ(a.points.size(), b.points.size());
    for (std::size_t i = 0; i < a.points.size(); ++i) {
        EXPECT_EQ(a.points[i].shares, b.points[i].shares) << i;
        EXPECT_EQ(a.points[i].accuracy, b.points[i].accuracy);
        EXPECT_EQ(a.points[i].energy, b.points[i].energy);
    }
    EXPECT_EQ(a.chosen.shares, b.chosen.shares);
    EXPECT_EQ(a.front.size(), b.front.size());
}

TEST(SearchShares, FindsTheFront) {
    for (const std::uint64_t seed : {1, 2, 3}) {
        auto options = four_blocks();
        options.seed = seed;
        const auto result = search_shares(options, third, mean);
        EXPECT_TRUE(result.finished);
        ASSERT_EQ(result.points.size(), 160u);
        std::set<Shares> different;
        for (const auto& point : result.points) different.insert(point.shares);
        EXPECT_EQ(different.size(), 160u);
        ASSERT_EQ(result.front.size(), 5u) << "seed " << seed;
        for (std::size_t i = 0; i < 5; ++i)
            EXPECT_EQ(result.front[i].shares, (Shares{0.125, 0.125, options.values[i], 0.125}));
        // 0.3 J affords a mean of 0.28125, not 0.3125.
        EXPECT_TRUE(result.affords);
        EXPECT_EQ(result.chosen.shares, (Shares{0.125, 0.125, 0.75, 0.125}));
    }
}

TEST(SearchShares, FrontIsWhatNoOtherPointEqualsOrBeats) {
    std::vector<SharePoint> points;
    for (int i = 0; i < 60; ++i)
        points.push_back({{static_cast<double>(i)}, (i * 37 % 11) / 11.0, (i * 53 % 13) / 13.0});
    const auto front = pareto_front(points);
    std::set<std::pair<double, double>> expected, found;
    for (const auto& a : points) {
        const bool beaten = std::any_of(points.begin(), points.end(), [&](const auto& b) {
            return (b.accuracy > a.accuracy && b.energy <= a.energy) ||
                   (b.accuracy >= a.accuracy && b.energy < a.energy);
        });
        if (!beaten) expected.insert({a.energy, a.accuracy});
    }
    for (const auto& point : front) found.insert({point.energy, point.accuracy});
    EXPECT_EQ(found, expected);
    EXPECT_EQ(front.size(), expected.size());
}

TEST(SearchShares, SeedDecides) {
    auto options = four_blocks();
    const auto one = search_shares(options, third, mean);
    expect_same(one, search_shares(options, third, mean));
    options.seed = 2;
    EXPECT_NE(one.points.back().shares, search_shares(options, third, mean).points.back().shares);
}

TEST(SearchShares, AKillAfterAnyEvaluationComesToTheSame) {
    const TemporaryDirectory directory;
    auto options = four_blocks();
    options.evaluations = 40;
    const auto whole = search_shares(options, third, mean);
    int asked = 0, in_all = 0;
    const auto counted = [&](const Shares& shares) { return ++in_all, ++asked, third(shares); };
    for (int every : {1, 7}) {
        options.state = directory.file("killed" + std::to_string(every));
        in_all = 0;
        ShareSearchResult result;
        do {
            asked = 0;
            // Death within an evaluation: an exception that the search knows nothing of.
            const auto dies = [&](const Shares& shares) {
                if (asked == every) throw std::runtime_error("killed");
                return mean(shares);
            };
            try {
                result = search_shares(options, counted, dies);
            } catch (const std::runtime_error&) {
            }
        } while (!result.finished);
        expect_same(result, whole);
        EXPECT_EQ(in_all, 40);
    }
    options.state = directory.file("stopped");
    asked = 0;
    options.should_stop = [&] { return asked == 5; };
    const auto part = search_shares(options, counted, mean);
    EXPECT_FALSE(part.finished);
    EXPECT_EQ(part.points.size(), 5u);
}

TEST(SearchShares, AStateFileThatEndsAnywhereComesToTheSame) {
    const TemporaryDirectory directory;
    auto options = four_blocks();
    options.evaluations = 15;
    options.state = directory.file("whole");
    const auto whole = search_shares(options, third, mean);
    std::ifstream in(options.state, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    ASSERT_EQ(std::count(text.begin(), text.end(), '\n'), 16);
    const auto shorten = [&](std::size_t length) {
        options.state = directory.file("cut" + std::to_string(length));
        std::ofstream(options.state, std::ios::binary) << text.substr(0, length);
        expect_same(search_shares(options, third, mean), whole);
        std::ifstream again(options.state, std::ios::binary);
        EXPECT_EQ(std::string((std::istreambuf_iterator<char>(again)), std::istreambuf_iterator<char>()),
                  text);
    };
    for (std::size_t length = text.size() - 100; length <= text.size(); ++length) shorten(length);
    for (std::size_t length : {0, 1, 20}) shorten(length);  // within the heading
}

// What the simulator refuses is never chosen, not asked for its accuracy, and remembered.
TEST(SearchShares, SharesThatDoNotRunCostInfinitely) {
    const TemporaryDirectory directory;
    auto options = four_blocks();
    options.evaluations = 40;
    options.state = directory.file("state");
    const auto refuses = [](const Shares& shares) {
        return shares[0] > 0.5 ? std::numeric_limits<double>::infinity() : mean(shares);
    };
    const auto runs = [](const Shares& shares) {
        EXPECT_LE(shares[0], 0.5);
        return third(shares);
    };
    const auto found = search_shares(options, runs, refuses);
    EXPECT_EQ(found.points.size(), 40u);
    int refused = 0;
    for (const auto& point : found.points) {
        refused += std::isinf(point.energy);
        EXPECT_EQ(std::isinf(point.energy), point.shares[0] > 0.5);
    }
    EXPECT_GT(refused, 0);
    for (const auto& point : found.front) EXPECT_LE(point.shares[0], 0.5);
    expect_same(
        search_shares(options, runs, [](const Shares&) -> double { throw std::logic_error("asked"); }),
        found);
    options.state = "";
    options.budget = std::numeric_limits<double>::infinity();
    const auto none =
        search_shares(options, runs, [](const Shares&) { return std::numeric_limits<double>::infinity(); });
    EXPECT_FALSE(none.affords);
}

TEST(SearchShares, RefusesTheStateOfAnotherSearch) {
    const TemporaryDirectory directory;
    auto options = four_blocks();
    options.evaluations = 6;
    options.state = directory.file("state");
    options.identity = "net";
    search_shares(options, third, mean);
    for (auto change :
         {+[](ShareSearchOptions& o) { o.identity = "other"; }, +[](ShareSearchOptions& o) { o.seed = 5; },
          +[](ShareSearchOptions& o) { o.values.pop_back(); },
          +[](ShareSearchOptions& o) { o.population = 4; }}) {
        auto other = options;
        change(other);
        EXPECT_THROW(search_shares(other, third, mean), Error);
    }
    std::ofstream(options.state, std::ios::app) << "nonsense\n";
    EXPECT_THROW(search_shares(options, third, mean), Error);
}

TEST(SearchShares, SmallSpacesAreSearchedWhole) {
    ShareSearchOptions options;
    options.values = {0.5};
    options.budget = 1;
    auto result = search_shares(options, mean, mean);
    EXPECT_TRUE(result.finished);
    ASSERT_EQ(result.points.size(), 1u);
    EXPECT_EQ(result.chosen.shares, Shares{0.5});
    options.budget = 0.25;
    EXPECT_FALSE(search_shares(options, mean, mean).affords);

    options.blocks = 2, options.values = {0.25, 0.5, 0.75};
    options.usable = [](const Shares& shares) { return shares[0] != shares[1]; };
    result = search_shares(options, mean, mean);
    EXPECT_EQ(result.points.size(), 6u);
    options.usable = [](const Shares&) { return false; };
    EXPECT_THROW(search_shares(options, mean, mean), Error);
    options.values.clear();
    EXPECT_THROW(search_shares(options, mean, mean), Error);
}

}  // namespace
}  // namespace pimvp::training
