// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/rtl/edram_refresh_pins.h"

namespace pimvp {

EdramRefreshPins::EdramRefreshPins(const sc_core::sc_module_name& module_name, int rows, Period period,
                                   Tracer* tracer, const MakeEdramRefresh& make)
    : sc_module(module_name),
      rtl_(make(rows)),
      clock_(rtl_->clk, rtl_->rst, name(), period, tracer),
      rows_(rows),
      request_(tracer, std::string(name()) + ".request", 1),
      grant_(tracer, std::string(name()) + ".grant", 1),
      refresh_(tracer, std::string(name()) + ".refresh", 1),
      refresh_row_(tracer, std::string(name()) + ".refresh_row", 10),
      waiting_(tracer, std::string(name()) + ".waiting", 11),
      array_busy_(tracer, std::string(name()) + ".array_busy", 1) {}

EdramRefreshPins::~EdramRefreshPins() = default;

void EdramRefreshPins::reset(const RefreshParams& params, std::int64_t trace_ps) {
    rtl_->slot_cycles.write(static_cast<std::uint32_t>(params.period_ps / rows_));
    rtl_->slot_remainder.write(static_cast<std::uint32_t>(params.period_ps % rows_));
    rtl_->row_cycles.write(static_cast<std::uint32_t>(params.row_ps));
    rtl_->postpone.write(static_cast<std::uint32_t>(params.postpone_ps));
    clock_.tick();  // the first time with a reset of its own
    rtl_->rst.write(true);
    clock_.tick();
    rtl_->rst.write(false);
    live_.clear();
    cycle_ = granted_until_ = 0;
    trace_ps_ = trace_ps;
    postponed_ = 0;
}

void EdramRefreshPins::set_live(int row, std::int64_t since) {
    live_.push_back({row, since});
}

void EdramRefreshPins::run_cycle(std::vector<RowRefresh>& refreshes) {
    const bool live = !live_.empty() && live_.front().since <= cycle_;
    rtl_->live_write.write(live);
    if (live) {
        rtl_->live_row.write(static_cast<std::uint32_t>(live_.front().row));
        live_.pop_front();
    }
    const std::int64_t at_ps = trace_ps_ + cycle_ * clock_.period_ps();
    clock_.tick(at_ps);
    if (rtl_->refresh.read()) {
        refreshes.push_back({static_cast<int>(rtl_->refresh_row.read()), cycle_});
        postponed_ += rtl_->postponed.read();
    }
    request_.record(at_ps, rtl_->request.read());
    array_busy_.record(at_ps, rtl_->array_busy.read());
    grant_.record(at_ps, rtl_->grant.read());
    refresh_.record(at_ps, rtl_->refresh.read());
    refresh_row_.record(at_ps, rtl_->refresh_row.read());
    waiting_.record(at_ps, rtl_->waiting.read());
    ++cycle_;
}

std::int64_t EdramRefreshPins::request(std::int64_t array_free, std::int64_t start, std::int64_t length,
                                       std::vector<RowRefresh>& refreshes) {
    constexpr std::int64_t patience = 1 << 22;
    rtl_->length.write(static_cast<std::uint32_t>(length));
    do {
        rtl_->array_busy.write(cycle_ >= granted_until_ && cycle_ < array_free);
        rtl_->request.write(cycle_ >= start);
        run_cycle(refreshes);
    } while (!rtl_->grant.read() && cycle_ < start + patience);
    rtl_->request.write(false);
    granted_until_ = cycle_ - 1 + length;
    return cycle_ - 1;
}

void EdramRefreshPins::drain(std::int64_t array_free, std::int64_t until,
                             std::vector<RowRefresh>& refreshes) {
    while (cycle_ < until) {
        rtl_->array_busy.write(cycle_ >= granted_until_ && cycle_ < array_free);
        run_cycle(refreshes);
    }
}

}  // namespace pimvp
