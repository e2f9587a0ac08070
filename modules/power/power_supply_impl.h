// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "modules/power/capacitor.h"
#include "modules/power/cut_injector.h"
#include "modules/power/harvest.h"
#include "modules/power/planned_work.h"
#include "modules/power/power_supply.h"

namespace pimvp {

/// The supply without its module: everything is settled until `look_ps`, which may be ahead of the kernel.
struct PowerSupply::Impl {
    Impl(const std::string& name, const PowerParams& p, Tracer* t);

    // Energy, power_supply_energy.cpp
    void start(std::int64_t at_ps);
    void look(std::int64_t at_ps);
    std::int64_t execute();
    std::int64_t execute_external(std::vector<PlannedWork>& work);
    /// Until at_ps, or, with never_ps, until all work ends; a brown-out ends it. `booked` is a draw of
    /// accounts.
    void run(std::int64_t at_ps, std::vector<PlannedWork>& work, const Draw* booked);
    bool react(std::vector<PlannedWork>& work);
    std::int64_t segment_end(std::int64_t at_ps, std::vector<PlannedWork>& work, const Draw* booked);
    Zeptojoules drawn_in(std::int64_t from_ps, std::int64_t to_ps) const;
    void finish(const std::vector<PlannedWork>& work, std::int64_t begun_ps);
    Zeptojoules book();  // what the accounts booked on top of executed plans since it was asked last
    void turn_low(std::vector<PlannedWork>& work);
    void turn_off();
    void turn_on();

    // Time, power_supply_time.cpp
    void wake_at(std::int64_t at_ps);
    void arm();
    void serve(std::int64_t now_ps);
    void serve_off(std::int64_t now_ps);
    void serve_on(std::int64_t now_ps);
    struct Forecast {
        std::int64_t at_ps;  // of the next change, or of the next forecast
        bool never;
    };
    /// Without work: when the store falls below `low` or reaches `high`; negative: no such threshold.
    Forecast forecast(std::int64_t leakage, Zeptojoules low, Zeptojoules high);
    void charge(std::int64_t to_ps);
    void record_voltage(std::int64_t at_ps, const Capacitor& at_that_time);
    void record_charging(std::int64_t to_ps);
    Harvest::Piece harvested(std::int64_t at_ps);

    PowerParams params;
    Harvest harvest;
    Capacitor capacitor;
    CutInjector injector;
    bool warns;

    struct Priced {
        const Account* account;
        Account::EventId event;
        std::int64_t price_zj;
    };
    std::vector<const Account*> loads;
    std::vector<Priced> priced;     // events of the loads that cost anything
    std::int64_t load_leakage = 0;  // zJ/ps, of all loads
    Zeptojoules paid = 0;           // of what the loads booked

    bool external = true, dead = false;
    PowerState state = PowerState::good;
    std::int64_t origin_ps = 0, look_ps = 0, looked_by_others_ps = 0;
    std::vector<PlannedWork> planned;
    std::vector<Draw> draws;  // of the segment at hand
    std::vector<PowerSupply::Interval> off;

    std::vector<std::function<void()>> loss_callbacks, good_callbacks;
    std::vector<std::function<void(std::int64_t)>> look_callbacks;
    bool loss_told = true;
    sc_core::sc_event wake, good_again;
    std::int64_t wake_ps = never_ps;

    Tracer* tracer;
    int voltage_signal = -1;
    Probe good_probe;
    Account account;
    Account::EventId torn_energy, outage, injected_cut, warning, torn_step;
};

}  // namespace pimvp
