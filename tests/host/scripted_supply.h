// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <systemc>
#include <utility>
#include <vector>

#include "modules/core/payload.h"
#include "modules/power/power_if.h"

namespace pimvp {

/// A supply that follows a script: off, on or dead at given instants.
class ScriptedSupply : public sc_core::sc_module, public PowerIf {
  public:
    enum class Change { off, on, dead, recovered };

    explicit ScriptedSupply(const sc_core::sc_module_name& nm) : sc_module(nm) {
        SC_HAS_PROCESS(ScriptedSupply);
        SC_THREAD(run);
    }

    std::vector<std::pair<std::int64_t, Change>> script;  // ps
    std::function<void()> changed = [] {};                // after each

    void change(Change to) {
        if (to == Change::off) off_since_ps_ = to_ps(sc_core::sc_time_stamp());
        if (to == Change::off) state_ = PowerState::off;
        if (to == Change::on) state_ = PowerState::good;
        if (to == Change::dead) dead_ = true;
        if (to != Change::off) good_.notify(sc_core::SC_ZERO_TIME);
        changed();
    }

    void plan(PowerClient&, std::int64_t, std::vector<PowerSteps>) override {}
    std::int64_t execute() override { return 0; }
    bool settle(std::int64_t) override { return state_ != PowerState::off; }
    PowerState state() const override { return state_; }
    std::int64_t off_since_ps() const override { return off_since_ps_; }
    const sc_core::sc_event& good_event() const override { return good_; }
    bool dead() const override { return dead_; }

  private:
    void run() {
        for (const auto& [at_ps, to] : script) {
            wait(from_ps(at_ps) - sc_core::sc_time_stamp());
            change(to);
        }
    }

    PowerState state_ = PowerState::good;
    std::int64_t off_since_ps_ = INT64_MAX;
    bool dead_ = false;
    sc_core::sc_event good_;
};

}  // namespace pimvp
