// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace pimvp::net {

/// What goes into memory before anything runs: weights, parameters, programs, at 64-byte boundaries, so that
/// every kind of access to it is aligned.
class MemoryImage {
  public:
    explicit MemoryImage(std::uint64_t address) : address_(address) {}
    std::uint64_t reserve(std::size_t bytes) {
        const std::size_t offset = (bytes_.size() + 63) / 64 * 64;
        bytes_.resize(offset + bytes, 0);
        return address_ + offset;
    }
    std::uint64_t append(const void* data, std::size_t bytes) {
        const auto address = reserve(bytes);
        if (bytes > 0) std::memcpy(bytes_.data() + (address - address_), data, bytes);
        return address;
    }
    std::size_t size() const { return bytes_.size(); }
    std::vector<std::uint8_t> take() { return std::move(bytes_); }

  private:
    std::uint64_t address_;
    std::vector<std::uint8_t> bytes_;
};

}  // namespace pimvp::net
