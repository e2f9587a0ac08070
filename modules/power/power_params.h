// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Parameters of a harvested supply. No SystemC here.
#pragma once

#include <cstdint>

#include "modules/core/config.h"
#include "modules/power/harvest.h"

namespace pimvp {

/// What an injected cut aims at; the last three are windows of that kind of planned work (PowerSteps::What).
enum class CutTarget : std::uint8_t { none, uniform, backup, restore, write };

struct InjectParams {
    CutTarget target = CutTarget::none;
    std::int64_t count = 0;  // cuts of that target, then no more; 0: no limit
    /// Mean powered time between cuts at random instants, exponentially distributed. `uniform` needs it;
    /// with another target these come on top (0: none), so that there is something to restore.
    Duration interval;
    std::int64_t every = 1;  // every k-th window is cut, at an instant uniform within it
    bool warning = false;    // a cut at a random instant is a warning, and the cut follows ...
    Duration warning_lead = microseconds(10);  // ... so much later
    std::uint64_t seed = 1;
};

struct PowerParams {
    HarvestParams harvest;
    Capacitance capacitance = Capacitance::si(10e-6);
    Voltage turn_on = volts(3.3);
    Voltage warning = volts(2.0);  // equal to brown_out: never warns
    Voltage brown_out = volts(1.8);
    Voltage maximum = volts(3.6);                   // what comes on top is wasted
    Voltage initial = volts(3.3);                   // when it is started; below turn_on it starts off
    Power capacitor_leakage;                        // lost at any voltage, on or off, until it is empty
    Duration longest_charge = Duration::si(86400);  // off for longer than that: dead
    std::int64_t give_up_after = 3;  // charges without progress; what that means is the sequencer's
    InjectParams inject;

    /// Keys `power.*`.
    static Schema schema();
    static PowerParams from(const Config& config);
    /// Throws Error that names the key.
    void check() const;
};

}  // namespace pimvp
