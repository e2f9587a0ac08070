// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The inside of Vault: payloads, phases and kernel time around a Controller.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "modules/core/link_tap.h"
#include "modules/core/payload.h"
#include "modules/vault/command_trace.h"
#include "modules/vault/controller.h"
#include "modules/vault/io_gate.h"
#include "modules/vault/transfer.h"
#include "modules/vault/vault.h"
#include "modules/vault/vault_account.h"

namespace pimvp {

/// The controller is advanced when something arrives and when it may have something to report, never beyond
/// now: what arrives finds the DRAM as it is at that time, and what lies between is one loop.
struct Vault::Implementation {
    /// A payload on its way.
    struct Request : Transfer {
        tlm::tlm_generic_payload* payload = nullptr;
        int socket = 0;
        bool blocking = false, done = false;  // b_transport; else the answer is BEGIN_RESP
        std::int64_t begin_ps = 0;            // BEGIN_REQ
        std::optional<sc_core::sc_event> answered;
    };
    struct Socket {
        std::deque<Request*> ready;    // answers that wait for the one before them
        Request* answering = nullptr;  // until END_RESP
        std::int64_t free_ps = 0;      // the answer before ends only then
    };

    Implementation(Vault& owner, const VaultParams& p, unsigned ports, Tracer* traces)
        : vault(owner),
          params((p.check(), p)),
          account(owner.name()),
          gate(p.organisation.bytes(), p.gated, p.double_blocks),
          ledger(account, p),
          controller(owner.name(), p, gate, ledger,
                     p.command_trace.empty()
                         ? nullptr
                         : &trace.emplace(p.command_trace, p.pseudo_channel, p.organisation.banks_per_group),
                     traces),
          sockets(ports),
          tracer(traces),
          taps(ports) {
        account.add_area("gate_and_controller", p.area);
    }

    Vault& vault;
    const VaultParams params;
    Account account;
    IoGate gate;
    VaultAccount ledger;
    std::optional<CommandTrace> trace;
    Controller controller;

    std::vector<Socket> sockets;
    Tracer* const tracer;
    std::vector<LinkTap> taps;  // per socket
    std::vector<std::unique_ptr<Request>> requests;
    std::vector<Request*> spare;
    std::multimap<std::int64_t, Request*> announced;  // BEGIN_REQ of a later time
    std::multimap<std::int64_t, Request*> answers;    // of all that the controller does not report
    std::size_t open = 0;                             // payloads accepted and not answered to the end
    static constexpr std::int64_t never = Controller::never;
    std::int64_t wake_ps = never;
    bool waking = false;
    sc_core::sc_event wake_event{"wake_event"};

    std::int64_t tck() const { return params.timing.tck_ps; }
    static std::int64_t now() { return to_ps(sc_core::sc_time_stamp()); }
    std::int64_t cycle_at_or_after(std::int64_t ps) const { return (ps + tck() - 1) / tck(); }

    Request& new_request(tlm::tlm_generic_payload& payload, int socket, bool blocking);
    void forget(Request& request);
    tlm::tlm_response_status status_of(const tlm::tlm_generic_payload& payload) const;
    void access_register(tlm::tlm_generic_payload& payload);
    bool begin(Request& request);
    void wake_at(std::int64_t ps);
    void schedule();
    void wake();
    void deliver();
    void answer(Request& request);
    void send_answers(int socket);
    void answer_ended(Socket& socket, std::int64_t delay_ps);
    void send_end_of_request(Request& request);

    tlm::tlm_sync_enum forward(int socket, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                               sc_core::sc_time& time);
    void blocking(int socket, tlm::tlm_generic_payload& payload, sc_core::sc_time& time);
    void access(int socket, tlm::tlm_generic_payload& payload, sc_core::sc_time& time);
    unsigned debug(tlm::tlm_generic_payload& payload);
};

}  // namespace pimvp
