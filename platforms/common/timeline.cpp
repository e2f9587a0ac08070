// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/common/timeline.h"

#include <algorithm>

namespace pimvp {

void Timeline::add(std::int64_t from_ps, std::int64_t to_ps, std::vector<LayerRecord> layers, int otherwise) {
    std::stable_sort(layers.begin(), layers.end(),
                     [](const auto& a, const auto& b) { return a.start_ps < b.start_ps; });
    std::int64_t now = from_ps;
    for (const auto& layer : layers) {
        const auto start = std::min(std::max(layer.start_ps, now), to_ps);
        const auto end = std::min(std::max(layer.end_ps, start), to_ps);
        give(otherwise, now, start);
        give(layer.activity, start, end);
        now = end;
    }
    give(otherwise, now, to_ps);
}

void Timeline::give(int activity, std::int64_t from_ps, std::int64_t to_ps) {
    const auto ps = powered_ && to_ps > from_ps ? powered_(from_ps, to_ps) : to_ps - from_ps;
    if (ps <= 0) return;
    const auto a = static_cast<std::size_t>(activity);
    if (a >= time_ps_.size()) time_ps_.resize(a + 1, 0);
    time_ps_[a] += static_cast<std::uint64_t>(ps);
}

}  // namespace pimvp
