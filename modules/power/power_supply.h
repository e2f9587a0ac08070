// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <systemc>
#include <vector>

#include "modules/core/account.h"
#include "modules/core/trace.h"
#include "modules/power/power_balance.h"
#include "modules/power/power_if.h"
#include "modules/power/power_params.h"

namespace pimvp {

/// Harvester, capacitor and power switch. On from turn_on until the voltage falls below brown_out. Ports of
/// type PowerPort bind to it. It has a thread of its own that tells of brown-out and turn-on at kernel time,
/// and that finds a brown-out in times when nobody looks; nothing is stepped through time.
/// A brown-out is the first picosecond at which less than the energy of brown_out would be stored: a step
/// that ends with exactly that much left is finished.
class PowerSupply : public sc_core::sc_module, public PowerIf {
  public:
    /// Signals `NAME.voltage` and `NAME.good`. Throws Error for bad parameters or a bad trace file.
    PowerSupply(const sc_core::sc_module_name& name, const PowerParams& params, Tracer* tracer = nullptr);
    ~PowerSupply() override;

    /// All that this account books, at the latest from start() on, and its leakage while powered are taken
    /// from the supply: what comes on top of executed plans is spread evenly over the time between two looks.
    /// Every client's account is a load. Accounts outlive the supply's use, have all
    /// their events at start() and are not reset.
    void add_load(const Account& account);
    void on_loss(std::function<void()> callback);  // at the brown-out, in the order of registration
    void on_good(std::function<void()> callback);  // turned on again
    /// Before the accounts are looked at: a load that books what it takes in lumps books it up to then, which
    /// is never beyond the kernel's time.
    void before_look(std::function<void(std::int64_t until_ps)> callback);
    /// External power until then, `initial` volts from then on. Once.
    void start(std::int64_t at_ps);

    void plan(PowerClient& client, std::int64_t start_ps, std::vector<PowerSteps> work) override;
    std::int64_t execute() override;
    bool settle(std::int64_t at_ps) override;
    PowerState state() const override;
    std::int64_t off_since_ps() const override;
    /// Also when the voltage has recovered from `low` to turn_on without a brown-out.
    const sc_core::sc_event& good_event() const override;
    /// Off or low, and the harvest never brings it to turn_on.
    bool dead() const override;

    double voltage() const;          // when it was looked at last
    std::int64_t looked_ps() const;  // until then everything is settled
    PowerBalance balance() const;    // at that time
    struct Interval {
        std::int64_t from_ps, to_ps;  // INT64_MAX: still off
    };
    const std::vector<Interval>& off_intervals() const;
    std::int64_t powered_ps(std::int64_t from_ps, std::int64_t to_ps) const;
    std::int64_t dead_ps(std::int64_t until_ps) const;  // off since start()

    std::uint64_t outages() const;
    std::uint64_t injected_cuts() const;  // all of them
    std::uint64_t aimed_cuts() const;     // within a window of the target
    std::uint64_t warnings() const;
    std::uint64_t torn_steps() const;
    const PowerParams& params() const;
    /// Torn energy as event `torn` of 1 zJ each, and the counters above. Not a load.
    const Account& account() const;
    Account& account();

  private:
    struct Impl;
    void live();
    std::unique_ptr<Impl> impl_;
};

}  // namespace pimvp
