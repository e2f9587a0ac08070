// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/power_cuts/cut_cases.h"

#include <algorithm>

#include "networks/mapping.h"
#include "platforms/mram/platform.h"
#include "testbenches/cut_network.h"
#include "tests/mram/mram_runs.h"

namespace pimvp::test {

CutResult campaign(const CutOptions& options) {
    const auto network = cut_network(1);
    const auto images = net::draw_images(network.tensor(network.input).shape, 8, 1);
    return run_cuts(mram_config("harvested"), network, images, options);
}

std::int64_t most_steps_of_a_layer(const net::Graph& network, const Config& config) {
    const auto mapping = net::map_network(network, mram::machine(config, network));
    std::int64_t most = 0;
    for (std::size_t n = 0; n < network.nodes.size(); ++n) {
        const auto& node = network.nodes[n];
        const auto& shape = network.tensor(node.output).shape;
        const std::int64_t inputs = network.tensor(node.inputs[0]).type.bits;
        for (const auto& tile : mapping.nodes[n].tiles) {
            const std::int64_t signs = tile.slice.is_bipolar ? inputs : 0;
            const std::int64_t rows = std::int64_t{tile.filters} * tile.slice.bits * inputs;
            most = std::max(most, shape.h * shape.w * (inputs + signs + rows + tile.filters));
        }
    }
    return most;
}

}  // namespace pimvp::test
