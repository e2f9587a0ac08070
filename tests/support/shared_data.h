// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace pimvp::test {

/// A file or folder of the data and third-party networks that are not part of this repository: under
/// $PIMVP_DATA, else under ../shared/data beside the source tree. "" if it is not there: skip the test then.
inline std::string shared_data(const std::string& name) {
    const char* environment = std::getenv("PIMVP_DATA");
    const std::filesystem::path root =
        environment != nullptr && *environment != '\0'
            ? std::filesystem::path(environment)
            : std::filesystem::path(PIMVP_SOURCE_DIR) / ".." / "shared" / "data";
    std::error_code code;
    return std::filesystem::exists(root / name, code) ? (root / name).string() : std::string();
}

}  // namespace pimvp::test
