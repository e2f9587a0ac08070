// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include "modules/core/account.h"

namespace pimvp {

/// A request and, later, its answer. Objects are reused with their buffers.
struct AtJob {
    std::uint64_t address = 0;
    bool write = false;
    std::vector<std::uint8_t> data;     // its size is the length; for a read what it says is what was read
    std::vector<std::uint8_t> enables;  // empty: all bytes
    std::int64_t not_before_ps = 0;
    std::uint64_t tag = 0;                  // the source's own
    std::int64_t begin_ps = 0, end_ps = 0;  // BEGIN_REQ and BEGIN_RESP, annotated time included
    tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;
};

/// Sends what a source names, as an initiator of the base protocol with four phases: the next BEGIN_REQ
/// follows the END_REQ of the last (15.2.6 e) at once, while no more than `outstanding` requests wait for
/// their answers. Each of these places stays empty for `idle_ps` after an answer. Payloads come from a pool
/// of its own. The first request leaves at time 0 or when start() is called.
class AtInitiator : public sc_core::sc_module, private tlm::tlm_mm_interface {
  public:
    /// Sets address, write, data (and enables, not_before_ps, tag); false: there are no more.
    using Source = std::function<bool(AtJob&)>;
    using Sink = std::function<void(const AtJob&)>;

    tlm_utils::simple_initiator_socket<AtInitiator> port{"port"};

    AtInitiator(const sc_core::sc_module_name& name, unsigned outstanding, std::int64_t idle_ps,
                Source source, Sink sink);
    ~AtInitiator() override;

    /// The source has something again.
    void start() { wake_.notify(sc_core::SC_ZERO_TIME); }
    /// The activity that requests from now on are booked to.
    void set_activity(int activity) { activity_ = activity; }
    std::uint64_t sent() const { return sent_; }
    std::uint64_t answered() const { return answered_; }

  private:
    struct Slot;

    void pump();
    void send(Slot& slot);
    void request_ends(std::int64_t at_ps);
    /// BEGIN_RESP, or a completion, at that time.
    void answer(Slot& slot, std::int64_t at_ps);
    tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                       sc_core::sc_time& time);
    Slot& take();
    void free(tlm::tlm_generic_payload* payload) override;
    void wake_at(std::int64_t ps);

    const unsigned outstanding_;
    const std::int64_t idle_ps_;
    const Source source_;
    const Sink sink_;
    int activity_ = Activity::idle;
    sc_core::sc_event wake_{"wake"};
    std::vector<std::unique_ptr<Slot>> slots_;
    std::vector<Slot*> free_, ended_;
    Slot *next_ = nullptr, *requesting_ = nullptr;  // due later; before its END_REQ
    std::int64_t request_free_ps_ = 0;
    unsigned busy_ = 0;                  // places taken, those that wait in `ready_ps_` included
    std::deque<std::int64_t> ready_ps_;  // when places of answered requests become free
    std::uint64_t sent_ = 0, answered_ = 0;
};

}  // namespace pimvp
