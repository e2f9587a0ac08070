// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace pimvp {

/// Throws Error unless `file` can be written: its folder exists and takes new files, and what has that name
/// is no folder and not read-only. Leaves nothing behind.
void require_writable(const std::string& file);

/// Writes a temporary file beside `file` and renames it, so that nobody ever sees half of it; what is not a
/// regular file (a pipe, a device) is written directly. Throws Error if it cannot.
void write_file_atomically(const std::string& file, const std::string& bytes);

/// `text` to standard output if `file` is "-", else to the file. Throws Error if it cannot.
void write_output(const std::string& file, const std::string& text);

}  // namespace pimvp
