// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/common/result.h"

#include <algorithm>

namespace pimvp {

std::optional<double> RunResult::accuracy() const {
    if (shape_only) return std::nullopt;
    std::size_t labelled = 0, right = 0;
    for (std::size_t i = 0; i < predictions.size() && i < labels.size(); ++i) {
        if (labels[i] < 0) continue;
        ++labelled;
        if (labels[i] == predictions[i]) ++right;
    }
    if (labelled == 0) return std::nullopt;
    return static_cast<double>(right) / static_cast<double>(labelled);
}

Duration RunResult::mean_latency() const {
    Duration sum;
    for (const Duration d : latency) sum += d;
    return latency.empty() ? sum : sum / static_cast<double>(latency.size());
}

double RunResult::throughput() const {
    return span.si() > 0 ? static_cast<double>(count()) / span.si() : 0;
}

Energy RunResult::energy_per_inference() const {
    return Energy::si(count() == 0 ? 0 : joules(energy - load_energy) / static_cast<double>(count()));
}

ArrayUse RunResult::array_use() const {
    ArrayUse use;
    for (const BlockResult& block : blocks) {
        if (!block.counted || !block.utilisation) continue;
        ++use.count;
        use.area += block.area;
        if (*block.utilisation > 0) {
            ++use.in_use;
            use.area_in_use += block.area;
            continue;
        }
        const auto leakage = block.by_event.find("leakage");
        if (leakage != block.by_event.end()) use.idle_leakage += leakage->second;
    }
    return use;
}

}  // namespace pimvp
