// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The host and a supply that may run out.
#include <algorithm>

#include "modules/core/ordering.h"
#include "modules/host/host.h"

namespace pimvp {

Schema HostParams::supply_schema(const std::string& block) {
    return {
        {block + ".on_supply", ParamType::boolean, "on the system's supply, not always on", 0, 0, {}},
        {block + ".boot_cycles", ParamType::integer, "on the supply, after each power-up", 0, 1e9, {}},
    };
}

void HostParams::read_supply(const Config& config, const std::string& block, int instance) {
    on_supply = config.boolean(block + ".on_supply", instance);
    boot_cycles = static_cast<int>(config.integer(block + ".boot_cycles", instance));
    check(block);
}

void Host::end_of_elaboration() {
    if (power.size() == 0) return;
    supply_ = power.operator->();
    retry_ = account_.add_counter("retry");
    if (!params_.on_supply) return;
    boot_ = account_.add_counter("boot");
    outage_ps_ = supply_->off_since_ps();
    // An outage that nobody looks at ends here, so that it is not booked as time awake.
    SC_HAS_PROCESS(Host);
    SC_METHOD(power_good);
    sensitive << supply_->good_event();
    dont_initialize();
}

void Host::follow_supply(std::int64_t to_ps) {
    const std::int64_t off_since = supply_->off_since_ps();
    const bool off = supply_->state() == PowerState::off;
    if (!down_ && to_ps >= off_since && (off || off_since != outage_ps_)) {
        outage_ps_ = off_since;
        down_ = true;
        if (mode_ != Mode::stopped && off_since > booked_ps_)
            account_.count(mode_ == Mode::active ? active_ps_ : sleep_ps_,
                           static_cast<std::uint64_t>(off_since - booked_ps_), activity_);
    }
    if (!down_) return;
    booked_ps_ = std::max(booked_ps_, to_ps);
    if (off) return;
    down_ = false;
    must_boot_ = true;
}

bool Host::dead() const {
    return supply_->state() == PowerState::off && supply_->dead();
}

bool Host::wait_for_power() {
    if (supply_ == nullptr) return true;
    for (;;) {
        if (supply_->state() == PowerState::off) {
            if (supply_->dead()) return false;
            enter(Mode::asleep);
            wait(supply_->good_event());
            keeper_.reset();
            enter(Mode::active);
        } else {
            book(local_time_ps());
            if (!must_boot_) return true;
            must_boot_ = false;
            account_.count(boot_, 1, activity_);
            spend(params_.boot_cycles);
        }
        synchronise(local_time_ps(), Rank::host);
        keeper_.reset();
    }
}

void Host::sleep() {
    enter(Mode::asleep);
    while (!irq.read()) {
        if (supply_ == nullptr) {
            wait(irq.posedge_event());
        } else {
            if (dead()) break;
            wait(irq.posedge_event() | supply_->good_event());
        }
        keeper_.reset();
        book(local_time_ps());
        if (!must_boot_) continue;
        enter(Mode::active);
        if (!wait_for_power()) break;
        enter(Mode::asleep);
    }
    enter(Mode::active);
}

}  // namespace pimvp
