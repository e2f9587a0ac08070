// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the claims on compressed networks take from runs of them. No SystemC here.
#pragma once

#include <cstdint>
#include <string>

#include "networks/compression.h"
#include "networks/score_statistics.h"
#include "platforms/common/claim.h"

namespace pimvp::mram {

/// Sub-arrays of the chip, and those that hold weights.
int sub_arrays(const RunFigures& run);
int sub_arrays_in_use(const RunFigures& run);
/// Square metres: of sub-arrays that hold weights; of the chip without main memory and without the other
/// sub-arrays.
double array_area_in_use(const RunFigures& run);
double chip_area_in_use(const RunFigures& run);

/// Watts while one frame follows the other: energy per frame x frames per second.
double power(const RunFigures& run);
/// Watts of leakage, of all that is counted; and of sub-arrays that hold no weights.
double leakage_power(const RunFigures& run);
double idle_leakage_power(const RunFigures& run);
/// Watts at so many frames per second, or at run.throughput if that is less: all leaks all the time, the rest
/// of a frame's energy is taken once per frame.
double power_at(const RunFigures& run, double frames_per_second);
/// Joules per frame, as if sub-arrays that hold no weights were not there.
double energy_without_idle(const RunFigures& run);

/// Joules per frame of the sequencer's mask of window elements, written and read; square metres of the memory
/// that holds it.
double mask_energy(const RunFigures& run);
double mask_area(const RunFigures& run);

/// Row operations per frame by the closed formula (networks/row_operations.h), from the run's network and
/// configuration.
std::int64_t row_formula(const RunFigures& run);
/// Weights as they are mapped in the run's configuration.
net::WeightCount mapped_weights(const RunFigures& run);

/// Dense weights over those that pruning left: the stored ones, or, of a network pruned weight by weight,
/// those other than zero.
double pruning_rate(const std::string& network, const RunFigures& compressed, const RunFigures& dense);

/// Of scored runs on the same images: accuracy of `compressed` less that of `dense`.
net::Comparison gain(const RunFigures& compressed, const RunFigures& dense);

}  // namespace pimvp::mram
