// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "platforms/sun/platform.h"

namespace pimvp::test {

/// A variant of SUN with some settings.
inline Config sun_config(const std::string& variant, const std::vector<std::string>& settings = {}) {
    Config config =
        Config::load(std::string(PIMVP_SOURCE_DIR) + "/platforms/sun/" + variant + ".toml", sun::schema());
    for (const auto& setting : settings) config.set(setting);
    return config;
}

}  // namespace pimvp::test
