// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// When the rows of one gain-cell array are refreshed, between, before and after its accesses. No SystemC
// here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pimvp {

enum class RefreshPolicy {
    distributed,  // row r is due at r * period / rows + k * period, on a clock edge
    burst         // all rows are due at k * period, row after row
};

/// Times of one array in picoseconds. All but the retention are whole cycles of its clock.
struct RefreshParams {
    bool enabled = true;
    RefreshPolicy policy = RefreshPolicy::distributed;
    int rows = 128;
    std::int64_t clock_ps = 5000;
    std::int64_t period_ps = 0;        // 0: the longest that the retention allows
    std::int64_t postpone_ps = 0;      // a refresh may wait so long for accesses to end
    std::int64_t row_ps = 10'000;      // one row refresh: read and write back
    std::int64_t longest_step_ps = 0;  // the array's longest operation that cannot be interrupted
    std::int64_t retention_ps = 200'000'000;

    /// How late a refresh can start: a step that began before it fell due ends first, and the limit is used
    /// up.
    std::int64_t latest_start_ps() const {
        return postpone_ps > longest_step_ps ? postpone_ps : longest_step_ps;
    }
    /// Accesses are split into pieces no longer than this.
    std::int64_t longest_piece_ps() const { return latest_start_ps(); }
    /// In a burst a row also waits for the rows before it.
    std::int64_t stagger_ps() const { return policy == RefreshPolicy::burst ? (rows - 1) * row_ps : 0; }
    /// The longest time from the start of a row's refresh to the end of its next.
    std::int64_t longest_gap_ps() const { return period_ps + latest_start_ps() + stagger_ps() + row_ps; }

    /// Room for one refresh of every row and for one longest step, a clock cycle at least, in whole cycles.
    ///
    /// So every access gets its turn: let an access wait while rows are refreshed back to back, and call how
    /// far these lag behind their due times the lateness. A round of all rows lasts rows * row_ps, and the
    /// same row is due a period later, so a round cuts the lateness by period - rows * row_ps, that is by a
    /// longest step or more. It began finite (an access runs for one longest piece at most), so after
    /// finitely many rounds a row is not due yet, and the access goes first. Without postponement the
    /// lateness is less than a longest step when the access ends, and one round is enough. With a period of
    /// just rows * row_ps the lateness would never shrink.
    std::int64_t shortest_period_ps() const;

    /// Fills in period_ps = 0 and checks: with refresh enabled, longest_gap_ps() <= retention_ps and
    /// period_ps
    /// >= shortest_period_ps(). Throws Error with the numbers; `block` names the array.
    RefreshParams resolved(const std::string& block) const;
};

struct RowRefresh {
    int row;
    std::int64_t start_ps;
};

/// Places refreshes around accesses. While the array is idle a refresh starts when it is due, even if an
/// access then has to wait: nobody knows that it comes. When both could start at the same instant, the
/// refresh waits until after the access if the access ends before due time + postponement limit. What falls
/// due during an access waits for its end. So no refresh starts later than latest_start_ps() after its due
/// time (in a burst: after its turn).
class RefreshSchedule {
  public:
    /// `params` as resolved.
    explicit RefreshSchedule(const RefreshParams& params);

    /// The row holds data since then; refreshes that fell due earlier are skipped. The first call counts.
    void set_live(int row, std::int64_t since_ps);
    /// An access of `length_ps` <= longest_piece_ps() wants to start at start_ps; the array is free from
    /// array_free_ps. Appends the refreshes that go first and returns the access's start.
    std::int64_t request(std::int64_t array_free_ps, std::int64_t start_ps, std::int64_t length_ps,
                         std::vector<RowRefresh>& refreshes);
    /// Appends the refreshes that start before until_ps while the array is idle.
    void drain(std::int64_t array_free_ps, std::int64_t until_ps, std::vector<RowRefresh>& refreshes);
    /// An access that starts before this instant needs no request: no refresh of a live row is due.
    std::int64_t ask_again_ps() const;
    void reset();

    std::uint64_t refreshes() const { return refreshes_; }
    std::uint64_t skipped() const { return skipped_; }      // due, but the row held no data
    std::uint64_t postponed() const { return postponed_; }  // started late because of an access
    std::uint64_t stolen_ps() const { return stolen_ps_; }  // time by which accesses were delayed
    const RefreshParams& params() const { return params_; }

  private:
    std::int64_t due_ps(std::int64_t slot) const;
    std::int64_t turn_ps(std::int64_t slot) const;
    int row_of(std::int64_t slot) const { return static_cast<int>(slot % params_.rows); }
    bool has_data(std::int64_t slot) const {
        return live_since_ps_[static_cast<std::size_t>(row_of(slot))] <= due_ps(slot);
    }
    void skip_dead(std::int64_t until_ps);
    void place(std::int64_t start_ps, std::vector<RowRefresh>& refreshes);
    void fill_idle(std::int64_t until_ps, std::vector<RowRefresh>& refreshes);

    RefreshParams params_;
    std::vector<std::int64_t> phase_ps_;       // [row]
    std::vector<std::int64_t> live_since_ps_;  // [row]
    std::int64_t slot_ = 0;                    // next to be placed or skipped: round * rows + row
    std::int64_t free_ps_ = 0;                 // array free, own refreshes included
    int live_rows_ = 0;
    std::uint64_t refreshes_ = 0, skipped_ = 0, postponed_ = 0, stolen_ps_ = 0;
};

}  // namespace pimvp
