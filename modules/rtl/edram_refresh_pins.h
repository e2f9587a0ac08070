// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <systemc>
#include <vector>

#include "modules/core/trace.h"
#include "modules/edram_macro/refresh_schedule.h"
#include "modules/rtl/delta_clock.h"
#include "modules/rtl/edram_refresh_model.h"

namespace pimvp {

/// The transactor in front of a verilated edram_refresh, with the calls of a RefreshSchedule. Cycles instead
/// of picoseconds: `params` with a clock of 1, distributed, enabled. A DeltaClock runs, cycle after cycle, up
/// to the time that a call is about. Only from a thread.
///
/// Signals NAME.*: clk, request, grant, refresh, refresh_row, waiting, array_busy.
class EdramRefreshPins : public sc_core::sc_module {
  public:
    /// Throws Error as `make` does.
    EdramRefreshPins(const sc_core::sc_module_name& name, int rows, Period period, Tracer* tracer,
                     const MakeEdramRefresh& make = make_edram_refresh);
    ~EdramRefreshPins() override;

    /// Cycle 0 is the next one. `params` as resolved; slots and times below 2^16 cycles. `trace_ps`: time of
    /// cycle 0 in the trace.
    void reset(const RefreshParams& params, std::int64_t trace_ps);

    /// As RefreshSchedule; not earlier than cycle(). At most one row per cycle.
    void set_live(int row, std::int64_t since);
    /// Start of the access; gives up at 2^22 cycles behind `start`. Its own refreshes are appended.
    std::int64_t request(std::int64_t array_free, std::int64_t start, std::int64_t length,
                         std::vector<RowRefresh>& refreshes);
    void drain(std::int64_t array_free, std::int64_t until, std::vector<RowRefresh>& refreshes);

    /// The next cycle.
    std::int64_t cycle() const { return cycle_; }
    std::uint64_t postponed() const { return postponed_; }

  private:
    struct Live {
        int row;
        std::int64_t since;
    };
    void run_cycle(std::vector<RowRefresh>& refreshes);

    std::unique_ptr<EdramRefreshModel> rtl_;
    DeltaClock clock_;
    const int rows_;
    std::deque<Live> live_;  // still to be told, by time
    std::int64_t cycle_ = 0, trace_ps_ = 0;
    std::int64_t granted_until_ = 0;  // what is beyond is busy without a grant
    std::uint64_t postponed_ = 0;
    Probe request_, grant_, refresh_, refresh_row_, waiting_, array_busy_;
};

}  // namespace pimvp
