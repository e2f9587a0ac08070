// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "modules/core/config.h"
#include "networks/graph.h"
#include "platforms/common/result.h"
#include "platforms/common/run_options.h"
#include "tests/mapping/random_graph.h"
#include "tests/support/sc_test_main.h"

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

/// The default DualPIM with some settings.
Config dualpim_config(const std::vector<std::string>& settings);

/// Every way of cutting the energy adds up to the total, to the zeptojoule.
void expect_conservation(const RunResult& result);

/// Runs random images; expects every tensor and the scores as the reference executor has them.
RunResult expect_exact(const net::Graph& graph, const std::vector<std::string>& settings, std::uint32_t seed,
                       int images = 2);

}  // namespace pimvp::test
