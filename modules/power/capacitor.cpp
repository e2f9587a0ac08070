// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/power/capacitor.h"

#include <algorithm>
#include <cmath>

namespace pimvp {

Capacitor::Capacitor(const PowerParams& params)
    : farads_(params.capacitance.si()),
      brown_out_(at(params.brown_out)),
      warning_(at(params.warning)),
      turn_on_(at(params.turn_on)),
      full_(at(params.maximum)),
      leakage_(std::llround(params.capacitor_leakage.si() * 1e9)) {
    balance_.initial = balance_.stored = at(params.initial);
}

Zeptojoules Capacitor::at(Voltage voltage) const {
    return static_cast<Zeptojoules>(farads_ * voltage.si() * voltage.si() / 2 * 1e21 + 0.5);
}

double Capacitor::voltage() const {
    return std::sqrt(2 * joules(balance_.stored) / farads_);
}

void Capacitor::pass(std::int64_t ps, std::int64_t harvest_zj_per_ps, Zeptojoules drawn) {
    const Zeptojoules harvested = Zeptojoules{harvest_zj_per_ps} * ps;
    Zeptojoules leaked = Zeptojoules{leakage_} * ps;
    balance_.harvested += harvested;
    balance_.stored += harvested - drawn - leaked;
    if (balance_.stored < 0) {
        const Zeptojoules not_leaked = std::min(-balance_.stored, leaked);
        leaked -= not_leaked;
        balance_.stored += not_leaked;
    }
    balance_.leaked += leaked;
    const Zeptojoules unpaid = std::max<Zeptojoules>(0, -balance_.stored);
    balance_.unpaid += unpaid;
    balance_.taken += drawn - unpaid;
    balance_.stored += unpaid;
    const Zeptojoules wasted = std::max<Zeptojoules>(0, balance_.stored - full_);
    balance_.wasted += wasted;
    balance_.stored -= wasted;
}

void Capacitor::take(Zeptojoules zj) {
    const Zeptojoules taken = std::min(zj, balance_.stored);
    balance_.taken += taken;
    balance_.unpaid += zj - taken;
    balance_.stored -= taken;
}

void Capacitor::drop_to(Zeptojoules level) {
    const Zeptojoules cut = std::max<Zeptojoules>(0, balance_.stored - level);
    balance_.cut += cut;
    balance_.stored -= cut;
}

}  // namespace pimvp
