// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "platforms/reram/platform.h"

namespace pimvp::test {

/// A variant of the ReRAM baseline with some settings.
inline Config reram_config(const std::string& variant, const std::vector<std::string>& settings = {}) {
    Config config = Config::load(std::string(PIMVP_SOURCE_DIR) + "/platforms/reram/" + variant + ".toml",
                                 reram::schema());
    for (const auto& setting : settings) config.set(setting);
    return config;
}

}  // namespace pimvp::test
