// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <cstdint>
#include <systemc>
#include <tlm>
#include <vector>

#include "modules/core/account.h"
#include "modules/core/link_tap.h"
#include "modules/core/trace.h"
#include "modules/interconnect/interconnect_params.h"

namespace pimvp {

/// A crossbar with address windows. Each output has a channel for the data of writes and one for the data of
/// reads; a transfer of n bytes occupies its channel for ceil(8 n / width) cycles and takes `hop_cycles` more
/// each way. A channel serves in the order of the calls: initiators that share an output synchronise before
/// they access it (ordering.h). Loosely timed: never waits. DMI passes through, clipped; a target whose
/// accesses are to be counted refuses it.
///
/// Events: `bit` (data bits times energy_per_bit); counters `transfer`, `stall_cycle` (waited for a channel).
/// Probes: `out_K_write`, `out_K_read`: 1 while the channel of output K is occupied. Logs the transactions on
/// the links at both sides.
class Interconnect : public sc_core::sc_module {
  public:
    sc_core::sc_vector<tlm_utils::simple_target_socket_tagged<Interconnect>> in{"in"};
    /// An output may stay unbound as long as no window leads to it.
    sc_core::sc_vector<tlm_utils::simple_initiator_socket_tagged_optional<Interconnect>> out{"out"};

    /// Throws Error on bad parameters.
    Interconnect(const sc_core::sc_module_name& module_name, const InterconnectParams& params,
                 unsigned inputs, unsigned outputs, Tracer* tracer = nullptr);

    /// Accesses to [base, base + size) go to out[output], which sees address - base + target_base: 0 for a
    /// device that has its own addresses, `base` where another interconnect with the same map follows. Only
    /// before elaboration ends. Throws Error on a size of zero, a window beyond 2^64 on either side, an
    /// unknown output and an overlap.
    void map(unsigned output, std::uint64_t base, std::uint64_t size, std::uint64_t target_base = 0);

    const InterconnectParams& params() const { return params_; }
    Account& account() { return account_; }
    const Account& account() const { return account_; }
    /// Channels free, counts zero; windows stay.
    void reset();

  private:
    struct Window {
        std::uint64_t base, last;  // inclusive
        unsigned output;
        std::uint64_t target_base;  // what the output sees for `base`
        tlm::tlm_fw_transport_if<>* target =
            nullptr;  // what the output is bound to; one step less per access
    };
    /// Indices of windows that were hit, by a hash of the address: an initiator goes to and fro between a
    /// handful of targets.
    using Hits = std::array<std::uint32_t, 64>;
    struct Channel {
        std::int64_t free_ps = 0;
        // Of the transfer before: most have the size of their predecessor, and dividing is slow.
        std::uint64_t bytes = 0;
        std::int64_t occupancy_ps = 0;
        Probe busy;
    };

    void end_of_elaboration() override;
    const Window* find(int input, std::uint64_t address, std::uint64_t bytes);
    /// Books the channel for `bytes` from `arrival_ps` on; returns when the data have left it.
    std::int64_t occupy(Channel& channel, std::int64_t arrival_ps, std::uint64_t bytes, int activity);

    void b_transport(int input, tlm::tlm_generic_payload& payload, sc_core::sc_time& time);
    void pass(int input, tlm::tlm_generic_payload& payload, sc_core::sc_time& time);
    unsigned transport_dbg(int input, tlm::tlm_generic_payload& payload);
    bool get_direct_mem_ptr(int input, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
    void invalidate_direct_mem_ptr(int output, sc_dt::uint64 low, sc_dt::uint64 high);

    const InterconnectParams params_;
    const std::int64_t hop_ps_;
    const sc_core::sc_time hop_;
    Account account_;
    Account::EventId bit_, transfer_, stall_cycle_;
    std::vector<Window> windows_;        // by base
    std::vector<Hits> hits_;             // per input
    std::vector<Channel> write_, read_;  // per output
    Tracer* const tracer_;
    std::vector<LinkTap> in_tap_, out_tap_;  // per input, per output
};

}  // namespace pimvp
