// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/vault/transfer.h"

#include <cstring>

namespace pimvp {

namespace {

constexpr std::uint64_t block_bytes = PIMVP_VAULT_BLOCK_BYTES;
constexpr std::uint32_t all_bytes = 0xFFFFFFFFu;

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
    for (std::uint64_t i = 0; i < block_bytes; ++i) {
        if ((mask >> i & 1u) == 0) continue;
        if (request_.enable[(first + i - request_.address) % request_.enable_bytes] != 0xFF)
            mask &= ~(1u << i);
    }
    return mask;
}

void Transfer::move(IoGate& gate, std::uint64_t block, int bits) {
    const std::uint64_t first = block * block_bytes;
    const bool whole = request_.enable == nullptr && first >= request_.address &&
                       first + block_bytes <= request_.address + request_.bytes;
    if (whole) {
        std::uint8_t* data = request_.data + (first - request_.address);
        if (request_.write)
            gate.write(block, bits, data);
        else
            gate.read(block, bits, data);
        return;
    }
    const std::uint32_t mask = enabled(block);
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
