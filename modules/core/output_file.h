// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Files that appear whole or not at all.
#pragma once

#include <string>

namespace pimvp {

/// An empty file beside `path`, of a name that nobody else has, removed with this object. None for "".
class TemporaryFile {
  public:
    /// Throws Error, with `file` as the name that the user knows, if the folder does not take it.
    TemporaryFile(const std::string& path, const std::string& file);
    ~TemporaryFile();
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    const std::string& path() const { return path_; }
    void release() { path_.clear(); }  // it has another name now

  private:
    std::string path_;
};

/// Where the bytes of `file` go until they are complete: a temporary file beside what the name (or the link)
/// stands for, which commit() renames. What exists and is no regular file (a pipe, a device) is written
/// directly, and commit() does nothing. Without commit() the temporary file is removed. Throws Error if the
/// name is empty or the file cannot be written.
class OutputFile {
  public:
    explicit OutputFile(const std::string& file);
    const std::string& path() const { return direct() ? target_ : temporary_.path(); }
    bool direct() const { return temporary_.path().empty(); }
    void commit();

  private:
    std::string file_, target_;
    TemporaryFile temporary_;
};

/// Throws Error unless `file` can be written: its folder exists and takes new files, and what has that name
/// is no folder and not read-only. Leaves nothing behind.
void require_writable(const std::string& file);

/// All of `bytes` to an OutputFile. Throws Error if it cannot.
void write_file_atomically(const std::string& file, const std::string& bytes);

}  // namespace pimvp
