// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// A request for any bytes of a vault, cut into the column accesses that it takes. No SystemC here.
#pragma once

#include <algorithm>
#include <cstdint>

#include "modules/vault/io_gate.h"

namespace pimvp {

/// Bytes to read or to write, and how far that is. Blocks without an enabled byte are left out. In a region
/// of pairs an even block and its odd neighbour are one access if both belong to the transfer.
class Transfer {
  public:
    struct Request {
        bool write = false;
        std::uint64_t address = 0, bytes = 0;
        std::uint8_t* data = nullptr;
        const std::uint8_t* enable = nullptr;  // 0xFF: enabled; repeated after `enable_bytes`
        std::uint64_t enable_bytes = 0;
        int activity = 0;
    };
    struct Piece {
        std::uint64_t block = 0;
        int bits = 16;
        bool pair = false;
    };

    void start(const Request& request);
    bool write() const { return request_.write; }
    int activity() const { return request_.activity; }
    /// No access is left to be entered.
    bool entered() const { return next_ == end_; }
    /// The next access, bound to the gate's registers of now; its data are moved now. `version` changes with
    /// the registers.
    Piece take(IoGate& gate, std::uint32_t version);
    /// Accesses that are still to be entered, at least; 0 if none.
    std::uint64_t least_left(bool pairs) const {
        if (entered()) return 0;
        if (request_.enable == nullptr) return pairs ? (end_ - next_ + 1) / 2 : end_ - next_;
        // Every repetition of the pattern has an enabled byte, in an access of its own if they are that far
        // apart.
        if (request_.enable_bytes < (pairs ? 2 : 1) * std::uint64_t{PIMVP_VAULT_BLOCK_BYTES}) return 1;
        const std::uint64_t from = std::max(next_ * PIMVP_VAULT_BLOCK_BYTES, request_.address);
        return std::max<std::uint64_t>(1, (request_.address + request_.bytes - from) / request_.enable_bytes);
    }

    /// For the controller: entered but not issued, and its place in a list of those.
    std::uint64_t queued = 0;
    std::size_t place = 0;

  private:
    void move(IoGate& gate, std::uint64_t block, int bits);
    std::uint32_t enabled(std::uint64_t block) const;
    /// From next_ to the first block with an enabled byte.
    void skip_disabled();

    Request request_;
    std::uint64_t next_ = 0, end_ = 0;  // blocks
    GateSetting setting_;
    std::uint64_t setting_end_ = 0;  // block from which it need not hold
    std::uint32_t version_ = 0;
};

}  // namespace pimvp
