// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the claims look at in one run of dualpim, or in its configuration alone.
#pragma once

#include <functional>
#include <vector>

#include "platforms/common/claim.h"

namespace pimvp::dualpim {

/// One access that uses every cell of a macro.
struct FullAccess {
    Energy energy;
    double macs = 0;
    double femtojoules_per_mac() const { return energy.si() * 1e15 / macs; }
    double tops_per_watt() const { return 2e-12 * macs / energy.si(); }
};
/// 4-bit weights, 4-bit unsigned inputs.
FullAccess sram_access(const Config& config);
/// Ternary weights, 1-bit inputs.
FullAccess edram_access(const Config& config);

using Figure = std::function<double(const RunFigures&)>;
/// Against the mean of the figure over the baselines.
double change_percent(const RunFigures& run, const std::vector<const RunFigures*>& baselines,
                      const Figure& figure);

/// Accuracy less the mean of the baselines', in points, on the same images; and its standard deviation as the
/// mean over that many images: what differs is taken image by image, so that images which all find easy do
/// not widen it.
struct AccuracyGain {
    double points = 0, deviation = 0;
};
/// Labels are the run's, which has to be scored. Throws std::invalid_argument without labels, and for
/// predictions of other images.
AccuracyGain accuracy_gain(const RunFigures& run, const std::vector<const RunFigures*>& baselines);

/// Joules per inference of main memory: image, scores, and the weights that are loaded again for every image
/// because the arrays don't hold all of them.
double main_memory_energy(const RunFigures& run);

/// Joules per inference of the residual blocks: without stem, pool and classifier, which no network of the
/// comparison changes, and without the traffic of images and scores.
double residual_energy(const RunFigures& run);

/// Share of its time in which the eDRAM macro that refreshes most is busy with that.
double refresh_time_percent(const RunFigures& run);
/// Power of refreshing over the power while computing, of the macro where that is most.
double refresh_energy_percent(const RunFigures& run);

/// How much longer the stacks take than the slower of their two paths, all stacks together. A stack's layers
/// are named blockN_int4_... and blockN_ternary_...; each path's time is from its first layer's start to its
/// last one's end. Throws std::logic_error for a run without stacks.
double beyond_slowest_path_percent(const RunFigures& run);

}  // namespace pimvp::dualpim
