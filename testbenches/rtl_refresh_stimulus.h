// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "modules/edram_macro/refresh_schedule.h"
#include "modules/rtl/edram_refresh_pins.h"
#include "testbenches/coverage.h"
#include "testbenches/rtl_bench.h"
#include "testbenches/rtl_random.h"

namespace pimvp {

/// Random traffic on one array, in cycles: accesses after idle times of all lengths, aimed at due times and
/// at the limit of postponement; drains of an idle array; rows that come to life; now and then another
/// period, row time and limit after a reset.
class RefreshStimulus {
  public:
    RefreshStimulus(int rows, std::uint64_t seed);

    RtlOperation step(EdramRefreshPins& rtl);
    const Coverage& coverage() const { return coverage_; }

  private:
    void restart(EdramRefreshPins& rtl);
    void bring_to_life(EdramRefreshPins& rtl);
    void choose_times();
    std::int64_t due(std::int64_t slot) const;
    std::int64_t next_due(std::int64_t from) const;
    void cover(std::int64_t granted, const std::vector<RowRefresh>& refreshes, std::uint64_t postponed);
    std::string describe() const;

    const int rows_;
    RtlRandom random_;
    RefreshParams params_;
    std::unique_ptr<RefreshSchedule> model_;
    std::vector<bool> live_;
    int lives_ = 0;
    std::uint64_t operation_ = 0;
    int until_restart_ = 0;
    std::int64_t end_ = 0;  // of what the array does
    // Of this operation:
    bool drain_ = false, brought_to_life_ = false, at_due_ = false;
    std::int64_t array_free_ = 0, start_ = 0, length_ = 0, trace_ps_ = 0;

    Coverage coverage_;
    struct Points {
        Coverage::Point kind, live, length, limit, outcome, before, collision, at_limit, postponed,
            came_alive, busy, remainder;
    } points_;
};

}  // namespace pimvp
