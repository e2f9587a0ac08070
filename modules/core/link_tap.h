// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// How blocks tell the log of transactions what passed their sockets.
#pragma once

#include <map>
#include <string>
#include <systemc>
#include <tlm>

#include "modules/core/payload.h"
#include "modules/core/trace.h"

namespace pimvp {

/// One link: a binding of an initiator socket to a target socket. Does nothing, cheaply, without a log.
class LinkTap {
  public:
    LinkTap() = default;
    LinkTap(TransactionLog* log, int link) : log_(log), link_(link) {}
    bool active() const { return link_ >= 0; }
    /// A transaction is over; the payload is as the target left it, address included.
    void record(const tlm::tlm_generic_payload& payload, std::int64_t start_ps, std::int64_t end_ps) const {
        if (link_ >= 0) write(payload, start_ps, end_ps);
    }
    /// Blocking transport through `target`, recorded: what both ends of a link can do in its stead.
    void b_transport(tlm::tlm_fw_transport_if<>& target, tlm::tlm_generic_payload& payload,
                     sc_core::sc_time& time) const {
        if (link_ < 0) return target.b_transport(payload, time);
        const std::int64_t start_ps = to_ps(sc_core::sc_time_stamp() + time);
        target.b_transport(payload, time);
        write(payload, start_ps, to_ps(sc_core::sc_time_stamp() + time));
    }

  private:
    void write(const tlm::tlm_generic_payload& payload, std::int64_t start_ps, std::int64_t end_ps) const;

    TransactionLog* log_ = nullptr;
    int link_ = -1;
};

/// Taps for a block's sockets, to be asked for in its end_of_elaboration(), when all is bound. Looks through
/// the hierarchy once, and not at all without a log.
class LinkTaps {
  public:
    explicit LinkTaps(Tracer* tracer);
    /// None without a log, for a socket that is not bound, and for a link whose other end has its tap.
    LinkTap at(tlm::tlm_base_target_socket_b<>& target);
    LinkTap at(tlm::tlm_base_initiator_socket_b<>& initiator);

  private:
    LinkTap at(sc_core::sc_interface* interface);

    TransactionLog* log_;
    // Names of the blocks by the interface through which the target is called.
    std::map<sc_core::sc_interface*, std::string> initiators_, targets_;
};

}  // namespace pimvp
