// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// A supply whose cuts are counted in steps, for tests that cut at every step.
#pragma once

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

#include "modules/power/power_if.h"

namespace pimvp::test {

class FakePower : public PowerIf {
  public:
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

    std::int64_t steps_left = never;   // until a brown-out in the next step
    std::int64_t pause_after = never;  // steps until a warning
    std::function<void()> on_loss;
    bool cut_before = false;  // the brown-out comes between two steps

    std::int64_t executed = 0;  // steps, of all works
    Zeptojoules finished_zj = 0;
    std::int64_t finished_ps = 0;
    int cuts = 0;
    PowerSteps::What cut_what = PowerSteps::What::work;

    void plan(PowerClient& client, std::int64_t start_ps, std::vector<PowerSteps> work) override {
        works_.push_back({&client, start_ps, std::move(work)});
    }
    std::int64_t execute() override {
        auto works = std::exchange(works_, {});
        std::int64_t end = 0;
        for (const Planned& work : works) {
            std::int64_t all = 0;
            for (const PowerSteps& s : work.steps) all += s.steps;
            const std::int64_t done = std::min({all, steps_left, pause_after});
            std::int64_t left = done, at = work.start_ps, cut_ps = at;
            for (const PowerSteps& s : work.steps) {
                const std::int64_t n = std::min(left, s.steps);
                finished_zj += Zeptojoules{n} * s.step_zj;
                finished_ps += n * s.step_ps;
                at += n * s.step_ps;
                left -= n;
                if (n < s.steps) {
                    cut_ps = at + s.step_ps / 2;
                    cut_what = s.what;
                    break;
                }
            }
            executed += done;
            if (steps_left != never) steps_left -= done;
            if (pause_after != never) pause_after -= done;
            const bool cut = done < all && steps_left == 0;
            if (cut) {
                state_ = PowerState::off;
                off_since_ = cut_before ? at : cut_ps;
                steps_left = never;
                ++cuts;
            }
            work.client->powered(done, cut && !cut_before);
            if (cut) on_loss();
            end = std::max(end, cut ? off_since_ : at);
        }
        return end;
    }
    bool settle(std::int64_t) override { return state_ != PowerState::off; }
    PowerState state() const override { return state_; }
    std::int64_t off_since_ps() const override { return off_since_; }
    const sc_core::sc_event& good_event() const override { return good_; }
    bool dead() const override { return false; }

    void turn_on() { state_ = PowerState::good; }
    void turn_off() {
        state_ = PowerState::off;
        on_loss();
    }

  private:
    struct Planned {
        PowerClient* client;
        std::int64_t start_ps;
        std::vector<PowerSteps> steps;
    };
    std::vector<Planned> works_;
    PowerState state_ = PowerState::good;
    std::int64_t off_since_ = 0;
    sc_core::sc_event good_;
};

}  // namespace pimvp::test
