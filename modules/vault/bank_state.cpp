// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/vault/bank_state.h"

#include <string>

#include "modules/core/error.h"

namespace pimvp {

BankState::BankState(const VaultParams& params)
    : BankState(params.timing, params.organisation.banks_per_group,
                params.organisation.bank_groups * params.organisation.banks_per_group) {}

BankState::BankState(const VaultTiming& timing, int banks_per_group, int banks)
    : timing_(timing), banks_per_group_(banks_per_group), bank_count_(banks) {
    if (banks < 1 || banks > most_banks)
        throw Error("vault.banks_per_group: expected 1 to " + std::to_string(most_banks) +
                    " banks in all groups together, found " + std::to_string(banks));
    for (int b = 0; b < banks; ++b) banks_[b].group = b / banks_per_group;
    last_activates_.fill(-timing.faw);
}

std::int64_t BankState::earliest_precharge_all() const {
    std::int64_t earliest = row_bus_;
    for (int b = 0; b < bank_count_; ++b) earliest = std::max(earliest, banks_[b].precharge);
    return earliest;
}

std::int64_t BankState::earliest_refresh_all() const {
    std::int64_t earliest = row_bus_;
    for (int b = 0; b < bank_count_; ++b) earliest = std::max(earliest, banks_[b].refresh);
    return earliest;
}

void BankState::activate(int b, int row, std::int64_t t) {
    Bank& bank = banks_[b];
    Group& group = groups_[bank.group];
    const VaultTiming& c = timing_;
    bank.row = row;
    open_ |= std::uint64_t{1} << b;
    bank.column[0] = t + c.rcd_read + 1;
    bank.column[1] = t + c.rcd_write + 1;
    bank.precharge = std::max(bank.precharge, t + c.ras + 1);
    bank.activate = t + c.rc;
    bank.refresh = std::max(bank.refresh, t + c.rc + 1);
    group.activate = std::max(group.activate, t + c.rrd_l);
    group.refresh = std::max(group.refresh, t + c.rrd_l + 1);
    refresh_ = std::max(refresh_, t + c.rrd_s + 1);
    last_activates_[next_activate_] = t;
    next_activate_ = (next_activate_ + 1) % 4;
    activate_ = std::max(activate_, std::max(t + c.rrd_s, last_activates_[next_activate_] + c.faw));
    row_command(t + 1);
}

void BankState::precharge(int b, std::int64_t t) {
    close(b, t);
    row_command(t);
}

void BankState::precharge_all(std::int64_t t) {
    for (int b = 0; b < banks(); ++b) close(b, t);
    row_command(t);
}

void BankState::refresh_all(std::int64_t t) {
    for (Bank& bank : banks_) {
        bank.activate = std::max(bank.activate, t + timing_.rfc - 1);
        bank.refresh = std::max(bank.refresh, t + timing_.rfc);
    }
    row_command(t);
    quiet_ = std::max(quiet_, t + timing_.rfc);
}

void BankState::refresh(int b, std::int64_t t) {
    activate_ = std::max(activate_, t + timing_.rref_d - 1);
    refresh_ = std::max(refresh_, t + timing_.rref_d);
    Bank& bank = banks_[b];
    bank.activate = std::max(bank.activate, t + timing_.rfc_pb - 1);
    bank.refresh = std::max(bank.refresh, t + timing_.rfc_pb);
    row_command(t);
}

void BankState::power_down(std::int64_t t) {
    power_up_ = t + timing_.cke;
}

void BankState::power_up(std::int64_t t) {
    const std::int64_t ready = t + timing_.xp;
    for (Bank& bank : banks_) {
        bank.precharge = std::max(bank.precharge, ready);
        bank.refresh = std::max(bank.refresh, ready);
    }
    activate_ = std::max(activate_, ready - 1);
    for (auto& column : column_) column = std::max(column, ready);
    row_command(t);
    quiet_ = std::max(quiet_, std::max(ready, t + timing_.cke));
}

}  // namespace pimvp
