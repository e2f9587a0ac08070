// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "testbenches/vault_config.h"

#include "modules/core/technology.h"

namespace pimvp {

Config vault_config(const std::vector<std::string>& assignments) {
    Config config = Config::load(vault_folder() + "/vault.toml", VaultParams::schema());
    for (const std::string& assignment : assignments) config.set(assignment);
    return config;
}

VaultParams vault_params(const Config& config) {
    return VaultParams::from(config, Technology{});
}

}  // namespace pimvp
