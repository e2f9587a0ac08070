// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "platforms/common/system_run.h"
#include "platforms/common/timeline.h"

namespace pimvp {

/// Sums of each layer's times over the images.
class LayerTimes {
  public:
    explicit LayerTimes(std::size_t layers) : layers_(layers) {}
    /// The commands of one image. Returns one record per layer: from the begin of its first command to the
    /// end of its last, bound by the stage that has most of the time.
    std::vector<LayerRecord> add(const std::vector<LayerRecord>& commands, std::int64_t doorbell_ps);
    struct Layer {
        std::int64_t total_ps = 0, start_ps = 0, runs = 0;  // start_ps: after the doorbell
        std::int64_t loading_ps = 0;                        // of that in COPY commands: weights, parameters
        Stage bound = Stage::array;
    };
    const Layer& layer(std::size_t k) const { return layers_[k]; }

  private:
    std::vector<Layer> layers_;
};

/// Prices the counts of all blocks and fills the result's blocks, energies, areas and layers. Books leakage
/// first.
void gather(RunResult& result, const SystemParts& parts, const CompiledNetwork& network,
            const LayerTimes& times, const Timeline& timeline, bool host_included);

}  // namespace pimvp
