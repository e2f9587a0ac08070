// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What quantpim's claims take from a run. No SystemC here.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "platforms/common/claim.h"

namespace pimvp::quantpim {

/// In zeptojoules (leakage: per picosecond), rounded as accounts round, by BLOCK.EVENT: all vaults have one
/// price, and all PEs.
std::map<std::string, double> prices(const Config& config);

/// The figures of a run with other prices: energy per inference, and energies by `quantpim.BLOCK.EVENT`
/// summed over vaults and PEs. Times and scores stay; counters are left out, energies of layers are no
/// numbers. Throws std::logic_error for an event that has no price to scale from. ClaimGroup::reprice.
RunFigures reprice(const RunFigures& nominal, const Config& sampled);

/// Energy per inference by BLOCK.EVENT, without the loading.
std::map<std::string, double> event_energy(const RunFigures& run);

/// Energy per inference with the gate at `position` ('a', 'b' or 'c') instead of at b, where the run had it:
/// at a the bits through the cells' segment are those that move, at c those through the bank's are all.
/// Throws std::logic_error if the run's gate is not at b.
double energy_at(const RunFigures& run, char position);

/// Time of each layer with weights in `slow` over that in `fast`, which have the same layers. Throws
/// std::logic_error if they do not.
std::vector<double> layer_time_ratios(const RunFigures& slow, const RunFigures& fast);

/// Standard deviation of the difference of two accuracies over the same images, at most: that of differences
/// of one image each wherever the two predict differently. Throws std::logic_error if the numbers of images
/// differ.
double paired_deviation(const RunFigures& a, const RunFigures& b);

}  // namespace pimvp::quantpim
