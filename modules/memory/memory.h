// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <random>
#include <systemc>
#include <tlm>
#include <vector>

#include "modules/core/account.h"
#include "modules/core/link_tap.h"
#include "modules/core/trace.h"
#include "modules/memory/memory_cost.h"
#include "modules/memory/sparse_bytes.h"
#include "modules/power/power_if.h"

namespace pimvp {

/// A memory. All sockets see the same bytes and share one read and one write port. A transfer takes the
/// aligned words it touches, one after another: it starts when its port is free and occupies it for `words`
/// cycles, a write for write_cycles times as many; the first word is done after access_cycles, if those are
/// more. Accesses are not aligned to clock edges. Refuses DMI: every access is counted. Loosely timed, never
/// waits; initiators that share it synchronise before they access it (ordering.h).
///
/// On a supply that may run out (`power` bound), an access while it is off does nothing and answers
/// TLM_GENERIC_ERROR_RESPONSE. A non-volatile memory asks before it writes: of a transfer that a brown-out
/// cuts, the words finished are written, in the word in the middle of which it fell the transfer's bytes
/// become seeded garbage (cells that are not written are not driven), the rest is as it was; the answer, at
/// the brown-out, is the same error. A warning does not hold up a write.
///
/// Events: `read_word`, `write_word` (finished ones); counters `read`, `write` (transfers completed),
/// `stall_cycle` (waited for a port), of a non-volatile memory `torn_word`. Probes: `reading`, `writing`: 1
/// while the port is occupied. Logs the transactions on its links.
class Memory : public sc_core::sc_module, private PowerClient {
  public:
    sc_core::sc_vector<tlm_utils::simple_target_socket_tagged<Memory>> in{"in"};
    PowerPort power{"power"};

    /// Throws Error on bad parameters.
    Memory(const sc_core::sc_module_name& module_name, const MemoryParams& params, unsigned ports = 1,
           Tracer* tracer = nullptr);

    const MemoryParams& params() const { return params_; }
    Account& account() { return account_; }
    const Account& account() const { return account_; }
    /// All bytes zero, ports free, counts zero.
    void reset();
    /// The power is lost: ports free; what was ever written becomes seeded garbage (in pages of 64 KiB),
    /// unless the memory is non-volatile.
    void lose();

  private:
    struct Port {
        std::int64_t free_ps = 0;
        std::int64_t word_ps = 0;  // occupied for, by a word
        std::int64_t tail_ps = 0;  // from then to the end of the transfer
        Account::EventId word, transfer;
        Probe busy;
    };

    void b_transport(int socket, tlm::tlm_generic_payload& payload, sc_core::sc_time& time);
    void access(tlm::tlm_generic_payload& payload, sc_core::sc_time& time);
    unsigned transport_dbg(int socket, tlm::tlm_generic_payload& payload);
    bool get_direct_mem_ptr(int socket, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
    void end_of_elaboration() override;
    void move(tlm::tlm_generic_payload& payload);
    void powered(std::int64_t steps, bool torn) override;
    /// Has the supply pay for `words` from start_ps on, and sets finished_ and torn_. Returns when the last
    /// word ended, or the brown-out.
    std::int64_t pay(std::int64_t start_ps, std::int64_t words, int activity);
    void write_cut(const tlm::tlm_generic_payload& payload);

    const MemoryParams params_;
    Account account_;
    Account::EventId stall_cycle_, torn_word_ = 0;
    SparseBytes bytes_;
    Port read_, write_;
    PowerIf* supply_ = nullptr;
    std::mt19937_64 random_;
    int activity_ = Activity::idle;  // of the write that the supply pays for
    std::int64_t finished_ = 0;      // its words
    bool torn_ = false;
    Tracer* const tracer_;
    std::vector<LinkTap> taps_;  // per socket
};

}  // namespace pimvp
