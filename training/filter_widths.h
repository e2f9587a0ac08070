// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Widths filter by filter. Two filters share a slot of 8 columns, so that the widths of a pair add up to 8:
// slots are full whatever the choice, and the mean is 4 bits.
#pragma once

#include <torch/types.h>

#include <array>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "networks/dataset.h"
#include "training/network.h"

namespace pimvp::training {

constexpr int slot_bits = 8, least_filter_bits = 2, most_filter_bits = slot_bits - least_filter_bits;
constexpr int paired_filters = 16;  // neighbours among which pairs are made: a tile of 8 slots

/// What a filter costs at so many bits: index 2..6, and 8 where it has a slot alone.
using FilterCosts = std::array<double, slot_bits + 1>;

/// Widths of up to 16 filters with the least sum of costs: over all ways to pair them, and over the widths
/// b and 8 - b of each pair. Of an odd number one filter is alone and has 8 bits. Exact, by dynamic
/// programming over sets of filters.
std::vector<int> paired_widths(const std::vector<FilterCosts>& costs);

/// Mean over a filter's weights other than zero of the diagonal of the Hessian of
/// KL(predictions of these weights || predictions), in float on `images`: the Fisher information. Labels
/// drawn from the predictions make the square of a batch's summed gradient an estimate without bias (Martens,
/// JMLR 21(146), 2020, section 9). Of each paired layer in the network's order, double [filters].
std::vector<torch::Tensor> filter_sensitivities(Network& network, const net::Dataset& images,
                                                std::uint64_t seed);

/// Chooses and sets the widths of all paired layers: a filter's cost is half its sensitivity times the
/// squared error of its weights at that width, the second order of the loss. Says in the log what came out.
void choose_filter_widths(Network& network, const net::Dataset& images, std::uint64_t seed,
                          const std::string& name, std::ostream* log);

}  // namespace pimvp::training
