// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/vault/transfer.h"

#include <algorithm>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace pimvp {

namespace {

constexpr std::uint64_t block_bytes = PIMVP_VAULT_BLOCK_BYTES;
constexpr std::uint32_t all_bytes = 0xFFFFFFFFu;

/// Bit i: byte i is 0xFF.
std::uint32_t full_bytes(const std::uint8_t* bytes) {
#if defined(__SSE2__)
    const __m128i full = _mm_set1_epi8(-1);
    const auto half = [&](const std::uint8_t* from) {
        const __m128i part = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
        return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(part, full)));
    };
    return half(bytes) | half(bytes + 16) << 16;
#else
    std::uint32_t mask = 0;
    for (std::uint32_t i = 0; i < block_bytes; ++i) mask |= std::uint32_t{bytes[i] == 0xFF} << i;
    return mask;
#endif
}

}  // namespace

void Transfer::start(const Request& request) {
    request_ = request;
    next_ = request.address / block_bytes;
    end_ = (request.address + request.bytes - 1) / block_bytes + 1;
    setting_end_ = 0;
    queued = 0;
    skip_disabled();
}

std::uint32_t Transfer::enabled(std::uint64_t block) const {
    const std::uint64_t first = block * block_bytes, last = first + block_bytes - 1;
    const std::uint64_t end = request_.address + request_.bytes - 1;
    std::uint32_t mask = all_bytes;
    if (first < request_.address) mask &= all_bytes << (request_.address - first);
    if (last > end) mask &= all_bytes >> (last - end);
    if (request_.enable == nullptr) return mask;
    // The pattern from the block's first byte on, which may lie ahead of the request's.
    const std::uint64_t n = request_.enable_bytes;
    const std::uint64_t ahead = first < request_.address ? (request_.address - first) % n : 0;
    std::uint64_t at = first < request_.address ? (n - ahead) % n : (first - request_.address) % n;
    if (at + block_bytes <= n) return mask & full_bytes(request_.enable + at);
    std::uint8_t pattern[block_bytes];
    for (std::uint64_t filled = 0; filled < block_bytes;) {
        const std::uint64_t part = std::min(n - at, block_bytes - filled);
        std::memcpy(pattern + filled, request_.enable + at, part);
        filled += part;
        at = 0;
    }
    return mask & full_bytes(pattern);
}

void Transfer::skip_disabled() {
    if (request_.enable == nullptr || next_ == end_) return;
    const std::uint64_t first = std::max(next_ * block_bytes, request_.address);
    const std::uint64_t n = request_.enable_bytes, at = (first - request_.address) % n;
    const auto distance = [&](std::uint64_t from, std::uint64_t bytes) {
        const void* found = std::memchr(request_.enable + from, 0xFF, bytes);
        return found == nullptr
                   ? bytes
                   : static_cast<std::uint64_t>(static_cast<const std::uint8_t*>(found) - request_.enable) -
                         from;
    };
    std::uint64_t gap = distance(at, n - at);
    if (gap == n - at) gap += distance(0, at);
    if (gap == n)
        next_ = end_;
    else
        next_ = std::min(end_, (first + gap) / block_bytes);
}

void Transfer::move(IoGate& gate, std::uint64_t block, int bits) {
    const std::uint64_t first = block * block_bytes;
    const std::uint32_t mask = enabled(block);
    if (mask == all_bytes) {
        std::uint8_t* data = request_.data + (first - request_.address);
        if (request_.write)
            gate.write(block, bits, data);
        else
            gate.read(block, bits, data);
        return;
    }
    std::uint8_t words[block_bytes] = {};
    if (!request_.write) gate.read(block, bits, words);
    for (std::uint64_t i = 0; i < block_bytes; ++i) {
        if ((mask >> i & 1u) == 0) continue;
        std::uint8_t& byte = request_.data[first + i - request_.address];
        if (request_.write)
            words[i] = byte;
        else
            byte = words[i];
    }
    if (request_.write) gate.write(block, bits, words, mask);
}

Transfer::Piece Transfer::take(IoGate& gate, std::uint32_t version) {
    const std::uint64_t block = next_++;
    if (block >= setting_end_ || version != version_) {
        setting_ = gate.setting(block * block_bytes);
        setting_end_ = gate.setting_limit(block * block_bytes) / block_bytes;
        version_ = version;
    }
    Piece piece{block, setting_.bits, false};
    move(gate, block, piece.bits);
    if (setting_.pair && block % 2 == 0 && next_ != end_ &&
        (request_.enable == nullptr || enabled(next_) != 0)) {
        piece.pair = true;
        move(gate, next_++, piece.bits);
    }
    skip_disabled();
    return piece;
}

}  // namespace pimvp
