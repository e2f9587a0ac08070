// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What holds for a run of any platform.
#pragma once

#include <cstdint>

#include "networks/graph.h"
#include "platforms/common/result.h"
#include "platforms/common/run_options.h"
#include "tests/mapping/random_graph.h"

namespace pimvp::test {

/// Random images of the shape that a network takes, without labels.
inline net::Dataset random_images(const net::Graph& graph, int count, std::uint32_t seed) {
    net::Dataset data;
    data.name = "random";
    data.shape = graph.tensor(graph.input).shape;
    for (int i = 0; i < count; ++i) {
        const auto image = net::test::random_image(seed + static_cast<std::uint32_t>(i), data.shape);
        data.pixels.insert(data.pixels.end(), image.begin(), image.end());
        data.labels.push_back(-1);
    }
    return data;
}

inline RunOptions run_options(const net::Graph& graph, int images, std::uint32_t seed) {
    RunOptions options;
    options.network = graph;
    options.dataset = random_images(graph, images, seed);
    options.last_image = images - 1;
    return options;
}

/// Every way of cutting the energy adds up to the total, to the zeptojoule.
void expect_conservation(const RunResult& result);

/// Every tensor and the scores are as the reference executor has them, and the energies add up.
void expect_exact(const RunResult& result, const RunOptions& options);

}  // namespace pimvp::test
