// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/vault/vault_account.h"

#include <algorithm>

namespace pimvp {

namespace {

Energy per_ps(Power power) {
    return Energy::si(power.si() * 1e-12);
}

}  // namespace

VaultAccount::VaultAccount(Account& account, const VaultParams& p) : account_(account), gate_(p.gate) {
    const int banks = p.organisation.bank_groups * p.organisation.banks_per_group;
    const double gate = p.gated ? 1 + p.gate_overhead : 1;
    event_.activate = account.add_event("activate", p.activation);
    event_.cell_bit = account.add_event("cell_bit", p.cell_bit * gate);
    event_.bank_bit = account.add_event("bank_bit", p.bank_bit * gate);
    event_.group_bit = account.add_event("group_bit", p.group_bit * gate);
    event_.tsv_bit = account.add_event("tsv_bit", p.tsv_bit * gate);
    event_.refresh_bank = account.add_event("refresh_bank", p.refresh_all_bank / banks);
    event_.closed = account.add_event("background_closed_ps", per_ps(p.background_idle));
    event_.open = account.add_event("background_open_ps", per_ps(p.background_one_bank));
    event_.bank = account.add_event(
        "background_bank_ps",
        banks == 1 ? Energy{} : per_ps(p.background_all_banks - p.background_one_bank) / (banks - 1));
    event_.down = account.add_event("background_power_down_ps", per_ps(p.background_power_down));
    event_.read = account.add_counter("read");
    event_.write = account.add_counter("write");
    event_.paired = account.add_counter("paired");
    event_.row_hit = account.add_counter("row_hit");
    event_.row_miss = account.add_counter("row_miss");
    event_.row_conflict = account.add_counter("row_conflict");
    event_.precharge = account.add_counter("precharge");
    event_.precharge_all = account.add_counter("precharge_all");
    event_.read_precharge = account.add_counter("read_precharge");
    event_.write_precharge = account.add_counter("write_precharge");
    event_.refresh_command = account.add_counter("refresh_command");
    event_.power_down = account.add_counter("power_down");
    event_.power_up = account.add_counter("power_up");
    event_.queue_full = account.add_counter("queue_full");
}

void VaultAccount::reset(std::int64_t ps) {
    account_.reset();
    now = {};
    activity_ = Activity::idle;
    booked_ps_ = ps;
    open_ = 0;
    down_ = false;
    closing_.clear();
    closed_ps_ = open_ps_ = bank_ps_ = down_ps_ = 0;
}

void VaultAccount::spend(std::int64_t ps) {
    if (ps <= booked_ps_) return;
    const auto time = static_cast<std::uint64_t>(ps - booked_ps_);
    booked_ps_ = ps;
    if (down_) {
        down_ps_ += time;
    } else if (open_ == 0) {
        closed_ps_ += time;
    } else {
        open_ps_ += time;
        bank_ps_ += time * static_cast<std::uint64_t>(open_ - 1);
    }
}

void VaultAccount::advance(std::int64_t ps) {
    while (!closing_.empty() && closing_.front() <= ps) {
        spend(closing_.front());
        --open_;
        closing_.erase(closing_.begin());
    }
    spend(ps);
}

void VaultAccount::bank_closed(std::int64_t ps) {
    closing_.insert(std::upper_bound(closing_.begin(), closing_.end(), ps), ps);
}

void VaultAccount::all_closed(std::int64_t ps) {
    advance(ps);
    closing_.clear();
    open_ = 0;
}

void VaultAccount::change_activity(int activity, std::int64_t ps) {
    advance(ps);
    flush();
    activity_ = activity;
}

void VaultAccount::book(std::int64_t ps) {
    advance(ps);
    flush();
}

void VaultAccount::flush() {
    const auto count = [this](Account::EventId event, std::uint64_t n) {
        if (n != 0) account_.count(event, n, activity_);
    };
    constexpr std::uint64_t bits = 16;  // of a word, and of a lane group
    const std::uint64_t all = now.blocks * bits * bits, moved = now.lane_groups * bits;
    count(event_.cell_bit, gate_ == GatePosition::a ? moved : all);
    count(event_.bank_bit, gate_ == GatePosition::c ? all : moved);
    count(event_.group_bit, moved);
    count(event_.tsv_bit, moved);
    count(event_.activate, now.activate);
    count(event_.refresh_bank, now.refresh_bank);
    count(event_.closed, closed_ps_);
    count(event_.open, open_ps_);
    count(event_.bank, bank_ps_);
    count(event_.down, down_ps_);
    count(event_.read, now.read);
    count(event_.write, now.write);
    count(event_.paired, now.paired);
    count(event_.row_hit, now.row_hit);
    count(event_.row_miss, now.row_miss);
    count(event_.row_conflict, now.row_conflict);
    count(event_.precharge, now.precharge);
    count(event_.precharge_all, now.precharge_all);
    count(event_.read_precharge, now.read_precharge);
    count(event_.write_precharge, now.write_precharge);
    count(event_.refresh_command, now.refresh_command);
    count(event_.power_down, now.power_down);
    count(event_.power_up, now.power_up);
    count(event_.queue_full, now.queue_full);
    now = {};
    closed_ps_ = open_ps_ = bank_ps_ = down_ps_ = 0;
}

}  // namespace pimvp
