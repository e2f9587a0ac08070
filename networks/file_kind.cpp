// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/file_kind.h"

#include <cctype>
#include <filesystem>

#include "modules/core/error.h"

namespace pimvp::net {

namespace fs = std::filesystem;

std::string file_ending(const std::string& file) {
    std::string ending = fs::path(file).extension().string();
    for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return ending;
}

void expect_regular_file(const std::string& file, const std::string& what) {
    std::error_code code;
    const char* found = nullptr;
    switch (fs::status(file, code).type()) {
        case fs::file_type::directory:
            found = "a folder";
            break;
        case fs::file_type::fifo:
            found = "a pipe";
            break;
        case fs::file_type::block:
        case fs::file_type::character:
            found = "a device";
            break;
        case fs::file_type::socket:
            found = "a socket";
            break;
        default:
            return;
    }
    throw Error(file + ": expected " + what + ", found " + found);
}

}  // namespace pimvp::net
