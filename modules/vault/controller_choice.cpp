// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "modules/vault/controller.h"

namespace pimvp {

namespace {

constexpr int none = AccessQueue::none;

/// The bank of the lowest bit, which is cleared.
int take_bank(std::uint64_t& banks) {
    const int bank = __builtin_ctzll(banks);
    banks &= banks - 1;
    return bank;
}

}  // namespace

void Controller::next_timer() {
    timer_known_ = true;
    timer_ = refreshing_all_ || refresh_bank_ >= 0 ? never : refresh_due_;
    if (starved_ != none) return;
    const int oldest = queue_.oldest();
    if (oldest != none) timer_ = std::min(timer_, queue_[oldest].entered + params_.starvation_cycles);
}

void Controller::fire_timer() {
    floor_ = std::max(floor_, timer_);
    if (timer_ == refresh_due_ && !refreshing_all_ && refresh_bank_ < 0) {
        if (params_.refresh == DramRefreshPolicy::all_bank)
            refreshing_all_ = true;
        else
            refresh_bank_ = next_refresh_bank_;
    } else {
        starved_ = queue_.oldest();
        mode_may_change();
    }
    timer_known_ = row_known_ = column_known_ = false;
}

int Controller::oldest_in_bank(int bank, bool& hit) const {
    int oldest = none;
    for (const bool kind : {false, true}) {
        for (const int index : {queue_.hit(kind, bank), queue_.other(kind, bank)}) {
            if (index == none || (oldest != none && queue_[oldest].age < queue_[index].age)) continue;
            oldest = index;
            hit = index == queue_.hit(kind, bank);
        }
    }
    return oldest;
}

void Controller::choose_row() {
    row_known_ = true;
    row_ = {};
    const bool refresh = refreshing_all_ || refresh_bank_ >= 0;
    if (down_) {
        if (refresh || !queue_.empty())
            row_ = {std::max(floor_, state_.earliest_power_up()), RowCommand::power_up, 0, none};
        return;
    }
    if (refreshing_all_) {
        if (state_.open_banks() != 0)
            row_ = {std::max(floor_, state_.earliest_precharge_all()), RowCommand::precharge_all, 0, none};
        else
            row_ = {std::max(floor_, state_.earliest_refresh_all()), RowCommand::refresh_all, 0, none};
        return;
    }
    if (queue_.empty() && !refresh) {
        if (params_.power_down)
            row_ = {std::max(floor_, state_.quiet() + params_.power_down_idle_cycles), RowCommand::power_down,
                    0, none};
        return;
    }
    choose_row_for_accesses();
    if (refresh_bank_ < 0) return;
    const int b = refresh_bank_;
    if (state_.row(b) != BankState::closed) {
        const std::int64_t t = std::max(floor_, state_.earliest_precharge(b));
        if (t <= row_.time) row_ = {t, RowCommand::precharge, b, none};
        return;
    }
    // Rows opened elsewhere keep putting a refresh off by tRRD: those that would must wait.
    const std::int64_t t = std::max(floor_, state_.earliest_refresh(b));
    const VaultTiming& c = params_.timing;
    const bool delays =
        row_.command == RowCommand::activate && row_.time > t - std::max(c.rrd_s, c.rrd_l) - 1;
    if (t <= row_.time || delays) row_ = {t, RowCommand::refresh, b, none};
}

void Controller::choose_row_for_accesses() {
    if (params_.scheduling == SchedulingPolicy::fcfs) {
        std::uint64_t banks = queue_.other_banks(false) | queue_.other_banks(true);
        while (banks != 0) {
            const int b = take_bank(banks);
            bool hit = false;
            const int oldest = oldest_in_bank(b, hit);
            if (!hit) offer_row(b, oldest);
        }
        return;
    }
    std::uint64_t banks = queue_.other_banks(writes_) & ~queue_.hit_banks(writes_);
    if (starved_ != none) {
        const Access& access = queue_[starved_];
        banks &= ~(std::uint64_t{1} << access.bank);
        if (access.row != state_.row(access.bank)) offer_row(access.bank, starved_);
    }
    while (banks != 0) {
        const int b = take_bank(banks);
        offer_row(b, queue_.other(writes_, b));
    }
}

void Controller::offer_row(int bank, int access) {
    if (bank == refresh_bank_) return;
    const bool open = state_.row(bank) != BankState::closed;
    const std::int64_t t =
        std::max(floor_, open ? state_.earliest_precharge(bank) : state_.earliest_activate(bank));
    if (t > row_.time) return;
    const RowCommand command = open ? RowCommand::precharge : RowCommand::activate;
    if (t == row_.time) {
        if (open && row_.command == RowCommand::activate) return;
        if (row_.command == command && queue_[row_.access].age < queue_[access].age) return;
    }
    row_ = {t, command, bank, access};
}

void Controller::choose_column_fcfs() {
    const int index = queue_.oldest();
    if (index == none) return;
    const Access& access = queue_[index];
    if (access.row != state_.row(access.bank) || access.bank == refresh_bank_) return;
    const std::int64_t t =
        std::max(state_.earliest_column(access.write), state_.earliest_column(access.write, access.bank));
    column_ = {std::max(floor_, t), index};
}

void Controller::choose_column() {
    column_known_ = true;
    column_ = {};
    if (refreshing_all_ || down_) return;
    if (params_.scheduling == SchedulingPolicy::fcfs) return choose_column_fcfs();
    std::uint64_t banks = queue_.hit_banks(writes_);
    if (refresh_bank_ >= 0) banks &= ~(std::uint64_t{1} << refresh_bank_);
    if (starved_ != none) {
        const Access& access = queue_[starved_];
        if (access.row != state_.row(access.bank)) banks &= ~(std::uint64_t{1} << access.bank);
    }
    if (banks == 0) return;
    const std::int64_t lower = std::max(floor_, state_.earliest_column(writes_));
    // Mostly the oldest of all is ready: nothing can go before it.
    const int oldest = queue_.oldest(writes_);
    const int bank = queue_[oldest].bank;
    if ((banks >> bank & 1) != 0 && queue_.hit(writes_, bank) == oldest &&
        state_.earliest_column(writes_, bank) <= lower) {
        column_ = {lower, oldest};
        return;
    }
    while (banks != 0) {
        const int b = take_bank(banks);
        const std::int64_t t = std::max(lower, state_.earliest_column(writes_, b));
        const int index = queue_.hit(writes_, b);
        if (t < column_.time || (t == column_.time && queue_[index].age < queue_[column_.access].age))
            column_ = {t, index};
    }
}

}  // namespace pimvp
