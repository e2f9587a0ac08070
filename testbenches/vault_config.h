// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "modules/core/config.h"
#include "modules/vault/vault_params.h"

namespace pimvp {

/// modules/vault/vault.toml with what `--set vault.key=value` changes. Throws Error.
Config vault_config(const std::vector<std::string>& assignments);

/// Parameters of one vault; its area is priced with the default technology, as no bench states it.
VaultParams vault_params(const Config& config);

}  // namespace pimvp
