// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <deque>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "modules/core/payload.h"
#include "modules/vault_pe/dram_port.h"

namespace pimvp {

/// Finished outputs on their way to memory, so that the next ones can be computed meanwhile: to the own vault
/// through the DRAM port, to all others through the network, by a thread of its own. At most `most` of either
/// wait; then push() does.
class StoreQueue {
  public:
    /// Spawns a thread: to be built with its module.
    StoreQueue(DramPort& port, tlm_utils::simple_initiator_socket<VaultPe>& network, std::size_t most);

    /// `count` vectors of pattern.run bytes, packed in `data`, to addresses pattern.pitch apart.
    void push(std::uint32_t address, const std::uint8_t* data, unsigned count, BytePattern pattern,
              bool everywhere, int activity);
    /// Returns when all that was pushed is accepted everywhere.
    void flush();
    /// What failed since the last call, empty if nothing did.
    std::string take_failure();

  private:
    struct Transfer {
        Payload payload;
        tlm::tlm_generic_payload* prepared = nullptr;
        std::vector<std::uint8_t> data;
    };
    void retire();
    void run();

    DramPort& port_;
    tlm_utils::simple_initiator_socket<VaultPe>& network_;
    const std::size_t most_;
    std::deque<DramAccess*> own_;
    // A ring: transfers first_ to first_ + sent_ - 1 wait or are on their way.
    std::vector<Transfer> ring_;
    std::size_t first_ = 0, waiting_ = 0;
    ByteEnables enables_;
    sc_core::sc_event more_, less_;
    std::string failure_;
};

}  // namespace pimvp
