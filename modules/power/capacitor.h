// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The storage capacitor as an exact account of energy. No SystemC here.
#pragma once

#include <cstdint>

#include "modules/power/power_balance.h"
#include "modules/power/power_params.h"

namespace pimvp {

/// Energies are C V^2 / 2 in whole zeptojoules.
class Capacitor {
  public:
    explicit Capacitor(const PowerParams& params);

    Zeptojoules stored() const { return balance_.stored; }
    Zeptojoules brown_out() const { return brown_out_; }
    Zeptojoules warning() const { return warning_; }
    Zeptojoules turn_on() const { return turn_on_; }
    Zeptojoules full() const { return full_; }
    std::int64_t leakage_zj_per_ps() const { return leakage_; }
    double voltage() const;
    const PowerBalance& balance() const { return balance_; }

    /// Time in which the net power does not change its sign: what comes on top of full is wasted, an empty
    /// capacitor does not leak.
    void pass(std::int64_t ps, std::int64_t harvest_zj_per_ps, Zeptojoules drawn);
    /// At once; what is not there is unpaid.
    void take(Zeptojoules zj);
    /// An injected cut.
    void drop_to(Zeptojoules level);
    void add_torn(Zeptojoules zj) { balance_.torn += zj; }

  private:
    Zeptojoules at(Voltage voltage) const;

    double farads_;
    Zeptojoules brown_out_, warning_, turn_on_, full_;
    std::int64_t leakage_;
    PowerBalance balance_;
};

}  // namespace pimvp
