// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "modules/power/draw.h"
#include "modules/power/power_if.h"

namespace pimvp {

/// One plan of one client, walked through in time.
class PlannedWork {
  public:
    /// Throws std::logic_error for steps without length, negative numbers or an end beyond 2^62 ps.
    PlannedWork(PowerClient& client, std::int64_t start_ps, std::vector<PowerSteps> work);

    PowerClient& client() const { return *client_; }
    std::int64_t start_ps() const { return start_ps_; }
    std::int64_t end_ps() const { return end_ps_; }
    std::int64_t steps() const { return steps_; }

    /// On to the group of equal steps that `time_ps` is in or before. Times never decrease.
    void move_to(std::int64_t time_ps);
    /// True once for each group, asked while in it.
    bool enters_group();
    bool done() const { return group_ == work_.size(); }
    const PowerSteps& group() const { return work_[group_]; }
    std::int64_t group_start_ps() const { return group_start_ps_; }
    std::int64_t group_end_ps() const { return group_start_ps_ + group().steps * group().step_ps; }
    Draw draw() const { return {group_start_ps_, group().step_ps, group().step_zj}; }

    /// Nothing begins from then on: the step in progress is the last.
    void stop_beginning(std::int64_t time_ps);

    /// Of all groups until then, rounded down.
    Zeptojoules drawn_until(std::int64_t time_ps) const;
    struct Outcome {
        std::int64_t steps = 0;
        Zeptojoules zj = 0;  // of those
        bool torn = false;   // another one had begun
    };
    /// What a brown-out at that time leaves: steps that ended before.
    Outcome cut_at(std::int64_t time_ps) const;
    Outcome whole() const;

  private:
    PowerClient* client_;
    std::int64_t start_ps_, end_ps_, steps_ = 0;
    std::vector<PowerSteps> work_;
    std::size_t group_ = 0, entered_ = 0;
    std::int64_t group_start_ps_;
};

}  // namespace pimvp
