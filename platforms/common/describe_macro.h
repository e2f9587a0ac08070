// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "platforms/common/path.h"

namespace pimvp {

/// What all macros have in common towards a path.
template <class Macro>
PimMacro describe_macro(Macro& macro) {
    PimMacro result;
    result.module = &macro;
    result.target = &macro.target;
    result.account = &macro.account();
    result.access_ps = [&macro] {
        return macro.counters().access_cycles * static_cast<std::uint64_t>(macro.params().period.ps);
    };
    return result;
}

}  // namespace pimvp
