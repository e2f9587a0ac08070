// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "platforms/quantpim/platform.h"

namespace pimvp::test {

/// A variant of Quant-PIM with some settings.
inline Config quantpim_config(const std::string& variant, const std::vector<std::string>& settings = {}) {
    Config config = Config::load(std::string(PIMVP_SOURCE_DIR) + "/platforms/quantpim/" + variant + ".toml",
                                 quantpim::schema());
    for (const auto& setting : settings) config.set(setting);
    return config;
}

}  // namespace pimvp::test
