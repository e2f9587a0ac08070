// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// How long the storage nodes of a gain-cell array hold their charge. No SystemC here.
#pragma once

#include <cstdint>
#include <vector>

namespace pimvp {

/// Retention of one node is log-normal (Edri et al., TCAS-I 63(2), 2016). `retention_ps` is what a share
/// `yield` of the nodes reaches, so the median is retention * exp(z(yield) * sigma).
struct RetentionParams {
    std::int64_t retention_ps = 200'000'000;
    double sigma = 0.5;  // of the natural logarithm
    double yield = 0.9999;
    bool repair =
        true;  // nodes below retention_ps were replaced by spare ones: the distribution is cut there
    std::uint64_t seed = 1;
};

/// Draws each node's retention from a counter-based hash of (seed, array, row, node): nothing is stored.
class RetentionDistribution {
  public:
    /// Throws Error if retention <= 0, sigma < 0, or yield is not inside (0, 1).
    explicit RetentionDistribution(const RetentionParams& params);

    double median_ps() const { return median_ps_; }
    /// Share of nodes that hold for less than time_ps; with repair, of the replaced population.
    double lost_share(std::int64_t time_ps) const;
    /// Where the node stands in the population: uniform in (0, 1), 0 is the weakest.
    double rank(std::uint64_t array, int row, int node) const;
    /// Retention of a node of that rank, in whole picoseconds; grows with the rank.
    std::int64_t of_rank(double rank) const;

  private:
    RetentionParams params_;
    double median_ps_;
};

/// Which charges of one array are still there. The owner of the cells tells when a row is written or
/// refreshed and asks for the losses; the common case costs one comparison (may_lose). Time of one row never
/// runs backwards.
class RetentionArray {
  public:
    struct Loss {
        int row;
        int node;
    };
    static constexpr std::int64_t never = INT64_MAX;

    /// `array` tells arrays of one seed apart.
    RetentionArray(const RetentionParams& params, std::uint64_t array, int rows, int nodes_per_row);

    /// The row holds `charged` (bit k of the row = node k, 64 to a word) and is fresh from time_ps on.
    void charge(int row, std::int64_t time_ps, const std::uint64_t* charged);
    /// The row's charges were changed behind the array's back: its age stays.
    void replace(int row, const std::uint64_t* charged);
    /// Can any charge have gone by then? A lower bound: false is certain.
    bool may_lose(std::int64_t time_ps) const { return time_ps > earliest_expiry_ps_; }
    /// The losses of all rows up to time_ps; a lost node stays lost until charge(). Valid until the next
    /// call.
    const std::vector<Loss>& lose(std::int64_t time_ps);
    /// Reads the row, which must hold until read_ps, and writes back what is left with an age that counts
    /// from fresh_ps. Losses as above.
    const std::vector<Loss>& refresh(int row, std::int64_t fresh_ps, std::int64_t read_ps);
    void reset();

    bool live(int row) const { return fresh_ps_[static_cast<std::size_t>(row)] != never; }
    /// Last instant at which all charges of the row are still there; `never` without charges.
    std::int64_t expiry_ps(int row) const;
    /// Smallest expiry over all rows.
    std::int64_t earliest_expiry_ps() const;
    std::int64_t node_retention_ps(int row, int node) const {
        return distribution_.of_rank(distribution_.rank(array_, row, node));
    }
    /// Charges lost, and charges that were at stake: the sum over charge() and refresh() of the charged
    /// nodes.
    std::uint64_t flips() const { return flips_; }
    std::uint64_t charges() const { return charges_; }

  private:
    void lose_row(int row, std::int64_t time_ps);
    void find_weakest(int row);

    RetentionDistribution distribution_;
    std::uint64_t array_;
    int rows_;
    int nodes_;
    std::size_t words_;
    std::vector<std::uint64_t> charged_;    // [row][word]
    std::vector<int> charged_count_;        // [row]
    std::vector<std::int64_t> fresh_ps_;    // [row], `never` before the first write
    std::vector<std::int64_t> weakest_ps_;  // [row], smallest retention over the charged nodes
    std::int64_t earliest_expiry_ps_ =
        never;  // no row expires before; refreshes leave it behind, lose() renews it
    std::vector<Loss> losses_;
    std::uint64_t flips_ = 0;
    std::uint64_t charges_ = 0;
};

}  // namespace pimvp
