// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/memory/sparse_bytes.h"

#include <algorithm>
#include <cstring>

namespace pimvp {

SparseBytes::SparseBytes(std::uint64_t bytes)
    : size_(bytes), pages_(static_cast<std::size_t>((bytes + page_bytes - 1) / page_bytes)) {}

void SparseBytes::read(std::uint64_t address, void* data, std::size_t bytes) const {
    auto* to = static_cast<unsigned char*>(data);
    while (bytes > 0) {
        const auto offset = static_cast<std::size_t>(address % page_bytes);
        const std::size_t part = std::min(bytes, page_bytes - offset);
        const auto& page = pages_[static_cast<std::size_t>(address / page_bytes)];
        if (page)
            std::memcpy(to, page.get() + offset, part);
        else
            std::memset(to, 0, part);
        address += part;
        to += part;
        bytes -= part;
    }
}

void SparseBytes::write(std::uint64_t address, const void* data, std::size_t bytes) {
    const auto* from = static_cast<const unsigned char*>(data);
    while (bytes > 0) {
        const auto offset = static_cast<std::size_t>(address % page_bytes);
        const std::size_t part = std::min(bytes, page_bytes - offset);
        auto& page = pages_[static_cast<std::size_t>(address / page_bytes)];
        if (!page) page = std::make_unique<unsigned char[]>(page_bytes);
        std::memcpy(page.get() + offset, from, part);
        address += part;
        from += part;
        bytes -= part;
    }
}

void SparseBytes::clear() {
    for (auto& page : pages_) page.reset();
}

void SparseBytes::scramble(std::mt19937_64& random) {
    for (auto& page : pages_) {
        if (!page) continue;
        for (std::size_t at = 0; at < page_bytes; at += sizeof(std::uint64_t)) {
            const std::uint64_t word = random();
            std::memcpy(page.get() + at, &word, sizeof word);
        }
    }
}

std::size_t SparseBytes::pages_in_use() const {
    return static_cast<std::size_t>(
        std::count_if(pages_.begin(), pages_.end(), [](const auto& page) { return page != nullptr; }));
}

}  // namespace pimvp
