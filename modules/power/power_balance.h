// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "modules/core/account.h"

namespace pimvp {

/// Where all energy went since a supply was started: initial + harvested = taken + leaked + wasted + cut +
/// stored, and taken + unpaid = torn + what the accounts of the loads booked, leakage while powered included.
struct PowerBalance {
    Zeptojoules initial = 0, harvested = 0;
    Zeptojoules taken = 0;   // by the loads, torn steps and leakage while powered included
    Zeptojoules torn = 0;    // by steps that a brown-out cut
    Zeptojoules leaked = 0;  // by the capacitor
    Zeptojoules wasted = 0;  // harvested while the capacitor was full
    Zeptojoules cut = 0;     // emptied by injected cuts
    Zeptojoules unpaid = 0;  // booked too late for an empty capacitor
    Zeptojoules stored = 0;
};

}  // namespace pimvp
