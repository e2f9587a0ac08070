// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/output_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "modules/core/error.h"

namespace pimvp {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& file, const std::string& found) {
    throw Error(file + ": expected a file that can be written, found " + found);
}

/// Renaming over a link would replace the link, not what it points to.
fs::path destination(const std::string& file) {
    std::error_code ignored;
    return fs::is_symlink(file, ignored) ? fs::weakly_canonical(file, ignored) : fs::path(file);
}

bool is_special(const fs::path& path) {
    std::error_code ignored;
    return fs::exists(path, ignored) && !fs::is_regular_file(path, ignored);
}

fs::path temporary_for(const fs::path& path) {
    return path.string() + "." + std::to_string(getpid()) + ".part";
}

void write_or_refuse(const std::string& file, const fs::path& path, const std::string& bytes) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    if (out) out.write(bytes.data(), static_cast<std::streamsize>(bytes.size())).flush();
    if (!out) refuse(file, std::strerror(errno));
}

}  // namespace

void require_writable(const std::string& file) {
    if (file.empty()) throw Error("expected the name of a file to write, found an empty one");
    const fs::path path = destination(file);
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) refuse(file, "a folder");
    if (fs::exists(path, ignored) && access(path.c_str(), W_OK) != 0) refuse(file, std::strerror(errno));
    if (is_special(path)) return;
    const fs::path temporary = temporary_for(path);
    const bool good = std::ofstream(temporary, std::ios::binary).good();
    const int reason = errno;
    fs::remove(temporary, ignored);
    if (!good) refuse(file, std::strerror(reason));
}

void write_file_atomically(const std::string& file, const std::string& bytes) {
    const fs::path path = destination(file);
    if (is_special(path)) return write_or_refuse(file, path, bytes);
    const fs::path temporary = temporary_for(path);
    std::error_code code, ignored;
    try {
        write_or_refuse(file, temporary, bytes);
    } catch (...) {
        fs::remove(temporary, ignored);
        throw;
    }
    fs::rename(temporary, path, code);
    if (code) {
        fs::remove(temporary, ignored);
        refuse(file, code.message());
    }
}

void write_output(const std::string& file, const std::string& text) {
    if (file != "-") return write_file_atomically(file, text);
    std::cout << text << std::flush;
    if (!std::cout) refuse("standard output", std::strerror(errno));
}

}  // namespace pimvp
