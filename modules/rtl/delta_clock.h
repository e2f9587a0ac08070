// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <systemc>

#include "modules/core/trace.h"
#include "modules/core/units.h"
#include "modules/rtl/pin.h"

namespace pimvp {

/// The clock of RTL that is simulated under temporal decoupling: it runs in delta cycles, so that no kernel
/// time passes, and is traced at annotated times as NAME.clk. Only from a thread.
class DeltaClock {
  public:
    DeltaClock(Pin<bool>& clk, Pin<bool>& rst, const std::string& name, Period period, Tracer* tracer)
        : clk_(clk), rst_(rst), period_ps_(period.ps), probe_(tracer, name + ".clk", 1) {}

    /// A rising and a falling edge, the first time behind two with reset. What was written to the pins before
    /// is sampled with the first; what it changes can be read afterwards.
    void tick() {
        if (!ready_) {
            ready_ = true;
            rst_.write(true);
            tick();
            tick();
            rst_.write(false);
        }
        clk_.write(true);
        settle();
        clk_.write(false);
        settle();
    }
    /// The same, its rising edge traced at that time.
    void tick(std::int64_t at_ps) {
        tick();
        probe_.record(at_ps, 1);
        probe_.record(at_ps + period_ps_ / 2, 0);
    }
    /// What was written to the pins reaches the RTL, or what that answers the pins.
    static void settle() { sc_core::wait(sc_core::SC_ZERO_TIME); }

    std::int64_t period_ps() const { return period_ps_; }

  private:
    Pin<bool>&clk_, &rst_;
    const std::int64_t period_ps_;
    bool ready_ = false;
    Probe probe_;
};

}  // namespace pimvp
