// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What happens: commands, entries, timers. What is chosen: controller_choice.cpp.
#include "modules/vault/controller.h"

#include <algorithm>

namespace pimvp {

using Command = CommandTrace::Command;

Controller::Controller(const std::string& name, const VaultParams& params, IoGate& gate,
                       VaultAccount& account, CommandTrace* trace, Tracer* tracer)
    : params_(params),
      mapping_(params.mapping, params.organisation),
      tck_ps_(params.timing.tck_ps),
      refresh_interval_(params.refresh == DramRefreshPolicy::none       ? never
                        : params.refresh == DramRefreshPolicy::all_bank ? params.timing.refi
                                                                        : params.timing.refi_pb),
      data_cycles_(params.timing.cl + params.timing.burst_cycles),
      write_cycles_(params.timing.cwl + params.timing.burst_cycles),
      gate_(gate),
      account_(account),
      trace_(trace),
      state_(params),
      queue_(params.read_queue, params.write_queue),
      probing_(tracer != nullptr) {
    for (int b = 0; b < state_.banks(); ++b)
        bank_probe_.emplace_back(tracer, name + ".bank_" + std::to_string(b), 1, 0);
    queued_probe_[0] = Probe(tracer, name + ".reads", 16, 0);
    queued_probe_[1] = Probe(tracer, name + ".writes", 16, 0);
    refresh_probe_ = Probe(tracer, name + ".refresh", 1, 0);
    down_probe_ = Probe(tracer, name + ".power_down", 1, 0);
    reset(0);
}

void Controller::reset(std::int64_t cycle) {
    state_.reset();
    queue_.reset();
    for (auto& waiting : waiting_) waiting.clear();
    reading_.clear();
    entered_.clear();
    finished_.clear();
    floor_ = cycle;
    data_end_ = 0;
    row_known_ = column_known_ = false;
    refresh_due_ = refresh_interval_ == never ? never : cycle + refresh_interval_;
    refreshing_all_ = draining_ = writes_ = down_ = false;
    refresh_bank_ = -1;
    next_refresh_bank_ = 0;
    starved_ = AccessQueue::none;
    conflicts_ = 0;
    next_timer();
}

void Controller::advance(std::int64_t until) {
    if (until < floor_) return;
    while (true) {
        if (!row_known_) choose_row();
        if (!column_known_) choose_column();
        const std::int64_t next = std::min(row_.time, column_.time);
        if (timer_ <= next) {
            if (!timer_known_) {
                next_timer();
                continue;
            }
            if (timer_ > until) break;
            fire_timer();
        } else if (next > until) {
            break;
        } else if (row_.time == next) {
            issue_row();
        } else {
            issue_column();
        }
    }
    floor_ = until + 1;
}

bool Controller::submit(Transfer& transfer, std::int64_t cycle) {
    const bool kind = transfer.write();
    floor_ = std::max(floor_, cycle + 1);
    if (!kind && !transfer.entered()) {
        transfer.place = reading_.size();
        reading_.push_back(&transfer);
    }
    if (waiting_[kind].empty())
        while (!transfer.entered() && queue_.room(kind)) enter(transfer, cycle);
    if (probing_) probe_queues(cycle);
    if (transfer.entered()) return true;
    waiting_[kind].push_back(&transfer);
    ++account_.now.queue_full;
    return false;
}

void Controller::enter(Transfer& transfer, std::int64_t cycle) {
    const Transfer::Piece piece = transfer.take(gate_, gate_version_);
    const DramAddress at = mapping_.decode(piece.block);
    const int index = queue_.next_free();
    Access& access = queue_[index];
    access.entered = cycle;
    access.transfer = transfer.write() ? nullptr : &transfer;
    access.activity = transfer.activity();
    access.row = at.row;
    access.column = static_cast<std::uint16_t>(at.column);
    access.bank = at.group * params_.organisation.banks_per_group + at.bank;
    access.bits = static_cast<std::uint8_t>(piece.bits);
    access.write = transfer.write();
    access.pair = piece.pair;
    transfer.queued += !access.write;
    const bool was_empty = queue_.empty();
    // The row bus works for banks without hits, for the oldest of the others.
    const int b = access.bank, open_row = state_.row(b);
    const bool kind = access.write, hits = queue_.hit(kind, b) != AccessQueue::none,
               others = queue_.other(kind, b) != AccessQueue::none;
    queue_.push(index, open_row);
    column_known_ = false;
    if (was_empty || !rows_by_offer())
        row_known_ = false;
    else if (kind == writes_ && !hits && !access.blocked) {
        if (access.row == open_row)
            row_known_ = row_known_ && !others;
        else if (!others)
            offer_row(b, index);
    }
    if (was_empty) next_timer();
    mode_may_change();
}

void Controller::refill(bool kind, std::int64_t cycle) {
    auto& waiting = waiting_[kind];
    while (!waiting.empty() && queue_.room(kind)) {
        Transfer& transfer = *waiting.front();
        enter(transfer, cycle);
        if (transfer.entered()) {
            waiting.pop_front();
            entered_.push_back({&transfer, cycle});
        } else if (waiting.size() > 1) {
            waiting.pop_front();
            waiting.push_back(&transfer);
        }
    }
}

void Controller::issue_row() {
    const RowChoice choice = row_;
    const std::int64_t t = choice.time, ps = t * tck_ps_;
    const int b = choice.bank;
    floor_ = std::max(floor_, t);
    row_known_ = column_known_ = false;
    switch (choice.command) {
        case RowCommand::activate: {
            Access& access = queue_[choice.access];
            access.found = conflicts_ >> b & 1 ? Access::Row::conflict : Access::Row::miss;
            conflicts_ &= ~(std::uint64_t{1} << b);
            account_.serve(access.activity, ps);
            account_.bank_opened(ps);
            ++account_.now.activate;
            state_.activate(b, access.row, t);
            record(t, Command::ACT, b, access.row);
            queue_.row_opened(b, access.row);
            bank_probe_[b].record(ps, 1);
            break;
        }
        case RowCommand::precharge:
            state_.precharge(b, t);
            queue_.row_closed(b);
            account_.bank_closed(ps);
            ++account_.now.precharge;
            if (refresh_bank_ != b) conflicts_ |= std::uint64_t{1} << b;
            record(t, Command::PREpb, b);
            bank_probe_[b].record(ps, 0);
            break;
        case RowCommand::precharge_all:
            state_.precharge_all(t);
            for (int i = 0; i < state_.banks(); ++i) {
                queue_.row_closed(i);
                bank_probe_[i].record(ps, 0);
            }
            account_.all_closed(ps);
            ++account_.now.precharge_all;
            conflicts_ = 0;
            record(t, Command::PREab);
            break;
        case RowCommand::refresh_all:
            state_.refresh_all(t);
            account_.now.refresh_bank += static_cast<std::uint64_t>(state_.banks());
            record(t, Command::REFab);
            refresh_probe_.pulse(ps, (t + params_.timing.rfc) * tck_ps_);
            refreshing_all_ = false;
            refresh_done();
            break;
        case RowCommand::refresh:
            state_.refresh(b, t);
            ++account_.now.refresh_bank;
            record(t, Command::REFpb, b);
            refresh_probe_.pulse(ps, (t + 1) * tck_ps_);
            conflicts_ &= ~(std::uint64_t{1} << b);
            refresh_bank_ = -1;
            next_refresh_bank_ = (b + 1) % state_.banks();
            refresh_done();
            break;
        case RowCommand::power_down:
        case RowCommand::power_up:
            down_ = choice.command == RowCommand::power_down;
            if (down_)
                state_.power_down(t);
            else
                state_.power_up(t);
            ++(down_ ? account_.now.power_down : account_.now.power_up);
            account_.powered_down(ps, down_);
            record(t, down_ ? Command::PDE : Command::PDX);
            down_probe_.record(ps, down_);
            break;
    }
}

void Controller::refresh_done() {
    ++account_.now.refresh_command;
    refresh_due_ += refresh_interval_;
    next_timer();
}

void Controller::issue_column() {
    const std::int64_t t = column_.time;
    const int index = column_.access;
    const Access& access = queue_[index];  // stays as it is until the next one enters
    const int b = access.bank;
    const bool kind = access.write;
    floor_ = std::max(floor_, t + 1);
    column_known_ = false;
    if (index == queue_.oldest(false) || index == queue_.oldest(true)) timer_known_ = false;
    if (index == starved_) {
        starved_ = AccessQueue::none;
        row_known_ = false;
        timer_ = floor_;  // may be any time now
    }
    queue_.pop_hit(index, state_);
    const bool more_hits =
        queue_.hit(false, b) != AccessQueue::none || queue_.hit(true, b) != AccessQueue::none;
    const bool close = params_.page == PagePolicy::closed && !more_hits;
    data_end_ = std::max(data_end_, t + (kind ? write_cycles_ : data_cycles_));
    const std::int64_t closed_at = state_.column(access.write, b, close, t);
    if (queue_.empty() || !rows_by_offer())
        row_known_ = false;
    else if (queue_.hit(kind, b) == AccessQueue::none && queue_.other(kind, b) != AccessQueue::none)
        offer_row(b, queue_.other(kind, b));

    account_.serve(access.activity, t * tck_ps_);
    auto& counts = account_.now;
    ++(access.write ? counts.write : counts.read);
    counts.paired += access.pair;
    const std::uint64_t blocks = access.pair ? 2 : 1;
    counts.blocks += blocks;
    counts.lane_groups += blocks * access.bits;
    ++(access.found == Access::Row::hit    ? counts.row_hit
       : access.found == Access::Row::miss ? counts.row_miss
                                           : counts.row_conflict);
    if (trace_ != nullptr) {
        const Command command =
            access.write ? (close ? Command::WRA : Command::WR) : (close ? Command::RDA : Command::RD);
        trace_->record(t, command, b, access.row, access.column);
    }
    if (close) {
        account_.bank_closed(closed_at * tck_ps_);
        ++(access.write ? counts.write_precharge : counts.read_precharge);
        bank_probe_[b].record(closed_at * tck_ps_, 0);
    }

    Transfer* const transfer = access.transfer;
    if (transfer != nullptr && --transfer->queued == 0 && transfer->entered()) {
        reading_.back()->place = transfer->place;
        reading_[transfer->place] = reading_.back();
        reading_.pop_back();
        finished_.push_back({transfer, t + data_cycles_});
    }
    mode_may_change();
    refill(kind, t);
    if (probing_) probe_queues(t);
}

void Controller::probe_queues(std::int64_t t) {
    for (const bool kind : {false, true})
        queued_probe_[kind].record(t * tck_ps_, static_cast<std::uint64_t>(queue_.count(kind)));
}

std::int64_t Controller::next_report() {
    std::int64_t report = never;
    if (!entered_.empty()) report = entered_.front().cycle;
    if (!finished_.empty()) report = std::min(report, finished_.front().cycle);
    if (idle()) return report;
    if (!row_known_) choose_row();
    if (!column_known_) choose_column();
    if (!timer_known_) next_timer();
    // Only a column command lets something in or out. What is chosen for the column bus stays first on it
    // until a timer fires, a row has been opened or power is up.
    const VaultTiming& c = params_.timing;
    std::int64_t column = column_.time;
    if (row_.time != never) {
        const bool wakes = row_.command == RowCommand::power_up;
        column = std::min(column, row_.time + (wakes ? c.xp : std::min(c.rcd_read, c.rcd_write) + 1));
    }
    column = std::min(column, timer_);
    column = std::max(column, floor_);
    const auto after = [&](std::uint64_t accesses) {
        return column + (static_cast<std::int64_t>(accesses) - 1) * c.ccd_s;
    };
    constexpr std::size_t few = 4;
    if (!reading_.empty()) {
        std::uint64_t least = 1;
        if (reading_.size() <= few) {
            least = ~std::uint64_t{0};
            for (const Transfer* t : reading_)
                least = std::min(least, t->queued + t->least_left(params_.double_blocks));
        }
        report = std::min(report, after(least) + data_cycles_);
    }
    for (const auto& waiting : waiting_) {
        if (waiting.empty()) continue;
        std::uint64_t least = 1;
        if (waiting.size() <= few) {
            least = ~std::uint64_t{0};
            for (const Transfer* t : waiting) least = std::min(least, t->least_left(params_.double_blocks));
        }
        report = std::min(report, after(least));
    }
    if (report == never) report = after(static_cast<std::uint64_t>(queue_.count(false) + queue_.count(true)));
    return report;
}

}  // namespace pimvp
