// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Runs of platform mram with injected power cuts, beside runs without.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "modules/core/config.h"
#include "networks/dataset.h"
#include "networks/graph.h"

namespace pimvp {

struct CutOptions {
    std::string policy = "nv-accumulator";  // resumable.policy
    std::int64_t commit_every = 0;          // resumable.commit_every
    std::string target = "uniform";         // power.inject
    std::int64_t cuts = 1000;               // of that target
    std::uint64_t seed = 1;
    std::vector<std::string> settings;  // KEY=VALUE, over all that the campaign sets
    std::int64_t quantum_ps = 0;
};

/// Sums over all frames unless it says otherwise.
struct CutResult {
    std::uint64_t cuts = 0;        // of the target
    std::uint64_t other_cuts = 0;  // between them, so that there is something to restore
    std::uint64_t outages = 0, warnings = 0, restores = 0, commits = 0, torn_backups = 0;
    std::int64_t frames = 0;          // whose outputs are there
    std::int64_t outputs_differ = 0;  // frames
    std::string first_difference;
    std::int64_t steps = 0, steps_lost = 0;         // of the arrays, torn ones included
    std::int64_t frame_steps = 0;                   // of one frame without cuts
    std::int64_t work_lost_max = 0;                 // by one cut, of one array
    std::optional<std::int64_t> work_lost_allowed;  // absent: a frame
    std::uint64_t went_back = 0;                    // commits or restores behind what was committed
    double taken_j = 0, backup_j = 0, restore_j = 0, powered_s = 0, dead_s = 0;
    double interval_s = 0;  // mean time between cuts at random instants; 0: none
    std::string no_progress;
    std::int64_t processes = 0;

    /// Steps that were carried out, were not lost, and that no frame needs.
    std::int64_t steps_unexplained() const { return steps - steps_lost - frames * frame_steps; }
    double forward_progress() const;
    /// What is not as it must be; empty: all is.
    std::vector<std::string> faults() const;
};

/// `config` is one of mram's, with a supply that runs out; the supply is replaced by a strong one, so that
/// only cuts end a charge. Frames run in turn through the images until as many cuts have happened;
/// simulations run in processes of their own. Throws Error for a network or setting that does not fit.
CutResult run_cuts(const Config& config, const net::Graph& network, const net::Dataset& images,
                   const CutOptions& options);

}  // namespace pimvp
