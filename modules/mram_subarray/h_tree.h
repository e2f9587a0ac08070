// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The wires that join sub-arrays: mats in banks, banks in groups, groups in a chip, each level a piece of one
// H-tree. No SystemC here.
#pragma once

#include <cstdint>

#include "modules/core/config.h"

namespace pimvp {

struct HTreeParams {
    std::uint32_t mat_rows = 2, mat_columns = 2;    // sub-arrays of a bank
    std::uint32_t bank_rows = 8, bank_columns = 8;  // banks of a group
    std::uint32_t groups = 16;
    Energy wire_energy_per_mm = femtojoules(100);  // of a data bit: 0.2 fF/um, 1.0 V, half of the bits toggle
    Duration wire_delay_per_mm = nanoseconds(0.2);    // with repeaters
    Area wire_area_per_mm = square_micrometres(140);  // of one data wire, a pitch of 140 nm
    Power wire_leakage_per_mm = Power::si(1e-9);      // repeaters of one data wire

    /// Sub-arrays of the whole chip.
    std::uint64_t capacity() const {
        return std::uint64_t{mat_rows} * mat_columns * bank_rows * bank_columns * groups;
    }

    /// Keys `h_tree.*`.
    static Schema schema();
    static HTreeParams from(const Config& config);
};

/// Throws Error naming the key, what was expected and what was found.
void check_params(const HTreeParams& params);

/// What the platform prices its array interconnect with.
struct HTree {
    double path_mm = 0;   // from the root to any sub-array: they are all equally far
    double total_mm = 0;  // of all branches, of one wire
    Energy energy_per_bit;
    int hop_cycles = 0;  // from the root to a sub-array
    Power leakage;
    Area area;
};

/// A tree over `sub_arrays` of `area` each, square, with `width_bits` data wires. Whole banks, then groups,
/// are filled first; within a level the count is rounded up to a power of two, as a tree has branches for. A
/// branching halves the longer side: its two branches are a quarter of that side. Throws Error if there are
/// more than the chip holds.
HTree h_tree(const HTreeParams& params, std::uint64_t sub_arrays, Area area, int width_bits, Period period);

}  // namespace pimvp
