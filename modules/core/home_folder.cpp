// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/home_folder.h"

#include <cstdlib>
#include <filesystem>

namespace pimvp {

std::string home_folder() {
    const char* home = std::getenv("PIMVP_HOME");
    if (home != nullptr && *home != '\0') return home;
    std::error_code none;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", none);
    const auto shared = program.parent_path().parent_path() / "share" / "pimvp";
    if (!none && std::filesystem::is_directory(shared / "platforms", none)) return shared.string();
    return PIMVP_SOURCE_DIR;
}

}  // namespace pimvp
