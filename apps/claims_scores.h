// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Accuracies over more images than a claim has time to simulate.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pimvp {

struct ReferenceScores {
    std::int64_t first = 0;        // image
    std::vector<int> predictions;  // from it on
    std::vector<int> labels;       // the same; -1: none
    double accuracy = 0;           // share of the labelled images
};

/// What the reference executor, which simulations equal bit for bit, makes of the test split's images
/// FIRST..LAST of the data set that fits the network; those that the set does not have are left out.
/// `progress`: on standard error, if that is a terminal. Throws Error for a network or data set that is
/// missing.
ReferenceScores reference_scores(const std::string& network, const std::string& images, int threads,
                                 bool progress);

}  // namespace pimvp
