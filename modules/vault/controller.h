// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The controller of one pseudo-channel: which DRAM command goes at which clock cycle. No SystemC here, and no
// cycle is looked at in which nothing can go.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <string>
#include <vector>

#include "modules/core/trace.h"
#include "modules/vault/access_queue.h"
#include "modules/vault/bank_state.h"
#include "modules/vault/command_trace.h"
#include "modules/vault/io_gate.h"
#include "modules/vault/transfer.h"
#include "modules/vault/vault_account.h"
#include "modules/vault/vault_params.h"

namespace pimvp {

/// Accesses enter the queues at a cycle and may cause commands from the next one on. One command a cycle goes
/// on each of the two buses, row and column.
///
/// Column commands serve one kind at a time: writes when `write_high` of them wait, until no more than
/// `write_low` do, or when no read waits; else reads. First ready, first come: of all accesses to open rows
/// the one whose command may go first, at equal times the oldest. Row commands work for banks that have no
/// access to their open row: the command that may go first, ACT ahead of PRE, then the bank whose access is
/// older. The oldest access of all, once it has waited `starvation_cycles`, has its bank to itself and its
/// kind is served. First come, first served: column commands in order of age; banks open rows ahead for
/// their oldest access.
///
/// A refresh falls due every tREFI (tREFIpb). From then on nothing else is begun in all banks (its bank),
/// which are precharged and refreshed. Power-down is entered `power_down_idle_cycles` after the last activity
/// and left when there is work or a refresh is due.
class Controller {
  public:
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
    struct Report {
        Transfer* transfer = nullptr;
        std::int64_t cycle = never;
    };

    /// `trace` may be null. Probes are `name`.bank_N (open), .reads, .writes (queued), .refresh, .power_down.
    Controller(const std::string& name, const VaultParams& params, IoGate& gate, VaultAccount& account,
               CommandTrace* trace, Tracer* tracer);
    /// As new from this cycle on; transfers are forgotten. The first refresh is due an interval later.
    void reset(std::int64_t cycle);

    /// All commands of cycles up to `until`.
    void advance(std::int64_t until);
    /// A request that arrives at `cycle`, to which the controller has been advanced. True if all of its
    /// accesses are in the queue. Otherwise it waits for room, one access at a time in turn with others that
    /// wait, and `entered` reports it later. The transfer stays where it is until it is reported.
    bool submit(Transfer& transfer, std::int64_t cycle);
    /// The gate's registers were written.
    void gate_changed() { ++gate_version_; }

    /// Transfers whose last access got into the queue, and reads whose last data beat there is, by cycle; the
    /// latter up to CL and a burst ahead of time.
    std::deque<Report>& entered() { return entered_; }
    std::deque<Report>& finished() { return finished_; }
    /// No report can come before this cycle, unless something is submitted. If none is to come, the queues
    /// are not empty before it; `never` if they are.
    std::int64_t next_report();
    /// Both queues take another access.
    bool room() const { return queue_.room(false) && queue_.room(true); }
    /// No access queued or waiting.
    bool idle() const { return queue_.empty() && waiting_[0].empty() && waiting_[1].empty(); }
    /// The cycle at which the last data beat of all column commands so far is over; 0 before the first.
    std::int64_t data_end() const { return data_end_; }
    /// Commands up to here are done.
    std::int64_t done_until() const { return floor_ - 1; }

  private:
    enum class RowCommand { activate, precharge, precharge_all, refresh_all, refresh, power_down, power_up };
    struct RowChoice {
        std::int64_t time = never;
        RowCommand command = RowCommand::activate;
        int bank = 0, access = AccessQueue::none;
    };
    struct ColumnChoice {
        std::int64_t time = never;
        int access = AccessQueue::none;
    };

    bool serves_writes() const {
        if (starved_ != AccessQueue::none) return queue_[starved_].write;
        if (queue_.eligible(true) == 0) return false;
        return draining_ || queue_.eligible(false) == 0 || queue_.blocked(false) > 0;
    }
    void next_timer();
    void fire_timer();
    void choose_row();
    void choose_row_for_accesses();
    /// A bank more that the row bus may work for, if that is all that changes for it.
    void offer_row(int bank, int access);
    bool rows_by_offer() const {
        return row_known_ && params_.scheduling == SchedulingPolicy::fr_fcfs &&
               starved_ == AccessQueue::none && refresh_bank_ < 0 && !refreshing_all_ && !down_;
    }
    void choose_column();
    void choose_column_fcfs();
    int oldest_in_bank(int bank, bool& hit) const;
    void issue_row();
    void issue_column();
    void refresh_done();
    void refill(bool kind, std::int64_t cycle);
    void enter(Transfer& transfer, std::int64_t cycle);
    void mode_may_change() {
        const int writes = queue_.count(true);
        if (writes >= params_.write_high)
            draining_ = true;
        else if (writes <= params_.write_low)
            draining_ = false;
        if (serves_writes() != writes_) {
            writes_ = !writes_;
            row_known_ = column_known_ = false;
        }
    }
    void record(std::int64_t t, CommandTrace::Command command, int bank = -1, int row = -1, int column = -1) {
        if (trace_ != nullptr) trace_->record(t, command, bank, row, column);
    }
    void probe_queues(std::int64_t t);

    const VaultParams params_;
    const AddressMapping mapping_;
    const std::int64_t tck_ps_, refresh_interval_, data_cycles_, write_cycles_;  // RD, WR to last beat
    IoGate& gate_;
    VaultAccount& account_;
    CommandTrace* const trace_;

    BankState state_;
    AccessQueue queue_;
    std::deque<Transfer*> waiting_[2];
    std::vector<Transfer*> reading_;  // not yet issued to the end
    std::deque<Report> entered_, finished_;
    std::uint32_t gate_version_ = 1;

    std::int64_t data_end_ = 0;
    std::int64_t floor_ = 0;  // no command can go before this cycle any more
    bool row_known_ = false, column_known_ = false;
    bool timer_known_ = false;  // else it may be too early, as it was for an access that has gone
    RowChoice row_;
    ColumnChoice column_;
    std::int64_t timer_ = never;

    std::int64_t refresh_due_ = never;
    bool refreshing_all_ = false;
    int refresh_bank_ = -1, next_refresh_bank_ = 0;
    bool draining_ = false, writes_ = false;
    int starved_ = AccessQueue::none;
    bool down_ = false;
    std::uint64_t conflicts_ = 0;  // banks closed for an access to another row

    bool probing_ = false;
    std::vector<Probe> bank_probe_;
    Probe queued_probe_[2], refresh_probe_, down_probe_;
};

}  // namespace pimvp
