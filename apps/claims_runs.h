// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The simulations behind claims. SystemC elaborates once per process, so each is a process of its own:
// `pimvp run ... --json FILE`.
#pragma once

#include <string>
#include <vector>

#include "platforms/common/claim.h"

namespace pimvp {

struct ClaimOptions {
    std::string images = "0..9999";             // of the nominal runs
    std::string sample_images = "0..1";         // of the sampled ones
    int samples = 20;                           // joint draws, seeds 1..samples
    int jobs = 1;                               // processes at a time
    std::string executable = "/proc/self/exe";  // pimvp
    bool progress = false;                      // on standard error, if that is a terminal
};

struct Measurement {
    Measured nominal;
    std::vector<Measured> samples;  // by seed - 1
};

/// Runs everything that the group's claims need. A parameter has one value in all runs of a sample. Throws
/// Error for a network that is missing or bad input, and std::runtime_error if a simulation fails otherwise.
Measurement measure(const ClaimGroup& group, const ClaimOptions& options);

/// What `pimvp run --json` wrote; without weight_bits, network, labels and config. Throws std::runtime_error
/// if it is not that.
RunFigures run_figures(const std::string& json);

}  // namespace pimvp
