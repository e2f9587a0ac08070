// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What mram's claims take from a run of it or of a baseline. No SystemC here.
#pragma once

#include <string>

#include "platforms/common/claim.h"

namespace pimvp::mram {

/// Per inference without the loading, leakage included: blocks that are arrays, whose names end in a number
/// ("mram.mram3").
double array_energy(const RunFigures& run);
/// Square metres, of the same blocks.
double array_area(const RunFigures& run);
/// Square metres, of everything but main memory, which only some of the systems have on the chip.
double chip_area(const RunFigures& run);

/// All layers but the first and the last with weights, whole system, per inference. Throws std::logic_error
/// for a network without layers between them.
double quantised_energy(const RunFigures& run);
double quantised_latency(const RunFigures& run);
double quantised_macs(const RunFigures& run);

/// Sum over the blocks, per inference.
double count(const RunFigures& run, const std::string& event);
/// Joules of a bit that two cells are ANDed to, written back if it is. Without decoders and counters.
double and_energy(const RunFigures& run);

/// Row operations that an undisturbed run of as many frames takes, over those carried out: repeated ones,
/// and those of frames never finished, are lost.
double useful_share(const RunFigures& run, const RunFigures& undisturbed);

}  // namespace pimvp::mram
