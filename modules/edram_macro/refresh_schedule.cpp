// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/edram_macro/refresh_schedule.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "modules/core/error.h"
#include "modules/core/quantity_text.h"

namespace pimvp {

namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

std::int64_t whole_cycles(std::int64_t ps, std::int64_t clock_ps) {
    return ps / clock_ps * clock_ps;
}

std::string text(std::int64_t ps) {
    return print_quantity(static_cast<double>(ps) / 1e12, ParamType::duration);
}

/// What a row's data must outlive besides the period.
std::string sum(const RefreshParams& p) {
    return (p.postpone_ps > p.longest_step_ps ? "refresh.postpone " : "longest step ") +
           text(p.latest_start_ps()) +
           (p.policy == RefreshPolicy::burst ? " + earlier rows of the burst " + text(p.stagger_ps()) : "") +
           " + row refresh " + text(p.row_ps);
}

void check(const RefreshParams& p, const std::string& block) {
    if (p.rows < 1) throw Error(block + ": rows: expected 1 or more, found " + std::to_string(p.rows));
    if (p.clock_ps < 1) throw Error(block + ": clock: expected 1 ps or more, found " + text(p.clock_ps));
    if (p.row_ps < 1)
        throw Error(block + ": row refresh time: expected 1 ps or more, found " + text(p.row_ps));
    if (p.postpone_ps < 0) {
        throw Error(block + ": refresh.postpone: expected 0 or more, found " + text(p.postpone_ps));
    }
    if (p.longest_step_ps < 0) {
        throw Error(block + ": longest step: expected 0 or more, found " + text(p.longest_step_ps));
    }
}

}  // namespace

std::int64_t RefreshParams::shortest_period_ps() const {
    return whole_cycles(rows * row_ps + std::max(longest_step_ps, clock_ps) + clock_ps - 1, clock_ps);
}

RefreshParams RefreshParams::resolved(const std::string& block) const {
    check(*this, block);
    RefreshParams r = *this;
    r.postpone_ps = whole_cycles(postpone_ps, clock_ps);
    r.period_ps = 0;
    const std::int64_t rest_ps = r.longest_gap_ps();  // of the retention, besides the period
    r.period_ps = whole_cycles(period_ps == 0 ? retention_ps - rest_ps : period_ps, clock_ps);
    const std::int64_t shortest = r.shortest_period_ps();
    if (!enabled) {
        r.period_ps = std::max(r.period_ps, shortest);
        return r;
    }
    const std::string room = std::to_string(rows) + " row refreshes of " + text(row_ps) + " and a step of " +
                             text(std::max(longest_step_ps, clock_ps));
    if (r.period_ps < shortest && period_ps == 0) {
        const bool by_limit = r.postpone_ps > longest_step_ps, burst = policy == RefreshPolicy::burst;
        throw Error(block + ": edram_macro.retention: " + text(retention_ps) +
                    " leaves no time between refreshes: " + sum(r) + " take " + text(rest_ps) +
                    ", and refresh.period needs at least " + text(shortest) + " (" + room +
                    "): expected at least " + text(rest_ps + shortest) +
                    (by_limit ? "; lower refresh.postpone" : "") +
                    (burst ? "; distributed refresh.policy needs less" : ""));
    }
    if (r.period_ps < shortest) {
        throw Error(block + ": refresh.period: expected at least " + text(shortest) + " (" + room +
                    "), found " + text(period_ps));
    }
    if (r.longest_gap_ps() > retention_ps) {
        throw Error(block + ": refresh.period: expected at most the retention of " + text(retention_ps) +
                    ", found period " + text(r.period_ps) + " + " + sum(r) + " = " +
                    text(r.longest_gap_ps()));
    }
    return r;
}

RefreshSchedule::RefreshSchedule(const RefreshParams& params) : params_(params) {
    const std::int64_t rows = params.rows;
    for (std::int64_t row = 0; row < rows; ++row) {
        phase_ps_.push_back(params.policy == RefreshPolicy::burst
                                ? 0
                                : whole_cycles(row * params.period_ps / rows, params.clock_ps));
    }
    reset();
}

void RefreshSchedule::reset() {
    live_since_ps_.assign(static_cast<std::size_t>(params_.rows), never);
    slot_ = 0;
    free_ps_ = 0;
    live_rows_ = 0;
    refreshes_ = skipped_ = postponed_ = stolen_ps_ = 0;
}

std::int64_t RefreshSchedule::due_ps(std::int64_t slot) const {
    return slot / params_.rows * params_.period_ps + phase_ps_[static_cast<std::size_t>(row_of(slot))];
}

std::int64_t RefreshSchedule::turn_ps(std::int64_t slot) const {
    const std::int64_t before = params_.policy == RefreshPolicy::burst ? row_of(slot) * params_.row_ps : 0;
    return due_ps(slot) + before;
}

void RefreshSchedule::set_live(int row, std::int64_t since_ps) {
    auto& since = live_since_ps_.at(static_cast<std::size_t>(row));
    if (since != never) return;
    since = since_ps;
    ++live_rows_;
}

// Afterwards the next slot is one with data, or due after until_ps.
void RefreshSchedule::skip_dead(std::int64_t until_ps) {
    while (due_ps(slot_) <= until_ps && !has_data(slot_)) {
        ++slot_;
        ++skipped_;
    }
}

void RefreshSchedule::place(std::int64_t start_ps, std::vector<RowRefresh>& refreshes) {
    refreshes.push_back({row_of(slot_), start_ps});
    postponed_ += start_ps > turn_ps(slot_);
    ++refreshes_;
    ++slot_;
    free_ps_ = start_ps + params_.row_ps;
}

// Places what can start before until_ps.
void RefreshSchedule::fill_idle(std::int64_t until_ps, std::vector<RowRefresh>& refreshes) {
    for (;;) {
        skip_dead(std::max(free_ps_, until_ps - 1));
        const std::int64_t start = std::max(due_ps(slot_), free_ps_);
        if (start >= until_ps) return;
        place(start, refreshes);
    }
}

std::int64_t RefreshSchedule::request(std::int64_t array_free_ps, std::int64_t start_ps,
                                      std::int64_t length_ps, std::vector<RowRefresh>& refreshes) {
    if (start_ps < array_free_ps || length_ps < 0)
        throw std::logic_error("refresh: access before the array is free");
    if (!params_.enabled) return start_ps;
    if (length_ps > params_.longest_piece_ps()) throw std::logic_error("refresh: access longer than a piece");
    free_ps_ = std::max(free_ps_, array_free_ps);
    fill_idle(start_ps, refreshes);
    for (;;) {
        const std::int64_t now = std::max(free_ps_, start_ps);
        skip_dead(now);
        // Rows behind the first one wait no longer than it does: they are due at least one row refresh apart.
        if (due_ps(slot_) > now || now + length_ps <= turn_ps(slot_) + params_.postpone_ps) {
            stolen_ps_ += static_cast<std::uint64_t>(now - start_ps);
            free_ps_ = now + length_ps;
            return now;
        }
        place(now, refreshes);
    }
}

void RefreshSchedule::drain(std::int64_t array_free_ps, std::int64_t until_ps,
                            std::vector<RowRefresh>& refreshes) {
    if (!params_.enabled) return;
    free_ps_ = std::max(free_ps_, array_free_ps);
    fill_idle(until_ps, refreshes);
}

std::int64_t RefreshSchedule::ask_again_ps() const {
    if (!params_.enabled || live_rows_ == 0) return never;
    std::int64_t slot = slot_;
    while (!has_data(slot)) ++slot;
    return due_ps(slot);
}

}  // namespace pimvp
