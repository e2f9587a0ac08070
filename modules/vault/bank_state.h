// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a pseudo-channel's DRAM allows at which clock cycle, after the commands that it got. No SystemC here.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "modules/vault/vault_params.h"

namespace pimvp {

/// Open rows and earliest cycles of every command, by bank, bank group and pseudo-channel. Banks are numbered
/// group * banks per group + bank. A command's cycle is given by the caller, who keeps to the earliest ones.
///
/// ACT stands on the row bus for two cycles and counts from its second: to its first cycle, every X -> ACT is
/// tX - 1 (PRE, REFab, REFpb, PDX: also tRP, tRFC, tRFCpb, tRREFD, tXP), every ACT -> X is tX + 1 (tRCD,
/// tRAS, and tRRD to a per-bank refresh), ACT -> ACT is as stated (tRC, tRRD, tFAW).
class BankState {
  public:
    static constexpr int closed = -1;
    static constexpr int most_banks = 64;

    /// Throws Error for more than 64 banks.
    explicit BankState(const VaultParams& params);
    void reset() { *this = BankState(timing_, banks_per_group_, bank_count_); }

    int banks() const { return bank_count_; }
    int row(int bank) const { return banks_[bank].row; }
    std::uint64_t open_banks() const { return open_; }

    std::int64_t earliest_activate(int b) const {
        const Bank& bank = banks_[b];
        return std::max(std::max(bank.activate, groups_[bank.group].activate), std::max(activate_, row_bus_));
    }
    std::int64_t earliest_precharge(int b) const { return std::max(banks_[b].precharge, row_bus_); }
    /// Once no auto-precharge is on its way.
    std::int64_t earliest_precharge_all() const;
    /// All banks closed.
    std::int64_t earliest_refresh_all() const;
    std::int64_t earliest_refresh(int b) const {
        return std::max(std::max(banks_[b].refresh, groups_[banks_[b].group].refresh),
                        std::max(refresh_, row_bus_));
    }
    /// For any bank: column commands follow each other no closer.
    std::int64_t earliest_column(bool write) const { return column_[write]; }
    /// For this bank, without the above.
    std::int64_t earliest_column(bool write, int b) const {
        const Bank& bank = banks_[b];
        return std::max(bank.column[write], groups_[bank.group].column[write]);
    }
    /// The first cycle after which nothing moves any more: no data, no write recovery, no all-bank refresh.
    std::int64_t quiet() const { return quiet_; }
    std::int64_t earliest_power_up() const { return power_up_; }

    void activate(int b, int row, std::int64_t t);
    void precharge(int b, std::int64_t t);
    void precharge_all(std::int64_t t);
    /// RD, RDA, WR, WRA. Returns the cycle of the automatic precharge, or 0.
    std::int64_t column(bool write, int b, bool precharge, std::int64_t t);
    void refresh_all(std::int64_t t);
    void refresh(int b, std::int64_t t);
    void power_down(std::int64_t t);
    void power_up(std::int64_t t);

  private:
    struct Bank {
        std::int64_t activate = 0, precharge = 0, refresh = 0;
        std::array<std::int64_t, 2> column{};  // read, write
        int row = closed, group = 0;
    };
    struct Group {
        std::int64_t activate = 0, refresh = 0;
        std::array<std::int64_t, 2> column{};
    };
    BankState(const VaultTiming& timing, int banks_per_group, int banks);
    void close(int b, std::int64_t t);
    void row_command(std::int64_t t) {
        row_bus_ = std::max(row_bus_, t + 1);
        quiet_ = std::max(quiet_, t + 1);
    }

    VaultTiming timing_;
    int banks_per_group_, bank_count_;
    std::array<Bank, most_banks> banks_;
    std::array<Group, most_banks> groups_;
    std::uint64_t open_ = 0;
    std::int64_t row_bus_ = 0, activate_ = 0, refresh_ = 0, quiet_ = 0, power_up_ = 0;
    std::array<std::int64_t, 2> column_{};
    std::array<std::int64_t, 4> last_activates_;  // ring, tFAW
    unsigned next_activate_ = 0;
};

// Column commands are most of what a run does.
inline std::int64_t BankState::column(bool write, int b, bool precharge, std::int64_t t) {
    Bank& bank = banks_[b];
    Group& group = groups_[bank.group];
    const VaultTiming& c = timing_;
    const std::int64_t data_end = t + (write ? c.cwl : c.cl) + c.burst_cycles;
    column_[write] = t + c.ccd_s;
    group.column[write] = t + c.ccd_l;
    std::int64_t recovered;
    if (write) {
        column_[0] = std::max(column_[0], data_end + c.wtr_s);
        group.column[0] = std::max(group.column[0], data_end + c.wtr_l);
        recovered = data_end + c.wr;
    } else {
        column_[1] = std::max(column_[1], t + c.rtw);
        recovered = t + c.rtp;
    }
    bank.precharge = std::max(bank.precharge, recovered);
    quiet_ = std::max(quiet_, std::max(data_end, write ? recovered : 0) + 1);
    if (!precharge) return 0;
    const std::int64_t at = bank.precharge;
    close(b, at);
    return at;
}

inline void BankState::close(int b, std::int64_t t) {
    Bank& bank = banks_[b];
    bank.row = closed;
    open_ &= ~(std::uint64_t{1} << b);
    bank.activate = std::max(bank.activate, t + timing_.rp - 1);
    bank.refresh = std::max(bank.refresh, t + timing_.rp);
}

}  // namespace pimvp
