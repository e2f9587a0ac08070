// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/power/planned_work.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace pimvp {

namespace {
constexpr std::int64_t latest_ps = std::int64_t{1} << 62;
}

PlannedWork::PlannedWork(PowerClient& client, std::int64_t start_ps, std::vector<PowerSteps> work)
    : client_(&client),
      start_ps_(start_ps),
      end_ps_(start_ps),
      work_(std::move(work)),
      group_start_ps_(start_ps) {
    work_.erase(std::remove_if(work_.begin(), work_.end(), [](const PowerSteps& g) { return g.steps == 0; }),
                work_.end());
    if (start_ps < 0 || start_ps > latest_ps)
        throw std::logic_error("power: work planned at an impossible time");
    for (const PowerSteps& group : work_) {
        if (group.steps < 0 || group.step_ps < 1 || group.step_zj < 0)
            throw std::logic_error("power: planned steps need a length and an energy that is not negative");
        if (group.steps > (latest_ps - end_ps_) / group.step_ps)
            throw std::logic_error("power: planned work ends beyond 2^62 ps");
        end_ps_ += group.steps * group.step_ps;
        steps_ += group.steps;
    }
}

void PlannedWork::move_to(std::int64_t time_ps) {
    while (!done() && group_end_ps() <= time_ps) {
        group_start_ps_ = group_end_ps();
        ++group_;
    }
}

bool PlannedWork::enters_group() {
    const bool entered = entered_ == group_ + 1;
    entered_ = group_ + 1;
    return !entered;
}

void PlannedWork::stop_beginning(std::int64_t time_ps) {
    if (time_ps >= end_ps_) return;
    steps_ = 0;
    end_ps_ = start_ps_;
    for (std::size_t i = 0; i < work_.size(); ++i) {
        PowerSteps& group = work_[i];
        const std::int64_t left = std::max<std::int64_t>(0, time_ps - end_ps_);
        group.steps = std::min(group.steps, left / group.step_ps + (left % group.step_ps != 0 ? 1 : 0));
        if (group.steps == 0) {
            work_.resize(i);
            break;
        }
        steps_ += group.steps;
        end_ps_ += group.steps * group.step_ps;
    }
    group_ = std::min(group_, work_.size());
}

Zeptojoules PlannedWork::drawn_until(std::int64_t time_ps) const {
    Zeptojoules sum = 0;
    std::int64_t start = start_ps_;
    for (const PowerSteps& group : work_) {
        if (time_ps <= start) break;
        const std::int64_t end = start + group.steps * group.step_ps;
        sum += Draw{start, group.step_ps, group.step_zj}.until(std::min(time_ps, end));
        start = end;
    }
    return sum;
}

PlannedWork::Outcome PlannedWork::cut_at(std::int64_t time_ps) const {
    Outcome outcome;
    std::int64_t start = start_ps_;
    for (const PowerSteps& group : work_) {
        if (time_ps <= start) break;
        const std::int64_t steps = std::min(group.steps, (time_ps - start - 1) / group.step_ps);
        outcome.steps += steps;
        outcome.zj += Zeptojoules{group.step_zj} * steps;
        outcome.torn = steps < group.steps;
        start += group.steps * group.step_ps;
    }
    return outcome;
}

PlannedWork::Outcome PlannedWork::whole() const {
    Outcome outcome;
    outcome.steps = steps_;
    for (const PowerSteps& group : work_) outcome.zj += Zeptojoules{group.step_zj} * group.steps;
    return outcome;
}

}  // namespace pimvp
