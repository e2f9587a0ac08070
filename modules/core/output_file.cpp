// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/output_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "modules/core/error.h"

namespace pimvp {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& file, const std::string& found) {
    throw Error(file + ": expected a file that can be written, found " + found);
}

bool is_special(const std::string& path) {
    std::error_code ignored;
    return fs::exists(path, ignored) && !fs::is_regular_file(path, ignored);
}

/// Renaming over a link would replace the link, not what it points to, which need not exist yet. A link to
/// something special stays: those below /proc point to names that cannot be opened.
std::string destination(const std::string& file) {
    if (file.empty()) throw Error("expected the name of a file to write, found an empty one");
    std::error_code code;
    if (fs::is_directory(file, code)) refuse(file, "a folder");
    if (is_special(file)) return file;
    fs::path path = file;
    for (int hops = 0; fs::is_symlink(path, code); ++hops) {
        if (hops == 40) refuse(file, std::strerror(ELOOP));
        path = path.parent_path() / fs::read_symlink(path, code);  // an absolute one replaces all
        if (code) refuse(file, code.message());
    }
    if (fs::exists(path, code) && access(path.c_str(), W_OK) != 0) refuse(file, std::strerror(errno));
    return path.string();
}

std::string create_beside(const std::string& path, const std::string& file) {
    const std::string stem = path + "." + std::to_string(getpid());
    for (int attempt = 0; attempt < 1000; ++attempt) {
        const std::string name = stem + (attempt == 0 ? "" : "-" + std::to_string(attempt)) + ".part";
        const int descriptor = open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor >= 0) {
            close(descriptor);
            return name;
        }
        if (errno != EEXIST) refuse(file, std::strerror(errno));
    }
    refuse(file, "no free name for a temporary file beside it");
}

}  // namespace

TemporaryFile::TemporaryFile(const std::string& path, const std::string& file)
    : path_(path.empty() ? path : create_beside(path, file)) {}

TemporaryFile::~TemporaryFile() {
    if (!path_.empty()) std::remove(path_.c_str());
}

OutputFile::OutputFile(const std::string& file)
    : file_(file), target_(destination(file)), temporary_(is_special(target_) ? "" : target_, file) {
    if (direct() && access(target_.c_str(), W_OK) != 0) refuse(file, std::strerror(errno));
}

void OutputFile::commit() {
    if (direct()) return;
    if (std::rename(temporary_.path().c_str(), target_.c_str()) != 0) refuse(file_, std::strerror(errno));
    temporary_.release();
}

void require_writable(const std::string& file) {
    OutputFile{file};
}

void write_file_atomically(const std::string& file, const std::string& bytes) {
    OutputFile output(file);
    std::ofstream out(output.path(), std::ios::binary | std::ios::trunc);
    if (out) out.write(bytes.data(), static_cast<std::streamsize>(bytes.size())).flush();
    if (!out) refuse(file, std::strerror(errno));
    out.close();
    output.commit();
}

}  // namespace pimvp
