// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/output_file.h"

#include <cerrno>
#include <cstring>
#include <iostream>

#include "modules/core/error.h"

namespace pimvp {

void write_output(const std::string& file, const std::string& text) {
    if (file != "-") return write_file_atomically(file, text);
    std::cout << text << std::flush;
    if (!std::cout)
        throw Error(std::string("standard output: expected to write, found ") + std::strerror(errno));
}

}  // namespace pimvp
