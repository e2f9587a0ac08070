// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What sun's claims take from a run. No SystemC here.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "networks/slot_use.h"
#include "platforms/common/claim.h"

namespace pimvp::sun {

/// Multiply-accumulates of one inference in the network as it is written, zeros included.
std::int64_t dense_macs(const RunFigures& run);
/// Of these, those that the macros carry out: elements of kept groups by filters that have a slot.
std::int64_t executed_macs(const RunFigures& run);

/// Operations per second, 2 for a MAC, images back to back.
double operations_per_s(const RunFigures& run, std::int64_t macs);
/// The same while the macro that works longest does: what the arrays alone would allow.
double array_operations_per_s(const RunFigures& run, std::int64_t macs);

/// Cycles of accesses of all macros, per inference.
double access_cycles(const RunFigures& run);
/// Of all counted blocks.
double area_m2(const RunFigures& run);
/// By part of the system: macros, index, buffers, postprocessor and the rest.
std::map<std::string, double> area_by_part(const RunFigures& run);
/// Of all layers, as mapped.
net::SlotUse slots(const RunFigures& run);
/// Of all weights of the network, zeros included, each as wide as its filter's.
double mean_weight_bits(const RunFigures& run);

}  // namespace pimvp::sun
