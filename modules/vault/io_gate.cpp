// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/vault/io_gate.h"

#include <algorithm>
#include <cstring>

namespace pimvp {
namespace {

constexpr std::uint64_t block_bytes = PIMVP_VAULT_BLOCK_BYTES;
constexpr std::uint32_t all_bytes = 0xFFFFFFFFu;
constexpr std::uint32_t granule = 64;  // of base and limit: a pair of blocks

/// Where in registers_ a register of a region is, or none.
constexpr std::size_t no_index = ~std::size_t{0};
std::size_t index_of(std::uint32_t offset) {
    constexpr std::uint32_t end = PIMVP_GATE_REGION + PIMVP_GATE_REGIONS * PIMVP_GATE_STRIDE;
    static_assert(PIMVP_GATE_STRIDE == 16 && PIMVP_GATE_DOUBLE == 12, "four registers, one after the other");
    return offset < PIMVP_GATE_REGION || offset >= end ? no_index : (offset - PIMVP_GATE_REGION) / 4;
}

/// The bits at even places of `enabled`, or with `odd` at odd ones: words whose low (high) byte is enabled.
std::uint16_t every_second(std::uint32_t enabled, bool odd) {
    std::uint32_t x = (odd ? enabled >> 1 : enabled) & 0x55555555u;
    x = (x | x >> 1) & 0x33333333u;
    x = (x | x >> 2) & 0x0F0F0F0Fu;
    x = (x | x >> 4) & 0x00FF00FFu;
    return static_cast<std::uint16_t>(x | x >> 8);
}

}  // namespace

IoGate::IoGate(std::uint64_t bytes, bool gated, bool pairs) : gated_(gated), pairs_(pairs), cells_(bytes) {
    rebuild();
}

const IoGate::Stretch& IoGate::find(std::uint64_t address) const {
    const Stretch& last = stretches_[last_];
    if (address >= last.base && address < last.limit) return last;
    const auto above = std::upper_bound(stretches_.begin() + 1, stretches_.end(), address,
                                        [](std::uint64_t at, const Stretch& s) { return at < s.base; });
    last_ = static_cast<std::size_t>(above - stretches_.begin()) - 1;
    return stretches_[last_];
}

GateSetting IoGate::setting(std::uint64_t address) const {
    return find(address).setting;
}

std::uint64_t IoGate::setting_limit(std::uint64_t address) const {
    return find(address).limit;
}

void IoGate::read(std::uint64_t block, int bits, std::uint8_t* words) const {
    LaneGroups lanes;
    cells_.read(block * block_bytes, lanes.data(), block_bytes);
    to_words(lanes, words);
    if (bits == PIMVP_VAULT_WORD_BITS) return;
    // The same as lanes that never moved, but cheaper than a copy of odd length.
    std::array<std::uint16_t, 16> masked;
    std::memcpy(masked.data(), words, block_bytes);
    const std::uint16_t control = thermometer(bits);
    for (auto& word : masked) word &= control;
    std::memcpy(words, masked.data(), block_bytes);
}

void IoGate::write(std::uint64_t block, int bits, const std::uint8_t* words, std::uint32_t enabled) {
    LaneGroups lanes = to_lanes(words);
    const std::uint64_t at = block * block_bytes;
    const auto open = static_cast<std::size_t>(bits);
    if (enabled != all_bytes) {
        LaneGroups old;
        cells_.read(at, old.data(), block_bytes);
        const std::uint16_t high = every_second(enabled, true), low = every_second(enabled, false);
        for (std::size_t i = 0; i < open; ++i) {
            const std::uint16_t mask = i < 8 ? high : low;
            lanes[i] = static_cast<std::uint16_t>((lanes[i] & mask) | (old[i] & ~mask));
        }
    }
    cells_.write(at, lanes.data(), 2 * open);
}

void IoGate::peek(std::uint64_t address, std::uint8_t* data, std::size_t bytes) const {
    std::uint8_t words[block_bytes];
    while (bytes > 0) {
        const auto offset = static_cast<std::size_t>(address % block_bytes);
        const std::size_t part = std::min<std::size_t>(bytes, block_bytes - offset);
        read(address / block_bytes, PIMVP_VAULT_WORD_BITS, words);
        std::memcpy(data, words + offset, part);
        address += part;
        data += part;
        bytes -= part;
    }
}

void IoGate::poke(std::uint64_t address, const std::uint8_t* data, std::size_t bytes) {
    std::uint8_t words[block_bytes] = {};
    while (bytes > 0) {
        const auto offset = static_cast<std::size_t>(address % block_bytes);
        const std::size_t part = std::min<std::size_t>(bytes, block_bytes - offset);
        std::memcpy(words + offset, data, part);
        const auto enabled = static_cast<std::uint32_t>(((std::uint64_t{1} << part) - 1) << offset);
        write(address / block_bytes, PIMVP_VAULT_WORD_BITS, words, enabled);
        address += part;
        data += part;
        bytes -= part;
    }
}

std::uint32_t IoGate::read_register(std::uint32_t offset) const {
    switch (offset) {
        case PIMVP_GATE_ID:
            return PIMVP_GATE_ID_VALUE;
        case PIMVP_GATE_VERSION:
            return PIMVP_GATE_VERSION_VALUE;
        case PIMVP_GATE_COUNT:
            return PIMVP_GATE_REGIONS;
        case PIMVP_GATE_STATUS:
            return status_;
        default: {
            const std::size_t index = index_of(offset);
            return index == no_index ? 0 : registers_[index];
        }
    }
}

void IoGate::write_register(std::uint32_t offset, std::uint32_t value) {
    const std::size_t index = index_of(offset);
    if (index == no_index) return;
    registers_[index] = value;
    rebuild();
}

void IoGate::reset() {
    cells_.clear();
    registers_.fill(0);
    rebuild();
}

void IoGate::rebuild() {
    status_ = 0;
    std::vector<Stretch> used;
    for (std::uint32_t r = 0; r < PIMVP_GATE_REGIONS; ++r) {
        const std::uint32_t base = registers_[4 * r], limit = registers_[4 * r + 1];
        const std::uint32_t bits = registers_[4 * r + 2], pair = registers_[4 * r + 3];
        if (bits == 0) continue;
        const bool possible = bits <= PIMVP_VAULT_WORD_BITS && (pair == 0 || (pair == 1 && bits <= 8)) &&
                              base % granule == 0 && limit % granule == 0 && base < limit &&
                              limit <= cells_.size();
        const bool overlaps = std::any_of(used.begin(), used.end(),
                                          [&](const Stretch& s) { return base < s.limit && s.base < limit; });
        if (!possible || overlaps) {
            if (status_ == 0) status_ = r + 1;
            continue;
        }
        used.push_back({base, limit, {static_cast<int>(bits), pair == 1 && pairs_}});
    }
    if (!gated_) used.clear();
    std::sort(used.begin(), used.end(), [](const Stretch& a, const Stretch& b) { return a.base < b.base; });
    stretches_.clear();
    std::uint64_t at = 0;
    for (const Stretch& s : used) {
        if (at < s.base) stretches_.push_back({at, s.base, {}});
        stretches_.push_back(s);
        at = s.limit;
    }
    if (at < cells_.size()) stretches_.push_back({at, cells_.size(), {}});
    last_ = 0;
}

}  // namespace pimvp
