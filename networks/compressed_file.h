// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace pimvp::net {

/// A file read from front to back, decompressed on the way. The content decides, not the name: gzip and xz
/// are recognised by their first bytes. Throws Error that names the file if it cannot
/// be read, is corrupt, is no regular file, or holds more than largest_data_bytes (networks/dataset.h).
class CompressedFile {
  public:
    explicit CompressedFile(const std::string& path);
    ~CompressedFile();
    CompressedFile(const CompressedFile&) = delete;
    CompressedFile& operator=(const CompressedFile&) = delete;

    const std::string& path() const { return path_; }
    /// Bytes handed out so far.
    std::uint64_t position() const { return position_; }

    /// Appends up to `count` bytes to `bytes` and returns how many there were; fewer only at the end of the
    /// file. Memory grows with what the file holds, never with what `count` claims.
    std::uint64_t append(std::vector<std::uint8_t>& bytes, std::uint64_t count);

    /// True if nothing is left.
    bool at_end();

  private:
    struct Stream;
    std::uint64_t left_in_plain_file() const;
    std::size_t read(std::uint8_t* bytes, std::size_t count);

    std::string path_;
    std::unique_ptr<Stream> stream_;
    std::uint64_t position_ = 0;
};

}  // namespace pimvp::net
