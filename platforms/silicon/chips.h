// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Seven measured SRAM compute-in-memory chips as configurations of the cost model: what is published of them,
// their structure as ZigZag-IMC (KULeuven-MICAS) reads it from the publications, and nothing fitted to any of
// them. No SystemC here.
#pragma once

#include <string>
#include <vector>

#include "modules/sram_macro/cim_macro_cost.h"

namespace pimvp::silicon {

struct Chip {
    std::string id, source;
    std::string text;  // what makes its structure
    double node_nm = 28;
    Voltage supply;
    CimMacro macro;
    Area area;
    Duration cycle;
    double tops_per_w = 0;  // 1 MAC = 2 operations
    /// Toggle rate and sparsity of the measured efficiency are published; else those of `macro` are
    /// ZigZag-IMC's assumptions, and the energy says little.
    bool activity_published = true;

    Energy mac() const { return picojoules(2 / tops_per_w); }
};

const std::vector<Chip>& chips();

/// With the 28 nm primitives at the chip's node and supply.
CimCost modelled(const Chip& chip);

/// Model over chip.
struct Ratios {
    double area, cycle, energy;
};
Ratios ratios(const Chip& chip);

/// Median over the chips of |model / chip - 1|; of the energy over those with published activity.
Ratios median_errors();

}  // namespace pimvp::silicon
