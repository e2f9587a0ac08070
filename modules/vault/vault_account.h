// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a vault's commands and its time cost. No SystemC here.
#pragma once

#include <cstdint>
#include <vector>

#include "modules/core/account.h"
#include "modules/vault/vault_params.h"

namespace pimvp {

/// Books to an Account. Events: `activate`; `cell_bit`, `bank_bit`, `group_bit`, `tsv_bit` (data bits through
/// the four segments of the column path; ahead of the gate all 16 of a word, behind it those that move, at
/// prices with the gate's overhead); `refresh_bank` (REFab is one per bank); background as bank states times
/// ps: `background_closed_ps` (no bank open), `background_open_ps` (some are, at the price of one),
/// `background_bank_ps` (each further open bank), `background_power_down_ps`. Counters: `read`, `write`
/// (column accesses), `paired` (of two blocks), `row_hit`, `row_miss` (the bank was closed), `row_conflict`,
/// `precharge`, `precharge_all`, `read_precharge`, `write_precharge` (of `read` and `write`, with automatic
/// precharge), `refresh_command`, `power_down`, `power_up`, `queue_full` (requests that had to wait for
/// room).
class VaultAccount {
  public:
    /// What happened since the last booking, all for one activity.
    struct Counts {
        std::uint64_t activate = 0, read = 0, write = 0, paired = 0;
        std::uint64_t blocks = 0, lane_groups = 0;  // 16 bits each
        std::uint64_t row_hit = 0, row_miss = 0, row_conflict = 0;
        std::uint64_t precharge = 0, precharge_all = 0, refresh_bank = 0, refresh_command = 0;
        std::uint64_t read_precharge = 0, write_precharge = 0;
        std::uint64_t power_down = 0, power_up = 0, queue_full = 0;
    } now;

    VaultAccount(Account& account, const VaultParams& params);

    /// From `ps` on, for this activity.
    void serve(int activity, std::int64_t ps) {
        if (activity != activity_) change_activity(activity, ps);
    }
    void bank_opened(std::int64_t ps) {
        advance(ps);
        ++open_;
    }
    /// `ps` may be ahead of what comes next: an automatic precharge.
    void bank_closed(std::int64_t ps);
    void all_closed(std::int64_t ps);
    void powered_down(std::int64_t ps, bool down) {
        advance(ps);
        down_ = down;
    }
    /// Background up to `ps`, and all counts, to the account.
    void book(std::int64_t ps);
    void reset(std::int64_t ps);

  private:
    void advance(std::int64_t ps);
    void spend(std::int64_t ps);
    void change_activity(int activity, std::int64_t ps);
    void flush();

    Account& account_;
    GatePosition gate_;
    int activity_ = Activity::idle;
    std::int64_t booked_ps_ = 0;
    int open_ = 0;
    bool down_ = false;
    std::vector<std::int64_t> closing_;  // times to come, ascending
    std::uint64_t closed_ps_ = 0, open_ps_ = 0, bank_ps_ = 0, down_ps_ = 0;
    struct {
        Account::EventId activate, cell_bit, bank_bit, group_bit, tsv_bit, refresh_bank;
        Account::EventId closed, open, bank, down;
        Account::EventId read, write, paired, row_hit, row_miss, row_conflict;
        Account::EventId precharge, precharge_all, read_precharge, write_precharge;
        Account::EventId refresh_command, power_down, power_up, queue_full;
    } event_;
};

}  // namespace pimvp
