// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <systemc>
#include <tlm>

#include "modules/core/account.h"
#include "modules/core/trace.h"
#include "modules/memory/memory_cost.h"
#include "modules/memory/sparse_bytes.h"

namespace pimvp {

/// A memory. All sockets see the same bytes and share one read and one write port. A transfer takes the
/// aligned words it touches, one a cycle: it starts when its port is free, occupies it for `words` cycles and
/// is done access_cycles - 1 cycles later. Accesses are not aligned to clock edges. Refuses DMI: every access
/// is counted. Loosely timed, never waits; initiators that share it synchronise before they access it
/// (ordering.h).
///
/// Events: `read_word`, `write_word`; counters `read`, `write` (transfers), `stall_cycle` (waited for a
/// port). Probes: `reading`, `writing`: 1 while the port is occupied.
class Memory : public sc_core::sc_module {
  public:
    sc_core::sc_vector<tlm_utils::simple_target_socket_tagged<Memory>> in{"in"};

    /// Throws Error on bad parameters.
    Memory(const sc_core::sc_module_name& module_name, const MemoryParams& params, unsigned ports = 1,
           Tracer* tracer = nullptr);

    const MemoryParams& params() const { return params_; }
    Account& account() { return account_; }
    const Account& account() const { return account_; }
    /// All bytes zero, ports free, counts zero.
    void reset();

  private:
    struct Port {
        std::int64_t free_ps = 0;
        Account::EventId word, transfer;
        Probe busy;
    };

    void b_transport(int socket, tlm::tlm_generic_payload& payload, sc_core::sc_time& time);
    unsigned transport_dbg(int socket, tlm::tlm_generic_payload& payload);
    bool get_direct_mem_ptr(int socket, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
    void move(tlm::tlm_generic_payload& payload);

    const MemoryParams params_;
    Account account_;
    Account::EventId stall_cycle_;
    SparseBytes bytes_;
    Port read_, write_;
};

}  // namespace pimvp
