// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <systemc>
#include <vector>

#include "modules/power/power_if.h"

namespace pimvp {

/// A supply with a budget of energy for planned steps, no harvest, no leakage. It browns out half-way through
/// the step that it cannot pay; after `steps_to_warning` steps it pauses once.
class BudgetSupply : public sc_core::sc_object, public PowerIf {
  public:
    explicit BudgetSupply(const char* name) : sc_object(name) {}

    std::int64_t budget_zj = std::numeric_limits<std::int64_t>::max();
    std::int64_t steps_to_warning = -1;
    std::int64_t others_end_ps = 0;        // when what other clients have planned ends
    std::vector<PowerSteps> planned;       // all ever
    std::vector<std::int64_t> planned_at;  // their starts
    std::function<void()> brown_out;       // what the platform does
    void switch_off() { state_ = PowerState::off; }
    void recharge(std::int64_t zj) {
        budget_zj = zj;
        state_ = PowerState::good;
    }

    void plan(PowerClient& client, std::int64_t start_ps, std::vector<PowerSteps> work) override {
        for (const PowerSteps& steps : work) {
            planned.push_back(steps);
            planned_at.push_back(start_ps);
        }
        client_ = &client;
    }
    std::int64_t execute() override {
        const PowerSteps& work = planned.back();
        const std::int64_t start = planned_at.back();
        std::int64_t done = std::min(work.steps, work.step_zj == 0 ? work.steps : budget_zj / work.step_zj);
        bool torn = done < work.steps;
        if (steps_to_warning >= 0 && steps_to_warning <= done && state_ == PowerState::good) {
            done = steps_to_warning;
            torn = false;
            state_ = PowerState::low;
        }
        budget_zj -= done * work.step_zj;
        if (torn) {
            budget_zj = 0;
            state_ = PowerState::off;
            off_since_ps_ = start + done * work.step_ps + work.step_ps / 2;
        }
        client_->powered(done, torn);
        if (torn && brown_out) brown_out();
        return torn ? off_since_ps_ : std::max(start + done * work.step_ps, others_end_ps);
    }
    bool settle(std::int64_t) override { return state_ != PowerState::off; }
    PowerState state() const override { return state_; }
    std::int64_t off_since_ps() const override { return off_since_ps_; }
    const sc_core::sc_event& good_event() const override { return good_; }
    bool dead() const override { return false; }

  private:
    PowerClient* client_ = nullptr;
    PowerState state_ = PowerState::good;
    std::int64_t off_since_ps_ = 0;
    sc_core::sc_event good_;
};

}  // namespace pimvp
