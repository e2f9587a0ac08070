// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/platforms/run_fixture.h"

#include "platforms/dualpim/platform.h"

namespace pimvp::test {

Config dualpim_config(const std::vector<std::string>& settings) {
    Config config =
        Config::load(std::string(PIMVP_SOURCE_DIR) + "/platforms/dualpim/default.toml", dualpim::schema());
    for (const auto& setting : settings) config.set(setting);
    return config;
}

RunResult expect_exact(const net::Graph& graph, const std::vector<std::string>& settings, std::uint32_t seed,
                       int images) {
    const auto options = run_options(graph, images, seed);
    const auto result = dualpim::run(dualpim_config(settings), options);
    expect_exact(result, options);
    return result;
}

}  // namespace pimvp::test
