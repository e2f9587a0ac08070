// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What one weight occupies in an array.
#pragma once

#include "networks/mapping.h"

namespace pimvp::net {

/// Cells that a slice of a weight takes: side by side, or on wordlines of its own (row cells). `cell_bits` of
/// multilevel cells, here and below.
int cells_per_weight(const Slice& slice, CellKind cell, int cell_bits);
/// Bits of one cell in memory.
int stored_bits(CellKind cell, int cell_bits);

}  // namespace pimvp::net
