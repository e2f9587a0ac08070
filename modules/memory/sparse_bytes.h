// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

namespace pimvp {

/// An array of bytes that takes memory only where it was written: pages of 64 KiB. Untouched bytes read as
/// zero.
class SparseBytes {
  public:
    static constexpr std::size_t page_bytes = 65536;

    explicit SparseBytes(std::uint64_t bytes);

    /// [address, address + bytes) lies within size(): the caller has checked.
    void read(std::uint64_t address, void* data, std::size_t bytes) const;
    void write(std::uint64_t address, const void* data, std::size_t bytes);
    void clear();
    /// Every page that was ever written becomes random.
    void scramble(std::mt19937_64& random);

    std::uint64_t size() const { return size_; }
    std::size_t pages_in_use() const;

  private:
    std::uint64_t size_;
    std::vector<std::unique_ptr<unsigned char[]>> pages_;
};

}  // namespace pimvp
