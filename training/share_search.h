// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Which share of the channels each block of a two-path network gives to its first path: accuracy against
// energy. Knows nothing of networks: two functions say what a choice of shares is worth and costs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

namespace pimvp::training {

using Shares = std::vector<double>;  // one per block

struct SharePoint {
    Shares shares;
    double accuracy = 0, energy = 0;  // fraction, J; infinite: it does not run, and accuracy is 0
};

struct ShareSearchOptions {
    std::size_t blocks = 1;
    std::vector<double> values;                 // that a share may have, rising
    std::function<bool(const Shares&)> usable;  // those that it refuses are not asked for; null: all are
    std::size_t population = 12;
    std::size_t evaluations = 60;  // of different shares, or as many as there are
    double budget = 0;             // J
    std::uint64_t seed = 1;
    std::string identity;  // network and images: a state file of another search is refused
    std::string state;     // file; "" = none
    std::ostream* log = nullptr;
    std::function<bool()> should_stop;  // asked ahead of each evaluation
};

struct ShareSearchResult {
    std::vector<SharePoint> points;  // all, in the order of their evaluation
    std::vector<SharePoint> front;   // those that no other one beats, by rising energy
    SharePoint chosen;     // the most accurate of those within the budget, of equals the one that needs least
    bool affords = false;  // false: no point is within the budget, `chosen` is empty
    bool finished = false;  // false: stopped; the same call continues
};

/// Evolutionary, after NSGA-II (Deb et al., IEEE TEC 6(2), 2002), one child at a time: its parents win binary
/// tournaments by rank and crowding distance, each block has either's share and another one with probability
/// 1 / blocks; of population and child the worst by rank, then crowding, goes. It begins with the same share
/// in all blocks, each value once, and random ones. Nothing is evaluated twice. The random numbers depend on
/// the seed alone, and every evaluation is added to the state file: a search that was stopped or killed comes
/// to the same result. Throws Error for options without a choice and for a state file that is unreadable or
/// of another search.
ShareSearchResult search_shares(const ShareSearchOptions& options,
                                const std::function<double(const Shares&)>& accuracy,
                                const std::function<double(const Shares&)>& energy);

/// Of `points`, those that no other one equals or beats in accuracy and energy, by rising energy.
std::vector<SharePoint> pareto_front(std::vector<SharePoint> points);

}  // namespace pimvp::training
